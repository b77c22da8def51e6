//! What a cache is made of, as its user says it: `CacheDescriptor`.
//!
//! Nothing is checked here: `gpu/plan/` does that, against a device's limits.

use std::time::Duration;

use crate::uploader::UploadDescriptor;

/// When array textures are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommitPolicy {
    /// `Upfront` on software adapters, `Stepwise` elsewhere.
    #[default]
    Auto,
    /// All pages at once, in one array texture: the fastest to sample.
    Upfront,
    /// In up to four steps, each when the pages before are in use: video memory follows need. Sampling chooses
    /// between the textures, which software rasterisers feel and GPUs hardly do.
    Stepwise,
}

/// What a cache is made for. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheDescriptor<'a> {
    /// Label of the cache. The label of every wgpu object that it creates begins with it, as in "icons: region table".
    /// Default: none, which labels them "pixmap-cache: region table".
    pub label: wgpu::Label<'a>,
    /// Bytes of video memory that page textures and region table may take together, at every moment: textures that
    /// were released count until the GPU is done with them.
    /// Default: 64 MiB. The more, the fewer uploads.
    pub budget_bytes: u64,
    /// Format of the pages: `Rgba8Unorm`, `Rgba8UnormSrgb` (default), `Bgra8Unorm`, `Bgra8UnormSrgb` or `R8Unorm`.
    /// Pixmaps in RGBA and BGRA order are both taken by the four color formats.
    pub format: wgpu::TextureFormat,
    /// How pixmaps are sampled when drawn larger or smaller. Default: linear.
    pub filter: wgpu::FilterMode,
    /// When textures are created. Default: by the kind of adapter.
    pub commit: CommitPolicy,
    /// Side of a page in texels, a power of two; the longest side that a pixmap may have. Default: the largest of
    /// 256, 512, 1024 and 2048 (above 2 GiB also 4096) that gives 15 pages; 256 while it gives two, and less for smaller
    /// budgets. In color 4, 16, 64 and 256 MiB give 15 pages of 256 to 2048.
    pub page_side: Option<u32>,
    /// Entries at most. Each takes 16 bytes of the budget. Default: in color one per 90 texels of the budget, 4.4 % of
    /// it, so that pixmaps of 8x8 may cover 70 % of the pages; in `R8Unorm` one per 160, 10 % of it, so that masks of
    /// 8x8 may cover 44 % and those of 10x10 70 %. At least 1,023; rounded up, by at most
    /// 4,096, to whole rows of the region table; at most 2,097,151 on devices with textures of 2,048 rows.
    pub max_entries: Option<u32>,
    /// Bytes of staging memory at most: pixels handed over that the GPU hasn't copied yet, and free memory kept for more.
    /// Not video memory on most machines, and not part of the budget. Default: twice the budget, at least 64 MiB, which
    /// one frame never fills.
    ///
    /// Pixels that wait are submitted when they are 2 MiB or half the limit, without waiting for
    /// [`flush`](crate::PixmapCache::flush): a limit of a few pixmaps costs a submission for every few insertions. What the
    /// limit leaves no room for is refused with [`NoStaging`](crate::InsertError::NoStaging) until the GPU has caught up.
    ///
    /// Three things go beyond the limit, so that nothing waits without end: a pixmap that is larger than the limit by
    /// itself, one at a time; changed rows of the region table (16 KiB for each 1,024 entries); and the scratch memory
    /// through which one flush moves entries from page to page, mostly less than a page.
    pub staging_bytes: Option<u64>,
    /// When memory is given back by itself. Default: after 30 seconds without an insertion. `None` never trims, and
    /// reads no clock.
    pub idle: Option<IdlePolicy>,
    /// Whether entries outlive the loss of the device. Default: [`RetainPolicy::Nothing`].
    pub retain: RetainPolicy,
    /// What other threads may hand over, and how much of it a frame takes in.
    pub uploads: UploadDescriptor,
    /// Whether the last 256 evictions are recorded, for
    /// [`Inspection::evictions`](crate::inspect::Inspection::evictions) and the picture of
    /// [`Inspection::to_svg`](crate::inspect::Inspection::to_svg). They take some 16 KiB, and keep the names of those entries
    /// alive. Default: false, and a name is dropped when its entry is evicted.
    pub record_evictions: bool,
}

/// Whether pixels are kept in memory, against the loss of the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetainPolicy {
    /// No copies: after a loss every entry is forgotten.
    #[default]
    Nothing,
    /// A copy of each pixmap, of the most recently used ones first.
    Pixels {
        /// Bytes of memory that the copies may take. As many as the cache's budget keep them all.
        budget_bytes: u64,
    },
}

/// When a cache that takes in nothing new gives memory back.
///
/// Once nothing was inserted for `after`, and again each `every` until something is, a step is due, which entitles the cache to
/// give up a quarter of its entries' bytes. Entries are evicted only for a texture that is then released, and none that was used
/// within the last `every`: a step that is too small for a texture counts with the next one. So an
/// [`Upfront`](CommitPolicy::Upfront) cache gives up its one texture when nothing in it was used for some steps. Qt's QPixmapCache
/// trims at rest, too.
///
/// A frame makes one step due at most, however long the application drew nothing before it. `Duration::MAX` is never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdlePolicy {
    /// Time without an insertion before the first trimming. Default: 30 seconds.
    pub after: Duration,
    /// Time from one trimming to the next. Default: 60 seconds.
    pub every: Duration,
}

impl Default for IdlePolicy {
    fn default() -> Self {
        Self {
            after: Duration::from_secs(30),
            every: Duration::from_secs(60),
        }
    }
}

impl Default for CacheDescriptor<'_> {
    fn default() -> Self {
        Self {
            label: None,
            budget_bytes: 64 << 20,
            format: wgpu::TextureFormat::Rgba8UnormSrgb,
            filter: wgpu::FilterMode::Linear,
            commit: CommitPolicy::Auto,
            page_side: None,
            max_entries: None,
            staging_bytes: None,
            idle: Some(IdlePolicy::default()),
            retain: RetainPolicy::default(),
            uploads: UploadDescriptor::default(),
            record_evictions: false,
        }
    }
}

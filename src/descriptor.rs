//! `CacheDescriptor`: what a cache is created with.
//!
//! Nothing is checked here: `gpu/plan/` does that, against a device's limits.

use std::time::Duration;

use crate::uploader::UploadDescriptor;

/// Selects when array textures are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommitPolicy {
    /// `Upfront` on software adapters, `Stepwise` on all others.
    #[default]
    Auto,
    /// Creates all pages at once, in one array texture: the fastest to sample.
    Upfront,
    /// Creates the pages in up to four array textures, each when the pages before it are in use, so that video memory
    /// follows need. Sampling has to choose between the textures, which slows down software rasterizers, and GPUs hardly.
    Stepwise,
}

/// Describes a cache. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheDescriptor<'a> {
    /// Label of the cache. The label of every wgpu object that it creates begins with it, as in "icons: region table".
    /// Default: none, which labels them "pixmap-cache: region table".
    pub label: wgpu::Label<'a>,
    /// Bytes of video memory that page textures and region table may take together, at all times: textures that were
    /// released count until the GPU is done with them. Default: 64 MiB. A larger budget means fewer uploads.
    pub budget_bytes: u64,
    /// Format of the pages: `Rgba8Unorm`, `Rgba8UnormSrgb` (default), `Bgra8Unorm`, `Bgra8UnormSrgb` or `R8Unorm`. Each
    /// of the four color formats accepts pixmaps in RGBA and in BGRA order. WebGL2 has no BGRA.
    pub format: wgpu::TextureFormat,
    /// Filter with which pixmaps are sampled when they are drawn larger or smaller. Default: linear.
    pub filter: wgpu::FilterMode,
    /// Whether mip levels are generated for pixmaps that don't say, in [`Pixmap::mipmaps`](crate::Pixmap::mipmaps). With mip
    /// levels a pixmap takes 1.5 times the bytes, and 1.33 times in tiles. Default: `false`.
    pub mipmaps: bool,
    /// When page textures are created. Default: chosen by the kind of adapter.
    pub commit: CommitPolicy,
    /// Side of a page in texels, a power of two and at least 64. It limits no pixmap: one that is longer than half a page, mip
    /// levels included, is stored in tiles of a quarter of a page, and of 256 texels at most. Default: the largest of 256, 512,
    /// 1024 and 2048 (above 2 GiB also 4096) that gives 15 pages; 256 as long as it gives two pages, and less for smaller
    /// budgets. In color, 4, 16, 64 and 256 MiB give 15 pages with sides of 256, 512, 1024 and 2048.
    pub page_side: Option<u32>,
    /// Maximum number of entries, where each tile of a pixmap in tiles counts as one. An entry takes 16 bytes of the budget.
    /// Default in color: one per 90 texels of the budget, which takes 4.6 % of it, so that pixmaps of 8x8 can cover 70 % of the
    /// pages. Default in `R8Unorm`: one per 156 texels, which takes 10.4 %, so that masks of 8x8 can cover 44 % and masks of
    /// 10x10 70 %. The default is at least 767 and is rounded up, by at most 4,096, to whole rows of the region table. The
    /// maximum is 2,097,151 on devices with textures of 2,048 rows, less one row of 1,024 per 1,024 tiles.
    pub max_entries: Option<u32>,
    /// Maximum number of tiles of all pixmaps together. A tile takes 16 bytes of the budget. With 0 no pixmap is cut up: one may
    /// fill a page, longer ones are refused, and the shader doesn't look for tiles, which saves software adapters time
    /// (`docs/benchmarks.md`). Default: one per 11,520 bytes of the budget, more on pages below 512, but no more than
    /// `max_entries`.
    pub max_tiles: Option<u32>,
    /// Maximum bytes of staging memory: pixels that the GPU hasn't copied yet, and free memory kept for more. On most
    /// machines it isn't video memory, and it is not part of the budget. Default: twice the budget, at least 64 MiB, which
    /// one frame never fills. On wasm32, where memory is never given back to the system: as much as the budget, between 16 and
    /// 64 MiB; a frame that inserts more is refused the rest as [`NoStaging`](crate::InsertError::NoStaging).
    ///
    /// Staged pixels are submitted when they reach 2 MiB or half the limit, before
    /// [`flush`](crate::PixmapCache::flush) is called: a limit of a few pixmaps costs a submission for every few insertions.
    /// Pixmaps for which the limit leaves no room are refused as [`NoStaging`](crate::InsertError::NoStaging) until the GPU
    /// has caught up.
    ///
    /// Three things may exceed the limit, so that nothing waits without end: a pixmap that is larger than the limit by
    /// itself, one at a time; changed rows of the region table (16 KiB for each 1,024 entries); and the scratch memory
    /// through which a flush moves entries from page to page, mostly less than a page.
    pub staging_bytes: Option<u64>,
    /// When a cache at rest releases memory. Default: after 30 seconds without an insertion. `None` never trims, and reads
    /// no clock.
    pub idle: Option<IdlePolicy>,
    /// Whether entries survive the loss of the device. Default: [`RetainPolicy::Nothing`].
    pub retain: RetainPolicy,
    /// Limits of what other threads upload, and of how much of it a frame takes in.
    pub uploads: UploadDescriptor,
    /// Whether the last 256 evictions are recorded, for
    /// [`Inspection::evictions`](crate::inspect::Inspection::evictions) and the picture of
    /// [`Inspection::to_svg`](crate::inspect::Inspection::to_svg). They take some 16 KiB, and keep the names of those entries
    /// alive. Default: false, and a name is dropped when its entry is evicted.
    pub record_evictions: bool,
}

/// Selects whether copies of the pixels are kept in memory: in case the device is lost, and for
/// [`update`](crate::PixmapCache::update) of pixmaps with mip levels. There are no copies of pixmaps from textures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetainPolicy {
    /// Keeps no copies: all entries are lost with the device.
    #[default]
    Nothing,
    /// Keeps copies of the most recently used pixmaps, with their mip levels.
    Pixels {
        /// Bytes of memory that the copies may take. As many bytes as the cache's budget are enough for all of them.
        budget_bytes: u64,
    },
}

/// Selects when an idle cache, into which nothing is inserted, releases memory.
///
/// When nothing has been inserted for `after`, a step is due, then one more per `every`. Each step allows
/// the cache to evict a quarter of its entries' bytes. Entries are evicted only for a texture that is then released, and no
/// entry is evicted that was used within the last `every`. A step that is too small for a texture is added to the next one.
/// So an [`Upfront`](CommitPolicy::Upfront) cache releases its one texture when nothing in it has been used for some steps.
/// Qt's QPixmapCache trims at rest as well.
///
/// A frame makes at most one step due, however long the application drew nothing before it. `Duration::MAX` means never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdlePolicy {
    /// Time without an insertion before the first step. Default: 30 seconds.
    pub after: Duration,
    /// Time between steps. Default: 60 seconds.
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
            mipmaps: false,
            commit: CommitPolicy::Auto,
            page_side: None,
            max_entries: None,
            max_tiles: None,
            staging_bytes: None,
            idle: Some(IdlePolicy::default()),
            retain: RetainPolicy::default(),
            uploads: UploadDescriptor::default(),
            record_evictions: false,
        }
    }
}

//! `PixmapCache`: the public face, which connects layout, names and GPU.
//!
//! The layout decides, the atlas carries out, and `ops.rs` stands between them; the public verbs are in one file per
//! group. Invariant: after every public method, each op of the layout has been carried out.

mod backoff;
mod budget;
mod commit;
mod device_verdict;
mod idle_clock;
mod insert;
mod intake;
mod ops;
mod pins;
mod query;
mod read_back;
mod release;
mod retain;
mod texture;
mod trace;
mod trim;
mod update;
mod verdicts;

use std::borrow::Borrow;
use std::hash::Hash;

use self::backoff::Backoff;
pub use self::device_verdict::DeviceVerdict;
use self::idle_clock::IdleClock;
pub use self::intake::Found;
use self::intake::Intake;
pub use self::pins::Pin;
use self::pins::Pins;
pub use self::query::Tile;
use self::retain::Retained;
pub use self::texture::TextureSource;
use self::trace::Recorder;
pub use self::trim::Trim;
use self::verdicts::Suspects;

use crate::clock::Instant;
use crate::descriptor::CacheDescriptor;
use crate::error::{CreateError, PrefixError};
use crate::gpu::Atlas;
use crate::gpu::plan::AtlasPlan;
use crate::inspect::EvictionLog;
use crate::key::PixmapKey;
use crate::layout::{Layout, LayoutDescriptor};
use crate::names::Names;
use crate::pixmap::ColorEncoding;
use crate::pixmap::mipmap_rule::MipmapRule;

/// Caches pixmaps in GPU array textures under a budget. Entries are found by key or name and drawn by id.
///
/// `N` is the type of names; an entry need not have one. The cache has one owner: every method that changes it takes
/// `&mut self`.
///
/// # The frame
///
/// 1. Call [`begin_frame`](Self::begin_frame) after everything recorded in the previous frame has been submitted.
/// 2. [`find`](Self::find) or insert what will be drawn. It is protected until the next `begin_frame`.
/// 3. Call [`flush`](Self::flush), which submits moves, uploads and table rows in a command buffer of its own.
/// 4. Record and submit your own pass with [`bind_group`](Self::bind_group), drawing ids.
///
/// Steps 2 and 3 may be repeated within a frame. A frame with nothing new submits nothing.
///
/// # In a browser
///
/// The same calls work on `wasm32-unknown-unknown`, on WebGL2 and on WebGPU. The cache is neither `Send` nor `Sync` there,
/// like wgpu's own objects, and methods that wait for the GPU or another thread don't exist. WebGPU refuses objects late: see
/// [`device_verdict`](Self::device_verdict). The guide to [integrating](crate::documentation::integrating) has a section on it.
pub struct PixmapCache<N = String> {
    layout: Layout,
    names: Names<N>,
    /// The last evictions, if they are recorded.
    evictions: Option<EvictionLog<N>>,
    atlas: Atlas,
    backoff: Backoff,
    idle_clock: IdleClock,
    pins: Pins,
    retained: Retained,
    intake: Intake<N>,
    recorder: Option<Recorder<N>>,
    mipmaps: MipmapRule,
    suspects: Suspects,
    /// What the device said when it refused something late that the cache can't do without.
    essential_fault: Option<String>,
    /// Refusals of the device that were heeded.
    told_refusals: u64,
    counts: Counts,
}

/// Counters that the layout doesn't keep.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hits: u64,
    misses: u64,
    uploads: u64,
    uploaded_bytes: u64,
    refused: u64,
    layout_epoch: u64,
    commit_failures: u64,
    /// Entries forgotten with a texture that the device had no memory to keep.
    lost_entries: u32,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Creates a cache on `device`. [`CommitPolicy::Upfront`](crate::CommitPolicy::Upfront) allocates the whole budget here.
    ///
    /// # Errors
    ///
    /// Returns a [`CreateError`] when the device's limits don't allow what the descriptor asks for, or the device is out
    /// of memory. WebGPU tells the latter later: see [`device_verdict`](Self::device_verdict).
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        descriptor: &CacheDescriptor,
    ) -> Result<Self, CreateError> {
        let plan = AtlasPlan::new(descriptor, device)?;
        let layout = Layout::new(&LayoutDescriptor {
            page_side: plan.page_side,
            max_pages: plan.max_pages(),
            max_entries: plan.max_entries,
            max_tiles: plan.max_tiles,
        });
        let mut layout = layout.expect("BUG: a plan that makes no layout");
        let atlas = Atlas::new(device, queue, plan)?;
        // The first pages are numbered without a gap.
        layout.commit_pages(0..atlas.committed_pages());
        // Nothing was drawn before the cache was created, so entries may be moved to its first pages at once.
        layout.begin_frame();
        layout.set_max_pages(atlas.reachable_pages());
        let mut cache = Self {
            layout,
            names: Names::new(),
            evictions: descriptor.record_evictions.then(EvictionLog::new),
            atlas,
            backoff: Backoff::default(),
            idle_clock: IdleClock::new(descriptor.idle),
            pins: Pins::default(),
            retained: Retained::new(descriptor.retain),
            intake: Intake::new(descriptor.uploads),
            recorder: None,
            mipmaps: MipmapRule {
                by_default: descriptor.mipmaps,
                encoding: if descriptor.format.is_srgb() {
                    ColorEncoding::Srgb
                } else {
                    ColorEncoding::Linear
                },
            },
            suspects: Suspects::default(),
            essential_fault: None,
            told_refusals: 0,
            counts: Counts::default(),
        };
        cache.watch_owed();
        Ok(cache)
    }

    /// Starts a frame. Everything recorded in earlier frames must have been submitted: the entries that they drew are no
    /// longer protected.
    ///
    /// An application that never calls this protects everything it uses, until insertions are refused as
    /// [`Full`](crate::InsertError::Full).
    pub fn begin_frame(&mut self) {
        let now = self.idle_clock.runs().then(Instant::now);
        self.start_frame(now);
    }

    /// Like [`begin_frame`](Self::begin_frame), with the current time supplied by the caller:
    /// [`CacheDescriptor::idle`] counts by it.
    pub fn begin_frame_at(&mut self, now: Instant) {
        self.start_frame(Some(now));
    }

    fn start_frame(&mut self, now: Option<Instant>) {
        self.unpin_dropped();
        self.heed_verdicts();
        // While the entries of the last frame are protected, and before deliveries are taken in, which become protected.
        self.release_overdue();
        if let Some(now) = now {
            self.trim_idle(now);
        }
        self.take_in();
        self.record_frame();
        self.layout.begin_frame();
        self.collect_released();
        self.restore_lost();
    }

    /// Submits the moves, uploads and table rows that are pending, in one command buffer.
    ///
    /// They take effect before whatever is submitted next: passes that were recorded earlier and are submitted later draw
    /// the right pixels. Never waits for the GPU.
    pub fn flush(&mut self) {
        // If there is no memory for it, the next flush submits what is pending.
        let _ = self.atlas.flush();
    }

    /// Removes an entry. Its id draws transparent from the next flush on. Returns false if the key was dead.
    pub fn remove(&mut self, key: PixmapKey) -> bool {
        let removed = self.layout.remove(key);
        self.apply_ops();
        removed
    }

    /// Removes the entry of a name. Returns false if there was none.
    pub fn remove_named<Q>(&mut self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.names.key_of(name).is_some_and(|key| self.remove(key))
    }

    /// Removes every entry. All keys are dead afterwards; textures stay committed.
    pub fn clear(&mut self) {
        self.layout.clear();
        self.apply_ops();
    }

    /// Returns the layout of [`bind_group`](Self::bind_group). Only [`recreate`](Self::recreate) replaces it.
    pub fn bind_group_layout(&self) -> &wgpu::BindGroupLayout {
        self.atlas.bind_group_layout()
    }

    /// Returns the bind group with which a pass draws pixmaps. Fetch it after each [`flush`](Self::flush): it is replaced
    /// whenever a texture is committed or released.
    ///
    /// Under [`CommitPolicy::Upfront`](crate::CommitPolicy::Upfront) that happens only after a change of the budget,
    /// trimming, or time at rest.
    pub fn bind_group(&self) -> &wgpu::BindGroup {
        self.atlas.bind_group()
    }

    /// Returns the WGSL to prepend to a shader, with the cache in bind group `group`.
    ///
    /// ```wgsl
    /// alias PixmapRegion = vec3<u32>;                      // passes as @location(N) @interpolate(flat)
    /// fn pixmap_region(id: vec2<u32>) -> PixmapRegion      // vertex or fragment stage; once per vertex will do
    /// fn pixmap_is_resident(region: PixmapRegion) -> bool
    /// fn pixmap_size(region: PixmapRegion) -> vec2<f32>    // texels; 0 when not resident
    /// fn pixmap_sample(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32>  // uv from 0 to 1; the base level
    /// fn pixmap_sample_nearest(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> // also under a linear filter
    /// fn pixmap_sample_repeat(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32>  // any uv; without a seam
    /// fn pixmap_sample_grad(region: PixmapRegion, uv: vec2<f32>, ddx: vec2<f32>, ddy: vec2<f32>) -> vec4<f32>
    /// fn pixmap_sample_level(region: PixmapRegion, uv: vec2<f32>, level: f32) -> vec4<f32> // 0 is the base
    /// fn pixmap_level(region: PixmapRegion, texels_per_pixel: f32) -> f32 // for the level of the function above
    /// fn pixmap_level_count(region: PixmapRegion) -> u32                  // the base included
    /// ```
    ///
    /// Sampling is for the fragment stage; the other functions may be called in the vertex stage as well. Any control flow may
    /// call any of them. Only the derivatives that `pixmap_sample_grad` takes, `dpdx(uv)` and `dpdy(uv)`, have to be formed in
    /// uniform control flow. Sampling clamps to the pixmap, or repeats it, and never reads a texel of another. It returns
    /// transparent black for an id that is not resident. Masks are in the red channel. For two caches in one
    /// shader, use [`wgsl_prefixed`](Self::wgsl_prefixed). The guide to
    /// [integrating](crate::documentation::integrating) says what each function costs.
    pub fn wgsl(&self, group: u32) -> String {
        self.atlas.wgsl(group)
    }

    /// Returns WGSL like [`wgsl`](Self::wgsl), with names of its own, so that one shader can use several caches.
    ///
    /// With the prefix `glyph_mask`, `pixmap_sample` becomes `glyph_mask_sample`, `PixmapRegion` becomes
    /// `GlyphMaskRegion`, and so on for every name. The prefix `pixmap` gives the text of [`wgsl`](Self::wgsl).
    ///
    /// A prefix consists of words of lowercase ASCII letters and digits, each of which begins with a letter, joined by
    /// single underscores, and has at most 32 bytes. Different prefixes never give the same name. The regions of two
    /// caches have the same type in WGSL, but an id and its region are valid only for the functions of their own cache.
    ///
    /// ```no_run
    /// # use pixmap_cache::PixmapCache;
    /// # fn shader(colors: &PixmapCache, masks: &PixmapCache) -> Result<String, pixmap_cache::PrefixError> {
    /// let shader = colors.wgsl(1) + &masks.wgsl_prefixed(2, "mask")? + "
    ///     @fragment fn fragment(@location(0) @interpolate(flat) picture: vec2u,
    ///                           @location(1) @interpolate(flat) mask: vec2u,
    ///                           @location(2) uv: vec2f) -> @location(0) vec4f {
    ///         return pixmap_sample(pixmap_region(picture), uv) * mask_sample(mask_region(mask), uv).r;
    ///     }";
    /// # Ok(shader) }
    /// ```
    ///
    /// Each cache takes two or five of the pipeline's texture slots ([`CommitPolicy`](crate::CommitPolicy)); GL has
    /// sixteen.
    ///
    /// # Errors
    ///
    /// Returns a [`PrefixError`] that says what is wrong with the prefix.
    pub fn wgsl_prefixed(&self, group: u32, prefix: &str) -> Result<String, PrefixError> {
        self.atlas.wgsl_prefixed(group, prefix)
    }
}

impl<N> std::fmt::Debug for PixmapCache<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PixmapCache")
            .field("plan", self.atlas.plan())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

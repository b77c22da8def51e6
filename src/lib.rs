//! A GPU texture cache for [wgpu](https://docs.rs/wgpu) renderers.
//!
//! Pixmaps of any size (icons, glyph masks, thumbnails, photos, rasterized SVG) go in under keys or names; the GPU gets a
//! few atlas textures, one bind group and a few WGSL functions. The cache stays within a budget of video memory: it evicts,
//! frees and repacks, and no draw ever shows the wrong pixels.
//!
//! # The frame
//!
//! ```no_run
//! use pixmap_cache::{CacheDescriptor, PixmapCache, PixmapId};
//!
//! # fn render(name: &str) -> image::RgbaImage { image::RgbaImage::new(32, 32) }
//! # fn frame(device: &wgpu::Device, queue: &wgpu::Queue, visible: &[&str]) -> Result<(), Box<dyn std::error::Error>> {
//! let mut cache: PixmapCache = PixmapCache::new(device, queue, &CacheDescriptor::default())?;
//! // Once per frame:
//! cache.begin_frame();
//! let mut ids: Vec<PixmapId> = Vec::new();
//! for name in visible {
//!     let key = match cache.find(*name) {
//!         Some(key) => key,
//!         None => cache.insert_named(name.to_string(), &render(name))?,
//!     };
//!     ids.push(key.id()); // into the instance buffer, as Uint32x2
//! }
//! cache.flush();
//! // Then your own pass: pass.set_bind_group(1, cache.bind_group(), &[]);
//! # Ok(()) }
//! ```
//!
//! Instances hold ids, never texture coordinates: a region table on the GPU maps each id to its place. So moving a
//! pixmap changes nothing that was recorded, and an id whose pixmap is gone always draws transparent.
//! [`PixmapCache::wgsl`] returns the functions to call in a shader; [`PixmapCache::wgsl_prefixed`] is for several caches in
//! one shader.
//!
//! # Any size, any scale, changed in part
//!
//! A pixmap longer than half a page is stored in *tiles*, behind one key: it is touched, pinned, evicted and counted as one
//! entry. [`Pixmap::with_mipmaps`] asks for mip levels, which lie beside the base in the same region; the WGSL function
//! `pixmap_sample_grad` blends them. [`PixmapCache::update`] changes a rectangle in place, and
//! [`PixmapCache::insert_texture`] copies from a texture of the application.
//!
//! # What it costs
//!
//! - A hit by key takes one lookup in a slot map and writes one frame number. A hit by name takes one hash lookup more.
//! - An insertion copies the pixels once, into mapped memory. Neighboring small pixmaps go to the GPU in one copy.
//! - The table takes 16.5 bytes of video memory per possible entry.
//! - A draw takes one texture load per vertex (or fragment) and a clamp per fragment. There are no gutters around pixmaps.
//! - Tiles take one more texture load per sample, and 1.6 % more memory for their borders. Mip levels take two samples where
//!   two of them are blended, and half as much memory again, or a third in tiles. Pixmaps without them pay for neither.
//! - A frame with nothing new submits nothing.
//!
//! # What the budget counts
//!
//! The budget, [`CacheDescriptor::budget_bytes`], holds for page textures and region table at all times. A released
//! texture counts until the GPU is done with it ([`CacheStats::releasing_bytes`]). Nothing waits for that: a texture that is
//! needed again before is taken back. After a cut of the budget, textures that the GPU still uses and entries in use may
//! exceed it for a while; [`PixmapCache::set_budget`] returns by how much. [`CacheStats::vram_bytes`] is exact. It doesn't
//! include staging memory, about what one frame uploads, and what the application keeps alive itself, such as a clone of an
//! older bind group.
//!
//! # What happens when it is full
//!
//! While the newest page fills, the page least worth keeping is *drained*: its few best entries are copied to the newest
//! page, some with each insertion, and the rest is evicted when the newest page is full. When entries in use leave no room
//! for that, one page is *rebuilt*: packed from scratch with the entries that must stay and the new pixmap.
//!
//! Entries used since [`begin_frame`](PixmapCache::begin_frame), and pinned ones, are never evicted. When they leave no
//! room, an insertion is refused as [`InsertError::Full`], and nothing in use changes. A frame is never refused if it uses
//! up to 70 % of the *pages'* bytes with pixmaps whose sides are up to a quarter of a page;
//! [`promised_bytes`](PixmapCache::promised_bytes) returns the number for a cache and states the exact conditions.
//! [`layout`] is this part by itself, without a GPU, and names its sources.
//!
//! # Other threads, pins, releasing memory
//!
//! An [`Uploader`] uploads pixmaps from any thread, and [`PixmapCache::find_or_request`] requests each missing name once. A
//! [`Pin`] keeps an entry without touching it. [`PixmapCache::set_budget`] and [`PixmapCache::trim`] release memory at any
//! time, and a cache at rest releases memory by itself ([`IdlePolicy`]). [`documentation`] has a guide to integrating the
//! cache, the notes on its design, and a comparison with what QPixmapCache promises.
//!
//! # Looking inside
//!
//! [`PixmapCache::inspect`] shows what lies where and how long it has not been used, where the bytes are (live, dead, lost
//! to packing, free), and, if [recorded](CacheDescriptor::record_evictions), why the last entries were evicted. To iterate
//! over all regions takes about three nanoseconds per entry (the bench `touch` measures it).
//! [`Inspection::to_svg`](inspect::Inspection::to_svg) draws a map of the pages; `page_image` and `page_image_async` read
//! their texels back. With the feature `overlay`, a few lines draw a panel in the application's own pass:
//!
#![cfg_attr(feature = "overlay", doc = "```no_run")]
#![cfg_attr(not(feature = "overlay"), doc = "```ignore")]
//! use pixmap_cache::overlay::{Overlay, OverlayDescriptor, OverlayFrame};
//!
//! # fn frame(device: &wgpu::Device, queue: &wgpu::Queue, cache: &pixmap_cache::PixmapCache, (width, height): (u32, u32),
//! #     format: wgpu::TextureFormat, pass: &mut wgpu::RenderPass<'_>) -> Result<(), Box<dyn std::error::Error>> {
//! let descriptor = OverlayDescriptor { format, ..Default::default() };
//! let mut overlay = Overlay::new(device, queue, &descriptor)?; // once
//! overlay.prepare(cache, &OverlayFrame { viewport: [width, height], ..Default::default() }); // after the flush
//! overlay.draw(pass); // at the end of the pass
//! # Ok(()) }
//! ```
//!
//! # Limits
//!
//! - A pixmap has sides of at most 65,535 texels and must fit the pages of the budget beside what is in use: it is resident
//!   as a whole or not at all. [`CacheDescriptor::max_tiles`] limits the tiles of all pixmaps together.
//! - A cache has one format. Mip levels are made for the pixmaps that ask for them, or bring them; all others show aliasing
//!   when they are drawn much smaller than they are. There is no anisotropic filtering.
//! - A cache takes five texture slots of the fragment stage ([`CommitPolicy::Stepwise`]) or two
//!   ([`CommitPolicy::Upfront`]). GL has sixteen for all stages together.
//! - The cache doesn't know how much video memory others use, and GL never reports that it is out of memory.
//! - The cache isn't told when its device is lost: call [`PixmapCache::recreate`].
//!
//! # Features
//!
//! - `image` (default): conversions from and to the images of the `image` crate, and pages as images.
//! - `overlay`: a panel that shows pages, figures and plots of a cache in the application's own pass.
//!
//! The crate enables no backend of wgpu. The application enables them in its own dependency on wgpu 30.

#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]

mod cache;
mod clock;
mod descriptor;
pub mod documentation;
mod error;
mod geometry;
mod gpu;
pub mod inspect;
pub mod iter;
mod key;
pub mod layout;
mod names;
#[cfg(feature = "overlay")]
pub mod overlay;
mod pixmap;
mod stats;
mod uploader;

pub use cache::{DeviceVerdict, Found, Pin, PixmapCache, TextureSource, Tile, Trim};
pub use clock::Instant;
pub use descriptor::{CacheDescriptor, CommitPolicy, IdlePolicy, RetainPolicy};
pub use error::{
    BudgetError, CreateError, InsertError, PrefixError, ReadBackError, ReplaceError, TextureError,
    UpdateError,
};
pub use geometry::{Rect, Size};
pub use key::{PixmapId, PixmapKey};
pub use layout::{PageIndex, Region};
pub use pixmap::{ColorEncoding, Mipmaps, PixelFormat, Pixmap, PixmapBuf};
pub use stats::CacheStats;
pub use uploader::{Request, RequestError, UploadDescriptor, UploadError, Uploader};

// The examples of the README are tests.
#[cfg(all(doctest, feature = "image", feature = "overlay"))]
#[doc = include_str!("../README.md")]
struct Readme;

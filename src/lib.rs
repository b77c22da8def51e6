//! A GPU texture cache for [wgpu](https://docs.rs/wgpu) renderers.
//!
//! Pixmaps (icons, glyph masks, thumbnails, map tiles, rasterised SVG) go in under keys or names; the GPU gets a few
//! atlas textures, one bind group and one WGSL function. The cache lives inside a budget of video memory: it evicts,
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
//! Instances hold ids, never texture coordinates: a region table on the GPU says where each id lies. So moving a
//! pixmap changes nothing that was recorded, and an id whose pixmap is gone draws transparent, for ever.
//! [`PixmapCache::wgsl`] gives the functions to call in a shader, [`PixmapCache::wgsl_prefixed`] those of several caches
//! in one.
//!
//! # What it costs
//!
//! - A hit by key is one lookup in a slot map and one frame number written; a hit by name, one hash lookup more.
//! - An insertion copies the pixels once, into mapped memory; runs of small pixmaps go to the GPU in one copy.
//! - 16 bytes of video memory per possible entry for the table.
//! - A draw pays one texture load per vertex (or fragment) and a clamp per fragment; no gutters around pixmaps.
//! - A frame with nothing new submits nothing.
//!
//! # What the budget counts
//!
//! Page textures and region table together never exceed [`CacheDescriptor::budget_bytes`], not for a moment. A texture
//! that is released counts until the GPU is done with it ([`CacheStats::releasing_bytes`]); nothing waits for that, since
//! a texture that is needed again before is taken back. Only what a smaller budget releases may stay above it that long,
//! and what is in use until a frame goes without it: [`PixmapCache::set_budget`] returns how much that is.
//! [`CacheStats::vram_bytes`] is exact. Not counted: staging memory on its way to the GPU, about what one frame uploads,
//! and what the application keeps alive itself, such as a clone of an older bind group.
//!
//! # What happens when it is full
//!
//! While the newest page fills, the page least worth keeping is *drained*: the few entries most worth keeping are copied
//! to the newest page, some with each insertion, and the rest is evicted when the newest page is full. When entries in
//! use leave no room for that, one page is *rebuilt*: packed from scratch with what must stay and the new pixmap.
//!
//! Entries used since [`begin_frame`](PixmapCache::begin_frame), and pinned ones, are never evicted; when they leave no
//! room, an insertion is refused with [`InsertError::Full`] and nothing in use has changed. Frames that use up to 70 % of
//! the *pages'* bytes with pixmaps whose sides are up to a quarter of a page are never refused;
//! [`promised_bytes`](PixmapCache::promised_bytes) has the number for a cache at hand, and the exact conditions.
//! [`layout`] is that part by itself, without a GPU, and names its sources.
//!
//! # Other threads, pins, memory back
//!
//! An [`Uploader`] hands pixmaps over from any thread, and [`PixmapCache::find_or_request`] asks for each missing name
//! once. A [`Pin`] keeps an entry without touching it. [`PixmapCache::set_budget`] and [`PixmapCache::trim`] change what
//! is held at any time, and a cache at rest gives memory back by itself ([`IdlePolicy`]). [`documentation`] has a
//! guide to integrating the cache, the notes on its design, and what QPixmapCache promises and where each is kept here.
//!
//! # Looking inside
//!
//! [`PixmapCache::inspect`] says what lies where and how long unseen, where the bytes are (live, dead, lost to packing,
//! free), and why the last entries were evicted; it allocates nothing, and takes about a nanosecond an entry (the
//! bench `touch` measures it). [`Inspection::to_svg`](inspect::Inspection::to_svg) draws a map of the pages; `page_image` and
//! `page_image_async` read their texels back. And with the feature `overlay`, a panel in the application's own pass, in
//! a few lines:
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
//! - A pixmap is at most as long as a page: 64 to 4,096 texels by the budget (1,024 at 64 MiB), or what
//!   [`CacheDescriptor::page_side`] says.
//! - One format per cache; no mip levels: pixmaps drawn much smaller than they are alias, so insert them at about the
//!   size they are drawn.
//! - Five texture slots in the fragment stage ([`CommitPolicy::Stepwise`]) or two ([`CommitPolicy::Upfront`]); GL has sixteen for
//!   all stages together.
//! - Video memory in use by others is not known to it: GL never reports a lack of memory.
//! - Nothing tells it that its device is lost: say so with [`PixmapCache::recreate`].
//!
//! # Features
//!
//! - `image` (default): conversions from and to the images of the `image` crate, and pages as images.
//! - `overlay`: a panel over the application's picture that shows pages, figures and plots of a cache.
//!
//! The crate enables no backend of wgpu; the application does, by its own dependency on wgpu 30.

#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]

mod cache;
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

pub use cache::{Found, Pin, PixmapCache, Trim};
pub use descriptor::{CacheDescriptor, CommitPolicy, IdlePolicy, RetainPolicy};
pub use error::{BudgetError, CreateError, InsertError, PrefixError, ReadBackError, ReplaceError};
pub use geometry::{Rect, Size};
pub use key::{PixmapId, PixmapKey};
pub use layout::{PageIndex, Region};
pub use pixmap::{PixelFormat, Pixmap, PixmapBuf};
pub use stats::CacheStats;
pub use uploader::{Request, RequestError, UploadDescriptor, UploadError, Uploader};

// The examples of the README are tests.
#[cfg(all(doctest, feature = "image", feature = "overlay"))]
#[doc = include_str!("../README.md")]
struct Readme;

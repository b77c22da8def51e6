//! `CacheStats`: what a cache counts, for overlays, logs and tests.

/// Counters since the cache was created, and sums as of now. Bytes are those of texels, without padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Number of the current frame.
    pub frame: u64,
    /// Number of resident entries. A pixmap in tiles is one.
    pub entries: u32,
    /// Number of entries that the region table has room for, where each tile counts as one.
    pub max_entries: u32,
    /// Number of pages that have a texture.
    pub pages: u32,
    /// Number of pages that the budget allows.
    pub max_pages: u32,
    /// Side of a page in texels.
    pub page_side: u32,
    /// Bytes of video memory held: page textures, region table and placeholder. The number is exact, and never above the
    /// budget, except for what a smaller budget couldn't release yet.
    pub vram_bytes: u64,
    /// Bytes, included in `vram_bytes`, of textures that were released and that the GPU may still use. A later
    /// [`begin_frame`](crate::PixmapCache::begin_frame) drops them.
    pub releasing_bytes: u64,
    /// The budget, which limits `vram_bytes`.
    pub budget_bytes: u64,
    /// Bytes of staging memory held, which is not part of the budget: pixels that wait for a flush or for the GPU, memory
    /// kept for more, and what a change of the budget has copied aside until the GPU has copied it back.
    pub staging_bytes: u64,
    /// Bytes of resident entries.
    pub live_bytes: u64,
    /// Bytes of entries touched in this frame or pinned.
    pub protected_bytes: u64,
    /// Number of calls of `find` and `touch` that found an entry.
    pub hits: u64,
    /// Number of calls of `find` and `touch` that found none.
    pub misses: u64,
    /// Number of pixmaps taken in, by insertion, replacement or update of a part, from memory or from a texture.
    pub uploads: u64,
    /// Bytes of those pixmaps, with mip levels and borders of tiles. Those from textures don't count.
    pub uploaded_bytes: u64,
    /// Number of pages drained: their best entries were moved, the rest evicted.
    pub evacuations: u64,
    /// Number of pages packed from scratch to make room for entries in use.
    pub rebuilds: u64,
    /// Number of regions copied to make room. Tiles move one by one.
    pub moves: u64,
    /// Bytes copied to make room.
    pub moved_bytes: u64,
    /// Number of entries evicted. A pixmap in tiles is one.
    pub evictions: u64,
    /// Number of pixmaps in the queue of the [`Uploader`](crate::Uploader)s.
    pub queued: u32,
    /// Bytes of those pixmaps, as [`UploadDescriptor::queue_bytes`](crate::UploadDescriptor::queue_bytes) counts them.
    pub queued_bytes: u64,
    /// Number of pixmaps taken from the queue that found no room. They are tried again in each frame.
    pub set_aside: u32,
    /// Bytes of those pixmaps. They are limited by `queue_bytes` as well, but counted separately.
    pub set_aside_bytes: u64,
    /// Number of threads that wait in a blocking call because the queue is full.
    pub waiting: u32,
    /// Number of pixmaps of other threads that were taken in.
    pub taken_in: u64,
    /// Number of pixmaps from other threads that were dropped for a newer version of their name.
    pub superseded: u64,
    /// Number of names requested whose pixmaps haven't been delivered. A job that failed or was abandoned counts until
    /// that is noticed: when its name is requested again, or when the table of requests is full.
    pub requests: u32,
    /// Number of failures remembered.
    pub failures: u32,
    /// Number of pixmaps refused, for any reason.
    pub refused: u64,
    /// Number of command buffers submitted.
    pub submissions: u64,
    /// Number of textures that the device had no memory for. The cache then stays within those it has and tries again
    /// later.
    pub commit_failures: u64,
    /// Bytes of one page.
    pub page_bytes: u64,
}

impl CacheStats {
    /// Returns the share of the committed pages that resident entries cover, `0.0..=1.0`.
    pub fn fill(&self) -> f64 {
        let all = u64::from(self.pages) * self.page_bytes;
        if all == 0 {
            0.0
        } else {
            self.live_bytes as f64 / all as f64
        }
    }
}

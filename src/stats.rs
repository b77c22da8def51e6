//! What a cache counts, for overlays, logs and tests.

/// Counters since the cache was made, and sums as of now. Bytes are of texels, without padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Number of the present frame.
    pub frame: u64,
    /// Resident entries.
    pub entries: u32,
    /// Entries that the region table has room for.
    pub max_entries: u32,
    /// Pages that have a texture.
    pub pages: u32,
    /// Pages that the budget allows.
    pub max_pages: u32,
    /// Side of a page in texels.
    pub page_side: u32,
    /// Video memory held: page textures, region table, placeholder. Exact, and never above the budget, unless a smaller
    /// budget couldn't release something yet.
    pub vram_bytes: u64,
    /// Part of `vram_bytes`: textures that were released and that the GPU may still use. A later
    /// [`begin_frame`](crate::PixmapCache::begin_frame) drops them.
    pub releasing_bytes: u64,
    /// The limit of `vram_bytes`.
    pub budget_bytes: u64,
    /// Staging memory held, not part of the budget: what waits for a flush or for the GPU, what is kept for more, and
    /// what another budget has copied aside, until the GPU has copied it back.
    pub staging_bytes: u64,
    /// Bytes of resident entries.
    pub live_bytes: u64,
    /// Bytes of entries touched in this frame or pinned.
    pub protected_bytes: u64,
    /// `find` and `touch` that found an entry.
    pub hits: u64,
    /// `find` and `touch` that found none.
    pub misses: u64,
    /// Pixmaps taken in, by insertion or replacement.
    pub uploads: u64,
    /// Bytes of those pixmaps.
    pub uploaded_bytes: u64,
    /// Pages drained: their survivors moved, the rest evicted.
    pub evacuations: u64,
    /// Pages packed from scratch to make room for entries in use.
    pub rebuilds: u64,
    /// Regions copied to make room.
    pub moves: u64,
    /// Bytes copied to make room.
    pub moved_bytes: u64,
    /// Entries evicted.
    pub evictions: u64,
    /// Pixmaps in the queue of the [`Uploader`](crate::Uploader)s.
    pub queued: u32,
    /// Bytes of those pixmaps, as [`UploadDescriptor::queue_bytes`](crate::UploadDescriptor::queue_bytes) counts them.
    pub queued_bytes: u64,
    /// Pixmaps taken from the queue that found no room: they are tried again in each frame.
    pub set_aside: u32,
    /// Bytes of those pixmaps, counted in the same way and within the same limit, but apart.
    pub set_aside_bytes: u64,
    /// Number of threads that wait in a blocking call because the queue is full.
    pub waiting: u32,
    /// Pixmaps of other threads that were taken in.
    pub taken_in: u64,
    /// Number of pixmaps from other threads that were dropped for a newer version of their name.
    pub superseded: u64,
    /// Names asked for whose pixmaps haven't come. Jobs that failed or were abandoned count until that is noticed, when
    /// their name is asked for or the table is full.
    pub requests: u32,
    /// Failures remembered.
    pub failures: u32,
    /// Pixmaps refused, for whatever reason.
    pub refused: u64,
    /// Command buffers submitted.
    pub submissions: u64,
    /// Textures that the device had no memory for. The cache then stays within what it has and tries again later.
    pub commit_failures: u64,
    /// Bytes of one page, of which `fill` is reckoned.
    pub page_bytes: u64,
}

impl CacheStats {
    /// Share of the committed pages that resident entries cover, `0.0..=1.0`.
    pub fn fill(&self) -> f64 {
        let all = u64::from(self.pages) * self.page_bytes;
        if all == 0 {
            0.0
        } else {
            self.live_bytes as f64 / all as f64
        }
    }
}

//! What a layout counts.

/// Counters since the layout was made, and sums as of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayoutStats {
    /// Number of the present frame; the first is 1.
    pub frame: u64,
    /// Living entries.
    pub entries: u32,
    /// Committed pages.
    pub pages: u32,
    /// Texels of living entries.
    pub live_texels: u64,
    /// Texels of entries touched in this frame or pinned.
    pub protected_texels: u64,
    /// Entries placed.
    pub placed: u64,
    /// Texels of entries placed.
    pub placed_texels: u64,
    /// Pages drained into the head.
    pub evacuations: u64,
    /// Pages packed from scratch.
    pub rebuilds: u64,
    /// Regions copied to make room.
    pub moves: u64,
    /// Texels copied to make room.
    pub moved_texels: u64,
    /// Entries evicted.
    pub evictions: u64,
    /// Placements and resizes refused as full.
    pub refused: u64,
}

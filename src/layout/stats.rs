//! What a layout counts.

/// Counters since the layout was created, and sums as of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayoutStats {
    /// Number of the current frame; the first is 1.
    pub frame: u64,
    /// Number of living entries.
    pub entries: u32,
    /// Number of committed pages.
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
    /// Placements and resizes refused because there was no room.
    pub refused: u64,
}

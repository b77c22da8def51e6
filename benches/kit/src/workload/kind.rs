//! What the pixmaps of a workload are.

/// What most pixmaps of a workload are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Glyphs,
    Icons,
    Thumbnails,
    Tiles,
    Mixed,
}

impl Kind {
    pub const ALL: [Kind; 5] = [
        Kind::Glyphs,
        Kind::Icons,
        Kind::Thumbnails,
        Kind::Tiles,
        Kind::Mixed,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Glyphs => "glyphs",
            Kind::Icons => "icons",
            Kind::Thumbnails => "thumbnails",
            Kind::Tiles => "tiles",
            Kind::Mixed => "mixed",
        }
    }

    /// Returns the side of pages. Small pixmaps get small pages, as the library's rule gives them for the small budgets that
    /// they need.
    pub(super) fn page_side(self) -> u32 {
        match self {
            Kind::Glyphs => 256,
            Kind::Icons => 512,
            Kind::Thumbnails | Kind::Tiles | Kind::Mixed => 1024,
        }
    }
}

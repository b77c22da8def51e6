//! Sizes and rectangles in texels.
//!
//! The origin is at the top left and y points down, like the rows of a pixmap. Entries and the region table pack them
//! tighter and convert them themselves.

/// Width and height in texels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// Number of texels in a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

impl Size {
    /// Creates a size from width and height.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Returns the number of texels, width times height.
    pub const fn texels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Returns whether a side is zero.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Returns the longer side.
    pub const fn longer_side(self) -> u32 {
        if self.width > self.height {
            self.width
        } else {
            self.height
        }
    }

    /// One texel, or none if a side is zero.
    pub(crate) fn min_side(self) -> Size {
        let side = self.width.min(self.height);
        Size::new(side.min(1), side.min(1))
    }

    /// Returns whether `other` is at most as wide and at most as tall.
    pub const fn covers(self, other: Size) -> bool {
        other.width <= self.width && other.height <= self.height
    }
}

impl From<(u32, u32)> for Size {
    fn from((width, height): (u32, u32)) -> Self {
        Self { width, height }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A rectangle of texels, on a page or in a pixmap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Distance from the left edge.
    pub x: u32,
    /// Distance from the top edge.
    pub y: u32,
    /// Number of texels in a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

impl Rect {
    /// Creates a rectangle from its top left corner and its size.
    pub const fn new(x: u32, y: u32, size: Size) -> Self {
        Self {
            x,
            y,
            width: size.width,
            height: size.height,
        }
    }

    /// Returns width and height.
    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }

    /// Returns the x coordinate one past the last column.
    pub const fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// Returns the y coordinate one past the last row.
    pub const fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// Returns whether the two rectangles share a texel.
    pub const fn overlaps(self, other: Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Returns whether every texel of `other` is in `self`.
    pub const fn contains(self, other: Rect) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }
}

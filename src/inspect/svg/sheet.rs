//! The measures of the SVG picture, in pixels.

pub(super) const PADDING: u32 = 24;
const HEADER: u32 = 206;
/// Below each page, for two lines.
const CAPTION: u32 = 34;
const GAP: u32 = 14;

/// Size of the picture and of the pages on it.
pub(super) struct Sheet {
    /// Side of a page.
    pub(super) square: u32,
    columns: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    page_side: u32,
}

impl Sheet {
    /// Measures a picture of `pages` pages, each `page_side` texels long.
    pub(super) fn new(pages: u32, page_side: u32) -> Self {
        let square = match pages {
            0..=4 => 513,
            5..=16 => 290,
            17..=64 => 180,
            _ => 140,
        };
        // About 1,200 pixels wide, and wider rather than much taller than wide.
        let least = 1240 / (square + GAP);
        let columns = least.max(pages.isqrt()).min(pages.max(1));
        let width = (columns * (square + GAP) - GAP).max(1040) + 2 * PADDING;
        let rows = pages.div_ceil(columns);
        Self {
            square,
            columns,
            width,
            height: HEADER + rows * (square + CAPTION + GAP) + PADDING,
            page_side,
        }
    }

    /// Width between the paddings.
    pub(super) fn inner_width(&self) -> u32 {
        self.width - 2 * PADDING
    }

    /// Pixels per texel.
    pub(super) fn scale(&self) -> f64 {
        f64::from(self.square) / f64::from(self.page_side)
    }

    /// Top left corner of the page that is drawn at this place.
    pub(super) fn corner(&self, index: u32) -> (u32, u32) {
        let x = PADDING + index % self.columns * (self.square + GAP);
        let y = HEADER + index / self.columns * (self.square + CAPTION + GAP);
        (x, y)
    }

    /// Id of the hatching pattern. It differs between scales, because an HTML page may hold several pictures.
    pub(super) fn hatching(&self) -> String {
        format!("lost-{}-{}", self.square, self.page_side)
    }
}

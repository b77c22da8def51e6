//! The colors of the SVG picture and of the overlay: few, on a dark ground.

use std::fmt;

/// Red, green and blue in sRGB. Displayed as SVG writes it: `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) [u8; 3]);

pub(crate) const BACKGROUND: Color = Color([13, 15, 20]);
pub(crate) const TEXT: Color = Color([226, 229, 235]);
pub(crate) const LABEL: Color = Color([140, 147, 160]);
pub(crate) const ACCENT: Color = Color([255, 206, 110]);

/// Space of a page that new regions can take.
pub(crate) const FREE: Color = Color([24, 28, 36]);

/// Space of a page that nothing can take before the page is free or rebuilt: hatched in the SVG picture.
pub(crate) const LOST: Color = Color([43, 48, 58]);
pub(crate) const LOST_LINE: Color = Color([92, 100, 114]);

/// Lost space in the overlay, whose pages are too small for hatching.
#[cfg(feature = "overlay")]
pub(crate) const LOST_FLAT: Color = Color([74, 80, 93]);

/// Frames of regions in use and of pinned ones.
pub(crate) const PROTECTED: Color = Color([255, 255, 255]);
pub(crate) const PINNED: Color = Color([77, 208, 225]);

/// Parts of the bytes bar.
pub(crate) const LIVE: Color = Color([112, 160, 208]);
pub(crate) const DEAD: Color = Color([176, 84, 98]);
pub(crate) const WASTE: Color = Color([108, 115, 130]);
pub(crate) const UNUSED: Color = Color([62, 71, 88]);
pub(crate) const TABLE: Color = Color([190, 166, 112]);

/// Ground of the bytes bar and of the plots.
pub(crate) const TRACK: Color = Color([20, 24, 31]);

/// Fine lines of the overlay, blended.
#[cfg(feature = "overlay")]
pub(crate) const LINE: Color = Color([255, 255, 255]);

/// Lines of the overlay's plots.
#[cfg(feature = "overlay")]
pub(crate) mod plot {
    use super::Color;

    pub(crate) const FILL: Color = super::LIVE;
    pub(crate) const UPLOADED: Color = Color([104, 178, 160]);
    pub(crate) const MOVED: Color = Color([150, 130, 200]);
    pub(crate) const FRAME_TIME: Color = Color([176, 182, 194]);
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

//! The colors of the overlay, in sRGB with opacity: few, on a dark panel.

use super::canvas::Color;

// Blended in linear light where the target is sRGB, which lets more through than the number says.
pub(super) const PANEL: Color = [13, 15, 20, 252];
pub(super) const PANEL_EDGE: Color = [255, 255, 255, 26];
pub(super) const RULE: Color = [255, 255, 255, 22];

pub(super) const TEXT: Color = [226, 229, 235, 255];
pub(super) const LABEL: Color = [140, 147, 160, 255];
pub(super) const ACCENT: Color = [255, 206, 110, 255];

/// Page backgrounds: what can still be taken, and what can't before the page is free or rebuilt.
pub(super) const FREE: Color = [24, 28, 36, 255];
pub(super) const LOST: Color = [74, 80, 93, 255];

/// Between regions.
pub(super) const GAP: Color = [13, 15, 20, 255];

pub(super) const PROTECTED: Color = [255, 255, 255, 255];
pub(super) const PINNED: Color = [77, 208, 225, 255];

/// Shares of the bytes.
pub(super) const LIVE: Color = [112, 160, 208, 255];
pub(super) const DEAD: Color = [176, 84, 98, 255];
pub(super) const WASTE: Color = [108, 115, 130, 255];
pub(super) const TABLE: Color = [190, 166, 112, 255];
pub(super) const UNUSED: Color = [62, 71, 88, 255];

pub(super) const PLOT: Color = [20, 24, 31, 255];
pub(super) const FILL_PLOT: Color = LIVE;
pub(super) const UPLOAD_PLOT: Color = [104, 178, 160, 255];
pub(super) const MOVE_PLOT: Color = [150, 130, 200, 255];
pub(super) const TIME_PLOT: Color = [176, 182, 194, 255];

pub(super) const fn opaque([red, green, blue]: [u8; 3]) -> Color {
    [red, green, blue, 255]
}

/// The same color, see-through.
pub(super) const fn faint([red, green, blue, _]: Color) -> Color {
    [red, green, blue, 72]
}

//! The colours of the overlay, in sRGB with opacity: few, on a dark panel.

use super::canvas::Colour;

// Blended in linear light where the target is sRGB, which lets more through than the number says.
pub(super) const PANEL: Colour = [13, 15, 20, 252];
pub(super) const PANEL_EDGE: Colour = [255, 255, 255, 26];
pub(super) const RULE: Colour = [255, 255, 255, 22];

pub(super) const TEXT: Colour = [226, 229, 235, 255];
pub(super) const LABEL: Colour = [140, 147, 160, 255];
pub(super) const ACCENT: Colour = [255, 206, 110, 255];

/// Page backgrounds: what can still be taken, and what can't before the page is free or rebuilt.
pub(super) const FREE: Colour = [24, 28, 36, 255];
pub(super) const LOST: Colour = [74, 80, 93, 255];

/// Between regions.
pub(super) const GAP: Colour = [13, 15, 20, 255];

pub(super) const PROTECTED: Colour = [255, 255, 255, 255];
pub(super) const PINNED: Colour = [77, 208, 225, 255];

/// Shares of the bytes.
pub(super) const LIVE: Colour = [112, 160, 208, 255];
pub(super) const DEAD: Colour = [176, 84, 98, 255];
pub(super) const WASTE: Colour = [108, 115, 130, 255];
pub(super) const TABLE: Colour = [190, 166, 112, 255];
pub(super) const UNUSED: Colour = [62, 71, 88, 255];

pub(super) const PLOT: Colour = [20, 24, 31, 255];
pub(super) const FILL_PLOT: Colour = LIVE;
pub(super) const UPLOAD_PLOT: Colour = [104, 178, 160, 255];
pub(super) const MOVE_PLOT: Colour = [150, 130, 200, 255];
pub(super) const TIME_PLOT: Colour = [176, 182, 194, 255];

pub(super) const fn opaque([red, green, blue]: [u8; 3]) -> Colour {
    [red, green, blue, 255]
}

/// The same colour, see-through.
pub(super) const fn faint([red, green, blue, _]: Colour) -> Colour {
    [red, green, blue, 72]
}

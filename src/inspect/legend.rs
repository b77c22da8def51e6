//! What the colors of the map of pages mean, for the SVG picture and the overlay.

use super::age::age_color;
use super::palette::{self, Color};
use crate::layout::ResidentRegion;

/// Frames that an entry has gone unseen at each stop of the color scale; beyond the last one, the color stays as it is.
pub(crate) const AGE_STOPS: [u64; 7] = [0, 1, 4, 16, 64, 256, 1024];

/// Returns the ages at the stops and halfway between them. There is no age between 0 and 1: 0 comes twice.
#[cfg(feature = "overlay")]
pub(crate) fn half_stops() -> impl Iterator<Item = u64> {
    let last = AGE_STOPS[AGE_STOPS.len() - 1];
    [0, 0]
        .into_iter()
        .chain((0..=last.ilog2()).map(|power| 1 << power))
}

/// A kind of region that has a frame.
pub(crate) struct Framed {
    pub(crate) label: &'static str,
    pub(crate) color: Color,
}

const PROTECTED: Framed = Framed {
    label: "protected",
    color: palette::PROTECTED,
};

const PINNED: Framed = Framed {
    label: "pinned",
    color: palette::PINNED,
};

pub(crate) const FRAMED: [Framed; 2] = [PROTECTED, PINNED];

/// Returns the color of a region's frame, if it has one. A pinned region is also protected, and shown as pinned.
pub(crate) fn frame_color(region: &ResidentRegion) -> Option<Color> {
    if region.pinned {
        Some(PINNED.color)
    } else if region.is_protected() {
        Some(PROTECTED.color)
    } else {
        None
    }
}

/// Returns the color of a region by its age.
pub(crate) fn fill_color(region: &ResidentRegion) -> Color {
    Color(age_color(region.age_frames))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_color_scale_ends_where_the_legend_does() {
        let last = AGE_STOPS[AGE_STOPS.len() - 1];
        assert_eq!(
            age_color(last),
            age_color(u64::MAX),
            "the last stop is the end of the scale"
        );
        assert_ne!(
            age_color(last - 1),
            age_color(last / 4),
            "and the color changes up to it"
        );
    }
}

//! The brush: strokes from one point to the next, and the line that is painted off screen.
//!
//! Strokes change bytes and know nothing of the cache.

use pixmap_cache::{Rect, Size};

use crate::camera::Point;

/// Longest piece that is painted at once, in radii: the rectangle around a slanted line is much larger than the line.
const PIECE_RADII: f64 = 4.0;

/// A thick line with round ends, in texels.
#[derive(Clone, Copy)]
pub struct Stroke {
    pub from: Point,
    pub to: Point,
    pub radius: f64,
    /// sRGB-encoded.
    pub color: [u8; 3],
}

impl Stroke {
    /// Returns the stroke in pieces so short that little lies beside them in the rectangles around them.
    pub fn pieces(self) -> impl Iterator<Item = Self> {
        let count = (distance(self.from, self.to) / (PIECE_RADII * self.radius))
            .ceil()
            .max(1.0);
        let at = move |index: f64| {
            std::array::from_fn(|axis| self.from[axis] + (self.to[axis] - self.from[axis]) * index / count)
        };
        (0..count as u32).map(move |index| Self {
            from: at(f64::from(index)),
            to: at(f64::from(index + 1)),
            ..self
        })
    }

    /// Blends the stroke into a picture of that size. Returns the rectangle that it changes, or `None` if it lies outside.
    pub fn blend(&self, texels: &mut [u8], size: Size) -> Option<Rect> {
        let rect = self.bounds(size)?;
        for y in rect.y..rect.bottom() {
            let start = (y as usize * size.width as usize + rect.x as usize) * 4;
            let row = texels[start..][..rect.width as usize * 4].as_chunks_mut::<4>().0;
            for (x, texel) in (rect.x..).zip(row) {
                let cover = self.cover([f64::from(x) + 0.5, f64::from(y) + 0.5]);
                for (channel, color) in texel.iter_mut().zip(self.color) {
                    let before = f64::from(*channel);
                    *channel = (before + (f64::from(color) - before) * cover).round() as u8;
                }
            }
        }
        Some(rect)
    }

    /// Returns a point on the edge of the stroke, at its end.
    pub fn edge(&self) -> Point {
        let reach = self.radius / distance(self.from, self.to).max(1e-9);
        std::array::from_fn(|axis| self.to[axis] + (self.to[axis] - self.from[axis]) * reach)
    }

    fn bounds(&self, size: Size) -> Option<Rect> {
        let along = |axis: usize, side: u32| {
            let (low, high) = (
                self.from[axis].min(self.to[axis]),
                self.from[axis].max(self.to[axis]),
            );
            let reach = self.radius + 1.0;
            let inside = |at: f64| at.clamp(0.0, f64::from(side)) as u32;
            (inside((low - reach).floor()), inside((high + reach).ceil()))
        };
        let ((left, right), (top, bottom)) = (along(0, size.width), along(1, size.height));
        let size = Size::new(right - left, bottom - top);
        (!size.is_empty()).then(|| Rect::new(left, top, size))
    }

    /// How much of the texel around a point the stroke covers.
    fn cover(&self, point: Point) -> f64 {
        let [along_x, along_y] = [self.to[0] - self.from[0], self.to[1] - self.from[1]];
        let squared = (along_x * along_x + along_y * along_y).max(1e-9);
        let way = ((point[0] - self.from[0]) * along_x + (point[1] - self.from[1]) * along_y) / squared;
        let way = way.clamp(0.0, 1.0);
        let nearest = [self.from[0] + along_x * way, self.from[1] + along_y * way];
        (self.radius + 0.5 - distance(point, nearest)).clamp(0.0, 1.0)
    }
}

fn distance(one: Point, other: Point) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

/// What the main view shows off screen: the point in its middle, and texels across. The table is seen beside the map.
pub const SCRIPTED_VIEW: (Point, f64) = ([1980.0, 1300.0], 4400.0);

const SCRIPTED_STEPS: u32 = 8;
const SCRIPTED_RADIUS: f64 = 30.0;

/// Returns a step of the line that is painted off screen, from coast to coast. The last step is repeated.
pub fn scripted(step: u32) -> Stroke {
    let step = step.min(SCRIPTED_STEPS - 1);
    let at = |step: u32| {
        let way = f64::from(step) / f64::from(SCRIPTED_STEPS);
        [
            900.0 + 2790.0 * way,
            1240.0 + 550.0 * way - 330.0 * (way * std::f64::consts::PI).sin(),
        ]
    };
    Stroke {
        from: at(step),
        to: at(step + 1),
        radius: SCRIPTED_RADIUS,
        color: [214, 40, 40],
    }
}

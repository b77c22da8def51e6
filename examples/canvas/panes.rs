//! What one frame shows, from back to front: the table, the map, an overview of all of it, and a loupe.

use pixmap_cache::{PixmapId, Size};

use crate::camera::{Camera, Point};
use crate::canvas::{Canvas, PATTERN_SIDE};
use crate::map;
use kit::draw::Frame;

/// Pixels per texel of the pattern, at scale 1.
const PATTERN_SCALE: f32 = 1.5;
/// Of the window's width.
const OVERVIEW_SHARE: f64 = 0.3;
/// Texels that the loupe shows. Odd, so that one is in the middle.
const LOUPE: Size = Size::new(15, 11);
/// In pixels, at scale 1.
const GAP: f64 = 10.0;
const BORDER: f64 = 3.0;
const SHADOW: f64 = 12.0;

/// Linear.
const BORDER_COLOR: [f32; 3] = [0.9, 0.89, 0.85];
const MARK_COLOR: [f32; 3] = [1.0, 0.24, 0.02];

/// What a pane shows. Mirrored in `canvas.wgsl`.
#[derive(Clone, Copy)]
enum Content {
    Pattern = 0,
    Map = 1,
    Border = 2,
    Shadow = 3,
}

/// A rectangle of the window: the instance attributes of `canvas.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Pane {
    id: PixmapId,
    /// In pixels.
    corner: [f32; 2],
    size: [f32; 2],
    /// Corner and size of what is shown of the pixmap, in its width and height.
    source: [f32; 4],
    color: [f32; 3],
    /// Pixels from the edge, for borders and shadows.
    width: f32,
    /// Pixels per texel.
    scale: f32,
    content: u32,
}

/// A rectangle in pixels.
#[derive(Clone, Copy)]
struct Place {
    corner: [f64; 2],
    size: [f64; 2],
}

/// Returns the panes of a frame. The loupe is at `pointer`.
pub fn compose(canvas: &Canvas, (camera, pointer): (&Camera, Point), frame: &Frame) -> Vec<Pane> {
    let screen = camera.screen();
    let window = Place {
        corner: [0.0; 2],
        size: screen,
    };
    let unit = frame.scale_factor;
    let whole = place_of(camera, [0.0; 2], map_size());
    let mut panes = vec![
        table(canvas, window, unit),
        whole.grown(SHADOW * unit).pane(Content::Shadow, SHADOW * unit),
    ];
    panes.extend(map_pane(canvas, (whole, window), camera.scale()));

    let width = (screen[0] * OVERVIEW_SHARE).round();
    let overview_scale = width / f64::from(map::SIZE.width);
    let overview_size = map_size().map(|side| (side * overview_scale).round());
    let gap = GAP * unit;
    let overview = Place {
        corner: [gap, screen[1] - gap - overview_size[1]],
        size: overview_size,
    };
    let loupe_scale = (width / f64::from(LOUPE.width)).floor().max(1.0);
    let loupe_size = [LOUPE.width, LOUPE.height].map(|side| f64::from(side) * loupe_scale);
    let loupe = Place {
        corner: [screen[0] - gap - loupe_size[0], screen[1] - gap - loupe_size[1]],
        size: loupe_size,
    };
    let first = loupe_corner(pointer);
    let under_loupe = place_of(camera, first, [f64::from(LOUPE.width), f64::from(LOUPE.height)]);
    panes.push(under_loupe.mark(unit));

    panes.extend(framed(
        map_pane(canvas, (overview, overview), overview_scale),
        overview,
        unit,
    ));
    let seen = window.within(whole);
    let seen = Place {
        corner: std::array::from_fn(|axis| overview.corner[axis] + seen.corner[axis] * overview.size[axis]),
        size: std::array::from_fn(|axis| seen.size[axis] * overview.size[axis]),
    };
    panes.push(seen.mark(unit));

    let whole = Place {
        corner: std::array::from_fn(|axis| loupe.corner[axis] - first[axis] * loupe_scale),
        size: map_size().map(|side| side * loupe_scale),
    };
    panes.extend(framed(map_pane(canvas, (whole, loupe), loupe_scale), loupe, unit));
    panes
}

fn map_size() -> [f64; 2] {
    [f64::from(map::SIZE.width), f64::from(map::SIZE.height)]
}

/// Returns the first texel that the loupe shows. It never leaves the map.
fn loupe_corner(pointer: Point) -> Point {
    let first = |at: f64, shown: u32, side: u32| {
        (at.floor() - f64::from(shown / 2)).clamp(0.0, f64::from(side - shown))
    };
    [
        first(pointer[0], LOUPE.width, map::SIZE.width),
        first(pointer[1], LOUPE.height, map::SIZE.height),
    ]
}

/// Returns where the camera shows a rectangle of the map.
fn place_of(camera: &Camera, corner: Point, size: Point) -> Place {
    Place {
        corner: camera.to_pixels(corner),
        size: size.map(|side| side * camera.scale()),
    }
}

fn table(canvas: &Canvas, window: Place, unit: f64) -> Pane {
    let scale = PATTERN_SCALE * unit as f32;
    let repeats = window.size.map(|side| side as f32 / scale / PATTERN_SIDE as f32);
    Pane {
        id: canvas.pattern(),
        source: [0.0, 0.0, repeats[0], repeats[1]],
        scale,
        ..window.pane(Content::Pattern, 0.0)
    }
}

/// Returns the part of the map, which lies at `whole`, that is seen through `opening`. It is cut here and not by the GPU:
/// at 64 pixels a texel, the map is half a million pixels wide.
fn map_pane(canvas: &Canvas, (whole, opening): (Place, Place), scale: f64) -> Option<Pane> {
    let source = opening.within(whole);
    let seen = Place {
        corner: std::array::from_fn(|axis| whole.corner[axis] + source.corner[axis] * whole.size[axis]),
        size: std::array::from_fn(|axis| source.size[axis] * whole.size[axis]),
    };
    let pane = Pane {
        id: canvas.map(),
        source: [source.corner[0], source.corner[1], source.size[0], source.size[1]]
            .map(|share| share as f32),
        scale: scale as f32,
        ..seen.pane(Content::Map, 0.0)
    };
    (seen.size[0] > 0.0 && seen.size[1] > 0.0).then_some(pane)
}

/// Puts a shadow behind a pane and a border around it.
fn framed(pane: Option<Pane>, place: Place, unit: f64) -> impl Iterator<Item = Pane> {
    let border = (BORDER * unit).round();
    let shadow = place.grown(SHADOW * unit).pane(Content::Shadow, SHADOW * unit);
    let border = Pane {
        color: BORDER_COLOR,
        ..place.grown(border).pane(Content::Border, border)
    };
    std::iter::once(shadow).chain(pane).chain([border])
}

impl Place {
    fn grown(self, by: f64) -> Self {
        Self {
            corner: self.corner.map(|at| at - by),
            size: self.size.map(|side| side + 2.0 * by),
        }
    }

    /// Returns the part that lies within `whole`, as shares of it.
    fn within(self, whole: Self) -> Self {
        let share = |at: f64, axis: usize| ((at - whole.corner[axis]) / whole.size[axis]).clamp(0.0, 1.0);
        let corner: [f64; 2] = std::array::from_fn(|axis| share(self.corner[axis], axis));
        let size =
            std::array::from_fn(|axis| share(self.corner[axis] + self.size[axis], axis) - corner[axis]);
        Self { corner, size }
    }

    /// Returns a border around the place that stays visible if the place is tiny.
    fn mark(self, unit: f64) -> Pane {
        let width = (2.0 * unit).round();
        let room = |axis: usize| (6.0 * unit - self.size[axis]).max(0.0) / 2.0;
        let around = Self {
            corner: std::array::from_fn(|axis| self.corner[axis] - room(axis)),
            size: std::array::from_fn(|axis| self.size[axis] + 2.0 * room(axis)),
        };
        Pane {
            color: MARK_COLOR,
            ..around.grown(width).pane(Content::Border, width)
        }
    }

    fn pane(self, content: Content, width: f64) -> Pane {
        Pane {
            id: PixmapId::NONE,
            corner: self.corner.map(|at| at as f32),
            size: self.size.map(|side| side as f32),
            source: [0.0; 4],
            color: [0.0; 3],
            width: width as f32,
            scale: 1.0,
            content: content as u32,
        }
    }
}

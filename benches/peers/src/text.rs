//! Text: 200 lines that scroll, jump and change size for 2,000 frames.
//!
//! Shaped once by cosmic-text, for both sides. glyphon begins with an atlas of 256 x 256, evicts glyphs that the frame
//! doesn't use, and doubles the side when that isn't enough. This cache gets a budget of as many bytes as its masks take in
//! the end. Then both are limited: glyphon through the device's largest texture.

mod atlas;
mod page;
mod with_cache;
mod with_glyphon;

use bench_kit::gpu::Gpu;
use bench_kit::versions::version_of;
use pixmap_cache::Size;

use crate::canvas::{Canvas, assert_same};
use crate::counting_log;
use crate::table::{self, Side};
use atlas::{AtlasModel, Counted};
use page::Page;
use with_cache::WithCache;
use with_glyphon::WithGlyphon;

pub const FRAMES: u32 = 2_000;
/// Limits of the atlas, as shares of the texels of the largest frame's glyphs.
const LIMITS_PERCENT: [u64; 2] = [130, 60];
/// Frames after which the two pictures are compared.
const COMPARED_EVERY: u32 = 250;
pub const VIEWPORT: Size = Size {
    width: 800,
    height: 600,
};

pub fn run(adapter: &wgpu::Adapter) {
    let mut page = Page::new();
    println!(
        "glyphon {}, cosmic-text {}; {FRAMES} frames, {} glyphs on {} lines, {}x{} pixels\n",
        version_of("glyphon"),
        version_of("cosmic-text"),
        page.glyph_count(),
        page.line_count(),
        VIEWPORT.width,
        VIEWPORT.height,
    );
    let largest = adapter.limits().max_texture_dimension_2d;
    let free = AtlasModel::count(&mut page, largest);
    check_model(&mut page, largest, &free);
    let budget = u64::from(free.side) * u64::from(free.side);
    let sides = compare(adapter, &mut page, (largest, budget), &free);
    let title = format!(
        "atlas as large as glyphon makes it ({0}x{0}); {1} glyphs in all, at most {2} texels in a frame",
        free.side, free.distinct, free.max_frame_texels
    );
    table::print(&title, &sides);

    for percent in LIMITS_PERCENT {
        let texels = free.max_frame_texels * percent / 100;
        let side = texels.isqrt().next_multiple_of(4) as u32;
        let limited = AtlasModel::count(&mut page, side);
        check_model(&mut page, side, &limited);
        let budget = u64::from(side) * u64::from(side);
        let sides = compare(adapter, &mut page, (side, budget), &limited);
        let title = format!("atlas limited to {side}x{side}: {percent} % of the largest frame's glyphs");
        table::print(&title, &sides);
    }
}

/// Asserts that glyphon writes as many glyphs as the model says, on a device that does nothing.
fn check_model(page: &mut Page, max_side: u32, counted: &Counted) {
    let required_limits = wgpu::Limits {
        max_texture_dimension_2d: max_side,
        ..Default::default()
    };
    let descriptor = wgpu::DeviceDescriptor {
        required_limits,
        ..Default::default()
    };
    let (device, queue) = wgpu::Device::noop(&descriptor);
    let noop = Gpu {
        name: "noop".into(),
        backend: wgpu::Backend::Noop,
        device,
        queue,
    };
    let mut glyphon = WithGlyphon::new(&noop);
    let writes = counting_log::writes_of(|| {
        for frame in 0..FRAMES {
            let _ = glyphon.prepare(&noop, page, frame);
        }
    });
    assert_eq!(writes, counted.uploads, "the model writes what glyphon writes");
}

fn compare(
    adapter: &wgpu::Adapter,
    page: &mut Page,
    (max_side, budget_bytes): (u32, u64),
    counted: &Counted,
) -> [Side; 2] {
    let limits = |max_texture_dimension_2d| wgpu::Limits {
        max_texture_dimension_2d,
        ..adapter.limits()
    };
    let is_limited = max_side < adapter.limits().max_texture_dimension_2d;
    let theirs = Gpu::new(adapter, limits(max_side));
    let ours = Gpu::new(adapter, adapter.limits());
    // Under the limit the canvas is as small as the atlas, and nothing is compared.
    let size = if is_limited {
        Size::new(max_side, max_side)
    } else {
        VIEWPORT
    };
    let (their_canvas, our_canvas) = (Canvas::new(&theirs, size), Canvas::new(&ours, size));
    let mut glyphon = WithGlyphon::new(&theirs);
    let mut cache = WithCache::new(&ours, budget_bytes);
    for frame in 0..FRAMES {
        // In turns, so that a disturbance hits both.
        glyphon.frame((&theirs, &their_canvas), page, frame);
        cache.frame((&ours, &our_canvas), page, frame);
        if !is_limited && frame % COMPARED_EVERY == COMPARED_EVERY - 1 {
            let what = format!("frame {frame}");
            assert_same(&our_canvas.read(&ours), &their_canvas.read(&theirs), &what);
        }
    }
    let mut theirs = glyphon.into_side(&theirs, &their_canvas);
    theirs.made = counted.uploads;
    theirs.uploaded_bytes = counted.uploaded_bytes;
    assert_eq!(theirs.frames_not_drawn, counted.full_frames, "as in the model");
    [theirs, cache.into_side(&ours, &our_canvas)]
}

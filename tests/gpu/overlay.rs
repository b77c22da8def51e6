//! The overlay: within its panel and nowhere else, in the right colors, in every kind of pass.

use pixmap_cache::inspect::age_color;
use pixmap_cache::overlay::{Corner, Overlay, OverlayDescriptor, OverlayFrame, PageView};
use pixmap_cache::{CommitPolicy, CreateError, PixelFormat, PixmapBuf, PixmapCache, Rect, Size, Trim};

use crate::adapters::{Gpu, each_gpu};
use crate::noise::rgba_pages;
use crate::target::{CLEAR, Drawn, TARGET_SIDE, Target};

const CLEARED: [u8; 4] = [255, 0, 255, 255];

/// Frames since each of the four entries of [`aged`] was used. None of these ages is in the panel's legend.
const AGES: [u64; 4] = [3, 11, 45, 900];

/// Four pages, each of one entry, and each of another age.
fn aged(gpu: &Gpu) -> PixmapCache {
    let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &rgba_pages(CommitPolicy::Upfront, 4, 64))
        .expect("a cache");
    let size = Size::new(64, 64);
    let keys: Vec<_> = (0..4u8)
        .map(|index| {
            let bytes = vec![index * 60 + 30; size.texels() as usize * 4];
            cache
                .insert(&PixmapBuf::new(PixelFormat::Rgba8, size, bytes))
                .expect("a page each")
        })
        .collect();
    for age in (0..AGES[3]).rev() {
        cache.begin_frame();
        for (key, last) in keys.iter().zip(AGES) {
            if age >= last {
                cache.touch(*key);
            }
        }
    }
    cache.flush();
    cache
}

fn frame() -> OverlayFrame<'static> {
    OverlayFrame {
        viewport: [TARGET_SIDE; 2],
        ..Default::default()
    }
}

/// What else the pass has.
#[derive(Default)]
struct Pass<'a> {
    depth: Option<&'a wgpu::TextureView>,
    multisampled: Option<&'a wgpu::TextureView>,
}

fn draw(gpu: &Gpu, overlay: &Overlay, target: &Target, with: &Pass<'_>) -> Drawn {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let attachment = wgpu::RenderPassColorAttachment {
        view: with.multisampled.unwrap_or(&target.view),
        depth_slice: None,
        resolve_target: with.multisampled.map(|_| &target.view),
        ops: wgpu::Operations {
            load: wgpu::LoadOp::Clear(CLEAR),
            store: wgpu::StoreOp::Store,
        },
    };
    let depth = with.depth.map(|view| wgpu::RenderPassDepthStencilAttachment {
        view,
        depth_ops: Some(wgpu::Operations {
            load: wgpu::LoadOp::Clear(0.0),
            store: wgpu::StoreOp::Store,
        }),
        stencil_ops: None,
    });
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("overlay"),
        color_attachments: &[Some(attachment)],
        depth_stencil_attachment: depth,
        ..Default::default()
    });
    overlay.draw(&mut pass);
    drop(pass);
    gpu.queue.submit([encoder.finish()]);
    target.read(gpu)
}

fn inside(area: Rect, x: u32, y: u32) -> bool {
    (area.x..area.right()).contains(&x) && (area.y..area.bottom()).contains(&y)
}

/// Every texel of the panel is drawn over, and no other.
fn check_panel(drawn: &Drawn, area: Rect) {
    assert!(area.width > 200 && area.height > 200, "{area:?}");
    for y in 0..TARGET_SIDE {
        for x in 0..TARGET_SIDE {
            let cleared = drawn.texel(x, y) == CLEARED;
            assert_eq!(cleared, !inside(area, x, y), "{x}, {y} and the panel {area:?}");
        }
    }
}

/// The rectangle around all texels of a color, and how many there are.
fn find(drawn: &Drawn, color: [u8; 3]) -> (u32, Rect) {
    let near = |texel: &[u8]| texel.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= 1);
    let (mut count, mut left, mut top, mut right, mut bottom) = (0, u32::MAX, u32::MAX, 0, 0);
    for y in 0..TARGET_SIDE {
        for x in 0..TARGET_SIDE {
            if near(&drawn.texel(x, y)[..3]) {
                count += 1;
                (left, top) = (left.min(x), top.min(y));
                (right, bottom) = (right.max(x + 1), bottom.max(y + 1));
            }
        }
    }
    assert!(count > 0, "no texel of {color:?}");
    (count, Rect::new(left, top, Size::new(right - left, bottom - top)))
}

/// A square for each page, all of it in the color of the age of its one entry.
fn check_ages(drawn: &Drawn, area: Rect) {
    let squares = AGES.map(|age| {
        let (count, square) = find(drawn, age_color(age));
        assert!(
            square.width > 60 && square.width == square.height,
            "{age}: {square:?}"
        );
        assert_eq!(
            u64::from(count),
            square.size().texels(),
            "a full square, {age}: {square:?}"
        );
        assert!(area.contains(square), "{square:?} in {area:?}");
        square
    });
    for (index, square) in squares.iter().enumerate() {
        assert!(
            !squares[index + 1..].iter().any(|other| other.overlaps(*square)),
            "{squares:?}"
        );
    }
}

#[test]
fn the_panel_is_drawn_in_each_corner_and_nothing_beside_it() {
    each_gpu(|gpu| {
        let cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, target.format()).expect("an overlay");
        let corners = [
            Corner::TopLeft,
            Corner::TopRight,
            Corner::BottomLeft,
            Corner::BottomRight,
        ];
        let mut areas = Vec::new();
        for corner in corners {
            for pages in [PageView::Ages, PageView::Texels] {
                overlay.prepare(
                    &cache,
                    &OverlayFrame {
                        corner,
                        pages,
                        ..frame()
                    },
                );
                let drawn = draw(gpu, &overlay, &target, &Pass::default());
                check_panel(&drawn, overlay.area());
            }
            areas.push(overlay.area());
        }
        areas.dedup();
        assert_eq!(areas.len(), corners.len(), "{areas:?}");
    });
}

#[test]
fn each_region_has_the_color_of_its_age_in_linear_and_srgb_targets() {
    use wgpu::TextureFormat as F;
    each_gpu(|gpu| {
        let cache = aged(gpu);
        for format in [F::Rgba8Unorm, F::Rgba8UnormSrgb] {
            let target = Target::new(gpu, format);
            let mut overlay = Overlay::new(&gpu.device, &gpu.queue, format).expect("an overlay");
            for scale in [1, 2] {
                overlay.prepare(&cache, &OverlayFrame { scale, ..frame() });
                let drawn = draw(gpu, &overlay, &target, &Pass::default());
                check_ages(&drawn, overlay.area());
            }
        }
    });
}

#[test]
fn regions_in_use_have_a_white_frame() {
    each_gpu(|gpu| {
        let mut cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, target.format()).expect("an overlay");
        overlay.prepare(&cache, &frame());
        let whites = |drawn: &Drawn, area: Rect| {
            let rows = drawn.rect(area);
            rows.as_chunks()
                .0
                .iter()
                .filter(|texel: &&[u8; 4]| **texel == [255; 4])
                .count()
        };
        let before = whites(&draw(gpu, &overlay, &target, &Pass::default()), overlay.area());
        let key = cache.keys().next().expect("an entry");
        cache.touch(key);
        overlay.prepare(&cache, &frame());
        let drawn = draw(gpu, &overlay, &target, &Pass::default());
        let more = whites(&drawn, overlay.area()) - before;
        // Around a square of about 115.
        assert!((400..500).contains(&more), "{more} white texels more");
    });
}

#[test]
fn texels_are_the_pages_dimmed() {
    each_gpu(|gpu| {
        let cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, target.format()).expect("an overlay");
        let pages = PageView::Texels;
        overlay.prepare(&cache, &OverlayFrame { pages, ..frame() });
        let drawn = draw(gpu, &overlay, &target, &Pass::default());
        for index in 0..4u32 {
            let value = (index * 60 + 30) as f32 / 255.0;
            // Premultiplied with an opacity of the same value: times what the map dims by, and nothing else.
            let shown = (value * 110.0 / 255.0 * 255.0).round() as u8;
            let (count, square) = find(&drawn, [shown; 3]);
            assert!(
                count > 100 * 100,
                "page {index}: {count} texels of {shown} in {square:?}"
            );
        }
    });
}

/// Only wgpu's counters on Vulkan see it.
#[test]
fn a_hidden_overlay_holds_no_texture_and_draws_nothing() {
    each_gpu(|gpu| {
        let mut cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, target.format()).expect("an overlay");
        let pages = PageView::Texels;
        overlay.prepare(&cache, &OverlayFrame { pages, ..frame() });
        draw(gpu, &overlay, &target, &Pass::default());
        let counted = || {
            gpu.wait();
            gpu.device.get_internal_counters().hal.texture_memory.read()
        };
        overlay.hide();
        let before = counted();
        cache.begin_frame();
        let released = cache.trim(Trim::All);
        assert!(released >= 4 * 64 * 64 * 4, "{released} bytes");
        gpu.wait();
        cache.begin_frame();
        assert_eq!(cache.stats().releasing_bytes, 0, "the GPU was done with it");
        if gpu.backend == wgpu::Backend::Vulkan {
            let returned = before - counted();
            assert!(returned >= released as isize, "{returned} of {released} bytes");
        }
        let drawn = draw(gpu, &overlay, &target, &Pass::default());
        assert!(drawn.rect(whole_target()).chunks(4).all(|texel| texel == CLEARED));
        assert_eq!(overlay.area().size().texels(), 0);
        overlay.prepare(&cache, &frame());
        check_panel(&draw(gpu, &overlay, &target, &Pass::default()), overlay.area());
    });
}

fn whole_target() -> Rect {
    Rect::new(0, 0, Size::new(TARGET_SIDE, TARGET_SIDE))
}

#[test]
fn the_area_is_what_is_drawn_over_also_where_the_panel_does_not_fit() {
    each_gpu(|gpu| {
        let cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, target.format()).expect("an overlay");
        for corner in [
            Corner::TopLeft,
            Corner::TopRight,
            Corner::BottomLeft,
            Corner::BottomRight,
        ] {
            // Larger than the target at this scale.
            overlay.prepare(
                &cache,
                &OverlayFrame {
                    corner,
                    scale: 4,
                    ..frame()
                },
            );
            check_panel(&draw(gpu, &overlay, &target, &Pass::default()), overlay.area());
            for viewport in [[0, 0], [5, 5], [100, 20]] {
                overlay.prepare(
                    &cache,
                    &OverlayFrame {
                        corner,
                        viewport,
                        ..frame()
                    },
                );
                let area = overlay.area();
                let within = area.right() <= viewport[0] && area.bottom() <= viewport[1];
                assert!(within, "{area:?} in {viewport:?}");
            }
        }
    });
}

#[test]
fn passes_with_depth_and_samples_are_drawn_alike() {
    each_gpu(|gpu| {
        let cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let attachment = |format| {
            let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: None,
                size: wgpu::Extent3d {
                    width: TARGET_SIDE,
                    height: TARGET_SIDE,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 4,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
                view_formats: &[],
            });
            texture.create_view(&Default::default())
        };
        let depth_format = wgpu::TextureFormat::Depth24Plus;
        let (depth, multisampled) = (attachment(depth_format), attachment(target.format()));
        let descriptor = OverlayDescriptor {
            format: target.format(),
            depth_stencil: Some(depth_format),
            sample_count: 4,
        };
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, descriptor).expect("an overlay");
        overlay.prepare(&cache, &frame());
        let with = Pass {
            depth: Some(&depth),
            multisampled: Some(&multisampled),
        };
        let drawn = draw(gpu, &overlay, &target, &with);
        check_panel(&drawn, overlay.area());
        check_ages(&drawn, overlay.area());
    });
}

#[test]
fn every_format_that_can_be_blended_will_do() {
    use wgpu::TextureFormat as F;
    each_gpu(|gpu| {
        for format in [
            F::Bgra8UnormSrgb,
            F::Rgba16Float,
            F::Rgb10a2Unorm,
            F::R8Unorm,
            F::Rg8Unorm,
        ] {
            let made = Overlay::new(&gpu.device, &gpu.queue, format);
            assert!(made.is_ok(), "{format:?}: {:?}", made.err());
        }
    });
}

#[test]
fn a_format_that_cannot_be_blended_is_an_error() {
    each_gpu(|gpu| {
        let made = Overlay::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8Uint);
        assert!(matches!(made.err(), Some(CreateError::Device { .. })));
    });
}

/// However small the target, odd the scale and long the lines; and whatever has been committed.
#[test]
fn any_frame_is_prepared_within_bounds() {
    each_gpu(|gpu| {
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, target.format()).expect("an overlay");
        let descriptor = rgba_pages(CommitPolicy::Stepwise, 200, 64);
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let long = "x".repeat(500);
        let lines = vec![(long.as_str(), long.as_str()); 100];
        for round in 0..4 {
            for viewport in [
                [0, 0],
                [1, 1],
                [100, 3000],
                [u32::MAX, u32::MAX],
                [TARGET_SIDE; 2],
            ] {
                for scale in [0, 1, 3, u32::MAX] {
                    let lines = if round % 2 == 0 { &lines[..] } else { &[] };
                    overlay.prepare(
                        &cache,
                        &OverlayFrame {
                            viewport,
                            scale,
                            lines,
                            ..frame()
                        },
                    );
                    draw(gpu, &overlay, &target, &Pass::default());
                }
            }
            for _ in 0..1500 {
                cache.begin_frame();
                cache
                    .insert(&PixmapBuf::new(PixelFormat::Rgba8, Size::new(8, 8), vec![9; 256]))
                    .expect("room");
            }
            cache.flush();
        }
        assert!(overlay.vram_bytes() < 3 << 19, "{} bytes", overlay.vram_bytes());
    });
}

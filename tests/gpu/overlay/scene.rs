//! A cache to show, an overlay and a pass to show it in, and checks of what was drawn.

use pixmap_cache::inspect::age_color;
use pixmap_cache::overlay::{Overlay, OverlayDescriptor, OverlayFrame};
use pixmap_cache::{CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, Rect, Size};

use crate::adapters::Gpu;
use crate::noise::rgba_pages;
use crate::target::{CLEAR, Drawn, TARGET_SIDE, Target};

const CLEARED: [u8; 4] = [255, 0, 255, 255];

/// Frames since each of the four entries of [`aged`] was used. None of these ages is in the panel's legend.
pub const AGES: [u64; 4] = [3, 11, 45, 900];

/// Four pages, each with one entry, and each entry of a different age.
pub fn aged(gpu: &Gpu) -> PixmapCache {
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

/// An overlay, and a target whose passes have neither depth nor samples.
pub struct Scene<'g> {
    pub gpu: &'g Gpu,
    pub target: Target,
    pub overlay: Overlay,
}

impl<'g> Scene<'g> {
    pub fn new(gpu: &'g Gpu, format: wgpu::TextureFormat) -> Self {
        let descriptor = OverlayDescriptor {
            format,
            ..Default::default()
        };
        Self {
            gpu,
            target: Target::new(gpu, format),
            overlay: Overlay::new(&gpu.device, &gpu.queue, &descriptor).expect("an overlay"),
        }
    }

    pub fn of_rgba(gpu: &'g Gpu) -> Self {
        Self::new(gpu, wgpu::TextureFormat::Rgba8Unorm)
    }

    /// Prepares one frame and draws it.
    pub async fn show(&mut self, cache: &PixmapCache, frame: &OverlayFrame<'_>) -> Drawn {
        self.overlay.prepare(cache, frame);
        self.draw().await
    }

    pub async fn draw(&self) -> Drawn {
        draw(self.gpu, &self.overlay, &self.target, &Pass::default()).await
    }
}

pub fn frame() -> OverlayFrame<'static> {
    OverlayFrame {
        viewport: [TARGET_SIDE; 2],
        ..Default::default()
    }
}

/// What else a pass has.
#[derive(Default)]
pub struct Pass<'a> {
    pub depth: Option<&'a wgpu::TextureView>,
    pub multisampled: Option<&'a wgpu::TextureView>,
}

pub async fn draw(gpu: &Gpu, overlay: &Overlay, target: &Target, with: &Pass<'_>) -> Drawn {
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
    target.texels(gpu).await
}

/// Checks that every texel of the panel is drawn over, and no other.
pub fn check_panel(drawn: &Drawn, area: Rect) {
    assert!(
        area.width > 200 && area.height > 200,
        "a panel has content: {area:?}"
    );
    for y in 0..TARGET_SIDE {
        for x in 0..TARGET_SIDE {
            let cleared = drawn.texel(x, y) == CLEARED;
            assert_eq!(
                cleared,
                !inside(area, x, y),
                "drawn at {x}, {y}: within {area:?} only"
            );
        }
    }
}

/// Checks that nothing is drawn.
pub fn check_nothing(drawn: &Drawn) {
    let target = Rect::new(0, 0, Size::new(TARGET_SIDE, TARGET_SIDE));
    let untouched = drawn.rect(target).chunks(4).all(|texel| texel == CLEARED);
    assert!(untouched, "a hidden overlay draws nothing");
}

fn inside(area: Rect, x: u32, y: u32) -> bool {
    (area.x..area.right()).contains(&x) && (area.y..area.bottom()).contains(&y)
}

/// Returns how many texels of a color there are, and the rectangle around them.
pub fn find(drawn: &Drawn, color: [u8; 3]) -> (u32, Rect) {
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

/// Checks that there is a square for each page, all of it in the color of the age of its one entry.
pub fn check_ages(drawn: &Drawn, area: Rect) {
    let squares = AGES.map(|age| {
        let (count, square) = find(drawn, age_color(age));
        assert!(
            square.width > 60 && square.width == square.height,
            "age {age} fills a square: {square:?}"
        );
        assert_eq!(
            u64::from(count),
            square.size().texels(),
            "age {age} fills all of its square {square:?}"
        );
        assert!(area.contains(square), "{square:?} is within the panel {area:?}");
        square
    });
    for (index, square) in squares.iter().enumerate() {
        assert!(
            !squares[index + 1..].iter().any(|other| other.overlaps(*square)),
            "pages don't overlap: {squares:?}"
        );
    }
}

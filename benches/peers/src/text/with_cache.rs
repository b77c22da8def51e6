//! The text through this cache: a map from glyphs to keys, masks by key, ids in an instance buffer.

use std::time::Instant;

use bench_kit::gpu::Gpu;
use glyphon::CacheKey;
use hashbrown::HashMap;
use pixmap_cache::{
    CacheDescriptor, InsertError, PixelFormat, Pixmap, PixmapCache, PixmapId, PixmapKey, Size,
};

use super::VIEWPORT;
use super::page::{Page, Rasterizer};
use crate::canvas::Canvas;
use crate::quads::Quads;
use crate::table::Side;

/// A glyph in the application's map. The key dies when the glyph is evicted; the rest is for good.
#[derive(Clone, Copy)]
struct Glyph {
    key: PixmapKey,
    size: Size,
    left: i32,
    top: i32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Instance {
    at: [i32; 2],
    size: [u16; 2],
    color: u32,
    id: PixmapId,
}

pub struct WithCache {
    cache: PixmapCache,
    glyphs: HashMap<CacheKey, Glyph>,
    instances: Vec<Instance>,
    quads: Quads,
    side: Side,
}

impl WithCache {
    pub fn new(gpu: &Gpu, budget_bytes: u64) -> Self {
        let descriptor = CacheDescriptor {
            budget_bytes,
            format: wgpu::TextureFormat::R8Unorm,
            filter: wgpu::FilterMode::Nearest,
            // Glyphs are never larger than a page.
            max_tiles: Some(0),
            idle: None,
            ..Default::default()
        };
        let cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let attributes = wgpu::vertex_attr_array![0 => Sint32x2, 1 => Uint16x2, 2 => Unorm8x4, 3 => Uint32x2];
        let wgsl = cache.wgsl(0) + include_str!("glyph.wgsl");
        Self {
            quads: Quads::new(gpu, (&wgsl, cache.bind_group_layout()), &attributes, VIEWPORT),
            cache,
            glyphs: HashMap::new(),
            instances: Vec::new(),
            side: Side {
                name: "this cache".into(),
                ..Default::default()
            },
        }
    }

    fn prepare(&mut self, gpu: &Gpu, page: &mut Page, frame: u32) {
        let Self {
            cache,
            glyphs,
            instances,
            side,
            ..
        } = self;
        cache.begin_frame();
        instances.clear();
        page.visible(frame, |rasterizer, glyph, baseline| {
            let known = glyphs.get(&glyph.cache_key).copied();
            let is_there = known.filter(|known| known.size.is_empty() || cache.touch(known.key));
            let there = is_there.or_else(|| make(rasterizer, cache, glyph.cache_key, side));
            let Some(there) = there else {
                side.left_out += 1;
                return;
            };
            if is_there.is_none() {
                glyphs.insert(glyph.cache_key, there);
            }
            if there.size.is_empty() {
                return;
            }
            instances.push(Instance {
                at: [glyph.x + there.left, glyph.y + baseline - there.top],
                size: [there.size.width as u16, there.size.height as u16],
                color: u32::MAX,
                id: there.key.id(),
            });
        });
        cache.flush();
        self.quads.write(gpu, &self.instances);
    }

    pub fn frame(&mut self, (gpu, canvas): (&Gpu, &Canvas), page: &mut Page, frame: u32) {
        let start = Instant::now();
        self.prepare(gpu, page, frame);
        self.side.prepare.push(start.elapsed());
        self.quads.submit((gpu, canvas), self.cache.bind_group());
        self.side.submitted(gpu, start);
    }

    pub fn into_side(self, gpu: &Gpu, canvas: &Canvas) -> Side {
        let stats = self.cache.stats();
        assert_eq!(
            stats.uploads, self.side.made,
            "every glyph rasterized is uploaded"
        );
        assert!(stats.vram_bytes <= stats.budget_bytes, "the budget holds");
        Side {
            uploaded_bytes: stats.uploaded_bytes,
            texture_bytes: canvas.other_texture_bytes(gpu),
            ..self.side
        }
    }
}

/// Rasterizes a glyph and inserts its mask. `None` if it is refused: it is left out of this frame.
fn make(
    rasterizer: &mut Rasterizer<'_>,
    cache: &mut PixmapCache,
    glyph: CacheKey,
    side: &mut Side,
) -> Option<Glyph> {
    let image = rasterizer.image(glyph)?;
    let place = image.placement;
    let size = Size::new(place.width, place.height);
    let key = if size.is_empty() {
        PixmapKey::default()
    } else {
        match cache.insert(Pixmap::new(PixelFormat::R8, size, &image.data)) {
            Ok(key) => key,
            Err(InsertError::Full { .. }) => return None,
            Err(error) => panic!("{error}"),
        }
    };
    side.made += u64::from(!size.is_empty());
    Some(Glyph {
        key,
        size,
        left: place.left,
        top: place.top,
    })
}

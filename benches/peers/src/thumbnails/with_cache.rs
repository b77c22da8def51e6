//! The wall through this cache: names, ids in an instance buffer, one draw.

use std::time::Instant;

use bench_kit::gpu::Gpu;
use pixmap_cache::{CacheDescriptor, PixelFormat, Pixmap, PixmapCache, PixmapId};

use super::VIEWPORT;
use super::wall::{Images, SIZE, View};
use crate::canvas::Canvas;
use crate::quads::Quads;
use crate::table::Side;

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Instance {
    at: [f32; 4],
    id: PixmapId,
}

pub struct WithCache {
    cache: PixmapCache<u32>,
    instances: Vec<Instance>,
    quads: Quads,
    side: Side,
}

impl WithCache {
    pub fn new(gpu: &Gpu, budget_bytes: u64) -> Self {
        let descriptor = CacheDescriptor {
            budget_bytes,
            format: wgpu::TextureFormat::Rgba8Unorm,
            idle: None,
            ..Default::default()
        };
        let cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Uint32x2];
        let wgsl = cache.wgsl(0) + include_str!("thumbnail.wgsl");
        Self {
            quads: Quads::new(gpu, (&wgsl, cache.bind_group_layout()), &attributes, VIEWPORT),
            cache,
            instances: Vec::new(),
            side: Side {
                name: "this cache".into(),
                ..Default::default()
            },
        }
    }

    pub fn frame(&mut self, (gpu, canvas): (&Gpu, &Canvas), images: &Images, view: &View) {
        let start = Instant::now();
        self.cache.begin_frame();
        self.instances.clear();
        for &(number, at) in &view.shown {
            let found = self.cache.find(&number);
            let key = found.unwrap_or_else(|| {
                let pixmap = Pixmap::new(PixelFormat::Rgba8, SIZE, images.rgba(number));
                self.cache.insert_named(number, pixmap).expect("room")
            });
            self.instances.push(Instance { at, id: key.id() });
        }
        self.cache.flush();
        self.quads.write(gpu, &self.instances);
        self.side.prepare.push(start.elapsed());
        self.quads.submit((gpu, canvas), self.cache.bind_group());
        self.side.submitted(gpu, start);
    }

    pub fn into_side(self, gpu: &Gpu, canvas: &Canvas) -> Side {
        let stats = self.cache.stats();
        assert!(stats.vram_bytes <= stats.budget_bytes, "the budget holds");
        Side {
            made: stats.uploads,
            uploaded_bytes: stats.uploaded_bytes,
            texture_bytes: canvas.other_texture_bytes(gpu),
            ..self.side
        }
    }
}

//! Draws through a cache, with an id in each instance.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache, PixmapId, PixmapKey};

use super::painter::{Canvas, Quads, Way, instance_buffer};
use super::scene::Scene;
use bench_kit::gpu::{FORMAT, Gpu};

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Instance {
    id: PixmapId,
    at: [f32; 4],
}

pub struct Cached {
    pub cache: PixmapCache,
    /// In the order of the scene's pixmaps.
    pub keys: Vec<PixmapKey>,
    pipeline: wgpu::RenderPipeline,
    instances: wgpu::Buffer,
    count: u32,
}

/// How textures are committed, and whether the shader looks for tiles.
#[derive(Clone, Copy)]
pub struct Kind {
    pub commit: CommitPolicy,
    pub max_tiles: Option<u32>,
}

/// The columns of the tables: without tiles, and with the default number of them.
pub const KINDS: [Kind; 3] = [
    Kind {
        commit: CommitPolicy::Upfront,
        max_tiles: Some(0),
    },
    Kind {
        commit: CommitPolicy::Upfront,
        max_tiles: None,
    },
    Kind {
        commit: CommitPolicy::Stepwise,
        max_tiles: None,
    },
];

impl Cached {
    pub fn new(gpu: &Gpu, scene: &Scene<'_>, kind: Kind) -> Self {
        Self::with_fragment(gpu, scene, (kind, "fragment"))
    }

    /// For pixmaps with mip levels, which are drawn smaller than they are.
    pub fn mipmapped(gpu: &Gpu, scene: &Scene<'_>, kind: Kind) -> Self {
        Self::with_fragment(gpu, scene, (kind, "fragment_grad"))
    }

    fn with_fragment(gpu: &Gpu, scene: &Scene<'_>, (kind, fragment): (Kind, &str)) -> Self {
        let descriptor = CacheDescriptor {
            budget_bytes: 64 << 20,
            format: FORMAT,
            commit: kind.commit,
            max_tiles: kind.max_tiles,
            idle: None,
            ..Default::default()
        };
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let keys = fill(&mut cache, scene);
        cache.flush();
        let quads = Quads {
            wgsl: &format!("{}{}", cache.wgsl(0), include_str!("cached.wgsl")),
            fragment,
            layout: Some(cache.bind_group_layout()),
            attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x4],
        };
        let sprites = scene.sprites.iter();
        let instances: Vec<Instance> = sprites
            .map(|sprite| Instance {
                id: keys[sprite.pixmap].id(),
                at: sprite.at,
            })
            .collect();
        Self {
            pipeline: quads.pipeline(gpu),
            instances: instance_buffer(gpu, &instances),
            count: instances.len() as u32,
            keys,
            cache,
        }
    }
}

/// Inserts the scene's pixmaps, spread over all pages.
fn fill(cache: &mut PixmapCache, scene: &Scene<'_>) -> Vec<PixmapKey> {
    let mut keys = Vec::with_capacity(scene.pixmaps.len());
    for pixmap in &scene.pixmaps {
        keys.push(cache.insert(pixmap).expect("room for the scene"));
        if let Some(filler) = &scene.filler {
            cache.insert(filler).expect("room for the filler");
        }
    }
    let stats = cache.stats();
    assert_eq!(stats.pages, stats.max_pages, "every texture is in use");
    assert_eq!(stats.evictions, 0, "the cache holds the scene");
    keys
}

impl Way for Cached {
    fn record(&self, gpu: &Gpu, canvas: &Canvas) -> wgpu::CommandBuffer {
        canvas.record(gpu, |pass| {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, self.cache.bind_group(), &[]);
            pass.set_vertex_buffer(0, self.instances.slice(..));
            pass.draw(0..4, 0..self.count);
        })
    }
}

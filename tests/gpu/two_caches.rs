//! Colors and masks from two caches, in one pipeline and one pass.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, PixmapId, Rect};

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{Quads, clearing_pass, instances, quad_pipeline};
use crate::noise::{self, noise, random_size};
use crate::target::{Drawn, TARGET_SIDE, Target};

const COUNT: usize = 40;

const CUT_OUT_WGSL: &str = "
    struct Varyings {
        @builtin(position) position: vec4<f32>,
        @location(0) @interpolate(flat) picture: PixmapRegion,
        @location(1) @interpolate(flat) mask: MaskRegion,
        @location(2) uv: vec2<f32>,
    }
    @vertex fn vertex(
        @builtin(vertex_index) index: u32,
        @location(0) picture: vec2<u32>,
        @location(1) mask: vec2<u32>,
        @location(2) at: vec4<f32>,
    ) -> Varyings {
        let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u));
        let clip = (at.xy + corner * at.zw) / TARGET_SIDE * 2.0 - 1.0;
        let position = vec4<f32>(clip.x, -clip.y, 0.0, 1.0);
        return Varyings(position, pixmap_region(picture), mask_region(mask), corner);
    }
    @fragment fn fragment(in: Varyings) -> @location(0) vec4<f32> {
        return pixmap_sample(in.picture, in.uv) * mask_sample(in.mask, in.uv).r;
    }";

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct CutOut {
    picture: PixmapId,
    mask: PixmapId,
    at: [f32; 4],
}

struct Scene {
    pictures: PixmapCache,
    masks: PixmapCache,
    cut_outs: Vec<CutOut>,
    expected: Vec<(Rect, Vec<u8>)>,
}

impl Scene {
    /// Pairs of equal size. The two pixmaps of a pair have the same id in their caches.
    fn new(gpu: &Gpu) -> Self {
        let mut pictures = cache(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut masks = cache(gpu, wgpu::TextureFormat::R8Unorm);
        let mut rng = noise::rng(20);
        let pairs: Vec<_> = (0..COUNT)
            .map(|_| {
                let size = random_size(&mut rng, 60);
                let picture = noise(&mut rng, PixelFormat::Rgba8, size);
                (picture, noise(&mut rng, PixelFormat::R8, size))
            })
            .collect();
        let places = noise::places(pairs.iter().map(|(picture, _)| picture.size));
        let cut_outs = pairs.iter().zip(&places).map(|((picture, mask), at)| CutOut {
            picture: pictures.insert(picture).expect("room").id(),
            mask: masks.insert(mask).expect("room").id(),
            at: [at.x, at.y, at.width, at.height].map(|texels| texels as f32),
        });
        let cut_outs = cut_outs.collect();
        pictures.flush();
        masks.flush();
        let expected = pairs.iter().zip(places).map(|((p, m), at)| (at, product(p, m)));
        let expected = expected.collect();
        Self {
            pictures,
            masks,
            cut_outs,
            expected,
        }
    }

    fn pipeline(&self, gpu: &Gpu) -> wgpu::RenderPipeline {
        let masks = self.masks.wgsl_prefixed(1, "mask").expect("a prefix");
        let side = format!("const TARGET_SIDE: f32 = {TARGET_SIDE}.0;\n");
        let source = self.pictures.wgsl(0) + &masks + &side + CUT_OUT_WGSL;
        let groups = [&self.pictures, &self.masks].map(|cache| Some(cache.bind_group_layout()));
        quad_pipeline(
            gpu,
            &Quads {
                source,
                groups: &groups,
                instance_bytes: size_of::<CutOut>(),
                attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Uint32x2, 2 => Float32x4],
                fragment: "fragment",
                target: wgpu::TextureFormat::Rgba8Unorm,
            },
        )
    }

    fn draw(&self, gpu: &Gpu) -> Drawn {
        let pipeline = self.pipeline(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = clearing_pass(&mut encoder, &target);
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, self.pictures.bind_group(), &[]);
        pass.set_bind_group(1, self.masks.bind_group(), &[]);
        pass.set_vertex_buffer(0, instances(gpu, &self.cut_outs).slice(..));
        pass.draw(0..4, 0..COUNT as u32);
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
        target.read(gpu)
    }
}

/// Stepwise binds the most textures: ten in one stage.
fn cache(gpu: &Gpu, format: wgpu::TextureFormat) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes: 4 << 20,
        format,
        commit: CommitPolicy::Stepwise,
        page_side: Some(128),
        ..Default::default()
    };
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
}

fn product(picture: &PixmapBuf, mask: &PixmapBuf) -> Vec<u8> {
    let texels = picture.bytes.chunks(4).zip(&mask.bytes);
    let times = |(texel, mask): (&[u8], &u8)| {
        let share = f32::from(*mask) / 255.0;
        <[u8; 4]>::try_from(texel)
            .expect("4 bytes")
            .map(|c| (f32::from(c) * share).round() as u8)
    };
    texels.flat_map(times).collect()
}

#[test]
fn each_of_two_caches_in_one_pipeline_draws_its_own_pixmaps() {
    each_gpu(|gpu| {
        let scene = Scene::new(gpu);
        let drawn = scene.draw(gpu);
        for (at, expected) in &scene.expected {
            let got = drawn.rect(*at);
            let steps = got.iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
            // One step of difference, since adapters round products differently.
            assert!(steps.max() <= Some(1), "the cut out at {at:?}");
        }
    });
}

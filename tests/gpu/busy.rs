//! A GPU that is busy with a cache's textures for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pixmap_cache::PixmapCache;

use crate::adapters::Gpu;
use crate::draw::{Quads, clearing_pass, quad_pipeline};
use crate::target::Target;

/// Loop iterations for each of a million texels: some tenths of a second on a software rasterizer.
pub const SHORT: u32 = 20;

/// Seconds, long enough to see that nothing waits.
pub const LONG: u32 = 600;

const WGSL: &str = include_str!("busy.wgsl");

/// Keeps a GPU busy with any cache of one layout.
pub struct Busy {
    pipeline: wgpu::RenderPipeline,
    target: Target,
}

/// Submitted work.
pub struct InFlight(Arc<AtomicBool>);

impl Busy {
    pub fn new(gpu: &Gpu, cache: &PixmapCache, loops: u32) -> Self {
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let quads = Quads {
            source: format!("{}const LOOPS = {loops}u;\n{WGSL}", cache.wgsl(0)),
            groups: &[Some(cache.bind_group_layout())],
            instance_bytes: 4,
            attributes: &[],
            fragment: "fragment",
            target: target.format(),
        };
        let pipeline = quad_pipeline(gpu, &quads);
        Self { pipeline, target }
    }

    /// Records a long pass over the cache's textures.
    pub fn record(&self, gpu: &Gpu, cache: &PixmapCache) -> wgpu::CommandBuffer {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = clearing_pass(&mut encoder, &self.target);
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, cache.bind_group(), &[]);
        let instance = crate::draw::instances(gpu, &[0u32]);
        pass.set_vertex_buffer(0, instance.slice(..));
        pass.draw(0..4, 0..1);
        drop(pass);
        encoder.finish()
    }

    pub fn submit(&self, gpu: &Gpu, cache: &PixmapCache) -> InFlight {
        InFlight::submit(gpu, self.record(gpu, cache))
    }
}

impl InFlight {
    pub fn submit(gpu: &Gpu, pass: wgpu::CommandBuffer) -> Self {
        gpu.queue.submit([pass]);
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        gpu.queue
            .on_submitted_work_done(move || told.store(true, Ordering::Release));
        Self(done)
    }

    /// Whether the GPU was done with it when the device was last polled.
    pub fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

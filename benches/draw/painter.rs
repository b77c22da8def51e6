//! What the ways to draw share: a canvas, and a pipeline for instanced quads.

use pixmap_cache::{Rect, Size};

use bench_kit::gpu::{Block, FORMAT, Gpu, read_texels};

/// Side of the canvas in texels.
pub const TARGET_SIDE: u32 = 1024;

/// A render target.
pub struct Canvas {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

impl Canvas {
    pub fn new(gpu: &Gpu) -> Self {
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
        let texture = gpu.texture(TARGET_SIDE, 1, usage);
        let view = texture.create_view(&Default::default());
        Self { texture, view }
    }

    /// Records one pass over a cleared canvas.
    pub fn record(&self, gpu: &Gpu, draw: impl FnOnce(&mut wgpu::RenderPass<'_>)) -> wgpu::CommandBuffer {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("sprites"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        draw(&mut pass);
        drop(pass);
        encoder.finish()
    }

    pub fn read(&self, gpu: &Gpu) -> Vec<u8> {
        let block = Block {
            texture: &self.texture,
            layer: 0,
            rect: Rect::new(0, 0, Size::new(TARGET_SIDE, TARGET_SIDE)),
        };
        read_texels(gpu, block)
    }
}

/// A way to draw a scene.
pub trait Way {
    /// Records the pass; the caller submits it.
    fn record(&self, gpu: &Gpu, canvas: &Canvas) -> wgpu::CommandBuffer;
}

/// The parts of a pipeline for instanced quads.
pub struct Quads<'a> {
    /// With the entry point `vertex`.
    pub wgsl: &'a str,
    pub fragment: &'a str,
    /// Of the only bind group. `None`: as the shader declares it.
    pub layout: Option<&'a wgpu::BindGroupLayout>,
    pub attributes: &'a [wgpu::VertexAttribute],
}

impl Quads<'_> {
    pub fn pipeline(&self, gpu: &Gpu) -> wgpu::RenderPipeline {
        let quad = include_str!("quad.wgsl");
        let wgsl = format!("const TARGET_SIDE: f32 = {TARGET_SIDE}.0;\n{quad}\n{}", self.wgsl);
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("sprites"),
            source: wgpu::ShaderSource::Wgsl(wgsl.into()),
        });
        let layout = self.layout.map(|layout| {
            gpu.device
                .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                    label: Some("sprites"),
                    bind_group_layouts: &[Some(layout)],
                    ..Default::default()
                })
        });
        let instance_bytes = self.attributes.iter().map(|attribute| attribute.format.size());
        let instances = wgpu::VertexBufferLayout {
            array_stride: instance_bytes.sum(),
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: self.attributes,
        };
        gpu.device
            .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some("sprites"),
                layout: layout.as_ref(),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some("vertex"),
                    compilation_options: Default::default(),
                    buffers: &[Some(instances)],
                },
                primitive: wgpu::PrimitiveState {
                    topology: wgpu::PrimitiveTopology::TriangleStrip,
                    ..Default::default()
                },
                depth_stencil: None,
                multisample: Default::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(self.fragment),
                    compilation_options: Default::default(),
                    targets: &[Some(FORMAT.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
    }
}

pub fn instance_buffer<I: bytemuck::NoUninit>(gpu: &Gpu, instances: &[I]) -> wgpu::Buffer {
    let contents: &[u8] = bytemuck::cast_slice(instances);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("sprites"),
        size: contents.len() as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, contents);
    buffer
}

/// Creates the bind group of a pipeline whose shader declares a texture and a sampler.
pub fn texture_bind_group(
    gpu: &Gpu,
    pipeline: &wgpu::RenderPipeline,
    view: &wgpu::TextureView,
    sampler: &wgpu::Sampler,
) -> wgpu::BindGroup {
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("sprites"),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(view),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::Sampler(sampler),
            },
        ],
    })
}

/// Creates a sampler like the cache's.
pub fn linear_sampler(gpu: &Gpu) -> wgpu::Sampler {
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("sprites"),
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        ..Default::default()
    })
}

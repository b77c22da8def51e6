//! The pipeline and the instance buffer of this cache's sides: one draw of instanced quads.

use bench_kit::gpu::{FORMAT, Gpu};
use pixmap_cache::Size;

use crate::canvas::Canvas;

pub struct Quads {
    pipeline: wgpu::RenderPipeline,
    buffer: wgpu::Buffer,
    count: u32,
}

impl Quads {
    /// With the entry points `vertex` and `fragment` of `wgsl`, which may call `on_screen`, and the cache as bind group 0.
    pub fn new(
        gpu: &Gpu,
        (wgsl, layout): (&str, &wgpu::BindGroupLayout),
        attributes: &[wgpu::VertexAttribute],
        viewport: Size,
    ) -> Self {
        Self {
            pipeline: pipeline(gpu, (&with_viewport(wgsl, viewport), layout), attributes),
            buffer: buffer(gpu, 4_096),
            count: 0,
        }
    }

    pub fn write<T: bytemuck::Pod>(&mut self, gpu: &Gpu, instances: &[T]) {
        let bytes: &[u8] = bytemuck::cast_slice(instances);
        if bytes.len() as u64 > self.buffer.size() {
            self.buffer = buffer(gpu, (bytes.len() as u64).next_power_of_two());
        }
        gpu.queue.write_buffer(&self.buffer, 0, bytes);
        self.count = instances.len() as u32;
    }

    /// Submits a pass that draws all quads.
    pub fn submit(&self, (gpu, canvas): (&Gpu, &Canvas), cache: &wgpu::BindGroup) {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = canvas.pass(&mut encoder);
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, cache, &[]);
        pass.set_vertex_buffer(0, self.buffer.slice(..));
        pass.draw(0..4, 0..self.count);
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
    }
}

fn with_viewport(wgsl: &str, Size { width, height }: Size) -> String {
    format!(
        "fn on_screen(pixels: vec2f) -> vec4f {{
            let at = pixels / vec2f({width}.0, {height}.0) * 2.0 - 1.0;
            return vec4f(at.x, -at.y, 0.0, 1.0);
        }}
        {wgsl}"
    )
}

fn buffer(gpu: &Gpu, size: u64) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("instances"),
        size,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn pipeline(
    gpu: &Gpu,
    (wgsl, layout): (&str, &wgpu::BindGroupLayout),
    attributes: &[wgpu::VertexAttribute],
) -> wgpu::RenderPipeline {
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("quads"),
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    });
    let layout = gpu
        .device
        .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("quads"),
            bind_group_layouts: &[Some(layout)],
            immediate_size: 0,
        });
    let stride: u64 = attributes.iter().map(|attribute| attribute.format.size()).sum();
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("quads"),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vertex"),
                compilation_options: Default::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: stride,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes,
                })],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fragment"),
                compilation_options: Default::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format: FORMAT,
                    blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
}

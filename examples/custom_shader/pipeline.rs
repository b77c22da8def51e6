//! The example's own pipeline and pass: `card.wgsl` after the cache's functions, one instanced draw call.
//!
//! Pipeline, uniforms and their bind group are made once. A frame writes two buffers and records one pass.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::wall::{Card, Wall};
use kit::draw::{Frame, Gpu};

/// Behind the cards, linear.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 0.016,
    g: 0.021,
    b: 0.045,
    a: 1.0,
};

/// Reach of the cards' shadows, in pixels at scale 1.
const SHADOW: f32 = 5.0;

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    shadow: f32,
    padding: f32,
}

pub struct CardPipeline {
    pipeline: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    screen_group: wgpu::BindGroup,
    /// Grows, never shrinks.
    instances: wgpu::Buffer,
}

impl CardPipeline {
    /// Returns a pipeline for targets of an sRGB format: the shader writes linear colors, which the hardware encodes after
    /// blending.
    pub fn new<N: std::hash::Hash + Eq>(gpu: &Gpu, cache: &PixmapCache<N>, target: TextureFormat) -> Self {
        let device = &gpu.device;
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("custom_shader screen"),
            size: size_of::<GpuScreen>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let screen_layout = screen_layout(device);
        let screen_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("custom_shader screen"),
            layout: &screen_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: screen.as_entire_binding(),
            }],
        });
        // Group 1 is the cache's. Its layout never changes, so the pipeline can stay as it is.
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("custom_shader cards"),
            bind_group_layouts: &[Some(&screen_layout), Some(cache.bind_group_layout())],
            immediate_size: 0,
        });
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("custom_shader cards"),
            source: wgpu::ShaderSource::Wgsl((cache.wgsl(1) + include_str!("card.wgsl")).into()),
        });
        Self {
            pipeline: pipeline(device, (&shader, &layout), target),
            screen,
            screen_group,
            instances: instance_buffer(device, 256),
        }
    }

    /// Submits the pass with the cards that the wall composed last.
    pub fn draw(&mut self, gpu: &Gpu, wall: &Wall, frame: &Frame) {
        let bytes: &[u8] = bytemuck::cast_slice(&wall.cards);
        if self.instances.size() < bytes.len() as u64 {
            self.instances = instance_buffer(&gpu.device, wall.cards.len().next_power_of_two());
        }
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            shadow: SHADOW * frame.scale_factor as f32,
            padding: 0.0,
        };
        gpu.queue
            .write_buffer(&self.screen, 0, bytemuck::bytes_of(&screen));
        gpu.queue.write_buffer(&self.instances, 0, bytes);
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("custom_shader frame"),
            });
        self.record(&mut encoder, wall, frame.view);
        gpu.queue.submit([encoder.finish()]);
    }

    fn record(&self, encoder: &mut wgpu::CommandEncoder, wall: &Wall, view: &wgpu::TextureView) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("custom_shader cards"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(BACKGROUND),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.screen_group, &[]);
        // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
        pass.set_bind_group(1, wall.cache.bind_group(), &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, 0..wall.cards.len() as u32);
    }
}

fn screen_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("custom_shader screen"),
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        }],
    })
}

fn pipeline(
    device: &wgpu::Device,
    (shader, layout): (&wgpu::ShaderModule, &wgpu::PipelineLayout),
    target: TextureFormat,
) -> wgpu::RenderPipeline {
    // In the order of `Card`'s fields; an id is two plain integers.
    let attributes = wgpu::vertex_attr_array![
        0 => Uint32x2, 1 => Float32x2, 2 => Float32x2, 3 => Float32x2, 4 => Float32x3, 5 => Float32x3, 6 => Float32
    ];
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("custom_shader cards"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Card>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: &attributes,
            })],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some("card"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: target,
                // What is sampled is premultiplied.
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn instance_buffer(device: &wgpu::Device, cards: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("custom_shader instances"),
        size: (cards * size_of::<Card>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

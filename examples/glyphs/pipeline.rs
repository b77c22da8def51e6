//! The example's own pipeline and pass: `glyph.wgsl` behind the cache's functions, one instanced draw call.
//!
//! Made once: pipeline, uniforms and their bind group. A frame writes two buffers and records one pass.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::page::{Page, Sprite};
use crate::stage::{Frame, Gpu};

/// Paper, linear.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 0.91,
    g: 0.88,
    b: 0.81,
    a: 1.0,
};

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    padding: [f32; 2],
}

pub struct GlyphPipeline {
    pipeline: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    screen_group: wgpu::BindGroup,
    /// Grows, never shrinks.
    instances: wgpu::Buffer,
}

impl GlyphPipeline {
    /// For targets of an sRGB format: the shader writes linear colours, which the hardware encodes after blending.
    pub fn new<N: std::hash::Hash + Eq>(gpu: &Gpu, masks: &PixmapCache<N>, target: TextureFormat) -> Self {
        let device = &gpu.device;
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("glyphs screen"),
            size: size_of::<GpuScreen>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let screen_layout = screen_layout(device);
        let screen_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("glyphs screen"),
            layout: &screen_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: screen.as_entire_binding(),
            }],
        });
        // Group 1 is the cache's. Its layout never changes, so neither does the pipeline.
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("glyphs"),
            bind_group_layouts: &[Some(&screen_layout), Some(masks.bind_group_layout())],
            immediate_size: 0,
        });
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("glyphs"),
            source: wgpu::ShaderSource::Wgsl((masks.wgsl(1) + include_str!("glyph.wgsl")).into()),
        });
        Self {
            pipeline: pipeline(device, (&shader, &layout), target),
            screen,
            screen_group,
            instances: instance_buffer(device, 4096),
        }
    }

    /// Submits the pass with the glyphs that the page composed last.
    pub fn draw(&mut self, gpu: &Gpu, page: &Page, frame: &Frame) {
        let bytes: &[u8] = bytemuck::cast_slice(&page.sprites);
        if self.instances.size() < bytes.len() as u64 {
            self.instances = instance_buffer(&gpu.device, page.sprites.len().next_power_of_two());
        }
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            padding: [0.0; 2],
        };
        gpu.queue
            .write_buffer(&self.screen, 0, bytemuck::bytes_of(&screen));
        gpu.queue.write_buffer(&self.instances, 0, bytes);
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("glyphs frame"),
            });
        self.record(&mut encoder, page, frame.view);
        gpu.queue.submit([encoder.finish()]);
    }

    fn record(&self, encoder: &mut wgpu::CommandEncoder, page: &Page, view: &wgpu::TextureView) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("glyphs"),
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
        // Fetched after the flush, each frame: it is another one after the cache committed a texture.
        pass.set_bind_group(1, page.masks.bind_group(), &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, 0..page.sprites.len() as u32);
    }
}

fn screen_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("glyphs screen"),
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
    let attributes = wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2, 2 => Float32x3];
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("glyphs"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Sprite>() as u64,
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
            entry_point: Some("glyph"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: target,
                // The shader's colours are premultiplied, so sources are added whole.
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn instance_buffer(device: &wgpu::Device, sprites: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("glyphs instances"),
        size: (sprites * size_of::<Sprite>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

//! The example's own pipeline and pass: `entry.wgsl` behind the functions of both caches, one instanced draw call.
//!
//! Made once: pipeline, uniforms and their bind group. A frame writes two buffers and records one pass.

use pixmap_cache::PrefixError;
use wgpu::TextureFormat;

use crate::list::{DISC, List, PICTURE, Sprite};
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
    picture: f32,
    disc: f32,
}

pub struct EntryPipeline {
    pipeline: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    screen_group: wgpu::BindGroup,
    /// Grows, never shrinks.
    instances: wgpu::Buffer,
}

impl EntryPipeline {
    /// For targets of an sRGB format: the shader writes linear colours, which the hardware encodes after blending.
    ///
    /// # Errors
    ///
    /// A prefix that WGSL can't take; these can be.
    pub fn new(gpu: &Gpu, list: &List, target: TextureFormat) -> Result<Self, PrefixError> {
        let device = &gpu.device;
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("two_caches screen"),
            size: size_of::<GpuScreen>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let screen_layout = screen_layout(device);
        let screen_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("two_caches screen"),
            layout: &screen_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: screen.as_entire_binding(),
            }],
        });
        // Two bind groups of the same shape. On GL they share sixteen texture slots, of which each cache takes up to
        // five.
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("two_caches"),
            bind_group_layouts: &[
                Some(&screen_layout),
                Some(list.pictures.bind_group_layout()),
                Some(list.masks.bind_group_layout()),
            ],
            immediate_size: 0,
        });
        // The same functions twice, under two prefixes.
        let pictures = list.pictures.wgsl_prefixed(1, "picture")?;
        let masks = list.masks.wgsl_prefixed(2, "mask")?;
        let source = pictures + &masks + include_str!("entry.wgsl");
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("two_caches"),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        Ok(Self {
            pipeline: pipeline(device, (&shader, &layout), target),
            screen,
            screen_group,
            instances: instance_buffer(device, 4096),
        })
    }

    /// Submits the pass with the sprites that the list composed last.
    pub fn draw(&mut self, gpu: &Gpu, list: &List, frame: &Frame) {
        let bytes: &[u8] = bytemuck::cast_slice(&list.sprites);
        if self.instances.size() < bytes.len() as u64 {
            self.instances = instance_buffer(&gpu.device, list.sprites.len().next_power_of_two());
        }
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            picture: (PICTURE * frame.scale_factor as f32).round(),
            disc: (DISC * frame.scale_factor as f32).round(),
        };
        gpu.queue
            .write_buffer(&self.screen, 0, bytemuck::bytes_of(&screen));
        gpu.queue.write_buffer(&self.instances, 0, bytes);
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("two_caches frame"),
            });
        self.record(&mut encoder, list, frame.view);
        gpu.queue.submit([encoder.finish()]);
    }

    fn record(&self, encoder: &mut wgpu::CommandEncoder, list: &List, view: &wgpu::TextureView) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("two_caches"),
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
        // Fetched after the flushes, each frame: it is another one after a cache committed a texture.
        pass.set_bind_group(1, list.pictures.bind_group(), &[]);
        pass.set_bind_group(2, list.masks.bind_group(), &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, 0..list.sprites.len() as u32);
    }
}

fn screen_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("two_caches screen"),
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
    let attributes =
        wgpu::vertex_attr_array![0 => Uint32x2, 1 => Uint32x2, 2 => Float32x2, 3 => Float32x3, 4 => Float32];
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("two_caches"),
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
            entry_point: Some("entry"),
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
        label: Some("two_caches instances"),
        size: (sprites * size_of::<Sprite>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

//! Draws a frame's sprites into any sRGB view with one instanced draw call: `wall.wgsl` behind the cache's functions.
//!
//! It knows nothing of windows: the view, its format and its size are parameters.

use std::hash::Hash;

use bytemuck::{Pod, Zeroable};
use pixmap_cache::{PixmapCache, PixmapId};
use wgpu::TextureFormat;

use crate::stage::{Frame, Gpu};
use crate::texels::Texels;

/// The wall's paint between the cards, linear.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 0.72,
    g: 0.745,
    b: 0.79,
    a: 1.0,
};

/// One visible spot. The vertex attributes of `corner` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub struct Sprite {
    /// Left and top edge on the screen, in pixels.
    pub spot: [f32; 2],
    /// The picture's left and top edge from the spot's, its width and height.
    pub picture: [f32; 4],
    pub id: PixmapId,
}

/// What of the wall is seen: all that a scene composes and the renderer draws.
#[derive(Default)]
pub struct View {
    pub sprites: Vec<Sprite>,
    /// Pixels from one spot to the next.
    pub pitch: f32,
    pub sampling: Sampling,
}

/// How pictures are drawn that aren't at their own size. A cache samples as its descriptor says, linearly here; the
/// shader makes it nearest by asking for texel centres only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    #[default]
    Linear = 0,
    Nearest = 1,
}

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    pitch: f32,
    sampling: u32,
}

pub struct Renderer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    screen_group: wgpu::BindGroup,
    /// Grows, never shrinks.
    sprites: wgpu::Buffer,
}

impl Renderer {
    /// For targets of `target_format`, which must be an sRGB one: the shader writes linear colours.
    pub fn new<N: Hash + Eq>(
        gpu: &Gpu,
        cache: &PixmapCache<N>,
        (texels, target_format): (Texels, TextureFormat),
    ) -> Self {
        let device = &gpu.device;
        debug_assert!(target_format.is_srgb(), "BUG: the shader writes linear colours");
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("atlas_demo screen"),
            size: size_of::<GpuScreen>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let layout = screen_layout(device);
        let screen_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("atlas_demo screen"),
            layout: &layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: screen.as_entire_binding(),
            }],
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("atlas_demo wall"),
            bind_group_layouts: &[Some(&layout), Some(cache.bind_group_layout())],
            immediate_size: 0,
        });
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("atlas_demo wall"),
            source: wgpu::ShaderSource::Wgsl((cache.wgsl(1) + include_str!("wall.wgsl")).into()),
        });
        Self {
            pipeline: wall_pipeline(device, &shader, &pipeline_layout, (texels, target_format)),
            screen,
            screen_group,
            sprites: sprite_buffer(device, 1024),
            device: device.clone(),
            queue: gpu.queue.clone(),
        }
    }

    /// Submits the pass that draws a view out of `cache`, and then whatever `over` draws on top of it.
    pub fn draw<N: Hash + Eq>(
        &mut self,
        (cache, view): (&PixmapCache<N>, &View),
        target: &Frame,
        over: impl FnOnce(&mut wgpu::RenderPass<'_>),
    ) {
        let bytes: &[u8] = bytemuck::cast_slice(&view.sprites);
        if self.sprites.size() < bytes.len() as u64 {
            self.sprites = sprite_buffer(&self.device, view.sprites.len().next_power_of_two());
        }
        let screen = GpuScreen {
            size: [target.size.width as f32, target.size.height as f32],
            pitch: view.pitch,
            sampling: view.sampling as u32,
        };
        // Queued writes run before the next submission, which is the one below: nothing else draws from these buffers.
        self.queue
            .write_buffer(&self.screen, 0, bytemuck::bytes_of(&screen));
        self.queue.write_buffer(&self.sprites, 0, bytes);
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("atlas_demo frame"),
            });
        {
            let mut pass = begin_pass(&mut encoder, target);
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.screen_group, &[]);
            // After the flush: the group changes when the cache commits a texture.
            pass.set_bind_group(1, cache.bind_group(), &[]);
            pass.set_vertex_buffer(0, self.sprites.slice(..));
            pass.draw(0..4, 0..view.sprites.len() as u32);
            over(&mut pass);
        }
        self.queue.submit([encoder.finish()]);
    }
}

fn begin_pass<'e>(encoder: &'e mut wgpu::CommandEncoder, target: &Frame) -> wgpu::RenderPass<'e> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("atlas_demo wall"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target.view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(BACKGROUND),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    })
}

fn screen_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("atlas_demo screen"),
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

fn wall_pipeline(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    (texels, target_format): (Texels, TextureFormat),
) -> wgpu::RenderPipeline {
    let attributes = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x4, 2 => Uint32x2];
    let constants = [("TEXELS", f64::from(texels as u32))];
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("atlas_demo wall"),
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
            entry_point: Some("spot"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                ..Default::default()
            },
            targets: &[Some(wgpu::ColorTargetState {
                format: target_format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn sprite_buffer(device: &wgpu::Device, sprites: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("atlas_demo sprites"),
        size: (sprites * size_of::<Sprite>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

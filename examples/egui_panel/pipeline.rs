//! The wall's own pipeline: `sprite.wgsl` behind the cache's functions, one instanced draw call in egui's pass.
//!
//! Made once: pipeline, uniforms and their bind group. A frame writes two buffers and records one draw call.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::wall::{Sprite, View};

/// `View` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuView {
    size: [f32; 2],
    padding: [f32; 2],
}

pub struct WallPipeline {
    pipeline: wgpu::RenderPipeline,
    view: wgpu::Buffer,
    view_group: wgpu::BindGroup,
    /// Grows, never shrinks.
    instances: wgpu::Buffer,
}

impl WallPipeline {
    /// For targets of an sRGB format: the shader writes linear colours, which the hardware encodes after blending.
    pub fn new<N: std::hash::Hash + Eq>(
        device: &wgpu::Device,
        cache: &PixmapCache<N>,
        target: TextureFormat,
    ) -> Self {
        let view = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("egui_panel view"),
            size: size_of::<GpuView>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let view_layout = view_layout(device);
        let view_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("egui_panel view"),
            layout: &view_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: view.as_entire_binding(),
            }],
        });
        // Group 1 is the cache's. Its layout never changes, so neither does the pipeline.
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("egui_panel"),
            bind_group_layouts: &[Some(&view_layout), Some(cache.bind_group_layout())],
            immediate_size: 0,
        });
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("egui_panel"),
            source: wgpu::ShaderSource::Wgsl((cache.wgsl(1) + include_str!("sprite.wgsl")).into()),
        });
        Self {
            pipeline: pipeline(device, (&shader, &layout), target),
            view,
            view_group,
            instances: instance_buffer(device, 256),
        }
    }

    /// Before the pass: the instances and the view they are drawn in.
    pub fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, (sprites, view): (&[Sprite], View)) {
        let bytes: &[u8] = bytemuck::cast_slice(sprites);
        if self.instances.size() < bytes.len() as u64 {
            self.instances = instance_buffer(device, sprites.len().next_power_of_two());
        }
        let view = GpuView {
            size: view.size,
            padding: [0.0; 2],
        };
        queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&view));
        queue.write_buffer(&self.instances, 0, bytes);
    }

    /// In egui's pass. It sets what it needs and may leave it so: egui sets its own again.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'static>, (pixmaps, sprites): (&wgpu::BindGroup, usize)) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.view_group, &[]);
        pass.set_bind_group(1, pixmaps, &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, 0..sprites as u32);
    }
}

fn view_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("egui_panel view"),
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
    let attributes = wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2, 2 => Float32];
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("egui_panel"),
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
            entry_point: Some("picture"),
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
        label: Some("egui_panel instances"),
        size: (sprites * size_of::<Sprite>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

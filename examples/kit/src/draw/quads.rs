//! What all pipelines of sprites have in common: one quad per instance, drawn in one call by the example's shader.
//!
//! The shader has two entry points, one vertex and one fragment. Group 0 is its uniform. The example defines and binds
//! the groups from 1 on, the cache's among them.

use std::marker::PhantomData;

use bytemuck::Pod;
use wgpu::{BindGroup, BindGroupLayout, Color, RenderPass, TextureFormat};

use super::{Frame, Gpu};

/// Instances that fit at first.
const FIRST_INSTANCES: usize = 256;

pub struct QuadDescriptor<'a> {
    /// The label of every wgpu object.
    pub label: &'static str,
    pub wgsl: String,
    /// The layouts of groups 1, 2, and so on.
    pub groups: &'a [&'a BindGroupLayout],
    /// In the order of the instance's fields.
    pub attributes: &'a [wgpu::VertexAttribute],
    /// Values of the shader's `override` constants.
    pub constants: &'a [(&'a str, f64)],
    /// Format of the targets, an sRGB one: shaders write linear premultiplied colors, which the hardware encodes after
    /// blending.
    pub format: TextureFormat,
}

/// A pipeline with uniforms `U` and instances `I`, which the attributes describe.
pub struct Quads<U, I> {
    device: wgpu::Device,
    queue: wgpu::Queue,
    label: &'static str,
    pipeline: wgpu::RenderPipeline,
    uniform: wgpu::Buffer,
    uniform_group: BindGroup,
    /// Grows, never shrinks.
    instances: wgpu::Buffer,
    count: u32,
    holds: PhantomData<(U, I)>,
}

impl<U: Pod, I: Pod> Quads<U, I> {
    pub fn new(gpu: &Gpu, descriptor: &QuadDescriptor) -> Self {
        debug_assert!(descriptor.format.is_srgb(), "BUG: shaders write linear colors");
        let (device, label) = (&gpu.device, descriptor.label);
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: size_of::<U>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let uniform_layout = uniform_layout(device, label);
        let uniform_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout: &uniform_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: uniform.as_entire_binding(),
            }],
        });
        Self {
            pipeline: pipeline(device, (&uniform_layout, size_of::<I>()), descriptor),
            uniform,
            uniform_group,
            instances: instance_buffer(device, label, (FIRST_INSTANCES * size_of::<I>()) as u64),
            count: 0,
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
            label,
            holds: PhantomData,
        }
    }

    /// Replaces what is drawn. It takes effect with the next submission, so call it at most once per submission.
    pub fn write(&mut self, uniform: &U, instances: &[I]) {
        let bytes: &[u8] = bytemuck::cast_slice(instances);
        if self.instances.size() < bytes.len() as u64 {
            let room = instances.len().next_power_of_two() * size_of::<I>();
            self.instances = instance_buffer(&self.device, self.label, room as u64);
        }
        self.queue
            .write_buffer(&self.uniform, 0, bytemuck::bytes_of(uniform));
        self.queue.write_buffer(&self.instances, 0, bytes);
        self.count = instances.len() as u32;
    }

    /// Records the draw in the caller's pass, with these groups from 1 on.
    pub fn record(&self, pass: &mut RenderPass<'_>, groups: &[&BindGroup]) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.uniform_group, &[]);
        for (index, group) in (1..).zip(groups) {
            pass.set_bind_group(index, *group, &[]);
        }
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, 0..self.count);
    }

    /// Submits a pass that draws the quads on this background and then whatever `over` draws on top.
    pub fn draw(
        &self,
        (frame, background): (&Frame, Color),
        groups: &[&BindGroup],
        over: impl FnOnce(&mut RenderPass<'_>),
    ) {
        let label = Some(self.label);
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label,
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: frame.view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(background),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            self.record(&mut pass, groups);
            over(&mut pass);
        }
        self.queue.submit([encoder.finish()]);
    }
}

fn uniform_layout(device: &wgpu::Device, label: &str) -> BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(label),
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
    (uniform_layout, instance_bytes): (&BindGroupLayout, usize),
    descriptor: &QuadDescriptor,
) -> wgpu::RenderPipeline {
    let label = Some(descriptor.label);
    let groups = std::iter::once(uniform_layout).chain(descriptor.groups.iter().copied());
    let groups: Vec<_> = groups.map(Some).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &groups,
        immediate_size: 0,
    });
    let module = &device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label,
        source: wgpu::ShaderSource::Wgsl(descriptor.wgsl.as_str().into()),
    });
    let options = wgpu::PipelineCompilationOptions {
        constants: descriptor.constants,
        ..Default::default()
    };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label,
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: None,
            compilation_options: options.clone(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: instance_bytes as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: descriptor.attributes,
            })],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: None,
            compilation_options: options,
            targets: &[Some(wgpu::ColorTargetState {
                format: descriptor.format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn instance_buffer(device: &wgpu::Device, label: &str, bytes: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

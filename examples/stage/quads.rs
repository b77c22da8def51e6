//! Quads, one for each instance, drawn in one call by a shader of the example's: what all pipelines of sprites have in
//! common.
//!
//! The shader has two entry points, one vertex and one fragment. Group 0 is its uniform; what the groups from 1 on are,
//! the example says and binds, and so it does with everything else about a cache.

use std::marker::PhantomData;

use bytemuck::Pod;
use wgpu::{BindGroup, BindGroupLayout, Color, RenderPass, TextureFormat};

use super::{Frame, Gpu};

/// Instances there is room for at first.
const FIRST_INSTANCES: usize = 256;

pub struct QuadDescriptor<'a> {
    /// Of all objects.
    pub label: &'static str,
    pub wgsl: String,
    /// Group 1, and so on.
    pub groups: &'a [&'a BindGroupLayout],
    /// In the order of the instance's fields.
    pub attributes: &'a [wgpu::VertexAttribute],
    /// Values of the shader's `override`s.
    pub constants: &'a [(&'a str, f64)],
    /// Of the targets, an sRGB one: shaders write linear colors, premultiplied, which the hardware encodes after
    /// blending.
    pub format: TextureFormat,
}

/// For uniforms `U`, and instances `I` as the attributes describe them.
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

    /// What is drawn from now on. Comes into force with the next submission, so it is for one pass in each.
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

    /// In a pass of the caller's, with these groups from 1 on.
    pub fn record(&self, pass: &mut RenderPass<'_>, groups: &[&BindGroup]) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.uniform_group, &[]);
        for (index, group) in (1..).zip(groups) {
            pass.set_bind_group(index, *group, &[]);
        }
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.draw(0..4, 0..self.count);
    }

    /// Submits a pass of their own on this background, and then whatever `over` draws on top.
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

//! Panels of text in the screen's lower left corner, one above the other, drawn in the pass of the wall.

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt;

use crate::text::{Letters, Line};
use kit::draw::{Frame, Gpu};

/// `Place` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GpuPlace {
    panel: [f32; 4],
    screen: [f32; 2],
    radius: f32,
    padding: f32,
}

pub struct Panels {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    /// From the lowest up.
    panels: Vec<Panel>,
}

struct Panel {
    lines: Vec<Line>,
    letters: Letters,
    size: [u32; 2],
    place: wgpu::Buffer,
    group: wgpu::BindGroup,
}

impl Panels {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let layout = panel_layout(&gpu.device);
        Self {
            pipeline: panel_pipeline(&gpu.device, &layout, format),
            layout,
            panels: Vec::new(),
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
        }
    }

    /// Replaces what is shown, the lowest first. Text that is already shown is not rasterized again.
    pub fn prepare(&mut self, texts: Vec<Vec<Line>>, frame: &Frame) {
        let letters = Letters::at_scale(frame.scale_factor);
        let mut before = std::mem::take(&mut self.panels);
        let mut bottom = frame.size.height as i64 - i64::from(letters.margin());
        for lines in texts {
            let known = before
                .iter()
                .position(|panel| panel.lines == lines && panel.letters == letters);
            let panel = match known {
                Some(index) => before.swap_remove(index),
                None => self.panel(lines, letters),
            };
            let [width, height] = panel.size;
            bottom -= i64::from(height);
            let place = GpuPlace {
                panel: [
                    letters.margin() as f32,
                    bottom as f32,
                    width as f32,
                    height as f32,
                ],
                screen: [frame.size.width as f32, frame.size.height as f32],
                radius: letters.margin() as f32 * 0.6,
                padding: 0.0,
            };
            bottom -= i64::from(letters.margin()) / 2;
            self.queue
                .write_buffer(&panel.place, 0, bytemuck::bytes_of(&place));
            self.panels.push(panel);
        }
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        for panel in &self.panels {
            pass.set_bind_group(0, &panel.group, &[]);
            pass.draw(0..4, 0..1);
        }
    }

    fn panel(&self, lines: Vec<Line>, letters: Letters) -> Panel {
        let sheet = letters.rasterize(&lines);
        let descriptor = wgpu::TextureDescriptor {
            label: Some("atlas_demo text"),
            size: wgpu::Extent3d {
                width: sheet.width,
                height: sheet.height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rg8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        };
        let order = wgpu::util::TextureDataOrder::LayerMajor;
        let texture = self
            .device
            .create_texture_with_data(&self.queue, &descriptor, order, &sheet.bytes);
        let place = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("atlas_demo panel"),
            size: size_of::<GpuPlace>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let view = texture.create_view(&Default::default());
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("atlas_demo panel"),
            layout: &self.layout,
            entries: &[
                entry(0, place.as_entire_binding()),
                entry(1, wgpu::BindingResource::TextureView(&view)),
            ],
        });
        Panel {
            lines,
            letters,
            size: [sheet.width, sheet.height],
            place,
            group,
        }
    }
}

fn panel_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, visibility, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty,
        count: None,
    };
    let place = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let sheet = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: false },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("atlas_demo panel"),
        entries: &[
            entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT, place),
            entry(1, wgpu::ShaderStages::FRAGMENT, sheet),
        ],
    })
}

fn panel_pipeline(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("atlas_demo panel"),
        source: wgpu::ShaderSource::Wgsl(include_str!("panel.wgsl").into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("atlas_demo panel"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("atlas_demo panel"),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &shader,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &shader,
            entry_point: Some("panel"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

//! What an overlay's pipelines are created from: glyphs, bind group layout, and the format of the application's pass.

use super::canvas::GpuQuad;
use super::descriptor::OverlayDescriptor;
use super::font;

/// What a pipeline must have in common with the pass that it draws in.
#[derive(Clone, Copy)]
pub(super) struct PassFormat {
    pub(super) color: wgpu::TextureFormat,
    depth_stencil: Option<wgpu::TextureFormat>,
    sample_count: u32,
}

impl PassFormat {
    pub(super) fn of(descriptor: &OverlayDescriptor<'_>) -> Self {
        Self {
            color: descriptor.format,
            depth_stencil: descriptor.depth_stencil,
            sample_count: descriptor.sample_count,
        }
    }
}

pub(super) fn glyph_texture(device: &wgpu::Device, queue: &wgpu::Queue, label: &str) -> wgpu::Texture {
    let size = wgpu::Extent3d {
        width: font::SHEET_WIDTH,
        height: font::SHEET_HEIGHT,
        depth_or_array_layers: 1,
    };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::R8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(font::SHEET_WIDTH),
        rows_per_image: None,
    };
    queue.write_texture(texture.as_image_copy(), &font::sheet(), layout, size);
    texture
}

pub(super) fn bind_group_layout(device: &wgpu::Device, label: &str) -> wgpu::BindGroupLayout {
    let uniform = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let glyphs = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: false },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let entry = |binding, visibility, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty,
        count: None,
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(label),
        entries: &[
            entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT, uniform),
            entry(1, wgpu::ShaderStages::FRAGMENT, glyphs),
        ],
    })
}

/// What differs between the pipeline of quads and the one of texels.
pub(super) struct Shader<'a> {
    pub(super) label: String,
    pub(super) source: String,
    pub(super) fragment: &'a str,
    pub(super) groups: &'a [Option<&'a wgpu::BindGroupLayout>],
}

pub(super) fn pipeline(
    device: &wgpu::Device,
    pass: &PassFormat,
    shader: &Shader<'_>,
) -> wgpu::RenderPipeline {
    let label = Some(shader.label.as_str());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label,
        source: wgpu::ShaderSource::Wgsl(shader.source.as_str().into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: shader.groups,
        ..Default::default()
    });
    let depth_stencil = pass.depth_stencil.map(|format| wgpu::DepthStencilState {
        format,
        depth_write_enabled: Some(false),
        depth_compare: Some(wgpu::CompareFunction::Always),
        stencil: Default::default(),
        bias: Default::default(),
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label,
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vertex"),
            compilation_options: Default::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<GpuQuad>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: &wgpu::vertex_attr_array![0 => Sint16x4, 1 => Unorm8x4, 2 => Uint16x4],
            })],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil,
        multisample: wgpu::MultisampleState {
            count: pass.sample_count,
            ..Default::default()
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some(shader.fragment),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: pass.color,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

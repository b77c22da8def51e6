//! A small renderer: sprites by id, through the cache's WGSL.

use pixmap_cache::{PixmapCache, PixmapId, PixmapKey, Rect};

use crate::adapters::Gpu;
use crate::target::{CLEAR, Drawn, TARGET_SIDE, Target};

const SPRITE_WGSL: &str = include_str!("sprite.wgsl");

/// One quad, as the shader's instance buffer has it.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Sprite {
    pub id: PixmapId,
    /// Corner and size in texels of the target.
    pub at: [f32; 4],
    /// uv at the corner and at the opposite corner.
    pub uv: [f32; 4],
}

/// A whole pixmap drawn into a rectangle.
pub fn sprite(key: PixmapKey, at: Rect) -> Sprite {
    Sprite {
        id: key.id(),
        at: [at.x, at.y, at.width, at.height].map(|texels| texels as f32),
        uv: [0.0, 0.0, 1.0, 1.0],
    }
}

/// A pipeline for one kind of target.
pub struct Painter {
    pipeline: wgpu::RenderPipeline,
}

/// How sprites are drawn: the entry point of the fragment stage, and by how much they are turned.
#[derive(Clone, Copy)]
pub struct Brush {
    pub fragment: &'static str,
    pub degrees: f32,
}

/// Upright, by `pixmap_sample`.
pub const PLAIN: Brush = Brush {
    fragment: "fragment",
    degrees: 0.0,
};

impl Painter {
    /// Draws pixmaps of a cache, through its WGSL.
    pub fn of_cache(gpu: &Gpu, cache: &PixmapCache, target: wgpu::TextureFormat) -> Self {
        Self::with_brush(gpu, cache, target, PLAIN)
    }

    pub fn with_brush(gpu: &Gpu, cache: &PixmapCache, target: wgpu::TextureFormat, brush: Brush) -> Self {
        Self::new(gpu, (&cache.wgsl(0), cache.bind_group_layout()), target, brush)
    }

    /// `prelude` has the functions of `wgsl(0)`, `layout` its bindings.
    pub fn new(
        gpu: &Gpu,
        (prelude, layout): (&str, &wgpu::BindGroupLayout),
        target: wgpu::TextureFormat,
        brush: Brush,
    ) -> Self {
        let (sin, cos) = brush.degrees.to_radians().sin_cos();
        let constants = format!(
            "const TARGET_SIDE: f32 = {TARGET_SIDE}.0;\nconst TURN: vec2<f32> = vec2<f32>({cos:?}, {sin:?});\n"
        );
        let source = format!("{prelude}{constants}{SPRITE_WGSL}");
        let integers = target == wgpu::TextureFormat::Rgba32Uint;
        Self {
            pipeline: quad_pipeline(
                gpu,
                &Quads {
                    source,
                    groups: &[Some(layout)],
                    instance_bytes: size_of::<Sprite>(),
                    attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x4, 2 => Float32x4],
                    fragment: if integers {
                        "fragment_region"
                    } else {
                        brush.fragment
                    },
                    target,
                },
            ),
        }
    }

    /// Records a pass over a cleared target; the caller submits it.
    pub fn record(
        &self,
        gpu: &Gpu,
        batches: &[(&wgpu::BindGroup, &[Sprite])],
        target: &Target,
    ) -> wgpu::CommandBuffer {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = clearing_pass(&mut encoder, target);
        pass.set_pipeline(&self.pipeline);
        for (bind_group, sprites) in batches {
            pass.set_bind_group(0, *bind_group, &[]);
            pass.set_vertex_buffer(0, instances(gpu, sprites).slice(..));
            pass.draw(0..4, 0..sprites.len() as u32);
        }
        drop(pass);
        encoder.finish()
    }

    /// Draws pixmaps of a cache, submits, waits, and reads what was drawn.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn draw(&self, gpu: &Gpu, cache: &PixmapCache, sprites: &[Sprite], target: &Target) -> Drawn {
        pollster::block_on(self.drawn(gpu, cache, sprites, target))
    }

    /// Draws pixmaps of a cache, submits, and reads what was drawn.
    pub async fn drawn(&self, gpu: &Gpu, cache: &PixmapCache, sprites: &[Sprite], target: &Target) -> Drawn {
        let recorded = self.record(gpu, &[(cache.bind_group(), sprites)], target);
        gpu.queue.submit([recorded]);
        target.texels(gpu).await
    }
}

/// What pipelines of quads differ in; the vertex entry point is `vertex`.
pub struct Quads<'a> {
    pub source: String,
    pub groups: &'a [Option<&'a wgpu::BindGroupLayout>],
    pub instance_bytes: usize,
    pub attributes: &'a [wgpu::VertexAttribute],
    pub fragment: &'a str,
    pub target: wgpu::TextureFormat,
}

/// A pipeline that draws a quad per instance, without blending.
pub fn quad_pipeline(gpu: &Gpu, quads: &Quads<'_>) -> wgpu::RenderPipeline {
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("quads"),
        source: wgpu::ShaderSource::Wgsl(quads.source.as_str().into()),
    });
    let layout = wgpu::PipelineLayoutDescriptor {
        label: Some("quads"),
        bind_group_layouts: quads.groups,
        ..Default::default()
    };
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("quads"),
            layout: Some(&gpu.device.create_pipeline_layout(&layout)),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vertex"),
                compilation_options: Default::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: quads.instance_bytes as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: quads.attributes,
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
                entry_point: Some(quads.fragment),
                compilation_options: Default::default(),
                targets: &[Some(quads.target.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
}

/// A pass over a target that is cleared first.
pub fn clearing_pass<'e>(encoder: &'e mut wgpu::CommandEncoder, target: &Target) -> wgpu::RenderPass<'e> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("quads"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &target.view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(CLEAR),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    })
}

pub fn instances<T: bytemuck::Pod>(gpu: &Gpu, sprites: &[T]) -> wgpu::Buffer {
    let contents: &[u8] = bytemuck::cast_slice(sprites);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("sprites"),
        size: contents.len() as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, contents);
    buffer
}

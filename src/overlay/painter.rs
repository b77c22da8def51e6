//! The overlay on the GPU: pipelines, sheet of glyphs, and the buffer of quads.
//!
//! All objects belong to the overlay and are small, except for a cache's bind group, which is held while its texels are
//! shown. Buffers are written through the queue, ahead of the next submission: one `prepare` per submission.

use super::canvas::{Canvas, GpuQuad, MAX_QUADS};
use super::descriptor::OverlayDescriptor;
use super::font;
use super::pipeline::{PassFormat, Shader, bind_group_layout, glyph_texture, pipeline};
use crate::error::CreateError;
use crate::gpu::{PageTexels, with_error_scope};

const QUADS_WGSL: &str = include_str!("../../shaders/overlay.wgsl");
const TEXELS_WGSL: &str = include_str!("../../shaders/overlay_texels.wgsl");

/// Capacity of the first buffer of quads.
const FIRST_QUADS: usize = 1 << 11;

/// Start of each label where the descriptor has none.
const DEFAULT_LABEL: &str = "pixmap-cache overlay";

/// The uniform of `overlay.wgsl`. Tests pin the layout of both.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuViewport {
    size: [f32; 2],
    linear: u32,
    padding: u32,
}

pub(super) struct Painter {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// Start of each label.
    label: String,
    pass: PassFormat,
    viewport: wgpu::Buffer,
    layout: wgpu::BindGroupLayout,
    group: wgpu::BindGroup,
    pipeline: wgpu::RenderPipeline,
    texels: Option<TexelPipeline>,
    quads: wgpu::Buffer,
    /// Quads in the buffer: below the texels, the texels, above them.
    counts: [u32; 3],
    /// The cache's bind group while texels are shown.
    pages: Option<wgpu::BindGroup>,
}

/// Draws the pages of one cache, whose layout and WGSL it was created with.
struct TexelPipeline {
    pages: wgpu::BindGroupLayout,
    pipeline: wgpu::RenderPipeline,
}

impl Painter {
    pub(super) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        descriptor: &OverlayDescriptor<'_>,
    ) -> Result<Self, CreateError> {
        let made = with_error_scope(device, || Self::create(device, queue, descriptor));
        made.map_err(|fault| fault.for_bytes(FIXED_BYTES + quad_bytes(FIRST_QUADS)))
    }

    fn create(device: &wgpu::Device, queue: &wgpu::Queue, descriptor: &OverlayDescriptor<'_>) -> Self {
        let label = descriptor.label.unwrap_or(DEFAULT_LABEL);
        let pass = PassFormat::of(descriptor);
        let glyphs = glyph_texture(device, queue, &format!("{label} glyphs"));
        let viewport = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(&format!("{label} viewport")),
            size: size_of::<GpuViewport>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let layout = bind_group_layout(device, &format!("{label} bind group layout"));
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&format!("{label} bind group")),
            layout: &layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: viewport.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&glyphs.create_view(&Default::default())),
                },
            ],
        });
        let shader = Shader {
            label: format!("{label} quads"),
            source: QUADS_WGSL.to_owned(),
            fragment: "fragment",
            groups: &[Some(&layout)],
        };
        Self {
            pipeline: pipeline(device, &pass, &shader),
            device: device.clone(),
            queue: queue.clone(),
            label: label.to_owned(),
            pass,
            viewport,
            layout,
            group,
            texels: None,
            quads: quad_buffer(device, label, FIRST_QUADS),
            counts: [0; 3],
            pages: None,
        }
    }

    /// Returns the bytes of video memory of glyphs, viewport and quads.
    pub(super) fn vram_bytes(&self) -> u64 {
        FIXED_BYTES + self.quads.size()
    }

    /// Prepares for drawing pages of a cache. Returns false when the device refuses.
    #[must_use]
    pub(super) fn show_texels(&mut self, texels: PageTexels<'_>) -> bool {
        let pages = texels.bind_group_layout();
        if self.texels.as_ref().is_none_or(|made| made.pages != *pages) {
            match with_error_scope(&self.device, || self.texel_pipeline(texels)) {
                Ok(made) => self.texels = Some(made),
                Err(_) => return false,
            }
        }
        self.pages = Some(texels.bind_group().clone());
        true
    }

    fn texel_pipeline(&self, texels: PageTexels<'_>) -> TexelPipeline {
        let pages = texels.bind_group_layout();
        let shader = Shader {
            label: format!("{} texels", self.label),
            source: texels_wgsl(texels),
            fragment: "fragment_texels",
            groups: &[Some(&self.layout), Some(pages)],
        };
        TexelPipeline {
            pages: pages.clone(),
            pipeline: pipeline(&self.device, &self.pass, &shader),
        }
    }

    pub(super) fn hide_texels(&mut self) {
        self.pages = None;
    }

    /// Draws nothing until the next upload, and lets go of the cache's bind group.
    pub(super) fn hide(&mut self) {
        self.hide_texels();
        self.counts = [0; 3];
    }

    /// Uploads the quads of a canvas: if there is no memory for all of them, as many as there is room for.
    pub(super) fn upload(&mut self, canvas: &Canvas, viewport: [u32; 2]) {
        self.make_room(canvas.len());
        let mut room = self.quads.size() as usize / size_of::<GpuQuad>();
        let mut at = 0;
        for (count, quads) in self
            .counts
            .iter_mut()
            .zip([&canvas.below, &canvas.texels, &canvas.above])
        {
            let quads = &quads[..quads.len().min(room)];
            room -= quads.len();
            *count = quads.len() as u32;
            self.queue
                .write_buffer(&self.quads, at, bytemuck::cast_slice(quads));
            at += quad_bytes(quads.len());
        }
        let viewport = GpuViewport {
            size: viewport.map(|side| side.max(1) as f32),
            linear: takes_linear(self.pass.color).into(),
            padding: 0,
        };
        self.queue
            .write_buffer(&self.viewport, 0, bytemuck::bytes_of(&viewport));
    }

    /// Replaces the buffer by a larger one if it is too small. Keeps it when the device refuses.
    fn make_room(&mut self, quads: usize) {
        if quad_bytes(quads) <= self.quads.size() {
            return;
        }
        let room = quads.next_power_of_two().clamp(FIRST_QUADS, MAX_QUADS);
        if let Ok(buffer) = with_error_scope(&self.device, || quad_buffer(&self.device, &self.label, room)) {
            self.quads = buffer;
        }
    }

    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        let [below, texels, above] = self.counts;
        pass.set_bind_group(0, &self.group, &[]);
        pass.set_pipeline(&self.pipeline);
        self.draw_quads(pass, 0, below);
        if let (Some(shown), Some(pages)) = (&self.texels, &self.pages)
            && texels > 0
        {
            pass.set_pipeline(&shown.pipeline);
            pass.set_bind_group(1, pages, &[]);
            self.draw_quads(pass, below, texels);
            pass.set_pipeline(&self.pipeline);
        }
        self.draw_quads(pass, below + texels, above);
    }

    /// Draws quads of the buffer. Offsets the buffer, since not every GL supports a first instance.
    fn draw_quads(&self, pass: &mut wgpu::RenderPass<'_>, first: u32, count: u32) {
        if count > 0 {
            let start = quad_bytes(first as usize);
            pass.set_vertex_buffer(0, self.quads.slice(start..));
            pass.draw(0..4, 0..count);
        }
    }
}

const FIXED_BYTES: u64 = (font::SHEET_WIDTH * font::SHEET_HEIGHT) as u64 + size_of::<GpuViewport>() as u64;

fn quad_bytes(quads: usize) -> u64 {
    (quads * size_of::<GpuQuad>()) as u64
}

/// Returns whether values written to a target of this format are linear: the target encodes them, or stores floats.
fn takes_linear(format: wgpu::TextureFormat) -> bool {
    use wgpu::TextureFormat as F;
    let float = matches!(
        format,
        F::Rgba16Float | F::Rgba32Float | F::Rg11b10Ufloat | F::R16Float | F::Rg16Float
    );
    format.is_srgb() || float
}

fn texels_wgsl(texels: PageTexels<'_>) -> String {
    let (masks, linear, pages) = (texels.are_masks(), texels.are_linear(), texels.wgsl(1));
    format!(
        "const OVERLAY_PAGES_ARE_MASKS: bool = {masks};\n\
         const OVERLAY_PAGES_ARE_LINEAR: bool = {linear};\n\
         {QUADS_WGSL}\n{pages}\n{TEXELS_WGSL}"
    )
}

fn quad_buffer(device: &wgpu::Device, label: &str, quads: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(&format!("{label} quads")),
        size: quad_bytes(quads),
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    /// The test of the shader pins the same numbers.
    #[test]
    fn the_viewport_is_sixteen_bytes() {
        let offsets = [
            offset_of!(GpuViewport, size),
            offset_of!(GpuViewport, linear),
            offset_of!(GpuViewport, padding),
        ];
        assert_eq!((offsets, size_of::<GpuViewport>()), ([0, 8, 12], 16));
    }
}

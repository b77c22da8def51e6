//! The wall through egui-wgpu's renderer: a texture for each image, a mesh for each image shown.

use std::collections::BTreeSet;
use std::time::Instant;

use bench_kit::gpu::{FORMAT, Gpu};
use egui::epaint::{ClippedPrimitive, ImageDelta, Mesh, Primitive};
use egui::{Color32, ColorImage, Rect, TextureId, TextureOptions, pos2, vec2};
use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};

use super::VIEWPORT;
use super::wall::{Images, SIZE, View};
use crate::canvas::Canvas;
use crate::table::Side;

/// What the application keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    All,
    /// A texture is freed in the first frame that doesn't show it.
    Visible,
}

pub struct WithEgui {
    renderer: Renderer,
    resident: BTreeSet<u32>,
    keeping: Keeping,
    side: Side,
}

impl WithEgui {
    pub fn new(gpu: &Gpu, keeping: Keeping) -> Self {
        let name = match keeping {
            Keeping::All => "egui-wgpu, keeps all",
            Keeping::Visible => "egui-wgpu, frees the rest",
        };
        Self {
            renderer: Renderer::new(&gpu.device, FORMAT, RendererOptions::default()),
            resident: BTreeSet::new(),
            keeping,
            side: Side {
                name: name.into(),
                ..Default::default()
            },
        }
    }

    fn upload_missing(&mut self, gpu: &Gpu, images: &Images, view: &View) {
        for &(number, _) in &view.shown {
            if self.resident.insert(number) {
                let size = [SIZE.width as usize, SIZE.height as usize];
                let rgba = images.rgba(number);
                let image = ColorImage::from_rgba_unmultiplied(size, rgba);
                let delta = ImageDelta::full(image, TextureOptions::LINEAR);
                let id = TextureId::Managed(number.into());
                self.renderer.update_texture(&gpu.device, &gpu.queue, id, &delta);
                self.side.made += 1;
                self.side.uploaded_bytes += rgba.len() as u64;
            }
        }
    }

    fn free_unseen(&mut self, view: &View) {
        if self.keeping == Keeping::All {
            return;
        }
        let seen: BTreeSet<u32> = view.shown.iter().map(|(number, _)| *number).collect();
        for number in self.resident.extract_if(.., |number| !seen.contains(number)) {
            self.renderer.free_texture(&TextureId::Managed(number.into()));
        }
    }

    pub fn frame(&mut self, (gpu, canvas): (&Gpu, &Canvas), images: &Images, view: &View) {
        let screen = ScreenDescriptor {
            size_in_pixels: [VIEWPORT.width, VIEWPORT.height],
            pixels_per_point: 1.0,
        };
        let start = Instant::now();
        self.upload_missing(gpu, images, view);
        let meshes: Vec<ClippedPrimitive> = view.shown.iter().map(mesh).collect();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let of_callbacks =
            self.renderer
                .update_buffers(&gpu.device, &gpu.queue, &mut encoder, &meshes, &screen);
        self.side.prepare.push(start.elapsed());
        let mut pass = canvas.pass(&mut encoder).forget_lifetime();
        self.renderer.render(&mut pass, &meshes, &screen);
        drop(pass);
        gpu.queue
            .submit(of_callbacks.into_iter().chain([encoder.finish()]));
        // After the submission: a texture that is freed is destroyed.
        self.free_unseen(view);
        self.side.submitted(gpu, start);
    }

    pub fn into_side(self, gpu: &Gpu, canvas: &Canvas) -> Side {
        Side {
            texture_bytes: canvas.other_texture_bytes(gpu),
            ..self.side
        }
    }
}

fn mesh(&(number, [x, y, width, height]): &(u32, [f32; 4])) -> ClippedPrimitive {
    let mut mesh = Mesh::with_texture(TextureId::Managed(number.into()));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let rect = Rect::from_min_size(pos2(x, y), vec2(width, height));
    mesh.add_rect_with_uv(rect, uv, Color32::WHITE);
    let screen = vec2(VIEWPORT.width as f32, VIEWPORT.height as f32);
    ClippedPrimitive {
        clip_rect: Rect::from_min_size(pos2(0.0, 0.0), screen),
        primitive: Primitive::Mesh(mesh),
    }
}

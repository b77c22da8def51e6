//! The text through glyphon, as in its example `hello-world`: `prepare`, `render`, `trim`.

use std::time::Instant;

use bench_kit::gpu::{FORMAT, Gpu};
use glyphon::{Cache, ColorMode, PrepareError, Resolution, TextAtlas, TextRenderer, Viewport};

use super::VIEWPORT;
use super::page::Page;
use crate::canvas::Canvas;
use crate::table::Side;

pub struct WithGlyphon {
    viewport: Viewport,
    atlas: TextAtlas,
    renderer: TextRenderer,
    side: Side,
}

impl WithGlyphon {
    pub fn new(gpu: &Gpu) -> Self {
        let cache = Cache::new(&gpu.device);
        let viewport = Viewport::new(&gpu.device, &cache);
        // For a linear target with sRGB colors, as its documentation says.
        let mut atlas = TextAtlas::with_color_mode(&gpu.device, &gpu.queue, &cache, FORMAT, ColorMode::Web);
        let renderer = TextRenderer::new(&mut atlas, &gpu.device, Default::default(), None);
        Self {
            viewport,
            atlas,
            renderer,
            side: Side {
                name: "glyphon".into(),
                ..Default::default()
            },
        }
    }

    /// Prepares a frame and ends it: the glyphs that it used may go from then on.
    pub fn prepare(&mut self, gpu: &Gpu, page: &mut Page, frame: u32) -> Result<(), PrepareError> {
        let resolution = Resolution {
            width: VIEWPORT.width,
            height: VIEWPORT.height,
        };
        self.viewport.update(&gpu.queue, resolution);
        let (fonts, rasterizer, area) = page.parts(frame);
        let prepared = self.renderer.prepare(
            &gpu.device,
            &gpu.queue,
            fonts,
            &mut self.atlas,
            &self.viewport,
            [area],
            rasterizer,
        );
        self.atlas.trim();
        prepared
    }

    pub fn frame(&mut self, (gpu, canvas): (&Gpu, &Canvas), page: &mut Page, frame: u32) {
        let start = Instant::now();
        let prepared = self.prepare(gpu, page, frame);
        self.side.prepare.push(start.elapsed());
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = canvas.pass(&mut encoder);
        match prepared {
            Ok(()) => {
                let rendered = self.renderer.render(&self.atlas, &self.viewport, &mut pass);
                rendered.expect("it was prepared");
            }
            Err(PrepareError::AtlasFull) => self.side.frames_not_drawn += 1,
        }
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
        self.side.submitted(gpu, start);
    }

    pub fn into_side(self, gpu: &Gpu, canvas: &Canvas) -> Side {
        Side {
            texture_bytes: canvas.other_texture_bytes(gpu),
            ..self.side
        }
    }
}

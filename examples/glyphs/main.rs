//! Text through the cache: masks of glyphs in R8, by font, glyph, size and subpixel position.
//!
//! Run it with `cargo run --release --example glyphs`; `-- --help` lists the options.
//!
//! What to look at: a page that scrolls and changes its size needs new masks in every frame, and the cache evicts old
//! ones. `page.rs` is the frame and `pipeline.rs` the pass; the rest does not involve the cache. `kit::pictures::font`
//! shapes and rasterizes, `layout.rs` breaks lines.
//!
//! swash does both shaping (kerning, ligatures) and rasterizing. An editor, or text in several scripts, would use
//! cosmic-text instead, and the cache in the same way.

mod layout;
mod page;
mod pipeline;
mod text;

use std::error::Error;
use std::process::ExitCode;

use kit::draw::{Frame, Gpu};
use kit::pictures::font::Font;
use kit::stage::options::{Own, complaint};
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use page::Page;
use pipeline::GlyphPipeline;
use winit::event::{MouseScrollDelta, WindowEvent};

const ABOUT: &str = "\
A page of text that scrolls and changes its size, drawn from a cache of glyph masks. The wheel scrolls too.

Usage: cargo run --release --example glyphs -- [OPTIONS]

Options:
  --font FILE        a TrueType or OpenType font for the text [Ubuntu Light, built in]
";

struct Glyphs {
    page: Page,
    pipeline: GlyphPipeline,
}

impl Show for Glyphs {
    const TITLE: &'static str = "Glyphs";

    fn event(&mut self, event: &WindowEvent) -> Next {
        let WindowEvent::MouseWheel { delta, .. } = event else {
            return Next::Rest;
        };
        self.page.scroll(match delta {
            MouseScrollDelta::LineDelta(_, lines) => -48.0 * lines,
            MouseScrollDelta::PixelDelta(pixels) => -pixels.y as f32,
        });
        Next::Frame
    }

    fn frame(&mut self, _: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        self.page.compose(frame)?;
        self.pipeline.draw(&self.page, frame);
        Ok(Next::Frame)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("glyphs: {}", printable(error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut font_file = None;
    let options = StageOptions::from_command_line_with(ABOUT, |own, parser| {
        let Own::Option("font") = own else {
            return Ok(false);
        };
        font_file = Some(parser.value().map_err(complaint)?);
        Ok(true)
    })?;
    let Some(options) = options else {
        return Ok(());
    };
    stage::run(&options, |gpu, format| {
        let text = match &font_file {
            Some(file) => Font::from_file(file.as_ref())?,
            None => Font::ubuntu_light()?,
        };
        let page = Page::new(gpu, [text, Font::hack()?])?;
        let pipeline = GlyphPipeline::new(gpu, &page.masks, format);
        Ok(Glyphs { page, pipeline })
    })
}

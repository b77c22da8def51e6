//! A folder of images as thumbnails: threads decode and scale them down while frames are drawn.
//!
//! Run it with `cargo run --release --example gallery -- FOLDER`; without a folder it shows generated landscapes.
//! `-- --help` lists the options.
//!
//! What to look at: no frame waits for a picture. `gallery.rs` is the frame: what is in view is found or requested.
//! `photos.rs` is the threads' work. `pipeline.rs` and `thumbnail.wgsl` draw pictures, placeholders, and a sign for
//! those that failed.

mod gallery;
mod landscape;
mod photos;
mod pipeline;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use gallery::{Gallery, Pace};
use kit::draw::{Frame, Gpu};
use kit::stage::options::Own;
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use photos::Photos;
use pipeline::ThumbnailPipeline;
use winit::event::{MouseScrollDelta, WindowEvent};

const ABOUT: &str = "\
The images of a folder as thumbnails, decoded by threads while frames are drawn. The wheel scrolls.

Usage: cargo run --release --example gallery -- [OPTIONS] [FOLDER]

Options:
  FOLDER             images to show (PNG, JPEG, WebP, GIF, BMP) [generated landscapes]
  --complete         draw a frame only when all its thumbnails are ready
";

struct GalleryShow {
    gallery: Gallery,
    pipeline: ThumbnailPipeline,
}

impl Show for GalleryShow {
    const TITLE: &'static str = "Gallery";

    fn event(&mut self, event: &WindowEvent) -> Next {
        let WindowEvent::MouseWheel { delta, .. } = event else {
            return Next::Rest;
        };
        self.gallery.scroll(match delta {
            MouseScrollDelta::LineDelta(_, lines) => -60.0 * lines,
            MouseScrollDelta::PixelDelta(pixels) => -pixels.y as f32,
        });
        Next::Frame
    }

    fn frame(&mut self, _: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        self.gallery.compose(frame);
        self.pipeline.draw(&self.gallery, frame);
        Ok(Next::Frame)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gallery: {}", printable(error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut folder: Option<PathBuf> = None;
    let mut pace = Pace::Steady;
    let options = StageOptions::from_command_line_with(ABOUT, |own, _| {
        match own {
            Own::Option("complete") => pace = Pace::Complete,
            Own::Value(path) if folder.is_none() => folder = Some(path.into()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let Some(options) = options else {
        return Ok(());
    };
    let photos = Arc::new(match &folder {
        Some(folder) => Photos::folder(folder)?,
        None => Photos::made_up(),
    });
    stage::run(&options, |gpu, format| {
        let gallery = Gallery::new(gpu, Arc::clone(&photos), pace)?;
        let pipeline = ThumbnailPipeline::new(gpu, &gallery.cache, format);
        Ok(GalleryShow { gallery, pipeline })
    })
}

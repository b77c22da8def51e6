//! The atlas demo: a wall of pictures drawn through a cache that is much smaller than the wall.
//!
//! Run it with `cargo run --release --example atlas_demo`; `-- FOLDER` shows the images of a folder, `-- --help` lists
//! the options and the keys.
//!
//! What to look at: with a display, a window opens. Halve the budget with `[` while the camera moves: the overlay shows
//! pages being evicted, and the wall stays right. A frame of it is in `show.rs` and `kit::wall::live`; threads
//! rasterize what the camera sees. Without a display, or with `--headless`, each frame rasterizes what it needs (`scene.rs`,
//! `offscreen.rs`), and a report and PNGs of wall and atlas show what the cache did.
//!
//! Every failure is one sentence on stderr, with exit code 1.

mod actions;
mod animation;
mod bindings;
mod check;
mod folder;
mod gif;
mod offscreen;
mod options;
mod pages;
mod palette;
mod panels;
mod playback;
mod rasterizers;
mod record;
mod report;
mod scene;
mod script;
mod show;
mod source;
mod text;
mod timing;

use std::error::Error;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::sync::Arc;

use kit::draw::Gpu;
use kit::draw::offscreen::create_folder;
use kit::stage;
use kit::terminal::printable;
use options::Options;
use scene::Scene;
use show::AtlasDemo;
use source::Source;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("atlas_demo: {}", printable(sentence));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(mut options) = options::parse(std::env::args_os())? else {
        return Ok(print(&options::help())?);
    };
    if let Some(path) = &options.animate {
        let source = Arc::new(source(&options)?);
        return animation::record(path, &source, &options);
    }
    let display = stage::display(&options.stage);
    options.stage.headless = display.is_none();
    if display.is_none() && options.script.is_none() {
        return Ok(run_offscreen(&options)?);
    }
    // Before the window opens: reading a folder takes time.
    let source = Arc::new(source(&options)?);
    let make = |gpu: &Gpu, format| AtlasDemo::new(gpu, format, (&source, &options));
    let stage_options = if options.stage.headless {
        options.unattended()
    } else {
        options.stage.clone()
    };
    stage::run_on(display, &stage_options, make)
}

fn run_offscreen(options: &Options) -> Result<(), String> {
    let gpu = Gpu::open(&options.stage.adapter)?;
    create_folder(options.out())?;
    let mut scene = Scene::new(&gpu, source(options)?, options)?;
    let run = offscreen::run(&gpu, &mut scene, options)?;
    record::finish(&mut scene.cache);
    let pages = pages::write_pages(&mut scene.cache, options)?;
    print(&report::table(&gpu, &scene, &run, options))?;
    print(&report::files(pages, options))
}

fn source(options: &Options) -> Result<Source, String> {
    match &options.folder {
        Some(path) => Source::folder(path, options.budget_bytes),
        None => Ok(Source::emoji(options.seed)),
    }
}

/// Prints to stdout. A reader that closes the pipe early (`| head`) is not a failure.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("stdout cannot be written: {error}."))
        }
        _ => Ok(()),
    }
}

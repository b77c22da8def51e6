//! The atlas demo: a wall of pictures drawn through a `PixmapCache` that is much smaller than the wall.
//!
//! `cargo run --release --example atlas_demo` rasterises emoji, or scales the images of a folder, at the sizes a
//! moving camera asks for, prints what the cache did and writes pictures of the wall and of the atlas pages.
//!
//! One frame is `Scene::compose` (the cache) and then `Renderer::draw` (one draw call into any view); `offscreen.rs`
//! drives them without a window. Every failure is one sentence that ends here, on stderr, with exit code 1.

mod adapter;
mod camera;
mod emoji;
mod folder;
mod offscreen;
mod options;
mod renderer;
mod report;
mod scene;
mod screenshot;
mod source;
mod texels;
mod wall;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use options::{Options, Request};
use scene::Scene;
use source::Source;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("atlas_demo: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    match options::parse(std::env::args_os())? {
        Request::Help => print(options::HELP),
        Request::Run(options) => run_offscreen(&options),
    }
}

fn run_offscreen(options: &Options) -> Result<(), String> {
    let gpu = adapter::open(options)?;
    screenshot::create_folder(&options.out)?;
    let source = match &options.folder {
        Some(path) => Source::folder(path)?,
        None => Source::emoji(options.seed),
    };
    let mut scene = Scene::new(&gpu, source, options)?;
    let run = offscreen::run(&gpu, &mut scene, options)?;
    let pages = screenshot::write_pages(&mut scene.cache, options)?;
    print(&report::table(&gpu, &scene, &run, options))?;
    print(&report::files(pages, options))
}

/// Prints to stdout; a reader that closes the pipe early (`| head`) is no failure.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("stdout can't be written: {error}."))
        }
        _ => Ok(()),
    }
}

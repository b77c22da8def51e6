//! Pictures decoded by a pool of threads while frames are drawn: placeholders first, then the pictures.
//!
//! `cargo run --release --example threads` shows the Twemoji set, `-- FOLDER` the images of a folder. It prints how
//! long the owner's part of a frame took, `begin_frame` and `flush`, and writes `first.png` and `last.png`.
//!
//! `scene.rs` is where the cache is asked and the pool gets its jobs. Wall, camera and renderer are those of
//! `examples/wall`, which `atlas_demo` shows too; device and target are the stage's.

mod offscreen;
mod options;
mod pictures;
mod report;
mod scene;

use std::process::ExitCode;

use kit::draw::Gpu;
use kit::draw::offscreen::create_folder;
use kit::terminal::printable;
use options::Options;
use pictures::Pictures;
use scene::Scene;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("threads: {}", printable(sentence));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let Some(options) = Options::parse(lexopt::Parser::from_env())? else {
        print!("{}", options::help());
        return Ok(());
    };
    let gpu = Gpu::open(&options.stage.adapter)?;
    create_folder(options.out())?;
    let pictures = match &options.folder {
        Some(path) => Pictures::folder(path)?,
        None => Pictures::emoji(),
    };
    let mut scene = Scene::new(&gpu, pictures, &options)?;
    let frames = offscreen::run(&gpu, &mut scene, &options)?;
    print!("{}", report::table(&gpu, &scene, &frames, &options));
    Ok(())
}

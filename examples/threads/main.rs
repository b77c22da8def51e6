//! Pictures decoded by a pool of threads while frames are drawn: placeholders first, then the pictures.
//!
//! Run it with `cargo run --release --example threads` for the Twemoji set, or with `-- FOLDER` for the images of a
//! folder. It needs no window.
//!
//! What to look at: the printed times of `begin_frame` and `flush`, which are all that deliveries cost a frame, and
//! `first.png` and `last.png`. In `scene.rs` the cache is asked and the pool gets its jobs. Wall, camera and renderer
//! are in `kit::wall`, shared with `atlas_demo`.

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

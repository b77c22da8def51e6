//! Pictures decoded by a pool of threads while frames are drawn: placeholders first, then the pictures.
//!
//! `cargo run --release --example threads` shows the Twemoji set, `-- FOLDER` the images of a folder. It prints how
//! long the owner's part of a frame took, `begin_frame` and `flush`, and writes `first.png` and `last.png`.
//!
//! `scene.rs` is where the cache is asked and the pool gets its jobs. Wall, camera and renderer are those of
//! `examples/wall`, which `atlas_demo` shows too; device and target are the stage's.

#[path = "../wall/camera.rs"]
mod camera;
#[path = "../pictures/emoji.rs"]
mod emoji;
mod offscreen;
mod options;
mod pictures;
#[allow(dead_code, reason = "nothing is drawn nearest here")]
#[path = "../wall/renderer.rs"]
mod renderer;
mod report;
mod scene;
#[path = "../stage/mod.rs"]
mod stage;
#[path = "../pictures/svg.rs"]
mod svg;
#[allow(dead_code, reason = "pictures go in, none come back")]
#[path = "../pictures/texels.rs"]
mod texels;
#[allow(dead_code, reason = "no user steers the camera")]
#[path = "../wall/wall.rs"]
mod wall;

use std::process::ExitCode;

use options::Options;
use pictures::Pictures;
use scene::Scene;
use stage::Gpu;
use stage::offscreen::create_folder;
use stage::terminal::printable;

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
    let gpu = Gpu::open(&options.stage)?;
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

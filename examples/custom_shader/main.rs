//! Your own shader around the cache's functions: a wall of emoji on cards that turn, tilt and catch the light.
//!
//! Run it with `cargo run --release --example custom_shader`; `-- --help` lists the options.
//!
//! What to look at: the cache only looks up and samples. Round corners, rotation, tint and shadow belong to this
//! example, in `card.wgsl`. `wall.rs` is the frame (find, insert, flush, instances), `pipeline.rs` the pass that draws
//! all cards at once.

mod pipeline;
mod wall;

use std::error::Error;
use std::process::ExitCode;

use kit::draw::{Frame, Gpu};
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use pipeline::CardPipeline;
use wall::Wall;

const ABOUT: &str = "\
Emoji on cards, drawn by the example's own shader: round corners, rotation, tint and shadow around the cache's
pixmap_sample.

Usage: cargo run --release --example custom_shader -- [OPTIONS]";

struct CustomShader {
    wall: Wall,
    pipeline: CardPipeline,
}

impl Show for CustomShader {
    const TITLE: &'static str = "Custom shader";

    fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        self.wall.compose(frame)?;
        self.pipeline.draw(gpu, &self.wall, frame);
        Ok(Next::Frame)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("custom_shader: {}", printable(error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = StageOptions::from_command_line(ABOUT)? else {
        return Ok(());
    };
    stage::run(&options, |gpu, format| {
        let wall = Wall::new(gpu)?;
        let pipeline = CardPipeline::new(gpu, &wall.cache, format);
        Ok(CustomShader { wall, pipeline })
    })
}

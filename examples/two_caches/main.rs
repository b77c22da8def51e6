//! Two caches in one pass and one pipeline: pictures in RGBA, masks in R8.
//!
//! Run it with `cargo run --release --example two_caches`; `-- --help` lists the options.
//!
//! What to look at: a list of emoji with their names. `list.rs` is the frame, which looks up in both caches and flushes
//! both. `pipeline.rs` binds them as two groups, with their functions under two prefixes, and `entry.wgsl` calls both.
//!
//! A mask in a color texture would take four times the memory, so masks have a cache and a budget of their own.

mod icons;
mod line;
mod list;
mod pipeline;

use std::error::Error;
use std::process::ExitCode;

use kit::draw::{Frame, Gpu};
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use list::List;
use pipeline::EntryPipeline;

const ABOUT: &str = "\
A list of pictures and text that scrolls: pictures from a cache of colors, letters and outlines from a cache of masks,
drawn together by one pipeline in one call.

Usage: cargo run --release --example two_caches -- [OPTIONS]";

struct TwoCaches {
    list: List,
    pipeline: EntryPipeline,
}

impl Show for TwoCaches {
    const TITLE: &'static str = "Two caches";

    fn frame(&mut self, _: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        self.list.compose(frame)?;
        self.pipeline.draw(&self.list, frame);
        Ok(Next::Frame)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("two_caches: {}", printable(error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = StageOptions::from_command_line(ABOUT)? else {
        return Ok(());
    };
    stage::run(&options, |gpu, format| {
        let list = List::new(gpu)?;
        let pipeline = EntryPipeline::new(gpu, &list, format)?;
        Ok(TwoCaches { list, pipeline })
    })
}

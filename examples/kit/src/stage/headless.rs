//! A show without a window: its frames are drawn into a texture, and the last one is written as a PNG.
//!
//! Each frame waits for the GPU before the next begins, and no clock is read. So every run draws the same frames, and
//! CPU times exclude the drawing of the previous frame (software adapters draw on the same cores).

use std::error::Error;
use std::path::{Path, PathBuf};

use wgpu::TextureFormat;

use super::{Next, Show, StageOptions};
use crate::draw::Gpu;
use crate::draw::gpu::describe;
use crate::draw::offscreen::{FORMAT, Offscreen, create_folder, save};
use crate::terminal::printable;

/// Frames drawn unless the command line gives a number.
const FRAMES: u32 = 60;

/// Tries at one frame when the device is lost each time. A driver that always fails must not loop endlessly.
const MAX_TRIES: u32 = 3;

/// Draws the frames of a show and writes the last one to `--out`.
pub fn run<S: Show>(
    options: &StageOptions,
    make: impl Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut gpu = Gpu::open(&options.adapter)?;
    let mut show = make(&gpu, FORMAT)?;
    let mut target = Offscreen::new(&gpu, options.size, FORMAT)?;
    let (mut number, mut tries) = (0, 0);
    while number < options.frames.unwrap_or(FRAMES) {
        let next = show.frame(&gpu, &target.frame(number.into()))?;
        gpu.wait()?;
        if let Some(loss) = gpu.loss() {
            tries += 1;
            if tries == MAX_TRIES {
                return Err(
                    format!("the device was lost in each of {MAX_TRIES} tries at a frame ({loss}).").into(),
                );
            }
            eprintln!(
                "the device was lost ({}): continuing with a new one.",
                printable(loss)
            );
            gpu = Gpu::open(&options.adapter)?;
            target = Offscreen::new(&gpu, options.size, FORMAT)?;
            if !show.recreate(&gpu)? {
                show = make(&gpu, FORMAT)?;
            }
            // Draws this frame again: its texture was lost with the device.
            continue;
        }
        (number, tries) = (number + 1, 0);
        if next == Next::Quit {
            break;
        }
    }
    let out = options.out.clone().unwrap_or_else(|| default_out::<S>());
    if let Some(folder) = out.parent() {
        create_folder(folder)?;
    }
    save(&target.read(&gpu)?, &out)?;
    show.finish()?;
    println!("{}, on {}", printable(out.display()), describe(&gpu.adapter));
    Ok(())
}

/// Returns `target/shows/<title in lower case>.png`.
fn default_out<S: Show>() -> PathBuf {
    let name = S::TITLE.to_lowercase().replace(' ', "_");
    Path::new("target/shows").join(name).with_extension("png")
}

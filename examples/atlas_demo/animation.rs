//! `--animate`: an animated GIF of the wall and the overlay while the budget is cut.
//!
//! It follows a script (`animation.script`) at 60 frames per second, of which the GIF has every fifth. Pictures that a
//! frame requests are delivered before the next one begins, so that the animation does not depend on the machine's
//! speed.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use kit::draw::offscreen::{FORMAT, Offscreen};
use kit::draw::{Gpu, HEADLESS_RATE};
use kit::stage::{Next, Show};

use crate::gif;
use crate::options::Options;
use crate::show::AtlasDemo;
use crate::source::Source;

/// Frames of one round of the camera. The first round is not recorded.
pub const ROUND_FRAMES: u32 = 300;
/// Frames of the demo per picture of the GIF.
const FRAMES_PER_PICTURE: u32 = 5;

/// Draws the animation and writes it to `path`.
pub fn record(path: &Path, source: &Arc<Source>, options: &Options) -> Result<(), Box<dyn Error>> {
    let unwritable = |error: &dyn std::fmt::Display| {
        let path = path.display();
        format!("{path} cannot be written ({error}): give another --animate.")
    };
    // Before the work, which would be lost.
    let file = File::create(path).map_err(|error| unwritable(&error))?;
    let gpu = Gpu::open(&options.stage.adapter)?;
    let target = Offscreen::new(&gpu, options.stage.size, FORMAT)?;
    let mut demo = AtlasDemo::new(&gpu, FORMAT, (source, options))?;
    let mut pictures = Vec::new();
    for number in 0.. {
        let frame = demo.playback.frame();
        let next = demo.frame(&gpu, &target.frame(number))?;
        gpu.wait()?;
        demo.rasterizers.wait();
        // Frames in which a check waits are not counted, and nothing moves in them.
        let is_counted = demo.playback.frame() > frame;
        let is_recorded = frame >= ROUND_FRAMES.into() && frame.is_multiple_of(FRAMES_PER_PICTURE.into());
        if is_counted && is_recorded {
            pictures.push(target.read(&gpu)?);
        }
        if next == Next::Quit {
            break;
        }
    }
    let hundredths = 100 * FRAMES_PER_PICTURE / HEADLESS_RATE;
    gif::write(BufWriter::new(file), &pictures, hundredths as u16).map_err(|error| unwritable(&error))?;
    demo.finish()
}

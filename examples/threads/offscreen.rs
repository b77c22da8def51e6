//! Draws the frames into a texture, at a display's rate.
//!
//! After the tour the camera stays until everything it sees is ready.

use std::time::{Duration, Instant};

use crate::options::Options;
use crate::scene::{FrameCosts, Scene};
use kit::draw::Gpu;
use kit::draw::offscreen::{FORMAT, Offscreen, save};
use kit::wall::camera::{Route, Tour};
use kit::wall::renderer::Renderer;

/// Time from one frame to the next.
const PACE: Duration = Duration::from_nanos(16_666_667);
/// Maximum number of frames after the tour, in case a picture never arrives.
const LAST_FRAMES: u32 = 1200;

pub fn run(gpu: &Gpu, scene: &mut Scene, options: &Options) -> Result<Vec<FrameCosts>, String> {
    let size = options.stage.size;
    let target = Offscreen::new(gpu, size, FORMAT)?;
    let mut renderer = Renderer::new(gpu, &scene.cache, (scene.texels(), FORMAT));
    let tour = Tour::new(&scene.wall, size, (Route::Tour, 1));
    let tour_frames = options.tour_frames();
    let mut frames = Vec::new();
    let mut written = false;
    for frame in 0..tour_frames + LAST_FRAMES {
        let start = Instant::now();
        let progress = frame as f32 / (tour_frames - 1).max(1) as f32;
        let costs = scene.compose(tour.camera_at(progress.min(1.0)), size);
        renderer.draw((&scene.cache, &scene.view), &target.frame(frame.into()), |_| {});
        gpu.wait()?;
        frames.push(costs);
        // The first frame in which some pictures are ready and others are not; if there is none, the first frame.
        let between = costs.ready > costs.pending / 4 && costs.pending > costs.ready / 4;
        if frame == 0 || between && !written {
            save(&target.read(gpu)?, &options.out().join("first.png"))?;
            written = between;
        }
        if frame >= tour_frames && costs.pending == 0 {
            break;
        }
        std::thread::sleep(PACE.saturating_sub(start.elapsed()));
    }
    save(&target.read(gpu)?, &options.out().join("last.png"))?;
    Ok(frames)
}

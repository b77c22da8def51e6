//! The run without a window: draws the tour's frames into a texture, with a progress bar. Every picture is rasterized in
//! the frame that needs it.
//!
//! So every run is the same, and the cost of the cache can be told from the cost of rasterizing.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::options::Options;
use crate::scene::{FrameCosts, Scene};
use kit::draw::Gpu;
use kit::draw::offscreen::{FORMAT, Offscreen, save};
use kit::wall::camera::{Route, Tour};
use kit::wall::renderer::Renderer;

pub struct Run {
    pub frames: Vec<FrameCosts>,
    pub duration: Duration,
}

pub fn run(gpu: &Gpu, scene: &mut Scene, options: &Options) -> Result<Run, String> {
    let size = options.stage.size;
    let target = Offscreen::new(gpu, size, FORMAT)?;
    let mut renderer = Renderer::new(gpu, &scene.cache, (scene.texels(), FORMAT));
    let tour = Tour::new(&scene.wall, size, (Route::Tour, options.seed));
    let tour_frames = options.tour_frames();
    let bar = progress_bar(tour_frames);
    let start = Instant::now();
    let mut frames = Vec::new();
    for number in 0..tour_frames {
        let progress = number as f32 / (tour_frames - 1).max(1) as f32;
        let costs = scene.compose(tour.camera_at(progress), size);
        renderer.draw((&scene.cache, &scene.view), &target.frame(number.into()), |_| {});
        gpu.wait()?;
        if number == tour_frames / 2 {
            save(&target.read(gpu)?, &options.out().join("middle.png"))?;
        }
        frames.push(costs);
        show_progress(&bar, scene);
    }
    let duration = start.elapsed();
    bar.finish_and_clear();
    save(&target.read(gpu)?, &options.out().join("last.png"))?;
    Ok(Run { frames, duration })
}

fn progress_bar(frames: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("drawing    {bar:40} {pos}/{len} frames  {msg}")
        .expect("BUG: the template is fixed");
    ProgressBar::new(u64::from(frames)).with_style(style)
}

fn show_progress(bar: &ProgressBar, scene: &Scene) {
    let stats = scene.cache.stats();
    let fill = 100.0 * stats.fill();
    bar.set_message(format!(
        "{} uploads, {} evacuations, {} rebuilds, fill {fill:.0} %",
        stats.uploads, stats.evacuations, stats.rebuilds
    ));
    bar.inc(1);
}

//! The run without a window: the tour's frames drawn one after the other into a texture, under a progress bar.
//!
//! Each frame waits for the GPU before the next begins, so that the CPU times measured are not those of a machine that
//! is still drawing the last frame (software adapters draw on the same cores).

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pixmap_cache::Size;
use wgpu::TextureFormat;

use crate::adapter::Gpu;
use crate::camera::Tour;
use crate::options::Options;
use crate::renderer::{Renderer, Target};
use crate::scene::{FrameCosts, Scene};
use crate::screenshot;

/// What PNGs hold is sRGB-encoded; the shader's linear colours are encoded by the hardware.
const TARGET_FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

pub struct Run {
    pub frames: Vec<FrameCosts>,
    pub duration: Duration,
}

pub fn run(gpu: &Gpu, scene: &mut Scene, options: &Options) -> Result<Run, String> {
    let texture = target_texture(gpu, options.size)?;
    let view = texture.create_view(&Default::default());
    let target = Target {
        view: &view,
        size: options.size,
    };
    let mut renderer = Renderer::new(gpu, scene, TARGET_FORMAT);
    let tour = Tour::new(&scene.wall, options.size, options.seed);
    let bar = progress_bar(options.frames);
    let start = Instant::now();
    let mut frames = Vec::new();
    for frame in 0..options.frames {
        let progress = frame as f32 / (options.frames - 1).max(1) as f32;
        let costs = scene.compose(tour.camera_at(progress), options.size);
        renderer.draw(scene, &target);
        wait(&gpu.device)?;
        if frame == options.frames / 2 {
            screenshot::write_target(gpu, &texture, &options.out.join("middle.png"))?;
        }
        frames.push(costs);
        show_progress(&bar, scene);
    }
    let duration = start.elapsed();
    bar.finish_and_clear();
    screenshot::write_target(gpu, &texture, &options.out.join("last.png"))?;
    Ok(Run { frames, duration })
}

fn target_texture(gpu: &Gpu, size: Size) -> Result<wgpu::Texture, String> {
    let most = gpu.device.limits().max_texture_dimension_2d;
    if size.width.max(size.height) > most {
        return Err(format!(
            "this adapter draws at most {most}x{most} pixels: give a smaller --size."
        ));
    }
    Ok(gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("atlas_demo target"),
        size: wgpu::Extent3d {
            width: size.width,
            height: size.height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: TARGET_FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    }))
}

/// Until the GPU has done all that was submitted. GL caps one wait at about two seconds.
pub fn wait(device: &wgpu::Device) -> Result<(), String> {
    loop {
        match device.poll(wgpu::PollType::wait_indefinitely()) {
            Ok(_) => return Ok(()),
            Err(wgpu::PollError::Timeout) => {}
            Err(error) => return Err(format!("the GPU doesn't answer: {error}.")),
        }
    }
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
        "{} uploads, {} evacuations, fill {fill:.0} %",
        stats.uploads, stats.evacuations
    ));
    bar.inc(1);
}

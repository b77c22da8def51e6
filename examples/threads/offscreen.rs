//! The frames, drawn into a texture one after the other at a display's pace.
//!
//! After the tour the last camera stays until everything it sees is there.

use std::time::{Duration, Instant};

use wgpu::TextureFormat;

use crate::adapter::Gpu;
use crate::camera::Tour;
use crate::options::Options;
use crate::renderer::{Renderer, Target};
use crate::scene::{FrameCosts, Scene};
use crate::screenshot;

/// What PNGs hold is sRGB-encoded; the shader's linear colours are encoded by the hardware.
const TARGET_FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;
/// Time from one frame to the next.
const PACE: Duration = Duration::from_nanos(16_666_667);
/// Frames after the tour at most, should a picture never come.
const LAST_FRAMES: u32 = 1200;

pub fn run(gpu: &Gpu, scene: &mut Scene, options: &Options) -> Result<Vec<FrameCosts>, String> {
    let texture = target_texture(gpu, options);
    let view = texture.create_view(&Default::default());
    let target = Target {
        view: &view,
        size: options.size,
    };
    let mut renderer = Renderer::new(gpu, scene, TARGET_FORMAT);
    let tour = Tour::new(&scene.wall, options.size, 1);
    let mut frames = Vec::new();
    let mut written = false;
    for frame in 0..options.frames + LAST_FRAMES {
        let start = Instant::now();
        let progress = frame as f32 / (options.frames - 1).max(1) as f32;
        let costs = scene.compose(tour.camera_at(progress.min(1.0)), options.size);
        renderer.draw(scene, &target);
        wait(&gpu.device)?;
        frames.push(costs);
        // The first frame, and rather the first one in which some pictures have come and others haven't.
        let between = costs.ready > costs.pending / 4 && costs.pending > costs.ready / 4;
        if frame == 0 || between && !written {
            screenshot::write_target(gpu, &texture, &options.out.join("first.png"))?;
            written = between;
        }
        if frame >= options.frames && costs.pending == 0 {
            break;
        }
        std::thread::sleep(PACE.saturating_sub(start.elapsed()));
    }
    screenshot::write_target(gpu, &texture, &options.out.join("last.png"))?;
    Ok(frames)
}

fn target_texture(gpu: &Gpu, options: &Options) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("threads target"),
        size: wgpu::Extent3d {
            width: options.size.width,
            height: options.size.height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: TARGET_FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
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

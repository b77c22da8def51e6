//! Without a window: a texture to draw into, read back as an image, and the run that draws a show into it.
//!
//! Each frame waits for the GPU before the next begins, and no clock is read: the same frames on every run, and CPU
//! times that aren't those of a machine still drawing the last frame (software adapters draw on the same cores).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::RgbaImage;
use pixmap_cache::Size;
use wgpu::TextureFormat;

use super::gpu::describe;
use super::terminal::printable;
use super::{Frame, Gpu, HEADLESS_RATE, Next, Show, StageOptions};

/// What PNGs hold is sRGB-encoded; the shaders' linear colors are encoded by the hardware.
pub const FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// Frames where the command line doesn't say.
const FRAMES: u32 = 60;

/// How often one frame is tried on a device that is then lost; a driver that always fails must not run for ever.
const MAX_TRIES: u32 = 3;

/// Draws the frames of a show, and writes the last one to `--out`.
pub fn run<S: Show>(
    options: &StageOptions,
    make: impl Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut gpu = Gpu::open(options)?;
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
                "the device was lost ({}): going on with another one.",
                printable(loss)
            );
            gpu = Gpu::open(options)?;
            target = Offscreen::new(&gpu, options.size, FORMAT)?;
            if !show.recreate(&gpu)? {
                show = make(&gpu, FORMAT)?;
            }
            // The same frame again: what was drawn of it went with the device.
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

/// A texture instead of a window.
pub struct Offscreen {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

impl Offscreen {
    pub fn new(gpu: &Gpu, size: Size, format: TextureFormat) -> Result<Self, String> {
        let most = gpu.device.limits().max_texture_dimension_2d;
        if size.width.max(size.height) > most {
            return Err(format!(
                "this adapter draws at most {most}x{most} pixels: give a smaller --size."
            ));
        }
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("stage target"),
            size: wgpu::Extent3d {
                width: size.width,
                height: size.height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        Ok(Self { texture, view })
    }

    /// The frame of that number, counted from 0.
    pub fn frame(&self, number: u64) -> Frame<'_> {
        Frame {
            view: &self.view,
            size: Size::new(self.texture.width(), self.texture.height()),
            scale_factor: 1.0,
            time: Duration::from_secs_f64(number as f64 / f64::from(HEADLESS_RATE)),
        }
    }

    /// What was drawn, sRGB-encoded RGBA. Waits for the GPU.
    pub fn read(&self, gpu: &Gpu) -> Result<RgbaImage, String> {
        let (width, height) = (self.texture.width(), self.texture.height());
        let bytes_per_row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("stage screenshot"),
            size: u64::from(bytes_per_row) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        self.copy_to(gpu, &buffer, bytes_per_row);
        // What goes wrong here shows below, where the mapped range is asked for.
        buffer.map_async(wgpu::MapMode::Read, .., |_| {});
        gpu.wait()?;
        let mapped = buffer
            .get_mapped_range(..)
            .map_err(|error| format!("the drawn frame can't be read back: {error}."))?;
        let rows = mapped.chunks_exact(bytes_per_row as usize);
        let mut bytes: Vec<u8> = rows.flat_map(|row| &row[..width as usize * 4]).copied().collect();
        if self.texture.format().remove_srgb_suffix() == TextureFormat::Bgra8Unorm {
            bytes
                .as_chunks_mut::<4>()
                .0
                .iter_mut()
                .for_each(|texel| texel.swap(0, 2));
        }
        Ok(RgbaImage::from_raw(width, height, bytes).expect("BUG: 4 bytes for each pixel"))
    }

    fn copy_to(&self, gpu: &Gpu, buffer: &wgpu::Buffer, bytes_per_row: u32) {
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("stage screenshot"),
            });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(bytes_per_row),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer, layout },
            self.texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
    }
}

pub fn create_folder(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        format!("the folder {folder} can't be made ({error}): give another --out.")
    })
}

pub fn save(image: &RgbaImage, path: &Path) -> Result<(), String> {
    image.save(path).map_err(|error| {
        let path = path.display();
        format!("{path} can't be written ({error}): give another --out.")
    })
}

/// `target/shows/<title in small letters>.png`.
fn default_out<S: Show>() -> PathBuf {
    let name = S::TITLE.to_lowercase().replace(' ', "_");
    Path::new("target/shows").join(name).with_extension("png")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const WHITE: [u8; 4] = [255; 4];

    /// Clears to white, and then loses the device, so often, but never in the first frame.
    struct Loser<'a> {
        tries: &'a Cell<u32>,
    }

    impl Show for Loser<'_> {
        const TITLE: &'static str = "Loser";

        fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: frame.view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::WHITE),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            gpu.queue.submit([encoder.finish()]);
            if !frame.time.is_zero() && self.tries.get() > 0 {
                self.tries.set(self.tries.get() - 1);
                gpu.device.destroy();
            }
            Ok(Next::Frame)
        }
    }

    /// Two frames, the last of them lost so many times.
    fn picture_after(losses: u32, name: &str) -> Result<RgbaImage, Box<dyn Error>> {
        let out = std::env::temp_dir().join(format!("stage-{name}-{}.png", std::process::id()));
        let options = StageOptions {
            size: Size::new(64, 64),
            frames: Some(2),
            out: Some(out.clone()),
            ..Default::default()
        };
        let tries = Cell::new(losses);
        run(&options, |_, _| Ok(Loser { tries: &tries }))?;
        let picture = image::open(&out)?.into_rgba8();
        std::fs::remove_file(&out)?;
        Ok(picture)
    }

    #[test]
    fn a_frame_whose_device_is_lost_is_drawn_again() {
        let picture = picture_after(1, "once").expect("another device does it");
        assert!(
            picture.pixels().all(|pixel| pixel.0 == WHITE),
            "the picture is that of a drawn frame"
        );
    }

    #[test]
    fn a_frame_that_loses_every_device_ends_the_run() {
        let failure = picture_after(u32::MAX, "always").expect_err("no device does it");
        assert!(failure.to_string().contains("was lost"), "{failure}");
    }
}

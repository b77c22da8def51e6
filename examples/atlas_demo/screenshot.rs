//! Reads textures back and writes them as PNGs: drawn frames and the pages of the atlas.

use std::fs;
use std::path::Path;

use image::{Rgba, RgbaImage};
use pixmap_cache::{PageIndex, PixmapCache, Rect};

use crate::adapter::Gpu;
use crate::offscreen::wait;
use crate::options::Options;
use crate::scene::PixmapName;
use crate::texels;

/// Behind texels that belong to a resident pixmap, and behind those that belong to nobody.
const LIVE: [u8; 3] = [250, 250, 251];
const DEAD: [u8; 3] = [186, 191, 201];

pub fn create_folder(out: &Path) -> Result<(), String> {
    fs::create_dir_all(out).map_err(|error| {
        format!(
            "the folder {} can't be made ({error}): give another --out.",
            out.display()
        )
    })
}

/// Writes what was drawn into an `Rgba8UnormSrgb` texture.
pub fn write_target(gpu: &Gpu, target: &wgpu::Texture, path: &Path) -> Result<(), String> {
    let image = read_target(gpu, target)?;
    save(&image, path)
}

/// Writes each page and returns how many there are.
pub fn write_pages(cache: &mut PixmapCache<PixmapName>, options: &Options) -> Result<u32, String> {
    let pages = cache.page_count();
    for page in 0..pages {
        let pixmap = cache
            .read_page(PageIndex(page))
            .map_err(|error| format!("page {page} of the atlas can't be read back: {error}"))?;
        let texels = texels::to_image(pixmap, options.format);
        let live = live_regions(cache, PageIndex(page));
        save(
            &on_backdrop(&texels, &live),
            &options.out.join(format!("page-{page:02}.png")),
        )?;
    }
    Ok(pages)
}

fn live_regions(cache: &PixmapCache<PixmapName>, page: PageIndex) -> Vec<Rect> {
    cache
        .keys()
        .filter_map(|key| cache.region(key))
        .filter(|region| region.page == page)
        .map(|region| region.rect)
        .collect()
}

/// Live pixmaps on a light ground; what evicted ones left behind shows faintly until something is laid over it.
fn on_backdrop(texels: &RgbaImage, live: &[Rect]) -> RgbaImage {
    let mut image = RgbaImage::from_fn(texels.width(), texels.height(), |x, y| {
        Rgba(over(texels.get_pixel(x, y).0, DEAD, 0.12))
    });
    for rect in live {
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                image.put_pixel(x, y, Rgba(over(texels.get_pixel(x, y).0, LIVE, 1.0)));
            }
        }
    }
    image
}

fn over([r, g, b, a]: [u8; 4], ground: [u8; 3], opacity: f32) -> [u8; 4] {
    let cover = f32::from(a) / 255.0 * opacity;
    let mix = |top: u8, under: u8| (f32::from(top) * cover + f32::from(under) * (1.0 - cover)).round() as u8;
    [mix(r, ground[0]), mix(g, ground[1]), mix(b, ground[2]), 255]
}

fn read_target(gpu: &Gpu, target: &wgpu::Texture) -> Result<RgbaImage, String> {
    let (width, height) = (target.width(), target.height());
    let bytes_per_row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("atlas_demo screenshot"),
        size: u64::from(bytes_per_row) * u64::from(height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor {
            label: Some("atlas_demo screenshot"),
        });
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(bytes_per_row),
                rows_per_image: None,
            },
        },
        target.size(),
    );
    gpu.queue.submit([encoder.finish()]);
    // What goes wrong here shows below, where the mapped range is asked for.
    buffer.map_async(wgpu::MapMode::Read, .., |_| {});
    wait(&gpu.device)?;
    let mapped = buffer
        .get_mapped_range(..)
        .map_err(|error| format!("the drawn frame can't be read back: {error}."))?;
    let rows = mapped.chunks_exact(bytes_per_row as usize);
    let bytes = rows.flat_map(|row| &row[..width as usize * 4]).copied().collect();
    Ok(RgbaImage::from_raw(width, height, bytes).expect("BUG: 4 bytes for each pixel"))
}

fn save(image: &RgbaImage, path: &Path) -> Result<(), String> {
    image.save(path).map_err(|error| {
        format!(
            "{} can't be written ({error}): give another --out.",
            path.display()
        )
    })
}

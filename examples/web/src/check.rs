//! Compares what is drawn with a cache that has room for everything: pixel by pixel.

use std::cell::Cell;
use std::rc::Rc;

use kit::draw::{Frame, Gpu};
use kit::pictures::texels::Texels;
use kit::wall::live::Live;
use kit::wall::renderer::{Renderer, View};
use pixmap_cache::{PixmapCache, Size};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::rasterizer::{FORMAT, Rasterizer, create_cache};

/// More than any view takes.
const ROOM_BYTES: u64 = 96 << 20;

/// Pixels that were compared, and those that differ by more than rounding.
pub struct Comparison {
    pub pixels: usize,
    pub different: usize,
}

/// Draws a view from the page's cache and from another one, whose pixmaps are rasterized again.
pub async fn compare(
    gpu: &Gpu,
    (live, rasterizer): (&mut Live, &Rasterizer),
    size: Size,
) -> Result<Comparison, String> {
    let mut ample = create_cache(gpu, ROOM_BYTES)?;
    let mut view = View {
        sprites: live.view.sprites.clone(),
        pitch: live.view.pitch,
        sampling: live.view.sampling,
    };
    for (sprite, name) in view.sprites.iter_mut().zip(&live.names) {
        let key = match ample.find(name) {
            Some(key) => key,
            None => {
                let inserted = ample.insert_named(*name, &rasterizer.pixmap(*name));
                inserted.map_err(|error| error.to_string())?
            }
        };
        sprite.id = key.id();
    }
    ample.flush();
    live.cache.flush();
    let drawn = draw(gpu, (&live.cache, &live.view), size).await?;
    let expected = draw(gpu, (&ample, &view), size).await?;
    let pairs = drawn.chunks(4).zip(expected.chunks(4));
    let differs = |(one, other): &(&[u8], &[u8])| one.iter().zip(*other).any(|(a, b)| a.abs_diff(*b) > 1);
    Ok(Comparison {
        pixels: drawn.len() / 4,
        different: pairs.filter(differs).count(),
    })
}

async fn draw<N: std::hash::Hash + Eq>(
    gpu: &Gpu,
    (cache, view): (&PixmapCache<N>, &View),
    size: Size,
) -> Result<Vec<u8>, String> {
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("check"),
        size: wgpu::Extent3d {
            width: size.width,
            height: size.height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let frame = Frame {
        view: &texture.create_view(&Default::default()),
        size,
        scale_factor: 1.0,
        time: Default::default(),
    };
    Renderer::new(gpu, cache, (Texels::of(FORMAT), FORMAT)).draw((cache, view), &frame, |_| {});
    read(gpu, &texture).await
}

async fn read(gpu: &Gpu, texture: &wgpu::Texture) -> Result<Vec<u8>, String> {
    let row_bytes = texture.width() * 4;
    let padded_bytes = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("check"),
        size: u64::from(padded_bytes) * u64::from(texture.height()),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(padded_bytes),
        rows_per_image: None,
    };
    let target = wgpu::TexelCopyBufferInfo {
        buffer: &buffer,
        layout,
    };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
    gpu.queue.submit([encoder.finish()]);
    let mapped = Rc::new(Cell::new(None));
    let told = Rc::clone(&mapped);
    buffer.map_async(wgpu::MapMode::Read, .., move |result| {
        told.set(Some(result.is_ok()))
    });
    while mapped.get().is_none() {
        turn(gpu).await;
    }
    let view = buffer.get_mapped_range(..).map_err(|error| error.to_string())?;
    let rows = view.chunks(padded_bytes as usize);
    Ok(rows.flat_map(|row| row[..row_bytes as usize].to_vec()).collect())
}

/// Back to the event loop for a moment. WebGL calls back only when it is polled.
pub async fn turn(gpu: &Gpu) {
    let _ = gpu.device.poll(wgpu::PollType::Poll);
    let later = js_sys::Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a page");
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0);
    });
    let _: Result<JsValue, JsValue> = JsFuture::from(later).await;
}

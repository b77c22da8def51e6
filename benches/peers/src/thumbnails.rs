//! Thumbnails: 2,000 of 128 x 96, in a wall that scrolls there and back, and then all in one picture.
//!
//! egui-wgpu gives each image a texture and a bind group. It has no policy of its own: the application frees textures or
//! keeps them, so both ways are run.

mod wall;
mod with_cache;
mod with_egui;

use bench_kit::gpu::Gpu;
use bench_kit::versions::version_of;
use pixmap_cache::Size;

use crate::canvas::{Canvas, assert_same};
use crate::table::{self, Side};
use wall::{Images, View};
use with_cache::WithCache;
use with_egui::{Keeping, WithEgui};

pub const VIEWPORT: Size = Size {
    width: 800,
    height: 600,
};
const SCROLLING_FRAMES: u32 = 600;
const OVERVIEW_FRAMES: u32 = 100;
const COMPARED_EVERY: u32 = 50;

pub fn run(adapter: &wgpu::Adapter) {
    println!(
        "egui-wgpu {}, default options; {} thumbnails of {}x{}\n",
        version_of("egui-wgpu"),
        wall::COUNT,
        wall::SIZE.width,
        wall::SIZE.height
    );
    let images = Images::new();
    let scrolling: Vec<View> = (0..SCROLLING_FRAMES)
        .map(|frame| View::scrolling(frame, SCROLLING_FRAMES))
        .collect();
    let keeps = compare(adapter, &images, &scrolling, (Keeping::All, 8));
    let frees = compare(adapter, &images, &scrolling, (Keeping::Visible, 8));
    let [egui, ours] = keeps;
    let [egui_freeing, _] = frees;
    table::print(
        "scrolling, about 50 visible; budget 8 MiB",
        &[egui, egui_freeing, ours],
    );
    let overview: Vec<View> = (0..OVERVIEW_FRAMES).map(|_| View::overview()).collect();
    let sides = compare(adapter, &images, &overview, (Keeping::All, 128));
    table::print("all 2,000 in each frame; budget 128 MiB", &sides);
}

fn compare(
    adapter: &wgpu::Adapter,
    images: &Images,
    views: &[View],
    (keeping, budget_mib): (Keeping, u64),
) -> [Side; 2] {
    let theirs = Gpu::new(adapter, adapter.limits());
    let ours = Gpu::new(adapter, adapter.limits());
    let (their_canvas, our_canvas) = (Canvas::new(&theirs, VIEWPORT), Canvas::new(&ours, VIEWPORT));
    let mut egui = WithEgui::new(&theirs, keeping);
    let mut cache = WithCache::new(&ours, budget_mib << 20);
    for (frame, view) in (0..).zip(views) {
        egui.frame((&theirs, &their_canvas), images, view);
        cache.frame((&ours, &our_canvas), images, view);
        if frame % COMPARED_EVERY == COMPARED_EVERY - 1 {
            let what = format!("thumbnails, frame {frame}");
            assert_same(&our_canvas.read(&ours), &their_canvas.read(&theirs), &what);
        }
    }
    [
        egui.into_side(&theirs, &their_canvas),
        cache.into_side(&ours, &our_canvas),
    ]
}

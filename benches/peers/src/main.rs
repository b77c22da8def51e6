//! *Peers*: this cache beside glyphon on the same text, and beside egui-wgpu's user textures on the same thumbnails.
//!
//! Run it with `cargo run --release -p pixmap-cache-peers`. Each side is used as its own examples use it. A side's frame is
//! timed from what is known before it (shaped glyphs, decoded images) to what can be submitted; the GPU is idle when a
//! frame begins. Both sides draw every frame, in turns, and their pictures are compared.

mod canvas;
mod counting_log;
mod quads;
mod table;
mod text;
mod thumbnails;

use bench_kit::gpu::each_adapter;

fn main() {
    counting_log::install();
    let names: Vec<String> = std::env::args().skip(1).collect();
    let selected = |name: &str| names.is_empty() || names.iter().any(|given| given == name);
    each_adapter(|adapter| {
        if selected("text") {
            text::run(adapter);
        }
        if selected("thumbnails") {
            thumbnails::run(adapter);
        }
    });
}

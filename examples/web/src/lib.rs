//! The demo as a page: the wall of the atlas demo in a browser, on WebGL2 or WebGPU.
//!
//! The wall, its camera, what it finds and requests, and its renderer are those of `atlas_demo`, in `examples/kit`. Here is
//! what a browser adds: a canvas (`canvas.rs`), pictures rasterized between frames instead of by threads
//! (`rasterizer.rs`), and the comparison that runs beside it (`versus.rs`). `static/shell.js` has the events and the controls.

#![cfg(target_arch = "wasm32")]

mod canvas;
mod check;
mod demo;
mod drawing;
mod rasterizer;
mod source;
mod versus;

use wasm_bindgen::prelude::wasm_bindgen;

/// Shows panics in the browser's console.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
}

//! Where texels come from: emoji, SVG, fonts and image files. Nothing is drawn here.

pub mod emoji;
#[cfg(not(target_arch = "wasm32"))]
pub mod files;
#[cfg(not(target_arch = "wasm32"))]
pub mod font;
pub mod svg;
pub mod texels;

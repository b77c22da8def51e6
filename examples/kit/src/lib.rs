//! What the examples share. Not published, and no part of the cache's API.
//!
//! - [`draw`]: a device, the frame that is drawn into, and a pipeline for sprites. No window.
//! - [`stage`]: runs something that draws frames, in a window or off screen, and its command line.
//! - [`pictures`]: where texels come from: emoji, SVG, fonts, image files. Nothing is drawn here.
//! - [`wall`]: the wall of pictures with its camera and its renderer, on top of `draw` and `pictures`.
//!
//! In a browser there are `draw`, `wall`, and of `pictures` what needs no files.
//!
//! Each module depends on the ones it names and no others. What an example is about (finding, inserting, flushing and
//! binding) stays in the example.

pub mod draw;
pub mod pictures;
#[cfg(not(target_arch = "wasm32"))]
pub mod pool;
#[cfg(not(target_arch = "wasm32"))]
pub mod stage;
#[cfg(not(target_arch = "wasm32"))]
pub mod terminal;
pub mod wall;

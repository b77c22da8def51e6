//! A device on every adapter of this machine, texels back from it, and noise to put into it.
//!
//! Each bench of the GPU runs on all of them, one after the other. No adapter at all is a failure.

mod device;
mod noise;
mod texels;
mod timing;

pub use device::{FORMAT, Gpu, each_gpu};
pub use noise::{Noise, Source};
pub use texels::{Block, read_texels, write_texels};
pub use timing::{Samples, interleaved};

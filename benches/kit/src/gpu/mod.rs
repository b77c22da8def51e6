//! What GPU benches share: a device on each adapter, texels to and from it, noise to upload, and timing.
//!
//! A GPU bench runs on every adapter, one after the other. Having no adapter is a failure.

mod device;
mod noise;
mod texels;
mod timing;

pub use device::{FORMAT, Gpu, each_adapter, each_gpu};
pub use noise::{Noise, Source};
pub use texels::{Block, read_texels, write_texels};
pub use timing::{Samples, interleaved};

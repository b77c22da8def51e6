//! The rules of the public docs and every error, on wgpu's backend that draws nothing: no GPU is needed.

#[cfg(feature = "image")]
mod conversions;
mod create;
mod debug;
mod defaults;
mod devices;
mod entries;
mod evictions;
mod frames;
mod insert;
mod inspect;
mod layout;
mod levels;
mod noop;
#[cfg(feature = "overlay")]
mod overlay;
mod prefixes;
mod pressure;
mod promise;
mod scale;
mod svg;
mod texture;
mod trace;
mod update;

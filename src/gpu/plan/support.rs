//! What a device must have for a cache, and which formats a cache can hold on it.

use super::page_side::MIN_PAGE_SIDE;
use super::{placeholder, table};
use crate::error::CreateError;
use crate::layout::MIN_PAGES;
use crate::pixmap::PixelFormat;

/// Whether the device is a browser's WebGL2.
pub(in crate::gpu) fn is_webgl(device: &wgpu::Device) -> bool {
    cfg!(target_arch = "wasm32") && device.adapter_info().backend == wgpu::Backend::Gl
}

/// WebGL2 has no texels in the order BGRA: uploads to such a texture do nothing.
pub(super) fn check_format(format: wgpu::TextureFormat, is_webgl: bool) -> Result<(), CreateError> {
    match pixels_of(format)? {
        PixelFormat::Bgra8 if is_webgl => Err(CreateError::UnsupportedFormat { format }),
        _ => Ok(()),
    }
}

/// Checks that a device can hold the smallest cache: its table, a page, and arrays of two layers.
pub(super) fn check_device(limits: &wgpu::Limits) -> Result<(), CreateError> {
    let needs = [
        (
            "max_texture_dimension_2d",
            limits.max_texture_dimension_2d,
            table::MAX_WIDTH.max(MIN_PAGE_SIDE),
        ),
        (
            "max_texture_array_layers",
            limits.max_texture_array_layers,
            MIN_PAGES.max(placeholder::LAYERS),
        ),
    ];
    match needs.into_iter().find(|(_, limit, needed)| limit < needed) {
        Some((name, limit, needed)) => Err(CreateError::DeviceLimit { name, limit, needed }),
        None => Ok(()),
    }
}

/// Returns the order of the channels of a format that a cache can hold.
pub(super) fn pixels_of(format: wgpu::TextureFormat) -> Result<PixelFormat, CreateError> {
    use wgpu::TextureFormat as F;
    match format {
        F::Rgba8Unorm | F::Rgba8UnormSrgb => Ok(PixelFormat::Rgba8),
        F::Bgra8Unorm | F::Bgra8UnormSrgb => Ok(PixelFormat::Bgra8),
        F::R8Unorm => Ok(PixelFormat::R8),
        _ => Err(CreateError::UnsupportedFormat { format }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webgl_holds_every_format_but_bgra() {
        use wgpu::TextureFormat as Format;
        for (format, holds) in [
            (Format::Rgba8Unorm, true),
            (Format::Rgba8UnormSrgb, true),
            (Format::R8Unorm, true),
            (Format::Bgra8Unorm, false),
            (Format::Bgra8UnormSrgb, false),
        ] {
            assert_eq!(check_format(format, true).is_ok(), holds, "{format:?} on WebGL2");
            assert_eq!(check_format(format, false), Ok(()), "{format:?} elsewhere");
        }
    }
}

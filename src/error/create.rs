//! `CreateError`: what is wrong with a descriptor, or with the device.

/// Explains why a cache can't be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The format is not one that a cache can hold.
    #[error(
        "a cache can't hold {format:?}; use Rgba8Unorm, Rgba8UnormSrgb, R8Unorm or, except on WebGL2, Bgra8Unorm or \
         Bgra8UnormSrgb"
    )]
    UnsupportedFormat {
        /// The format of the descriptor.
        format: wgpu::TextureFormat,
    },
    /// The budget has no room for two pages and the region table.
    #[error(
        "a budget of {budget_bytes} bytes is too small: two pages and the region table take {needed_bytes}; \
         raise budget_bytes, or lower page_side or max_entries"
    )]
    BudgetTooSmall {
        /// The budget of the descriptor.
        budget_bytes: u64,
        /// The smallest budget that is enough.
        needed_bytes: u64,
    },
    /// The budget is larger than the textures of a cache can be on this device.
    #[error(
        "a budget of {budget_bytes} bytes is more than the {limit_bytes} that this device can address; \
         lower budget_bytes, or request a device with higher limits"
    )]
    BudgetTooLarge {
        /// The budget of the descriptor.
        budget_bytes: u64,
        /// The largest budget on this device.
        limit_bytes: u64,
    },
    /// The page side is not a power of two or is outside the limits.
    #[error(
        "a page side of {page_side} is not a power of two in {min}..={limit}; use one, or leave page_side at None"
    )]
    PageSide {
        /// The side of the descriptor.
        page_side: u32,
        /// The shortest side allowed.
        min: u32,
        /// The longest side on this device.
        limit: u32,
    },
    /// The number of entries is 0, or more than a region table on this device can have.
    #[error(
        "max_entries of {max_entries} is outside 1..={limit}; use a number within it, or leave it at None"
    )]
    MaxEntries {
        /// The number of the descriptor.
        max_entries: u32,
        /// The largest number on this device.
        limit: u32,
    },
    /// A region table on this device can't have so many tiles.
    #[error("max_tiles of {max_tiles} is above {limit}; use a smaller number, or leave it at None")]
    MaxTiles {
        /// The number of the descriptor.
        max_tiles: u32,
        /// The largest number on this device.
        limit: u32,
    },
    /// The device was requested with limits that are too low for any cache.
    #[error(
        "the device's {name} is {limit}, but a cache needs {needed}; request a device with a higher limit"
    )]
    DeviceLimit {
        /// Name of the field of `wgpu::Limits`.
        name: &'static str,
        /// Its value on this device.
        limit: u32,
        /// The smallest value that is enough.
        needed: u32,
    },
    /// The device is out of memory for the textures. Vulkan, Metal and DX12 report that, GL never does.
    #[error(
        "the device is out of memory for {bytes} bytes; lower budget_bytes or use CommitPolicy::Stepwise"
    )]
    OutOfMemory {
        /// Bytes of the texture that couldn't be created.
        bytes: u64,
    },
    /// The device refused an object for another reason.
    #[error("the device refused an object of the cache: {message}")]
    Device {
        /// The device's own message.
        message: String,
    },
}

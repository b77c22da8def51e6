//! The plan of an atlas: a descriptor that was checked and completed for a device.
//!
//! Everything is checked here, once, against the device's limits; code that holds an `AtlasPlan` needs no check of its
//! own. No wgpu object is made here. Invariant: `max_pages` pages, the region table and the placeholder fit the budget.

mod arrays;
mod page_side;
pub(super) mod placeholder;
mod support;
mod table;

pub(super) use self::arrays::ArrayRules;
use self::page_side::{MIN_PAGE_SIDE, page_bytes};
pub(super) use self::support::is_webgl;
use self::support::{check_device, check_format, pixels_of};
pub(super) use self::table::TableSize;
use crate::descriptor::{CacheDescriptor, CommitPolicy};
use crate::error::CreateError;
use crate::gpu::label::Label;
use crate::layout::MIN_PAGES;
use crate::pixmap::PixelFormat;

/// Staging memory of small budgets: several screenfuls of pixels.
const MIN_STAGING_BYTES: u64 = if IS_WEB { 16 << 20 } else { 64 << 20 };

/// Staging memory of large budgets. In a browser the module's memory never shrinks.
const MAX_STAGING_BYTES: u64 = if IS_WEB { 64 << 20 } else { u64::MAX };

/// Staging memory in budgets.
const STAGED_BUDGETS: u64 = if IS_WEB { 1 } else { 2 };

const IS_WEB: bool = cfg!(target_arch = "wasm32");

/// A descriptor that has been checked and completed for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AtlasPlan {
    /// What the labels of all wgpu objects begin with.
    pub(in crate::gpu) label: Label,
    pub(crate) budget_bytes: u64,
    pub(crate) format: wgpu::TextureFormat,
    /// Order of the channels on the pages.
    pub(crate) pixels: PixelFormat,
    pub(crate) filter: wgpu::FilterMode,
    pub(crate) page_side: u32,
    pub(crate) max_entries: u32,
    /// Most tiles of all pixmaps together; 0 when none is cut up.
    pub(crate) max_tiles: u32,
    pub(in crate::gpu) arrays: ArrayRules,
    /// Most bytes of staging buffers, if the user sets them.
    staging_limit: Option<u64>,
}

impl AtlasPlan {
    pub(crate) fn new(descriptor: &CacheDescriptor, device: &wgpu::Device) -> Result<Self, CreateError> {
        let upfront = match descriptor.commit {
            CommitPolicy::Upfront => true,
            CommitPolicy::Stepwise => false,
            CommitPolicy::Auto => device.adapter_info().device_type == wgpu::DeviceType::Cpu,
        };
        check_format(descriptor.format, is_webgl(device))?;
        Self::within(descriptor, &device.limits(), upfront)
    }

    fn within(
        descriptor: &CacheDescriptor,
        limits: &wgpu::Limits,
        upfront: bool,
    ) -> Result<Self, CreateError> {
        check_device(limits)?;
        let budget_bytes = descriptor.budget_bytes;
        let pixels = pixels_of(descriptor.format)?;
        let texel_bytes = u64::from(pixels.bytes_per_texel());
        let max_tiles = table::max_tiles(descriptor, limits, texel_bytes)?;
        let max_entries = table::max_entries(descriptor, limits, texel_bytes, max_tiles)?;
        let fixed_bytes = fixed_bytes(TableSize::new(max_entries, max_tiles));
        let page_side = page_side::page_side(descriptor, limits, fixed_bytes, texel_bytes)?;
        let page_bytes = page_bytes(page_side, texel_bytes);
        let pages = budget_bytes.saturating_sub(fixed_bytes) / page_bytes;
        if pages < u64::from(MIN_PAGES) {
            return Err(CreateError::BudgetTooSmall {
                budget_bytes,
                needed_bytes: fixed_bytes + u64::from(MIN_PAGES) * page_bytes,
            });
        }
        let max_layers = arrays::max_layers(limits);
        let max_pages = u64::from(arrays::MAX_ARRAYS) * u64::from(max_layers);
        if pages > max_pages {
            return Err(CreateError::BudgetTooLarge {
                budget_bytes,
                limit_bytes: fixed_bytes + max_pages * page_bytes,
            });
        }
        Ok(Self {
            label: Label::new(descriptor.label),
            budget_bytes,
            format: descriptor.format,
            pixels,
            filter: descriptor.filter,
            page_side,
            max_entries,
            max_tiles,
            arrays: ArrayRules::new(pages as u32, max_layers, upfront),
            staging_limit: descriptor.staging_bytes,
        })
    }

    /// Returns this plan for another device.
    pub(super) fn on_device(&self, device: &wgpu::Device) -> Result<Self, CreateError> {
        check_format(self.format, is_webgl(device))?;
        self.on(&device.limits())
    }

    /// Returns this plan for a device with these limits.
    fn on(&self, limits: &wgpu::Limits) -> Result<Self, CreateError> {
        let limit = limits.max_texture_dimension_2d;
        if self.page_side > limit {
            return Err(CreateError::PageSide {
                page_side: self.page_side,
                min: MIN_PAGE_SIDE,
                limit,
            });
        }
        check_device(limits)?;
        if self.table().rows > limit {
            return Err(CreateError::MaxEntries {
                max_entries: self.max_entries,
                limit: table::entry_limit(limits, self.max_tiles.min(table::tile_limit(limits))),
            });
        }
        let mut plan = self.clone();
        plan.arrays.max_layers = arrays::max_layers(limits);
        Ok(plan)
    }

    /// Most bytes of staging buffers: what the user sets, or a multiple of the present budget.
    pub(crate) fn staging_bytes(&self) -> u64 {
        let default = self.budget_bytes.saturating_mul(STAGED_BUDGETS);
        let default = default.clamp(MIN_STAGING_BYTES, MAX_STAGING_BYTES);
        self.staging_limit.unwrap_or(default)
    }

    /// Whether all textures are committed at creation.
    pub(crate) fn is_upfront(&self) -> bool {
        self.arrays.upfront
    }

    /// Pages that the budget holds beside the region table, within the device's limits.
    pub(crate) fn max_pages(&self) -> u32 {
        self.pages_within(self.budget_bytes)
    }

    pub(crate) fn pages_within(&self, bytes: u64) -> u32 {
        let for_pages = bytes.saturating_sub(self.fixed_bytes());
        (for_pages / self.page_bytes()).min(self.arrays.max_pages()) as u32
    }

    /// Pages there will be when textures with these layers, and every texture to come, are committed, with `free` unused
    /// bindings.
    pub(super) fn reachable_pages(&self, layers: Vec<u32>, free: u32) -> u32 {
        self.arrays.reachable_pages(self.max_pages(), layers, free)
    }

    /// Layers of the next array texture, when `committed` pages have one and `free` bindings are unused.
    pub(super) fn next_layers(&self, committed: u32, free: u32) -> Option<u32> {
        self.arrays.next_layers(self.max_pages(), committed, free)
    }

    /// Returns the most layers that a texture for at most `pages` pages can have.
    pub(crate) fn layers_within(&self, pages: u32) -> u32 {
        self.arrays.layers_within(pages)
    }

    /// Returns the layers to try when the device has no memory for a texture of `layers`: about half. `None` when that
    /// isn't a texture.
    pub(crate) fn fewer_layers(&self, layers: u32) -> Option<u32> {
        self.arrays.fewer_layers(layers)
    }

    /// Bytes that are held as long as the cache lives: region table and placeholder.
    pub(crate) fn fixed_bytes(&self) -> u64 {
        fixed_bytes(self.table())
    }

    pub(crate) fn page_bytes(&self) -> u64 {
        page_bytes(self.page_side, u64::from(self.pixels.bytes_per_texel()))
    }

    /// Size of the region table.
    pub(super) fn table(&self) -> TableSize {
        TableSize::new(self.max_entries, self.max_tiles)
    }
}

fn fixed_bytes(table: TableSize) -> u64 {
    table.bytes() + placeholder::BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn plan(descriptor: CacheDescriptor, upfront: bool) -> Result<AtlasPlan, CreateError> {
        AtlasPlan::within(&descriptor, &wgpu::Limits::downlevel_webgl2_defaults(), upfront)
    }

    fn budget(budget_bytes: u64) -> CacheDescriptor<'static> {
        CacheDescriptor {
            budget_bytes,
            ..Default::default()
        }
    }

    #[test]
    fn round_budgets_give_fifteen_pages_beside_the_table() {
        for (mib, side, pages) in [
            (1, 256, 3),
            (2, 256, 7),
            (4, 256, 15),
            (16, 512, 15),
            (64, 1024, 15),
            (256, 2048, 15),
            (1024, 2048, 62),
        ] {
            let plan = plan(budget(mib * MIB), true).unwrap();
            assert_eq!((plan.page_side, plan.max_pages()), (side, pages), "{mib} MiB");
        }
    }

    #[test]
    fn round_budgets_of_masks_give_smaller_pages_since_the_table_takes_two_of_sixteen() {
        for (mib, side, pages) in [
            (1, 256, 14),
            (2, 256, 28),
            (4, 256, 56),
            (16, 512, 57),
            (64, 1024, 57),
            (256, 2048, 57),
            (1024, 2048, 248),
        ] {
            let masks = CacheDescriptor {
                format: wgpu::TextureFormat::R8Unorm,
                ..budget(mib * MIB)
            };
            let plan = plan(masks, true).unwrap();
            assert_eq!((plan.page_side, plan.max_pages()), (side, pages), "{mib} MiB");
        }
    }

    #[test]
    fn a_plan_never_exceeds_its_budget() {
        for kib in (64..4000).chain([1 << 14, 1 << 16, 1 << 20, 3 << 20]) {
            let Ok(plan) = plan(budget(kib << 10), kib % 2 == 0) else {
                assert!(kib < 112, "{kib} KiB should do");
                continue;
            };
            let pages = u64::from(plan.max_pages()) * plan.page_bytes();
            let all = pages + plan.fixed_bytes();
            assert!(all <= plan.budget_bytes);
        }
    }

    #[test]
    fn absurd_descriptors_are_refused_with_numbers() {
        for bytes in [0, 1] {
            let refused = plan(budget(bytes), true);
            assert!(
                matches!(refused, Err(CreateError::BudgetTooSmall { budget_bytes, .. }) if budget_bytes == bytes)
            );
        }
        let refused = plan(budget(1 << 40), true);
        assert!(
            matches!(refused, Err(CreateError::BudgetTooLarge { limit_bytes, .. }) if limit_bytes < 1 << 40)
        );
        for page_side in [0, 1, 333, 4096] {
            let descriptor = CacheDescriptor {
                page_side: Some(page_side),
                ..Default::default()
            };
            assert!(matches!(
                plan(descriptor, true),
                Err(CreateError::PageSide { limit: 2048, .. })
            ));
        }
        for max_entries in [0, u32::MAX] {
            let descriptor = CacheDescriptor {
                max_entries: Some(max_entries),
                ..Default::default()
            };
            assert!(matches!(
                plan(descriptor, true),
                Err(CreateError::MaxEntries { .. })
            ));
        }
        let depth = CacheDescriptor {
            format: wgpu::TextureFormat::Depth32Float,
            ..Default::default()
        };
        assert!(matches!(
            plan(depth, true),
            Err(CreateError::UnsupportedFormat { .. })
        ));
    }

    #[test]
    fn a_device_below_the_minimum_limits_is_an_error_with_numbers() {
        let minimum = wgpu::Limits {
            max_texture_dimension_2d: table::MAX_WIDTH,
            max_texture_array_layers: 2,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        };
        for commit_upfront in [false, true] {
            let within = |limits: &wgpu::Limits| {
                let plan = AtlasPlan::within(&budget(MIB), limits, commit_upfront)?;
                plan.on(limits)
            };
            for side in [0, 1, 2, 3, 4, 63, 64, 1023] {
                let refused = within(&wgpu::Limits {
                    max_texture_dimension_2d: side,
                    ..minimum.clone()
                });
                assert!(
                    matches!(refused, Err(CreateError::DeviceLimit { limit, needed: 1024, .. }) if limit == side),
                    "textures of {side}: {refused:?}"
                );
            }
            for layers in [0, 1] {
                let refused = within(&wgpu::Limits {
                    max_texture_array_layers: layers,
                    ..minimum.clone()
                });
                assert!(
                    matches!(refused, Err(CreateError::DeviceLimit { limit, needed: 2, .. }) if limit == layers),
                    "{layers} layers: {refused:?}"
                );
            }
            let two_pages = fixed_bytes(TableSize::new(767, 1)) + 2 * page_bytes(64, 4);
            let plan = AtlasPlan::within(&budget(two_pages), &minimum, commit_upfront);
            assert!(plan.is_ok(), "the minimum limits are enough: {plan:?}");
        }
    }

    #[test]
    fn the_largest_limits_and_budgets_overflow_nothing() {
        let largest = wgpu::Limits {
            max_texture_dimension_2d: u32::MAX,
            max_texture_array_layers: u32::MAX,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        };
        for budget_bytes in [MIB, 1 << 50, u64::MAX] {
            for upfront in [false, true] {
                let largest_entries = CacheDescriptor {
                    max_entries: Some(u32::MAX / 1024 / 4 * 4 * 1024 - 1),
                    ..budget(budget_bytes)
                };
                for descriptor in [budget(budget_bytes), largest_entries] {
                    let Ok(mut plan) = AtlasPlan::within(&descriptor, &largest, upfront) else {
                        continue;
                    };
                    plan.budget_bytes = u64::MAX;
                    plan.staging_bytes();
                    let reachable = plan.reachable_pages(Vec::new(), plan.arrays.count);
                    assert!(reachable <= plan.max_pages(), "{reachable} pages");
                }
            }
        }
    }

    #[test]
    fn the_budget_that_the_error_names_is_enough() {
        let Err(CreateError::BudgetTooSmall { needed_bytes, .. }) = plan(budget(1), true) else {
            panic!("one byte was enough");
        };
        assert!(plan(budget(needed_bytes), true).is_ok());
        assert!(plan(budget(needed_bytes - 1), true).is_err());
    }
}

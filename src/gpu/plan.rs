//! The plan of an atlas: a descriptor checked and completed for a device, in numbers.
//!
//! Everything is checked here, once, against the device's limits; what holds an `AtlasPlan` needs no check of its own.

use crate::descriptor::{CacheDescriptor, CommitPolicy};
use crate::error::CreateError;
use crate::pixmap::PixelFormat;

/// Texels per row of the region table, and so ids per row, at most and at least. Drivers allocate rows in fours: with
/// rows of 1,024 a cache of 128 KiB would spend half of itself on them.
const MAX_TABLE_WIDTH: u32 = 1024;
const MIN_TABLE_WIDTH: u32 = 256;

/// Rows of a table that needn't be wider: four of them are an eighth.
const NARROW_TABLE_ROWS: u32 = 32;

/// Bytes of one texel of the region table, `Rgba32Uint`.
const TABLE_TEXEL_BYTES: u64 = 16;

/// Array textures at most: each is a binding, and GL has 16 texture slots for all stages together.
pub(crate) const MAX_ARRAYS: usize = 4;

/// Side of a page at least; shorter ones would be all edge.
const MIN_PAGE_SIDE: u32 = 64;

/// Staging memory allowed to small budgets: a screenful of pixels, several times.
const MIN_STAGING_BYTES: u64 = 64 << 20;

/// Pages that the choice of a page side aims at. 16 less the one that the region table takes from a round budget.
const AIMED_PAGES: u64 = 15;

/// Texels of the budget for each entry of a color cache, unless the user says how many. The table takes 4.4 % of the
/// budget then, and pixmaps of 8x8, the smallest glyphs in color, cover 70 % of the pages before it is full.
const COLOR_TEXELS_PER_ENTRY: u64 = 90;

/// The same for masks, of which a row of the table takes as much as 16 texels. At 10 % of the budget, masks of 8x8
/// cover 44 % of the pages, and those of 10x10 70 %.
const MASK_TEXELS_PER_ENTRY: u64 = 160;

/// A descriptor that has been checked and completed for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AtlasPlan {
    pub(crate) budget_bytes: u64,
    pub(crate) format: wgpu::TextureFormat,
    /// Order of the channels on the pages.
    pub(crate) pixels: PixelFormat,
    pub(crate) filter: wgpu::FilterMode,
    pub(crate) page_side: u32,
    pub(crate) max_entries: u32,
    /// Layers of an array texture at most.
    pub(crate) max_layers: u32,
    /// Array textures that there are bindings for.
    pub(crate) arrays: u32,
    /// Whether all textures are committed at creation.
    pub(crate) upfront: bool,
    /// Bytes of staging buffers at most, if the user says so.
    pub(crate) staging_limit: Option<u64>,
}

impl AtlasPlan {
    pub(crate) fn new(descriptor: &CacheDescriptor, device: &wgpu::Device) -> Result<Self, CreateError> {
        let upfront = match descriptor.commit {
            CommitPolicy::Upfront => true,
            CommitPolicy::Stepwise => false,
            CommitPolicy::Auto => device.adapter_info().device_type == wgpu::DeviceType::Cpu,
        };
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
        let max_entries = max_entries(descriptor, limits, texel_bytes)?;
        let fixed_bytes = table_bytes(max_entries) + PLACEHOLDER_BYTES;
        let page_side = page_side(descriptor, limits, fixed_bytes, texel_bytes)?;
        let page_bytes = page_bytes(page_side, texel_bytes);
        let pages = budget_bytes.saturating_sub(fixed_bytes) / page_bytes;
        if pages < u64::from(crate::layout::MIN_PAGES) {
            return Err(CreateError::BudgetTooSmall {
                budget_bytes,
                needed_bytes: fixed_bytes + u64::from(crate::layout::MIN_PAGES) * page_bytes,
            });
        }
        let max_layers = max_layers(limits);
        let max_pages = MAX_ARRAYS as u64 * u64::from(max_layers);
        if pages > max_pages {
            return Err(CreateError::BudgetTooLarge {
                budget_bytes,
                limit_bytes: fixed_bytes + max_pages * page_bytes,
            });
        }
        Ok(Self {
            budget_bytes,
            format: descriptor.format,
            pixels,
            filter: descriptor.filter,
            page_side,
            max_entries,
            max_layers,
            arrays: match upfront {
                true => (pages as u32).div_ceil(max_layers),
                false => MAX_ARRAYS as u32,
            },
            upfront,
            staging_limit: descriptor.staging_bytes,
        })
    }

    /// Bytes of staging buffers at most: what the user says, or twice the present budget.
    pub(crate) fn staging_bytes(&self) -> u64 {
        let default = self.budget_bytes.saturating_mul(2).max(MIN_STAGING_BYTES);
        self.staging_limit.unwrap_or(default)
    }

    /// Whether another device can hold what was planned for the first.
    pub(crate) fn check_limits(&self, limits: &wgpu::Limits) -> Result<(), CreateError> {
        let limit = limits.max_texture_dimension_2d;
        if self.page_side > limit {
            return Err(CreateError::PageSide {
                page_side: self.page_side,
                min: MIN_PAGE_SIDE,
                limit,
            });
        }
        check_device(limits)?;
        if table_rows(self.max_entries) > limit {
            return Err(CreateError::MaxEntries {
                max_entries: self.max_entries,
                limit: entry_limit(limits),
            });
        }
        Ok(())
    }

    /// Pages that the budget holds beside the region table, within the device's limits.
    pub(crate) fn max_pages(&self) -> u32 {
        self.pages_within(self.budget_bytes)
    }

    pub(crate) fn pages_within(&self, bytes: u64) -> u32 {
        let for_pages = bytes.saturating_sub(self.fixed_bytes());
        let most = u64::from(self.arrays) * u64::from(self.max_layers);
        (for_pages / self.page_bytes()).min(most) as u32
    }

    /// Pages there will be when textures with these layers, and every texture to come, are committed. One less than
    /// the budget holds where the last one would stand alone, or make a multiple of six.
    pub(crate) fn reachable_pages(&self, mut layers: Vec<u32>, mut free: u32) -> u32 {
        while let Some(next) = self.next_layers(layers.iter().sum(), free) {
            layers.push(next);
            free -= 1;
        }
        let spare = |layers: &[u32]| self.max_pages().saturating_sub(layers.iter().sum());
        while free == 0
            && let Some(smallest) = smallest_of(&layers)
            && let Some(larger) = self.swapped_layers(layers[smallest], spare(&layers))
        {
            layers[smallest] = larger;
        }
        layers.iter().sum()
    }

    /// Layers of the texture that takes the place of one of `layers`, when every binding is in use and `spare` more
    /// pages have room: both are there for a time. More than before, or none.
    pub(crate) fn swapped_layers(&self, layers: u32, spare: u32) -> Option<u32> {
        let larger = usable_layers(spare.min(self.max_layers));
        (!self.upfront && larger > layers).then_some(larger)
    }

    /// What is held as long as the cache lives: region table and placeholder.
    pub(crate) fn fixed_bytes(&self) -> u64 {
        table_bytes(self.max_entries) + PLACEHOLDER_BYTES
    }

    /// Layers of the next array texture, when `committed` pages have one and `free` more bindings are unused. Each
    /// count is at least 2 and no multiple of 6, since GL takes those for plain and for cube textures.
    ///
    /// One texture for all, or as many pages as there are already, from an eighth on: an eighth, an eighth, a quarter,
    /// a half.
    pub(crate) fn next_layers(&self, committed: u32, free: u32) -> Option<u32> {
        let spare = self
            .max_pages()
            .checked_sub(committed)
            .filter(|spare| *spare >= 2)?;
        let later = free.checked_sub(1)?.saturating_mul(self.max_layers);
        let step = committed.max(self.max_pages() / 8).max(2);
        let wanted = match self.upfront || later == 0 || spare < step + 2 {
            true => spare,
            false => step.max(spare.saturating_sub(later)),
        };
        Some(usable_layers(wanted.min(self.max_layers)))
    }

    pub(crate) fn page_bytes(&self) -> u64 {
        page_bytes(self.page_side, u64::from(self.pixels.bytes_per_texel()))
    }

    pub(crate) fn table_rows(&self) -> u32 {
        table_rows(self.max_entries)
    }

    /// Texels per row of the region table, and so ids per row.
    pub(crate) fn table_width(&self) -> u32 {
        table_width(self.max_entries)
    }
}

fn smallest_of(layers: &[u32]) -> Option<usize> {
    (0..layers.len()).min_by_key(|index| layers[*index])
}

/// Whether a device can hold the smallest cache: its table, a page, and arrays of two layers.
fn check_device(limits: &wgpu::Limits) -> Result<(), CreateError> {
    let needs = [
        (
            "max_texture_dimension_2d",
            limits.max_texture_dimension_2d,
            MAX_TABLE_WIDTH.max(MIN_PAGE_SIDE),
        ),
        (
            "max_texture_array_layers",
            limits.max_texture_array_layers,
            crate::layout::MIN_PAGES.max(PLACEHOLDER_LAYERS),
        ),
    ];
    match needs.into_iter().find(|(_, limit, needed)| limit < needed) {
        Some((name, limit, needed)) => Err(CreateError::DeviceLimit { name, limit, needed }),
        None => Ok(()),
    }
}

/// Layers of an array texture at most: the device's limit, as far as 16 bits of a row of the region table go.
pub(crate) fn max_layers(limits: &wgpu::Limits) -> u32 {
    limits.max_texture_array_layers.min(1 << 16)
}

fn pixels_of(format: wgpu::TextureFormat) -> Result<PixelFormat, CreateError> {
    use wgpu::TextureFormat as F;
    match format {
        F::Rgba8Unorm | F::Rgba8UnormSrgb => Ok(PixelFormat::Rgba8),
        F::Bgra8Unorm | F::Bgra8UnormSrgb => Ok(PixelFormat::Bgra8),
        F::R8Unorm => Ok(PixelFormat::R8),
        _ => Err(CreateError::UnsupportedFormat { format }),
    }
}

fn page_bytes(page_side: u32, texel_bytes: u64) -> u64 {
    u64::from(page_side) * u64::from(page_side) * texel_bytes
}

/// Rows of ids count from 1, so one more than the entries. Whole groups of four, as drivers allocate them.
fn table_rows(max_entries: u32) -> u32 {
    (max_entries + 1)
        .div_ceil(table_width(max_entries))
        .next_multiple_of(4)
}

/// The narrowest that makes do with `NARROW_TABLE_ROWS`.
fn table_width(max_entries: u32) -> u32 {
    let width = (max_entries + 1).div_ceil(NARROW_TABLE_ROWS);
    let width = width.clamp(MIN_TABLE_WIDTH, MAX_TABLE_WIDTH);
    width.next_power_of_two()
}

pub(crate) fn table_bytes(max_entries: u32) -> u64 {
    u64::from(table_rows(max_entries)) * u64::from(table_width(max_entries)) * TABLE_TEXEL_BYTES
}

/// What stands in a bind group for a texture that isn't committed: layers of four rows of 64 bytes, the least that
/// drivers allocate.
pub(crate) const PLACEHOLDER_ROW_BYTES: u32 = 64;
pub(crate) const PLACEHOLDER_ROWS: u32 = 4;
pub(crate) const PLACEHOLDER_LAYERS: u32 = 2;
pub(crate) const PLACEHOLDER_BYTES: u64 =
    (PLACEHOLDER_ROW_BYTES * PLACEHOLDER_ROWS * PLACEHOLDER_LAYERS) as u64;

/// Entries that a region table on a device with these limits can have.
fn entry_limit(limits: &wgpu::Limits) -> u32 {
    limits.max_texture_dimension_2d.min(u32::MAX / MAX_TABLE_WIDTH) / 4 * 4 * MAX_TABLE_WIDTH - 1
}

fn max_entries(
    descriptor: &CacheDescriptor,
    limits: &wgpu::Limits,
    texel_bytes: u64,
) -> Result<u32, CreateError> {
    let limit = entry_limit(limits);
    if let Some(max_entries) = descriptor.max_entries {
        return match (1..=limit).contains(&max_entries) {
            true => Ok(max_entries),
            false => Err(CreateError::MaxEntries { max_entries, limit }),
        };
    }
    let texels_per_entry = match texel_bytes {
        1 => MASK_TEXELS_PER_ENTRY,
        _ => COLOR_TEXELS_PER_ENTRY,
    };
    let wanted = descriptor.budget_bytes / (texels_per_entry * texel_bytes);
    let wanted = wanted.clamp(1, u64::from(limit)) as u32;
    Ok((table_rows(wanted) * table_width(wanted) - 1).min(limit))
}

fn page_side(
    descriptor: &CacheDescriptor,
    limits: &wgpu::Limits,
    fixed_bytes: u64,
    texel_bytes: u64,
) -> Result<u32, CreateError> {
    let limit = limits.max_texture_dimension_2d.min(crate::layout::MAX_PAGE_SIDE);
    if let Some(page_side) = descriptor.page_side {
        if page_side.is_power_of_two() && (MIN_PAGE_SIDE..=limit).contains(&page_side) {
            return Ok(page_side);
        }
        return Err(CreateError::PageSide {
            page_side,
            min: MIN_PAGE_SIDE,
            limit,
        });
    }
    let for_pages = descriptor.budget_bytes.saturating_sub(fixed_bytes);
    let gives = |side: u32, pages: u64| side <= limit && for_pages / page_bytes(side, texel_bytes) >= pages;
    let large = (descriptor.budget_bytes > 2 << 30).then_some(4096);
    let aimed = large.into_iter().chain([2048, 1024, 512]);
    let fewer = [256, 128].into_iter().filter(|side| gives(*side, 2));
    let chosen = aimed.filter(|side| gives(*side, AIMED_PAGES)).chain(fewer).next();
    Ok(chosen.unwrap_or(MIN_PAGE_SIDE))
}

/// The largest count up to `layers` that GL takes for an array of plain layers.
pub(crate) fn usable_layers(layers: u32) -> u32 {
    if layers > 0 && layers.is_multiple_of(6) {
        layers - 1
    } else {
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn plan(descriptor: CacheDescriptor, upfront: bool) -> Result<AtlasPlan, CreateError> {
        AtlasPlan::within(&descriptor, &wgpu::Limits::downlevel_webgl2_defaults(), upfront)
    }

    fn budget(budget_bytes: u64) -> CacheDescriptor {
        CacheDescriptor {
            budget_bytes,
            ..Default::default()
        }
    }

    /// The layers of all textures that a plan of `pages` pages comes to, committed one after the other.
    fn layer_counts(pages: u32, max_layers: u32, upfront: bool) -> Vec<u32> {
        let mut plan = plan(budget(64 * MIB), upfront).unwrap();
        plan.budget_bytes = plan.fixed_bytes() + u64::from(pages) * plan.page_bytes();
        plan.max_layers = max_layers;
        plan.arrays = if upfront { pages.div_ceil(max_layers) } else { 4 };
        let mut counts: Vec<u32> = Vec::new();
        while let Some(layers) = plan.next_layers(counts.iter().sum(), plan.arrays - counts.len() as u32) {
            counts.push(layers);
        }
        counts
    }

    #[test]
    fn layer_counts_are_what_gl_takes_for_arrays() {
        for most in [8, 256, 2048] {
            for upfront in [false, true] {
                for pages in 2..=4 * most {
                    let counts = layer_counts(pages, most, upfront);
                    let usable = |n: &u32| *n >= 2 && *n <= most && !n.is_multiple_of(6);
                    assert!(counts.iter().all(usable), "{pages} of {most}: {counts:?}");
                    assert!(counts.len() <= MAX_ARRAYS);
                    let total: u32 = counts.iter().sum();
                    let lost = if pages > most { 4 } else { 1 };
                    assert!(total <= pages && total + lost >= pages, "{pages}: {counts:?}");
                }
            }
        }
    }

    #[test]
    fn stepwise_commits_in_growing_steps_and_upfront_in_one() {
        assert_eq!(layer_counts(16, 256, false), [2, 2, 4, 8]);
        assert_eq!(layer_counts(15, 256, false), [2, 2, 4, 7]);
        assert_eq!(layer_counts(64, 256, false), [8, 8, 16, 32]);
        assert_eq!(layer_counts(15, 256, true), [15]);
        assert_eq!(layer_counts(12, 256, true), [11]);
        assert_eq!(layer_counts(2, 256, false), [2]);
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
            (1024, 2048, 61),
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
            (1024, 2048, 247),
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
            let all = pages + table_bytes(plan.max_entries) + PLACEHOLDER_BYTES;
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
    fn a_device_below_the_least_limits_is_an_error_with_numbers() {
        let least = wgpu::Limits {
            max_texture_dimension_2d: MAX_TABLE_WIDTH,
            max_texture_array_layers: 2,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        };
        for commit_upfront in [false, true] {
            let within = |limits: &wgpu::Limits| {
                let plan = AtlasPlan::within(&budget(MIB), limits, commit_upfront)?;
                plan.check_limits(limits)
            };
            for side in [0, 1, 2, 3, 4, 63, 64, 1023] {
                let refused = within(&wgpu::Limits {
                    max_texture_dimension_2d: side,
                    ..least.clone()
                });
                assert!(
                    matches!(refused, Err(CreateError::DeviceLimit { limit, needed: 1024, .. }) if limit == side),
                    "textures of {side}: {refused:?}"
                );
            }
            for layers in [0, 1] {
                let refused = within(&wgpu::Limits {
                    max_texture_array_layers: layers,
                    ..least.clone()
                });
                assert!(
                    matches!(refused, Err(CreateError::DeviceLimit { limit, needed: 2, .. }) if limit == layers),
                    "{layers} layers: {refused:?}"
                );
            }
            let two_pages = table_bytes(1024) + PLACEHOLDER_BYTES + 2 * page_bytes(64, 4);
            let plan = AtlasPlan::within(&budget(two_pages), &least, commit_upfront);
            assert!(plan.is_ok(), "the least limits are enough: {plan:?}");
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
                    let reachable = plan.reachable_pages(Vec::new(), plan.arrays);
                    assert!(reachable <= plan.max_pages(), "{reachable} pages");
                }
            }
        }
    }

    #[test]
    fn the_least_budget_named_is_enough() {
        let Err(CreateError::BudgetTooSmall { needed_bytes, .. }) = plan(budget(1), true) else {
            panic!("one byte was enough");
        };
        assert!(plan(budget(needed_bytes), true).is_ok());
        assert!(plan(budget(needed_bytes - 1), true).is_err());
    }
}

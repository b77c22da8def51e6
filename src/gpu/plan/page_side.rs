//! The side of a page: what the descriptor asks for, or the largest one that gives enough pages.

use crate::descriptor::CacheDescriptor;
use crate::error::CreateError;

/// Shortest side; shorter ones would be all edge.
pub(super) const MIN_PAGE_SIDE: u32 = 64;

/// Pages that the choice aims at: 16 less the one that the region table takes from a round budget.
const AIMED_PAGES: u64 = 15;

/// Budgets above this may have pages of 4,096.
const LARGE_BUDGET_BYTES: u64 = 2 << 30;

pub(super) fn page_bytes(page_side: u32, texel_bytes: u64) -> u64 {
    u64::from(page_side) * u64::from(page_side) * texel_bytes
}

pub(super) fn page_side(
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
    let large = (descriptor.budget_bytes > LARGE_BUDGET_BYTES).then_some(4096);
    let aimed = large.into_iter().chain([2048, 1024, 512]);
    let fewer = [256, 128].into_iter().filter(|side| gives(*side, 2));
    let chosen = aimed.filter(|side| gives(*side, AIMED_PAGES)).chain(fewer).next();
    Ok(chosen.unwrap_or(MIN_PAGE_SIDE))
}

//! The random steps of a case.

use pixmap_cache::Size;
use proptest::prelude::*;

use crate::model::PAGE_SIDE;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Place(Size),
    /// With mip levels, and in tiles if it is large.
    PlacePixmap(Size, u8),
    ResizePixmap(usize, Size, u8),
    Touch(usize),
    Remove(usize),
    Resize(usize, Size),
    Pin(usize, bool),
    BeginFrame,
    CommitPages,
    /// Gives up `count` pages from `which` on; the larger `loss`, the more the terms allow to be evicted.
    Release {
        which: usize,
        count: u32,
        loss: u32,
    },
    Clear,
}

fn size() -> impl Strategy<Value = Size> {
    let side = prop_oneof![2 => 1u32..=8, 8 => 2u32..=16, 2 => 0u32..=PAGE_SIDE + 2];
    (side.clone(), side).prop_map(|(width, height)| Size::new(width, height))
}

/// Up to three pages long, with one level or all.
fn pixmap() -> impl Strategy<Value = (Size, u8)> {
    let side = prop_oneof![3 => 1u32..=24, 1 => 1u32..=3 * PAGE_SIDE];
    (side.clone(), side, any::<bool>()).prop_map(|(width, height, has_levels)| {
        let levels = if has_levels {
            1 + width.min(height).ilog2()
        } else {
            1
        };
        (Size::new(width, height), levels as u8)
    })
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1600 => size().prop_map(Step::Place),
        150 => pixmap().prop_map(|(size, levels)| Step::PlacePixmap(size, levels)),
        40 => (any::<usize>(), pixmap()).prop_map(|(which, (size, levels))| Step::ResizePixmap(which, size, levels)),
        1000 => any::<usize>().prop_map(Step::Touch),
        100 => any::<usize>().prop_map(Step::Remove),
        150 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Resize(which, size)),
        20 => (any::<usize>(), any::<bool>()).prop_map(|(which, pinned)| Step::Pin(which, pinned)),
        120 => Just(Step::BeginFrame),
        8 => Just(Step::CommitPages),
        12 => (any::<usize>(), 1u32..6, 0u32..4)
            .prop_map(|(which, count, loss)| Step::Release { which, count, loss }),
        1 => Just(Step::Clear),
    ]
}

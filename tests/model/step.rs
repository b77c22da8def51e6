//! The random steps of a case.

use pixmap_cache::Size;
use proptest::prelude::*;

use crate::model::PAGE_SIDE;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Place(Size),
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

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1600 => size().prop_map(Step::Place),
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

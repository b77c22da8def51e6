//! The steps of a run, and the caches that they run on, at random.

use std::time::Duration;

use pixmap_cache::{CacheDescriptor, CommitPolicy, IdlePolicy, Size, Trim, UploadDescriptor};
use proptest::prelude::*;

pub const NAMES: u8 = 60;
pub const PAGE_SIDE: u32 = 64;
pub const PAGE_BYTES: u64 = (PAGE_SIDE * PAGE_SIDE * 4) as u64;
/// Four rows of the region table, and a placeholder.
pub const FIXED_BYTES: u64 = 4 * 1024 * 16 + 512;

#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Frames of so many seconds, each of which finds what is shown.
    Frames {
        count: u8,
        seconds: u64,
    },
    /// From now on every frame finds these names.
    Show {
        first: u8,
        count: u8,
    },
    Insert(u8, Size),
    /// Insertions of one size, until one is refused three times.
    Flood(Size),
    Replace(u8, Size),
    Upload(u8, Size),
    SetBudget {
        pages: u64,
    },
    Trim(Trim),
    Pin(u8),
    UnpinAll,
    /// What follows runs on another thread.
    Move,
}

fn size() -> impl Strategy<Value = Size> {
    let tiny = (1u32..=4, 1u32..=4);
    let middle = (8u32..=32, 8u32..=32);
    let large = (33u32..=64, 33u32..=64);
    let page = (Just(64u32), Just(64u32));
    let sides = prop_oneof![3 => tiny, 4 => middle, 2 => large, 1 => page];
    sides.prop_map(|(width, height)| Size::new(width, height))
}

pub fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES;
    let trim = prop_oneof![
        (0u64..4).prop_map(|for_frames| Trim::Unused { for_frames }),
        (0u64..12).prop_map(|pages| Trim::To(FIXED_BYTES + pages * PAGE_BYTES)),
        Just(Trim::All),
    ];
    prop_oneof![
        8 => (1u8..=8, prop_oneof![Just(0u64), 1u64..=20, Just(45), Just(100)])
            .prop_map(|(count, seconds)| Step::Frames { count, seconds }),
        4 => (name(), 0u8..=12).prop_map(|(first, count)| Step::Show { first, count }),
        12 => (name(), size()).prop_map(|(name, size)| Step::Insert(name, size)),
        2 => size().prop_map(Step::Flood),
        2 => (name(), size()).prop_map(|(name, size)| Step::Replace(name, size)),
        3 => (name(), size()).prop_map(|(name, size)| Step::Upload(name, size)),
        2 => (0u64..12).prop_map(|pages| Step::SetBudget { pages }),
        1 => trim.prop_map(Step::Trim),
        2 => name().prop_map(Step::Pin),
        1 => Just(Step::UnpinAll),
        1 => Just(Step::Move),
    ]
}

pub fn descriptor() -> impl Strategy<Value = CacheDescriptor<'static>> {
    let commit = prop_oneof![Just(CommitPolicy::Stepwise), Just(CommitPolicy::Upfront)];
    let pages = prop_oneof![3 => 2u64..=4, 2 => 5u64..=16];
    let after = prop_oneof![Just(5u64), Just(30), Just(90)];
    let every = prop_oneof![Just(10u64), Just(60)];
    (commit, pages, after, every).prop_map(|(commit, pages, after, every)| CacheDescriptor {
        budget_bytes: FIXED_BYTES + pages * PAGE_BYTES,
        commit,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(4095),
        max_tiles: Some(0),
        idle: Some(IdlePolicy {
            after: Duration::from_secs(after),
            every: Duration::from_secs(every),
        }),
        uploads: UploadDescriptor {
            queue_bytes: 4 * PAGE_BYTES,
            upload_bytes_per_frame: 2 * PAGE_BYTES,
            ..Default::default()
        },
        ..Default::default()
    })
}

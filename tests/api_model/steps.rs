//! The steps of a run, and the caches that they run on, at random.

use pixmap_cache::{CacheDescriptor, CommitPolicy, IdlePolicy, RetainPolicy, Size, Trim, UploadDescriptor};
use proptest::prelude::*;

const NAMES: u8 = 40;
const KIB: u64 = 1 << 10;

#[derive(Clone, Copy, Debug)]
pub enum Step {
    Insert(Size),
    InsertNamed(u8, Size),
    Find(u8),
    Touch(usize),
    Replace(usize, Size),
    Remove(usize),
    RemoveNamed(u8),
    Clear,
    BeginFrame(u64),
    Flush,
    SetBudget(u64),
    Trim(Trim),
    Pin(usize),
    Unpin(usize),
    Upload(u8, Size),
    Request(u8),
    Deliver(usize, Size),
    Fail(usize),
    Abandon(usize),
    Retry(u8),
    Recreate,
}

fn size() -> impl Strategy<Value = Size> {
    let side = prop_oneof![6 => 1u32..=24, 3 => 16u32..=64, 1 => 0u32..=66];
    (side.clone(), side).prop_map(|(width, height)| Size::new(width, height))
}

fn trim() -> impl Strategy<Value = Trim> {
    prop_oneof![
        (0u64..4).prop_map(|for_frames| Trim::Unused { for_frames }),
        (0u64..600).prop_map(|kib| Trim::To(kib * KIB)),
        Just(Trim::All),
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    let which = any::<usize>;
    let name = || 0..NAMES;
    prop_oneof![
        12 => size().prop_map(Step::Insert),
        16 => (name(), size()).prop_map(|(name, size)| Step::InsertNamed(name, size)),
        8 => name().prop_map(Step::Find),
        8 => which().prop_map(Step::Touch),
        6 => (which(), size()).prop_map(|(which, size)| Step::Replace(which, size)),
        3 => which().prop_map(Step::Remove),
        2 => name().prop_map(Step::RemoveNamed),
        1 => Just(Step::Clear),
        10 => prop_oneof![4 => Just(0u64), 1 => 0u64..100].prop_map(Step::BeginFrame),
        4 => Just(Step::Flush),
        2 => (0u64..700).prop_map(|kib| Step::SetBudget(kib * KIB)),
        2 => trim().prop_map(Step::Trim),
        3 => which().prop_map(Step::Pin),
        3 => which().prop_map(Step::Unpin),
        6 => (name(), size()).prop_map(|(name, size)| Step::Upload(name, size)),
        6 => name().prop_map(Step::Request),
        4 => (which(), size()).prop_map(|(which, size)| Step::Deliver(which, size)),
        1 => which().prop_map(Step::Fail),
        1 => which().prop_map(Step::Abandon),
        1 => name().prop_map(Step::Retry),
        1 => Just(Step::Recreate),
    ]
}

pub fn descriptor() -> impl Strategy<Value = CacheDescriptor<'static>> {
    let commit = prop_oneof![Just(CommitPolicy::Stepwise), Just(CommitPolicy::Upfront)];
    let retain = prop_oneof![
        Just(RetainPolicy::Nothing),
        (0u64..300).prop_map(|kib| RetainPolicy::Pixels {
            budget_bytes: kib * KIB
        })
    ];
    let max_entries = prop_oneof![1 => 1u32..40, 2 => Just(4095u32)];
    (160u64..700, commit, retain, max_entries).prop_map(|(kib, commit, retain, max_entries)| {
        CacheDescriptor {
            budget_bytes: kib * KIB,
            commit,
            retain,
            page_side: Some(64),
            max_entries: Some(max_entries),
            idle: Some(IdlePolicy::default()),
            uploads: UploadDescriptor {
                queue_bytes: 64 * KIB,
                upload_bytes_per_frame: 32 * KIB,
                max_requests: 8,
                max_failures: 4,
                retry_after_frames: 3,
            },
            ..Default::default()
        }
    })
}

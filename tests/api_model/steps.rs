//! The steps of a run, and the caches that they run on, at random.

use pixmap_cache::{CacheDescriptor, CommitPolicy, IdlePolicy, RetainPolicy, Size, Trim, UploadDescriptor};
use proptest::prelude::*;

use crate::picture::{Levels, Picture};

const NAMES: u8 = 40;
const KIB: u64 = 1 << 10;

#[derive(Clone, Copy, Debug)]
pub enum Step {
    Insert(Picture),
    InsertNamed(u8, Picture),
    InsertTexture(Option<u8>, Size),
    Find(u8),
    Touch(usize),
    Replace(usize, Picture),
    /// A picture at a corner of an entry: mostly inside.
    Update(usize, (u32, u32), Picture),
    UpdateFromTexture(usize, (u32, u32), Size),
    ReadBack(usize),
    Remove(usize),
    RemoveNamed(u8),
    Clear,
    BeginFrame(u64),
    Flush,
    SetBudget(u64),
    Trim(Trim),
    Pin(usize),
    Unpin(usize),
    Upload(u8, Picture),
    Request(u8),
    Deliver(usize, Picture),
    Fail(usize),
    Abandon(usize),
    Retry(u8),
    Recreate,
}

fn size() -> impl Strategy<Value = Size> {
    let side = prop_oneof![6 => 1u32..=24, 3 => 16u32..=64, 1 => 0u32..=66];
    (side.clone(), side).prop_map(|(width, height)| Size::new(width, height))
}

/// Pages are 64 texels wide: above 32, a picture is in tiles.
fn picture() -> impl Strategy<Value = Picture> {
    let long = prop_oneof![3 => 20u32..=100, 1 => 1u32..=300];
    let size = prop_oneof![8 => size().boxed(), 1 => (long.clone(), long).prop_map(Size::from).boxed()];
    let levels = prop_oneof![
        6 => Just(Levels::ByDescriptor),
        1 => Just(Levels::None),
        1 => Just(Levels::Generated),
        1 => (0u32..9).prop_map(Levels::Brought),
    ];
    let is_gray = prop_oneof![5 => Just(false), 1 => Just(true)];
    (size, levels, is_gray).prop_map(|(size, levels, is_gray)| Picture {
        size,
        levels,
        is_gray,
    })
}

fn patch() -> impl Strategy<Value = (Size, (u32, u32))> {
    let side = prop_oneof![6 => 1u32..=12, 2 => 0u32..=40];
    let at = prop_oneof![8 => 0u32..=20, 2 => 0u32..=90, 1 => any::<u32>()];
    ((side.clone(), side).prop_map(Size::from), (at.clone(), at))
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
        12 => picture().prop_map(Step::Insert),
        16 => (name(), picture()).prop_map(|(name, picture)| Step::InsertNamed(name, picture)),
        2 => (proptest::option::of(name()), size()).prop_map(|(name, size)| Step::InsertTexture(name, size)),
        8 => name().prop_map(Step::Find),
        8 => which().prop_map(Step::Touch),
        6 => (which(), picture()).prop_map(|(which, picture)| Step::Replace(which, picture)),
        6 => (which(), patch(), any::<bool>()).prop_map(|(which, (size, at), is_gray)| {
            let levels = Levels::ByDescriptor;
            Step::Update(which, at, Picture { size, levels, is_gray })
        }),
        2 => (which(), patch()).prop_map(|(which, (size, at))| Step::UpdateFromTexture(which, at, size)),
        1 => which().prop_map(Step::ReadBack),
        3 => which().prop_map(Step::Remove),
        2 => name().prop_map(Step::RemoveNamed),
        1 => Just(Step::Clear),
        10 => prop_oneof![4 => Just(0u64), 1 => 0u64..100].prop_map(Step::BeginFrame),
        4 => Just(Step::Flush),
        2 => (0u64..700).prop_map(|kib| Step::SetBudget(kib * KIB)),
        2 => trim().prop_map(Step::Trim),
        3 => which().prop_map(Step::Pin),
        3 => which().prop_map(Step::Unpin),
        6 => (name(), picture()).prop_map(|(name, picture)| Step::Upload(name, picture)),
        6 => name().prop_map(Step::Request),
        4 => (which(), picture()).prop_map(|(which, picture)| Step::Deliver(which, picture)),
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
    let mipmaps = prop_oneof![4 => Just(false), 1 => Just(true)];
    let limits = (
        max_entries,
        prop_oneof![1 => Just(0u32), 1 => 1u32..40, 3 => Just(256)],
    );
    let strategy = (160u64..700, commit, retain, limits, mipmaps);
    strategy.prop_map(
        |(kib, commit, retain, (max_entries, max_tiles), mipmaps)| CacheDescriptor {
            budget_bytes: kib * KIB,
            mipmaps,
            commit,
            retain,
            page_side: Some(64),
            max_entries: Some(max_entries),
            max_tiles: Some(max_tiles),
            idle: Some(IdlePolicy::default()),
            uploads: UploadDescriptor {
                queue_bytes: 64 * KIB,
                upload_bytes_per_frame: 32 * KIB,
                max_requests: 8,
                max_failures: 4,
                retry_after_frames: 3,
            },
            ..Default::default()
        },
    )
}

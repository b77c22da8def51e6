//! Pixmaps that lie side by side on a page and are uploaded together don't overwrite each other.

use pixmap_cache::{
    CommitPolicy, InsertError, PageIndex, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Size,
};
use rand::RngExt;
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu};
use crate::noise::{self, noise, rgba_pages};
use crate::record::crop;

const PAGE_SIDE: u32 = 64;

type Taken = Vec<(PixmapKey, PixmapBuf)>;

fn cache(gpu: &Gpu, pages: u64) -> PixmapCache {
    let descriptor = rgba_pages(CommitPolicy::Upfront, pages, PAGE_SIDE);
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
}

/// Sides that are multiples of `step`, so that many edges are level.
fn multiple_of(step: u32, longest: u32, rng: &mut Pcg32) -> PixmapBuf {
    let mut side = || step * rng.random_range(1..=longest / step);
    let size = Size::new(side(), side());
    noise(rng, PixelFormat::Rgba8, size)
}

/// Inserts in one frame until nothing fits.
fn fill(cache: &mut PixmapCache, longest: u32, rng: &mut Pcg32) -> Taken {
    let mut taken = Taken::new();
    loop {
        let pixmap = multiple_of(4, longest, rng);
        match cache.insert(&pixmap) {
            Ok(key) => taken.push((key, pixmap)),
            Err(error) => {
                assert!(matches!(error, InsertError::Full { .. }), "{error}");
                return taken;
            }
        }
    }
}

/// Checks that every resident pixmap is on its page as it went in, and returns how many there are.
fn check_pages(cache: &mut PixmapCache, taken: &Taken) -> usize {
    let pages = (0..cache.page_count()).map(PageIndex);
    let pages: Vec<PixmapBuf> = pages
        .map(|page| cache.read_page(page).expect("committed"))
        .collect();
    let mut resident = 0;
    for (key, pixmap) in taken {
        if let Some(region) = cache.region(*key) {
            let there = crop(&pages[region.page.0 as usize], region.rect);
            assert!(there == pixmap.bytes, "{key:?} at {region:?}");
            resident += 1;
        }
    }
    resident
}

/// Pages filled in one flush: on the skyline, side by side, and in gaps below the skyline.
#[test]
fn pixmaps_uploaded_in_one_flush_leave_their_neighbors_alone() {
    each_gpu(|gpu| {
        let mut rng = noise::rng(17);
        let mut cache = cache(gpu, 4);
        for round in 0..90 {
            let longest = [12, 24, 40][round % 3];
            let taken = fill(&mut cache, longest, &mut rng);
            let resident = check_pages(&mut cache, &taken);
            assert_eq!(resident, taken.len(), "all are in use");
            assert!(resident > 10, "{resident} are resident");
            cache.clear();
            cache.begin_frame();
        }
    });
}

/// 6 and 7 come last and lie side by side, but only 6 on the skyline: the rectangle around both is 4's too.
///
/// ```text
/// 1112333333
/// 5552333333
/// 6667333333     7 lies in the gap below 4
/// 666 333333
/// 6664444444
/// 666
/// ```
#[test]
fn what_lies_below_a_gap_beside_the_last_upload_is_left_alone() {
    each_gpu(|gpu| {
        let mut rng = noise::rng(19);
        let mut cache = cache(gpu, 2);
        let sizes = [(16, 8), (8, 16), (40, 32), (48, 8), (16, 8), (16, 32), (8, 8)];
        let mut insert = |(width, height)| {
            let pixmap = noise(&mut rng, PixelFormat::Rgba8, Size::new(width, height));
            (cache.insert(&pixmap).expect("room"), pixmap)
        };
        let taken: Taken = sizes.into_iter().map(&mut insert).collect();
        let rect = |index: usize| cache.region(taken[index].0).expect("resident").rect;
        let (below, left, right) = (rect(3), rect(5), rect(6));
        assert_eq!((left.right(), left.y), (right.x, right.y), "side by side");
        let around = Rect::new(left.x, left.y, Size::new(24, 32));
        assert!(
            around.overlaps(below),
            "a third lies in the rectangle around both"
        );
        assert_eq!(check_pages(&mut cache, &taken), taken.len(), "all are in use");
    });
}

/// Few sizes, so that new pixmaps take the places of old ones, beside entries that were moved there in between.
fn check_evacuations(gpu: &Gpu, pages: u64, in_use: u32) {
    let mut rng = noise::rng(pages);
    let mut cache = cache(gpu, pages);
    let mut taken = Taken::new();
    for frame in 1..=2000 {
        cache.begin_frame();
        taken.retain(|(key, _)| cache.contains(*key));
        for (key, _) in &taken {
            // One in so many rows of the region table, the same rows in every frame.
            if key.id().0[0] % in_use == 0 {
                assert!(cache.touch(*key), "resident");
            }
        }
        for _ in 0..rng.random_range(1..4) {
            let pixmap = multiple_of(16, 48, &mut rng);
            match cache.insert(&pixmap) {
                Ok(key) => taken.push((key, pixmap)),
                Err(error) => assert!(matches!(error, InsertError::Full { .. }), "{error}"),
            }
        }
        if frame % 10 == 0 {
            assert!(check_pages(&mut cache, &taken) > 4, "some are resident");
        }
    }
    let stats = cache.stats();
    // Others move when a page is rebuilt, which is no evacuation.
    assert!(stats.evacuations > 200 && stats.moves > 1000, "{stats:?}");
}

#[test]
fn evacuations_in_one_flush_leave_neighbors_alone() {
    each_gpu(|gpu| {
        check_evacuations(gpu, 3, 4);
        check_evacuations(gpu, 4, 5);
    });
}

/// Side by side and of several heights, so that the box around two of them contains parts of others.
#[test]
fn new_pixels_of_the_same_size_leave_neighbors_alone() {
    each_gpu(|gpu| {
        let mut rng = noise::rng(18);
        let mut cache = cache(gpu, 4);
        let mut taken = fill(&mut cache, 16, &mut rng);
        for _ in 0..10 {
            cache.flush();
            for (key, pixmap) in &mut taken {
                if rng.random() {
                    *pixmap = noise(&mut rng, PixelFormat::Rgba8, pixmap.size);
                    assert_eq!(cache.replace(*key, &*pixmap), Ok(()), "in its place");
                }
            }
            check_pages(&mut cache, &taken);
        }
    });
}

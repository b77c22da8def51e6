//! Pixmaps side by side on a page: uploaded together, they leave each other alone.

use pixmap_cache::{Commit, InsertError, PageIndex, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size};
use rand::RngExt;
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu};
use crate::churn::crop;
use crate::noise::{self, noise, rgba_pages};

type Taken = Vec<(PixmapKey, PixmapBuf)>;

fn cache(gpu: &Gpu, pages: u64) -> PixmapCache {
    let descriptor = rgba_pages(Commit::Upfront, pages, 64);
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

/// Every pixmap that is resident lies on its page as it went in; answers how many are.
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

/// Pages filled in one go: on the outline, beside each other, and in what the outline shut off.
#[test]
fn pixmaps_uploaded_in_one_flush_leave_their_neighbours_alone() {
    each_gpu(|gpu| {
        let mut rng = noise::rng(17);
        let mut cache = cache(gpu, 4);
        for round in 0..60 {
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

/// Of few sizes, so that new ones come to lie where old ones lay: some uploads lie beside what was moved there between
/// the one before and them, some in what the outline shut off beside the one before.
fn check_evacuations(gpu: &Gpu, in_use: u32, frames: u32) {
    let mut rng = noise::rng(u64::from(in_use));
    let mut cache = cache(gpu, 6);
    let mut taken = Taken::new();
    for frame in 1..=frames {
        cache.begin_frame();
        taken.retain(|(key, _)| cache.contains(*key));
        for (key, _) in &taken {
            // One in so many rows of the region table, the same ones from frame to frame.
            if key.id().0[0] % in_use == 0 {
                assert!(cache.touch(*key), "resident");
            }
        }
        for _ in 0..rng.random_range(1..4) {
            let pixmap = multiple_of(16, 32, &mut rng);
            taken.push((cache.insert(&pixmap).expect("room"), pixmap));
        }
        if frame % 20 == 0 {
            assert!(check_pages(&mut cache, &taken) > 20, "most are resident");
        }
    }
    let stats = cache.stats();
    assert!(stats.evacuations > 50 && stats.moves > 50, "{stats:?}");
}

#[test]
fn evacuations_in_one_flush_leave_neighbours_alone() {
    each_gpu(|gpu| {
        check_evacuations(gpu, 2, 1000);
        check_evacuations(gpu, 5, 3000);
    });
}

/// Side by side and of several heights, so that what surrounds two of them holds others too.
#[test]
fn new_pixels_of_the_same_size_leave_neighbours_alone() {
    each_gpu(|gpu| {
        let mut rng = noise::rng(18);
        let mut cache = cache(gpu, 4);
        let mut taken = fill(&mut cache, 16, &mut rng);
        for _ in 0..10 {
            cache.flush();
            for (key, pixmap) in &mut taken {
                if rng.random() {
                    *pixmap = noise(&mut rng, PixelFormat::Rgba8, pixmap.size);
                    assert_eq!(cache.replace(*key, &*pixmap), Ok(true), "in its place");
                }
            }
            check_pages(&mut cache, &taken);
        }
    });
}

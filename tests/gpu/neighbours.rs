//! Pixmaps side by side on a page: uploaded together, they leave each other alone.

use pixmap_cache::{Commit, PageIndex, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size};
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

/// Sides that are multiples of 4, so that many edges are level.
fn pixmap(rng: &mut Pcg32, longest: u32) -> PixmapBuf {
    let mut side = || 4 * rng.random_range(1..=longest / 4);
    let size = Size::new(side(), side());
    noise(rng, PixelFormat::Rgba8, size)
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
            let mut taken = Taken::new();
            loop {
                let pixmap = pixmap(&mut rng, longest);
                let Ok(key) = cache.insert(&pixmap) else {
                    break;
                };
                taken.push((key, pixmap));
            }
            let resident = check_pages(&mut cache, &taken);
            assert_eq!(resident, taken.len(), "all are in use");
            assert!(resident > 10, "{resident} are resident");
            cache.clear();
            cache.begin_frame();
        }
    });
}

/// Of one size, so that new ones come to lie where old ones lay, while a third is in use from frame to frame.
#[test]
fn pixmaps_of_one_size_leave_their_neighbours_alone_over_evacuations_in_one_flush() {
    each_gpu(|gpu| {
        let mut rng = noise::rng(18);
        let mut cache = cache(gpu, 6);
        let mut taken = Taken::new();
        for _ in 0..60 {
            for _ in 0..20 {
                cache.begin_frame();
                taken.retain(|(key, _)| cache.contains(*key));
                for (key, _) in &taken {
                    if key.id().0[0] % 3 == 0 {
                        assert!(cache.touch(*key), "resident");
                    }
                }
                for _ in 0..rng.random_range(1..4) {
                    let pixmap = noise(&mut rng, PixelFormat::Rgba8, Size::new(16, 16));
                    taken.push((cache.insert(&pixmap).expect("room"), pixmap));
                }
            }
            assert!(check_pages(&mut cache, &taken) > 30, "most are resident");
        }
        let stats = cache.stats();
        assert!(stats.evacuations > 50 && stats.moves > 50, "{stats:?}");
    });
}

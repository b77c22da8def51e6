//! The region table as the shader reads it: `pixmap_region` agrees with `PixmapCache::region`.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, PixelFormat, PixmapCache, PixmapId, PixmapKey, Rect, Size,
};

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{Painter, Sprite, sprite};
use crate::noise::{self, noise, random_size};
use crate::target::{Drawn, TARGET_SIDE, Target};

/// Tables with rows of 256, 512 and 1,024 texels, whose last id is in the last texel.
const ENTRIES: [u32; 3] = [4 * 256 - 1, 24 * 512 - 1, 20 * 1024 - 1];
const PAGE_SIDE: u32 = 256;

/// All pages are in one texture, so that a page's number is its layer.
fn cache(gpu: &Gpu, entries: u32) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes: 1 << 20,
        format: wgpu::TextureFormat::R8Unorm,
        commit: CommitPolicy::Upfront,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(entries),
        ..Default::default()
    };
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
}

fn fill(cache: &mut PixmapCache) -> Vec<PixmapKey> {
    let entries = cache.stats().max_entries;
    let mut rng = noise::rng(10);
    let keys = (0..entries).map(|_| {
        let size = random_size(&mut rng, 9);
        let pixmap = noise(&mut rng, PixelFormat::R8, size);
        cache.insert(&pixmap).expect("room")
    });
    let keys = keys.collect();
    cache.flush();
    keys
}

fn place(index: u32) -> Rect {
    let (x, y) = (index % TARGET_SIDE, index / TARGET_SIDE);
    Rect::new(x, y, Size::new(1, 1))
}

/// One texel per sprite: corner, size and page of its region, and whether it is resident.
fn regions(gpu: &Gpu, cache: &PixmapCache, sprites: &[Sprite]) -> Vec<[u32; 4]> {
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba32Uint);
    let painter = Painter::of_cache(gpu, cache, target.format());
    let drawn = painter.draw(gpu, cache, sprites, &target);
    let texel = |index| texel(&drawn, place(index));
    (0..sprites.len() as u32).map(texel).collect()
}

fn texel(drawn: &Drawn, at: Rect) -> [u32; 4] {
    bytemuck::pod_read_unaligned(drawn.texel(at.x, at.y))
}

/// What the shader reads of each key's region.
pub fn regions_of(gpu: &Gpu, cache: &PixmapCache, keys: &[PixmapKey]) -> Vec<[u32; 4]> {
    let pairs = keys.iter().zip((0..).map(place));
    let sprites: Vec<_> = pairs.map(|(key, at)| sprite(*key, at)).collect();
    regions(gpu, cache, &sprites)
}

fn check(gpu: &Gpu, cache: &PixmapCache, keys: &[PixmapKey]) {
    for (key, read) in keys.iter().zip(regions_of(gpu, cache, keys)) {
        let expected = cache.region(*key).map_or([0; 4], |region| {
            let rect = region.rect;
            let corner = rect.x | rect.y << 16;
            [corner, rect.width | rect.height << 16, region.page.0, 1]
        });
        assert_eq!(read, expected, "the region of {key:?}");
    }
}

#[test]
fn regions_in_every_row_of_the_table_are_read_as_they_are() {
    each_gpu(|gpu| {
        for entries in ENTRIES {
            let mut cache = cache(gpu, entries);
            let keys = fill(&mut cache);
            assert_eq!(cache.len(), keys.len(), "all are resident");
            check(gpu, &cache, &keys);
        }
    });
}

/// Rows 0, 1, 6 and 11: adjacent ones, and ones so far apart that the rows between aren't written.
#[test]
fn removed_and_new_ids_in_scattered_rows_are_read_as_they_are() {
    each_gpu(|gpu| {
        let mut cache = cache(gpu, ENTRIES[2]);
        let mut keys = fill(&mut cache);
        for id in [1, 5, 1022, 1023, 1500, 6500, 6600, 12286] {
            assert!(cache.remove(keys[id]), "removed by key");
        }
        cache.flush();
        check(gpu, &cache, &keys);
        let pixmap = noise(&mut noise::rng(11), PixelFormat::R8, Size::new(3, 2));
        keys.extend((0..4).map(|_| cache.insert(&pixmap).expect("room")));
        cache.flush();
        check(gpu, &cache, &keys);
        cache.clear();
        cache.flush();
        check(gpu, &cache, &keys);
    });
}

#[test]
fn ids_that_no_entry_has_are_not_resident() {
    each_gpu(|gpu| {
        for entries in ENTRIES {
            check_strangers(gpu, entries);
        }
    });
}

fn check_strangers(gpu: &Gpu, entries: u32) {
    let mut cache = cache(gpu, entries);
    let keys = fill(&mut cache);
    let [row, version] = keys[0].id().0;
    let last = keys[entries as usize - 1].id();
    assert_eq!(last, PixmapId([entries, 1]), "every row is taken");
    let ids = [
        PixmapId::NONE,
        PixmapId([0, 1]),
        PixmapId([row, version + 2]),
        PixmapId([row, 0]),
        PixmapId([entries + 1, 1]),
        PixmapId([entries + 1024, 1]),
        PixmapId([u32::MAX, 1]),
        PixmapId([u32::MAX, u32::MAX]),
    ];
    let pairs = ids.into_iter().zip((0..).map(place));
    let sprites: Vec<_> = pairs
        .map(|(id, at)| Sprite {
            id,
            ..sprite(keys[0], at)
        })
        .collect();
    for (id, read) in ids.iter().zip(regions(gpu, &cache, &sprites)) {
        assert_eq!(read, [0; 4], "{id:?} is not resident among {entries}");
    }
}

//! What was written beside a texture that WebGPU refuses later: the device carries out nothing of such a submission, and the
//! cache keeps nothing of it.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, CreateError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, RetainPolicy,
    Size, UploadDescriptor,
};
use rand_pcg::Pcg32;
use wasm_bindgen_test::wasm_bindgen_test;

use super::browser::refuse_textures;
use super::on_webgpu;
use crate::adapters::Gpu;
use crate::draw::Painter;
use crate::noise::{self, noise, rgba_pages};
use crate::record::Record;
use crate::target::Target;

/// Four fill a page.
const SIZE: Size = Size {
    width: 60,
    height: 60,
};

fn cache_on(device: &wgpu::Device, queue: &wgpu::Queue, descriptor: &CacheDescriptor<'_>) -> PixmapCache {
    PixmapCache::new(device, queue, descriptor).expect("nothing is known yet")
}

/// A cache whose first texture the device has accepted, with a few entries in it.
async fn accepted(gpu: &Gpu, rng: &mut Pcg32) -> (PixmapCache, Record) {
    let mut cache = cache_on(
        &gpu.device,
        &gpu.queue,
        &rgba_pages(CommitPolicy::Stepwise, 16, 128),
    );
    let mut record = Record::default();
    cache.begin_frame();
    insert_until_commit(&mut cache, rng, &mut record);
    for _ in 0..3 {
        insert(&mut cache, rng, &mut record);
    }
    cache.flush();
    assert_eq!(cache.device_verdict().await, Ok(()), "sound so far");
    cache.begin_frame();
    (cache, record)
}

fn insert(cache: &mut PixmapCache, rng: &mut Pcg32, record: &mut Record) {
    let pixmap = noise(rng, PixelFormat::Rgba8, SIZE);
    record.alive.push((cache.insert(&pixmap).expect("room"), pixmap));
}

/// Inserts, without a frame, until another texture has come. The last entry is in it.
fn insert_until_commit(cache: &mut PixmapCache, rng: &mut Pcg32, record: &mut Record) {
    let pages = cache.page_count();
    while cache.page_count() == pages {
        insert(cache, rng, record);
    }
    let last = record.alive.last().and_then(|(key, _)| cache.region(*key));
    assert!(last.is_some_and(|region| region.page.0 >= pages), "{last:?}");
}

/// Replaces all texels of an entry.
fn change(cache: &mut PixmapCache, rng: &mut Pcg32, (key, pixmap): &mut (PixmapKey, PixmapBuf)) {
    *pixmap = noise(rng, PixelFormat::Rgba8, SIZE);
    cache.update(*key, (0, 0), &*pixmap).expect("resident");
}

/// Waits for the refusal of a texture, and has the cache take it back.
async fn heed_refusal(gpu: &Gpu, cache: &mut PixmapCache) {
    let verdict = cache.device_verdict().await;
    assert!(matches!(verdict, Err(CreateError::Device { .. })), "{verdict:?}");
    cache.begin_frame();
    cache.flush();
    // What was written to the texture meanwhile was refused, too.
    gpu.forget_errors().await;
}

#[wasm_bindgen_test]
async fn a_change_submitted_with_a_refused_texture_costs_its_entry() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(86);
        let (mut cache, mut record) = accepted(gpu, rng).await;
        refuse_textures("pages", 1);
        insert_until_commit(&mut cache, rng, &mut record);
        change(&mut cache, rng, &mut record.alive[0]);
        let changed = record.alive[0].0;
        cache.flush();
        heed_refusal(gpu, &mut cache).await;
        assert!(!cache.contains(changed), "the change was never carried out");
        record.bury(&cache);
        assert!(!record.alive.is_empty(), "what was written before stays");
        record.check_read_back(&mut cache).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_entry_removed_beside_a_refused_texture_draws_transparent() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(87);
        let (mut cache, mut record) = accepted(gpu, rng).await;
        // What comes after them has its rows elsewhere in the table.
        for _ in 0..1100 {
            let pixmap = noise(rng, PixelFormat::Rgba8, Size::new(2, 2));
            record.alive.push((cache.insert(&pixmap).expect("room"), pixmap));
        }
        cache.flush();
        cache.begin_frame();
        refuse_textures("pages", 1);
        insert_until_commit(&mut cache, rng, &mut record);
        assert!(cache.remove(record.alive[0].0));
        cache.flush();
        heed_refusal(gpu, &mut cache).await;
        record.bury(&cache);
        assert!(!record.alive.is_empty(), "what was written before stays");
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let painter = Painter::of_cache(gpu, &cache, target.format());
        record.check_drawn(gpu, &cache, (&painter, &target)).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_change_submitted_with_a_refused_swap_costs_its_entry() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(88);
        let (mut cache, mut record) = accepted(gpu, rng).await;
        while cache.page_count() < cache.stats().max_pages {
            insert(&mut cache, rng, &mut record);
        }
        cache.flush();
        assert_eq!(cache.device_verdict().await, Ok(()));
        cache.begin_frame();
        refuse_textures("pages", 1);
        let _ = cache.set_budget(rgba_pages(CommitPolicy::Stepwise, 60, 128).budget_bytes);
        // In every texture: that of the swap, and the others.
        for entry in record.alive.iter_mut().step_by(2) {
            change(&mut cache, rng, entry);
        }
        cache.flush();
        heed_refusal(gpu, &mut cache).await;
        record.bury(&cache);
        assert!(!record.alive.is_empty(), "what was written before stays");
        record.check_read_back(&mut cache).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn pixels_that_come_back_beside_a_refused_texture_are_given_up_with_it() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(89);
        let (device, queue) = gpu.device_elsewhere().await;
        let descriptor = CacheDescriptor {
            retain: RetainPolicy::Pixels {
                budget_bytes: 4 << 20,
            },
            uploads: UploadDescriptor {
                // Two.
                upload_bytes_per_frame: 2 * 60 * 60 * 4,
                ..Default::default()
            },
            ..rgba_pages(CommitPolicy::Stepwise, 16, 128)
        };
        let mut cache = cache_on(&device, &queue, &descriptor);
        let mut record = Record::default();
        for _ in 0..2 {
            insert_until_commit(&mut cache, rng, &mut record);
        }
        // One of the first texture, and the one of the second, come back first, and together.
        let second = record.alive.len() - 1;
        cache.begin_frame();
        cache.flush();
        assert!(cache.touch(record.alive[0].0) && cache.touch(record.alive[second].0));
        device.destroy();
        refuse_textures("pages 1", 1);
        let forgotten = cache.recreate(&gpu.device, &gpu.queue);
        assert_eq!(forgotten, Ok(Vec::new()), "there is a copy of everything");
        cache.flush();
        heed_refusal(gpu, &mut cache).await;
        for _ in 0..record.alive.len() {
            cache.begin_frame();
            cache.flush();
        }
        record.bury(&cache);
        assert!(!record.alive.is_empty(), "the others of the first texture stay");
        record.check_read_back(&mut cache).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_upfront_cache_gives_up_what_was_written_beside_one_of_its_textures() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(90);
        refuse_textures("pages 1", 1);
        let descriptor = rgba_pages(CommitPolicy::Upfront, 300, 64);
        let mut cache = cache_on(&gpu.device, &gpu.queue, &descriptor);
        let layers = gpu.device.limits().max_texture_array_layers;
        assert!(cache.page_count() > layers, "it has two textures");
        let mut record = Record::default();
        while record.alive.len() <= layers as usize {
            insert(&mut cache, rng, &mut record);
        }
        cache.flush();
        heed_refusal(gpu, &mut cache).await;
        assert!(cache.is_empty(), "{} of {}", cache.len(), record.alive.len());
        record.alive.clear();
        insert(&mut cache, rng, &mut record);
        record.check_read_back(&mut cache).await;
    })
    .await;
}

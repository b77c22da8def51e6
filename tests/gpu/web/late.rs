//! What WebGPU refuses after it is in use: the cache takes it back, and shows no wrong pixels before or after.

use pixmap_cache::{CommitPolicy, CreateError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use super::browser::refuse_textures;
use super::on_webgpu;
use crate::adapters::{Gpu, on_each_gpu};
use crate::noise::{self, noise, rgba_pages};

const SIZE: Size = Size {
    width: 60,
    height: 60,
};

fn cache(gpu: &Gpu, commit: CommitPolicy) -> PixmapCache {
    let descriptor = rgba_pages(commit, 16, 128);
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("nothing is known yet")
}

async fn check_resident(cache: &mut PixmapCache, taken: &[(PixmapKey, PixmapBuf)]) -> usize {
    let mut resident = 0;
    for (key, pixmap) in taken {
        if cache.contains(*key) {
            let back = cache.read_back_async(*key).await.expect("resident");
            assert!(back == *pixmap, "{key:?} has other texels");
            resident += 1;
        }
    }
    resident
}

#[wasm_bindgen_test]
async fn a_page_texture_refused_late_is_given_up_and_comes_later() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(81);
        let mut cache = cache(gpu, CommitPolicy::Stepwise);
        let mut taken = Vec::new();
        let mut insert = |cache: &mut PixmapCache| {
            let pixmap = noise(rng, PixelFormat::Rgba8, SIZE);
            taken.push((cache.insert(&pixmap).expect("room"), pixmap));
        };
        cache.begin_frame();
        for _ in 0..6 {
            insert(&mut cache);
        }
        cache.flush();
        assert_eq!(cache.device_verdict().await, Ok(()), "sound so far");
        cache.begin_frame();
        refuse_textures("pages", 1);
        let pages = cache.page_count();
        while cache.page_count() == pages {
            insert(&mut cache);
        }
        insert(&mut cache);
        cache.flush();
        let verdict = cache.device_verdict().await;
        assert!(matches!(verdict, Err(CreateError::Device { .. })), "{verdict:?}");
        cache.begin_frame();
        cache.flush();
        assert_eq!(cache.page_count(), pages, "given up");
        assert_eq!(cache.stats().commit_failures, 1);
        assert!(!cache.needs_recreate(), "it goes on");
        let resident = check_resident(&mut cache, &taken).await;
        assert!(resident >= 6, "what was written before stays: {resident}");
        for _ in 0..300 {
            cache.begin_frame();
            let pixmap = noise(&mut noise::rng(82), PixelFormat::Rgba8, SIZE);
            taken.push((cache.insert(&pixmap).expect("room"), pixmap));
            cache.flush();
            gpu.finish().await;
        }
        assert!(cache.page_count() > pages, "another one came later");
        let resident = check_resident(&mut cache, &taken).await;
        assert!(resident > 12, "{resident} are resident");
        // It was written to before its refusal was known.
        gpu.forget_errors().await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_swapped_texture_refused_late_costs_its_entries_only() {
    on_webgpu(async |gpu| {
        let rng = &mut noise::rng(83);
        let mut cache = cache(gpu, CommitPolicy::Stepwise);
        let mut taken = Vec::new();
        cache.begin_frame();
        while cache.page_count() < cache.stats().max_pages {
            let pixmap = noise(rng, PixelFormat::Rgba8, SIZE);
            taken.push((cache.insert(&pixmap).expect("room"), pixmap));
        }
        cache.flush();
        assert_eq!(cache.device_verdict().await, Ok(()));
        cache.begin_frame();
        refuse_textures("pages", 1);
        let _ = cache.set_budget(rgba_pages(CommitPolicy::Stepwise, 60, 128).budget_bytes);
        assert!(
            cache.device_verdict().await.is_err(),
            "the larger texture is refused"
        );
        cache.begin_frame();
        cache.flush();
        let resident = check_resident(&mut cache, &taken).await;
        assert!(
            (1..taken.len()).contains(&resident),
            "{resident} of {}",
            taken.len()
        );
        // It was copied to before its refusal was known.
        gpu.forget_errors().await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_upfront_cache_learns_whether_its_budget_is_accepted() {
    on_each_gpu(async |gpu| {
        assert_eq!(cache(gpu, CommitPolicy::Upfront).device_verdict().await, Ok(()));
        if !gpu.is_webgpu() {
            return;
        }
        refuse_textures("pages", 1);
        let mut cache = cache(gpu, CommitPolicy::Upfront);
        let verdict = cache.device_verdict().await;
        assert!(matches!(verdict, Err(CreateError::Device { .. })), "{verdict:?}");
        cache.begin_frame();
        assert_eq!(cache.page_count(), 0, "given up");
        assert!(cache.last_device_error().is_some_and(|words| !words.is_empty()));
        for _ in 0..200 {
            cache.begin_frame();
        }
        let pixmap = noise(&mut noise::rng(84), PixelFormat::Rgba8, SIZE);
        let key = cache.insert(&pixmap).expect("a texture comes later");
        assert_eq!(check_resident(&mut cache, &[(key, pixmap)]).await, 1);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_table_refused_late_asks_for_another_cache() {
    on_webgpu(async |gpu| {
        refuse_textures("region table", 1);
        let mut cache = cache(gpu, CommitPolicy::Stepwise);
        assert!(cache.device_verdict().await.is_err());
        cache.begin_frame();
        assert!(cache.needs_recreate(), "nothing works without a table");
        cache
            .recreate(&gpu.device, &gpu.queue)
            .expect("the same device, which has one now");
        assert_eq!(cache.device_verdict().await, Ok(()));
        assert!(!cache.needs_recreate());
        let pixmap = noise(&mut noise::rng(85), PixelFormat::Rgba8, SIZE);
        let key = cache.insert(&pixmap).expect("room");
        assert_eq!(check_resident(&mut cache, &[(key, pixmap)]).await, 1);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_refusal_that_was_heeded_is_told_no_more() {
    on_webgpu(async |gpu| {
        refuse_textures("pages", 1);
        let mut cache = cache(gpu, CommitPolicy::Upfront);
        assert!(cache.device_verdict().await.is_err(), "the texture is refused");
        cache.begin_frame();
        assert_eq!(cache.device_verdict().await, Ok(()), "that was told before");
    })
    .await;
}

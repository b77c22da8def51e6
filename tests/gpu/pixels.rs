//! What is resident is drawn and read back as it went in; what is not draws transparent.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapCache, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::churn::Churn;
use crate::draw::Painter;
use crate::noise::{self, noise, rgba_pages};
use crate::target::Target;

const STEPS: u32 = 8000;
const STEPS_PER_CHECK: u32 = 200;

async fn check_churn(commit: CommitPolicy, seeds: [u64; 3]) {
    for seed in seeds {
        on_each_gpu(async |gpu| check_churn_of(gpu, commit, seed).await).await;
    }
}

async fn check_churn_of(gpu: &Gpu, commit: CommitPolicy, seed: u64) {
    let mut churn = Churn::new(gpu, &rgba_pages(commit, 16, 128), seed);
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let painter = Painter::of_cache(gpu, &churn.cache, target.format());
    for step in 1..=STEPS {
        churn.step();
        if step % STEPS_PER_CHECK == 0 {
            churn.check(gpu, &painter, &target).await;
        }
    }
    churn.check_read_back().await;
    let stats = churn.cache.stats();
    assert!(stats.evacuations >= 50, "{stats:?}");
    assert!(stats.moves >= 100, "{stats:?}");
    assert!(churn.dead() > 1000, "{} ids died", churn.dead());
    assert!(churn.alive() > 100, "{} are resident", churn.alive());
    assert_eq!(stats.pages, stats.max_pages, "every texture was committed");
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn resident_pixmaps_are_drawn_as_they_went_in_under_upfront() {
    check_churn(CommitPolicy::Upfront, [1, 2, 3]).await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn resident_pixmaps_are_drawn_as_they_went_in_while_textures_are_committed() {
    check_churn(CommitPolicy::Stepwise, [4, 5, 6]).await;
}

/// More than may wait in staging memory, in frames that evacuate entries that were never flushed.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn what_was_submitted_because_too_much_waited_is_as_it_went_in() {
    on_each_gpu(async |gpu| {
        let descriptor = CacheDescriptor {
            budget_bytes: 33 << 20,
            format: wgpu::TextureFormat::R8Unorm,
            commit: CommitPolicy::Stepwise,
            page_side: Some(2048),
            staging_bytes: Some(64 << 20),
            ..Default::default()
        };
        let made = PixmapCache::<String>::new(&gpu.device, &gpu.queue, &descriptor);
        let mut cache = made.expect("a cache");
        let mut rng = noise::rng(16);
        let mut taken = Vec::new();
        while cache.stats().submissions < 40 {
            cache.begin_frame();
            let pixmap = noise(&mut rng, PixelFormat::R8, Size::new(600, 500));
            taken.push((cache.insert(&pixmap).expect("room for one"), pixmap));
            assert!(
                taken.len() < 300,
                "2 MiB may wait, 90 MB are submitted forty times"
            );
            gpu.finish().await;
        }
        assert!(cache.stats().moves > 0, "{:?}", cache.stats());
        let resident = taken.iter().filter(|(key, _)| cache.contains(*key)).count();
        assert!(resident >= 20, "{resident} are resident");
        for (key, pixmap) in taken {
            if cache.contains(key) {
                let back = cache.read_back_async(key).await.expect("resident");
                assert!(back == pixmap, "{key:?} read back");
            }
        }
    })
    .await;
}

//! A request for more memory than a device has is an error, after which the device works as before.

use pixmap_cache::{CacheDescriptor, CommitPolicy, CreateError, PixelFormat, PixmapCache, Size};

use crate::adapters::{Gpu, each_gpu_within};
use crate::churn::Churn;
use crate::draw::Painter;
use crate::noise::{self, noise, rgba_pages};
use crate::target::Target;

/// 64 GiB in pages of 256 MiB, the most that the default limits address.
fn too_much(commit: CommitPolicy) -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes: 64 << 30,
        format: wgpu::TextureFormat::Rgba8Unorm,
        commit,
        page_side: Some(8192),
        ..Default::default()
    }
}

/// GL never reports a lack of memory, and may only find out when the texture is written.
fn each_gpu_that_reports_memory(test: impl Fn(&Gpu)) {
    each_gpu_within(wgpu::Limits::default(), |gpu| {
        if gpu.backend != wgpu::Backend::Gl {
            test(gpu);
        }
        assert_pixels(gpu);
    });
}

fn assert_pixels(gpu: &Gpu) {
    let mut churn = Churn::new(gpu, &rgba_pages(CommitPolicy::Upfront, 4, 64), 14);
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let painter = Painter::of_cache(gpu, &churn.cache, target.format());
    for _ in 0..200 {
        churn.step();
    }
    pollster::block_on(gpu.run(churn.check(gpu, &painter, &target)));
}

#[test]
fn a_cache_larger_than_memory_is_refused_and_the_device_lives() {
    each_gpu_that_reports_memory(|gpu| {
        let made = PixmapCache::<String>::new(&gpu.device, &gpu.queue, &too_much(CommitPolicy::Upfront));
        let error = made.expect_err("64 GiB at once");
        let CreateError::OutOfMemory { bytes } = error else {
            panic!("{error}");
        };
        assert!(bytes > 1 << 30, "the error names the texture: {bytes} bytes");
    });
}

/// The first step would be 8 GiB.
#[test]
fn a_texture_that_finds_no_memory_is_made_smaller() {
    each_gpu_that_reports_memory(|gpu| {
        let made = PixmapCache::<String>::new(&gpu.device, &gpu.queue, &too_much(CommitPolicy::Stepwise));
        let mut cache = made.expect("no texture yet");
        let pixmap = noise(&mut noise::rng(15), PixelFormat::Rgba8, Size::new(80, 80));
        let key = cache
            .insert(&pixmap)
            .expect("less memory than asked for is enough");
        let back = cache.read_back(key).expect("resident");
        assert!(back == pixmap, "the pixels that went in");
        let stats = cache.stats();
        let smaller = stats.pages < stats.max_pages / 8;
        assert!(smaller || !gpu.software, "{stats:?}");
    });
}

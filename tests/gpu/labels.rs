//! Every texture and buffer of a cache has its label, by the device's own report of allocations.

use std::collections::BTreeSet;

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapCache, Size};

use crate::adapters::{Gpu, each_gpu};
use crate::noise::{self, noise, rgba_pages};

const PAGE_SIDE: u32 = 128;

/// GL and Metal report no allocations.
fn each_gpu_that_reports_allocations(test: impl Fn(&Gpu)) {
    each_gpu(|gpu| {
        if matches!(gpu.backend, wgpu::Backend::Vulkan | wgpu::Backend::Dx12) {
            test(gpu);
        }
    });
}

/// Labels of all allocations, without wgpu's own.
fn labels(device: &wgpu::Device) -> BTreeSet<String> {
    let report = device.generate_allocator_report().expect("a report");
    let names = report.allocations.into_iter().map(|allocation| allocation.name);
    names
        .filter(|name| !name.starts_with("(wgpu internal)"))
        .collect()
}

fn descriptor(label: wgpu::Label<'_>) -> CacheDescriptor<'_> {
    CacheDescriptor {
        label,
        ..rgba_pages(CommitPolicy::Stepwise, 16, PAGE_SIDE)
    }
}

/// Commits two textures, with pixels on their way.
fn fill(cache: &mut PixmapCache) {
    let mut rng = noise::rng(31);
    while cache.page_count() < 4 {
        let pixmap = noise(&mut rng, PixelFormat::Rgba8, Size::new(PAGE_SIDE, PAGE_SIDE));
        cache.insert(&pixmap).expect("room");
    }
    cache.flush();
}

fn check(device: &wgpu::Device, label: &str) {
    let seen = labels(device);
    let objects = ["pages 0", "pages 1", "placeholder", "region table", "staging"];
    let expected = objects.map(|object| format!("{label}: {object}"));
    assert_eq!(
        seen,
        BTreeSet::from(expected),
        "the objects of a cache have its label"
    );
}

#[test]
fn textures_and_buffers_have_the_caches_label() {
    each_gpu_that_reports_allocations(|gpu| {
        for (label, expected) in [(Some("icons"), "icons"), (None, "pixmap-cache")] {
            let (device, queue) = gpu.another_device(wgpu::Limits::downlevel_webgl2_defaults());
            let cache = PixmapCache::new(&device, &queue, &descriptor(label));
            let mut cache = cache.expect("a cache");
            fill(&mut cache);
            check(&device, expected);
        }
    });
}

#[test]
fn a_cache_keeps_its_label_on_another_device() {
    each_gpu_that_reports_allocations(|gpu| {
        let cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(Some("icons")));
        let mut cache: PixmapCache = cache.expect("a cache");
        fill(&mut cache);
        let (device, queue) = gpu.another_device(wgpu::Limits::downlevel_webgl2_defaults());
        cache
            .recreate(&device, &queue)
            .expect("the other device has memory");
        fill(&mut cache);
        cache
            .insert(&noise(&mut noise::rng(32), PixelFormat::Rgba8, Size::new(8, 8)))
            .expect("room");
        cache.flush();
        check(&device, "icons");
    });
}

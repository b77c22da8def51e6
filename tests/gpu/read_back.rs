//! Pixels are read back while other threads poll the device, and until it is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use pixmap_cache::{CommitPolicy, PixelFormat, PixmapCache, Size};

use crate::adapters::{Gpu, each_gpu};
use crate::noise::{self, noise, rgba_pages};

/// Enough repetitions that a race would make some of them fail.
const READINGS: usize = 3000;
const POLLING_THREADS: usize = 3;

#[test]
fn pixels_come_back_beside_threads_that_poll() {
    each_gpu(|gpu| {
        let descriptor = rgba_pages(CommitPolicy::Upfront, 4, 64);
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let pixmap = noise(&mut noise::rng(16), PixelFormat::Rgba8, Size::new(24, 9));
        let key = cache.insert(&pixmap).expect("room");
        let ended = AtomicBool::new(false);
        let mut came_back = 0;
        std::thread::scope(|scope| {
            for _ in 0..POLLING_THREADS {
                scope.spawn(|| poll_until(gpu, &ended));
            }
            for _ in 0..READINGS {
                came_back += usize::from(cache.read_back(key).as_ref() == Ok(&pixmap));
            }
            ended.store(true, Ordering::Relaxed);
        });
        assert_eq!(came_back, READINGS, "readings, as it went in");
    });
}

fn poll_until(gpu: &Gpu, ended: &AtomicBool) {
    while !ended.load(Ordering::Relaxed) {
        let _ = gpu.device.poll(wgpu::PollType::wait_indefinitely());
    }
}

//! From WebGPU to WebGL2, as a page does whose device was lost and that gets no other.

use pixmap_cache::{CacheDescriptor, CreateError, PixelFormat, PixmapCache, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::on_each_gpu;
use crate::noise::{self, noise};

#[wasm_bindgen_test]
async fn a_bgra_cache_stays_where_it_is_if_the_other_device_has_no_bgra() {
    on_each_gpu(async |gpu| {
        let (device, queue) = gpu.device_of(wgpu::Backend::BrowserWebGpu).await;
        let format = wgpu::TextureFormat::Bgra8Unorm;
        let descriptor = CacheDescriptor {
            format,
            ..Default::default()
        };
        let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
        let pixmap = noise(&mut noise::rng(13), PixelFormat::Bgra8, Size::new(9, 9));
        let key = cache.insert(&pixmap).expect("room");
        let moved = cache.recreate(&gpu.device, &gpu.queue);
        if gpu.is_webgl() {
            assert_eq!(moved, Err(CreateError::UnsupportedFormat { format }));
            assert!(cache.contains(key), "nothing has changed");
        } else {
            assert_eq!(moved, Ok(Vec::new()), "BGRA is there");
            assert!(!cache.contains(key), "no copy of its pixels was kept");
        }
    })
    .await;
}

//! Pixmaps and pages that are larger than any buffer of the device: they go in, and come back, in bands of rows.

use pixmap_cache::{CommitPolicy, PixelFormat, PixmapCache, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{on_each_gpu_within, small_buffers};
use crate::noise::{self, noise, rgba_pages};
use crate::record::Record;

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_pixmap_larger_than_any_buffer_comes_back_as_it_went_in() {
    on_each_gpu_within(small_buffers(), async |gpu| {
        // Its buffers are never smaller than by default.
        if gpu.is_webgpu() {
            return;
        }
        let descriptor = rgba_pages(CommitPolicy::Upfront, 2, 512);
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let pixmap = noise(&mut noise::rng(24), PixelFormat::Rgba8, Size::new(500, 499));
        let max_buffer_bytes = gpu.device.limits().max_buffer_size;
        assert!(pixmap.bytes.len() as u64 > max_buffer_bytes, "{max_buffer_bytes}");
        let mut record = Record::default();
        record.alive.push((cache.insert(&pixmap).expect("room"), pixmap));
        record.check_read_back(&mut cache).await;
        record.check_pages(&mut cache).await;
    })
    .await;
}

//! The uploader without threads: pixmaps come from tasks between frames.

use std::cell::Cell;
use std::rc::Rc;

use pixmap_cache::{CommitPolicy, Found, PixelFormat, PixmapBuf, PixmapCache, Size, UploadDescriptor};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::on_each_gpu;
use crate::adapters::platform;
use crate::noise::{self, noise, rgba_pages};

fn pixmap(number: u64) -> PixmapBuf {
    noise(&mut noise::rng(number), PixelFormat::Rgba8, Size::new(24, 17))
}

#[wasm_bindgen_test]
async fn requested_pixmaps_come_from_tasks() {
    on_each_gpu(async |gpu| {
        let mut descriptor = rgba_pages(CommitPolicy::Stepwise, 16, 128);
        // Three a frame, so that they queue.
        descriptor.uploads = UploadDescriptor {
            upload_bytes_per_frame: 6000,
            ..Default::default()
        };
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let asked = Rc::new(Cell::new(0));
        let mut ready = 0;
        for _ in 0..500 {
            cache.begin_frame();
            ready = 0;
            for number in 0..60_u64 {
                let (device, asked) = (gpu.device.clone(), Rc::clone(&asked));
                let found = cache.find_or_request(number.to_string().as_str(), |request| {
                    asked.set(asked.get() + 1);
                    spawn_local(async move {
                        for _ in 0..number % 5 {
                            platform::turn(&device).await;
                        }
                        request.deliver(pixmap(number)).expect("room in the queue");
                    });
                });
                if let Found::Ready(_) = found {
                    ready += 1;
                }
            }
            cache.flush();
            platform::turn(&gpu.device).await;
            if ready == 60 {
                break;
            }
        }
        assert_eq!(ready, 60, "all have arrived");
        assert_eq!(asked.get(), 60, "each was requested once");
        let uploader = cache.uploader();
        spawn_local(async move {
            uploader
                .upload("7".to_owned(), pixmap(1007))
                .expect("room in the queue");
        });
        platform::turn(&gpu.device).await;
        cache.begin_frame();
        for number in 0..60 {
            let key = cache.find(number.to_string().as_str()).expect("resident");
            let back = cache.read_back_async(key).await.expect("resident");
            let expected = if number == 7 { 1007 } else { number };
            assert!(back == pixmap(expected), "{number} as it was delivered last");
        }
    })
    .await;
}

//! Tasks in place of threads: pixmaps come from them between frames, and what they await wakes them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pixmap_cache::{CommitPolicy, Found, PixelFormat, PixmapBuf, PixmapCache, Size, UploadDescriptor};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::on_each_gpu;
use crate::adapters::platform;
use crate::noise::{self, noise, rgba_pages};

/// Turns of the event loop in which a GPU is done with a copy.
const TURNS: u32 = 500;

fn pixmap(number: u64) -> PixmapBuf {
    noise(&mut noise::rng(number), PixelFormat::Rgba8, Size::new(24, 17))
}

/// Starts a task that sleeps until `future` wakes it. Returns where its output will be.
fn start<T: 'static>(future: impl Future<Output = T> + 'static) -> Rc<RefCell<Option<T>>> {
    let output = Rc::new(RefCell::new(None));
    let told = Rc::clone(&output);
    spawn_local(async move {
        let output = future.await;
        *told.borrow_mut() = Some(output);
    });
    output
}

fn cache(device: &wgpu::Device, queue: &wgpu::Queue) -> PixmapCache {
    let descriptor = rgba_pages(CommitPolicy::Stepwise, 16, 128);
    PixmapCache::new(device, queue, &descriptor).expect("a cache")
}

#[wasm_bindgen_test]
async fn a_task_that_awaits_pixels_is_woken() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(&gpu.device, &gpu.queue);
        let key = cache.insert(&pixmap(1)).expect("room");
        let back = start(cache.read_back_async(key));
        for _ in 0..TURNS {
            platform::turn(&gpu.device, &gpu.queue).await;
            if back.borrow().is_some() {
                break;
            }
        }
        assert_eq!(back.take(), Some(Ok(pixmap(1))), "the task has its pixels");
    })
    .await;
}

/// Nothing else polls the device: that of `gpu` is another one.
#[wasm_bindgen_test]
async fn to_poll_for_pixels_is_to_poll_the_device() {
    on_each_gpu(async |gpu| {
        let (device, queue) = gpu.device_elsewhere().await;
        let mut cache = cache(&device, &queue);
        let key = cache.insert(&pixmap(2)).expect("room");
        let mut reading = Box::pin(cache.read_back_async(key));
        let mut back = Poll::Pending;
        for _ in 0..TURNS {
            back = reading.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if back.is_ready() {
                break;
            }
            platform::turn(&gpu.device, &gpu.queue).await;
        }
        assert_eq!(back, Poll::Ready(Ok(pixmap(2))), "the pixels have come");
    })
    .await;
}

#[wasm_bindgen_test]
async fn all_tasks_that_await_a_verdict_are_woken() {
    on_each_gpu(async |gpu| {
        let cache = cache(&gpu.device, &gpu.queue);
        let verdicts = [(); 3].map(|()| start(cache.device_verdict()));
        for _ in 0..TURNS {
            platform::turn(&gpu.device, &gpu.queue).await;
            if verdicts.iter().all(|verdict| verdict.borrow().is_some()) {
                break;
            }
        }
        for verdict in verdicts {
            assert_eq!(verdict.take(), Some(Ok(())), "each task is told");
        }
    })
    .await;
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
                let (device, queue, asked) = (gpu.device.clone(), gpu.queue.clone(), Rc::clone(&asked));
                let found = cache.find_or_request(number.to_string().as_str(), |request| {
                    asked.set(asked.get() + 1);
                    spawn_local(async move {
                        for _ in 0..number % 5 {
                            platform::turn(&device, &queue).await;
                        }
                        request.deliver(pixmap(number)).expect("room in the queue");
                    });
                });
                if let Found::Ready(_) = found {
                    ready += 1;
                }
            }
            cache.flush();
            platform::turn(&gpu.device, &gpu.queue).await;
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
        platform::turn(&gpu.device, &gpu.queue).await;
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

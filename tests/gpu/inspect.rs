//! Pages as images show what went in, both read at once and as futures.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use image::RgbaImage;
use pixmap_cache::inspect::PageImage;
use pixmap_cache::{
    CacheDescriptor, CommitPolicy, PageIndex, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, ReadBackError,
};

use crate::adapters::{Gpu, each_gpu};
use crate::noise::{self, noise, random_size};

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls a future as a drawing application does: again after it was woken, with the device polled in between.
fn awaited(gpu: &Gpu, image: PageImage) -> Result<RgbaImage, ReadBackError> {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut image = pin!(image);
    loop {
        let seen = woken.0.load(Ordering::Relaxed);
        if let Poll::Ready(outcome) = image.as_mut().poll(&mut context) {
            return outcome;
        }
        gpu.wait();
        assert!(
            woken.0.load(Ordering::Relaxed) > seen,
            "the task is woken when the device is polled"
        );
    }
}

/// Checks that every entry of a page has its own texels, and returns how many there are.
fn check(cache: &PixmapCache, page: PageIndex, image: &RgbaImage, taken: &[(PixmapKey, PixmapBuf)]) -> usize {
    let here = taken
        .iter()
        .filter_map(|(key, pixmap)| Some((cache.region(*key)?, pixmap)));
    let here = here.filter(|(region, _)| region.page == page);
    here.map(|(region, pixmap)| {
        let own = pixmap.to_image().expect("sound");
        let rect = region.rect;
        let shown = image::imageops::crop_imm(image, rect.x, rect.y, rect.width, rect.height).to_image();
        assert!(shown == own, "{rect:?} of {page:?}");
    })
    .count()
}

fn filled(
    gpu: &Gpu,
    format: wgpu::TextureFormat,
    pixels: PixelFormat,
) -> (PixmapCache, Vec<(PixmapKey, PixmapBuf)>) {
    let descriptor = CacheDescriptor {
        budget_bytes: 1 << 20,
        format,
        commit: CommitPolicy::Stepwise,
        page_side: Some(128),
        ..Default::default()
    };
    let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    let mut rng = noise::rng(5);
    let mut taken = Vec::new();
    for _ in 0..400 {
        cache.begin_frame();
        let size = random_size(&mut rng, 40);
        let pixmap = noise(&mut rng, pixels, size);
        taken.push((cache.insert(&pixmap).expect("one a frame has room"), pixmap));
    }
    (cache, taken)
}

#[test]
fn a_page_waited_for_and_awaited_shows_what_went_in() {
    use wgpu::TextureFormat as F;
    let formats = [
        (F::Rgba8Unorm, PixelFormat::Rgba8),
        (F::Rgba8UnormSrgb, PixelFormat::Bgra8),
        (F::Bgra8UnormSrgb, PixelFormat::Rgba8),
        (F::Bgra8Unorm, PixelFormat::Bgra8),
        (F::R8Unorm, PixelFormat::R8),
    ];
    each_gpu(|gpu| {
        for (format, pixels) in formats {
            let (mut cache, taken) = filled(gpu, format, pixels);
            let mut checked = 0;
            for page in cache.pages().collect::<Vec<_>>() {
                let waited = cache.page_image(page).expect("committed");
                let image = cache.page_image_async(page);
                assert!(awaited(gpu, image) == Ok(waited.clone()), "{format:?}, {page:?}");
                assert_eq!(waited.dimensions(), (128, 128));
                checked += check(&cache, page, &waited, &taken);
            }
            assert_eq!(checked, cache.len(), "every entry, {format:?}");
        }
    });
}

/// An application may poll the future once per frame and never poll the device.
#[test]
fn an_image_that_is_polled_arrives_without_polling_the_device() {
    each_gpu(|gpu| {
        let (mut cache, taken) = filled(gpu, wgpu::TextureFormat::Rgba8Unorm, PixelFormat::Rgba8);
        let page = cache.pages().next().expect("a page");
        let image = polled(cache.page_image_async(page)).expect("committed");
        assert!(check(&cache, page, &image, &taken) > 0, "nothing on it");
    });
}

/// A future alone still yields its image or an error.
#[test]
fn a_future_ends_when_cache_device_and_queue_are_gone() {
    each_gpu(|gpu| {
        let (device, queue) = gpu.another_device(wgpu::Limits::downlevel_webgl2_defaults());
        let descriptor = CacheDescriptor::default();
        let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
        let white = RgbaImage::from_pixel(9, 7, image::Rgba([255; 4]));
        let key = cache.insert(&white).expect("room");
        let region = cache.region(key).expect("resident");
        let (image, forgotten) = (
            cache.page_image_async(region.page),
            cache.page_image_async(region.page),
        );
        drop((cache, device, queue, forgotten));
        let image = polled(image).expect("submitted before the queue was dropped");
        let rect = region.rect;
        let shown = image::imageops::crop_imm(&image, rect.x, rect.y, rect.width, rect.height).to_image();
        assert!(shown == white, "the texels that went in");
    });
}

/// Polls until the image is ready, more often than any GPU can take.
fn polled(image: PageImage) -> Result<RgbaImage, ReadBackError> {
    let mut image = pin!(image);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..10_000_000 {
        if let Poll::Ready(outcome) = image.as_mut().poll(&mut context) {
            return outcome;
        }
        std::thread::yield_now();
    }
    panic!("not ready, however often it was polled");
}

#[test]
fn an_awaited_page_is_as_it_was_when_it_was_requested() {
    each_gpu(|gpu| {
        let (mut cache, taken) = filled(gpu, wgpu::TextureFormat::Rgba8Unorm, PixelFormat::Rgba8);
        let page = cache.pages().next().expect("a page");
        let before = cache.page_image(page).expect("committed");
        let image = cache.page_image_async(page);
        cache.clear();
        for (_, pixmap) in taken.iter().rev() {
            cache.begin_frame();
            cache.insert(pixmap).expect("room");
            cache.flush();
        }
        assert!(
            cache.page_image(page) != Ok(before.clone()),
            "other texels by now"
        );
        drop(cache);
        assert!(
            awaited(gpu, image) == Ok(before),
            "not as it was when it was asked for"
        );
    });
}

#[test]
fn pages_that_are_not_there_and_lost_devices_are_errors() {
    each_gpu(|gpu| {
        let (mut cache, _) = filled(gpu, wgpu::TextureFormat::Rgba8Unorm, PixelFormat::Rgba8);
        let nowhere = PageIndex(1000);
        assert_eq!(cache.page_image(nowhere).err(), Some(ReadBackError::NotResident));
        let image = cache.page_image_async(nowhere);
        assert_eq!(pollster::block_on(image).err(), Some(ReadBackError::NotResident));
        drop(cache.page_image_async(PageIndex(0)));
        assert!(
            cache.page_image(PageIndex(0)).is_ok(),
            "an abandoned future has no effect"
        );

        let (device, queue) = gpu.another_device(wgpu::Limits::downlevel_webgl2_defaults());
        let descriptor = CacheDescriptor::default();
        let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
        cache.insert(&RgbaImage::new(4, 4)).expect("room");
        let under_way = cache.page_image_async(PageIndex(0));
        device.destroy();
        let ended = polled(under_way);
        assert_ne!(ended.err(), Some(ReadBackError::NotResident), "it ends");
        let image = cache.page_image_async(PageIndex(0));
        let _ = device.poll(wgpu::PollType::Poll);
        assert_eq!(pollster::block_on(image).err(), Some(ReadBackError::Device));
        assert_eq!(cache.page_image(PageIndex(0)).err(), Some(ReadBackError::Device));
    });
}

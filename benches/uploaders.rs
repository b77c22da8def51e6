//! *Uploaders*: how much eight threads that upload as fast as they can slow down a cache's owner.
//!
//! Run it with `cargo bench --bench uploaders`. Both ways, a frame takes in the same number of pixmaps with the same names:
//! from the queue, or through `insert_named` and `replace`. The time covers the owner's part, `begin_frame` to `flush`. A
//! frame doesn't count if the queue held fewer pixmaps. The two ways take turns, and medians of the rounds are compared.

use std::thread;
use std::time::{Duration, Instant};

use bench_kit::gpu::{Samples, each_gpu};
use pixmap_cache::{CacheDescriptor, PixelFormat, PixmapBuf, PixmapCache, Size, UploadDescriptor, Uploader};

const THREADS: u32 = 8;
const SIDE: u32 = 32;
/// Pixmaps taken in by each frame: 1 MiB.
const UPLOADS_PER_FRAME: u32 = 256;
/// A pixmap's bytes as the queue counts them.
const PIXMAP_BYTES: u64 = (SIDE * SIDE * 4) as u64 + 128;
/// More than fit, so that frames evict.
const NAMES: u32 = 10_000;
/// Lookups in each frame.
const FINDS: u32 = 500;
const FRAMES: u32 = 300;
const ROUNDS: usize = 9;
/// Pause after each frame, in which the queue fills up again.
const REST: Duration = Duration::from_millis(4);
const MAX_RATIO: f64 = 2.0;

type Cache = PixmapCache<u32>;

fn cache(device: &wgpu::Device, queue: &wgpu::Queue) -> Cache {
    let descriptor = CacheDescriptor {
        budget_bytes: 32 << 20,
        uploads: UploadDescriptor {
            queue_bytes: 4 * u64::from(UPLOADS_PER_FRAME) * PIXMAP_BYTES,
            upload_bytes_per_frame: u64::from(UPLOADS_PER_FRAME) * PIXMAP_BYTES,
            ..Default::default()
        },
        ..Default::default()
    };
    PixmapCache::new(device, queue, &descriptor).expect("a cache")
}

fn pixmap(name: u32) -> PixmapBuf {
    let bytes = vec![name as u8; (SIDE * SIDE * 4) as usize];
    PixmapBuf::new(PixelFormat::Rgba8, Size::new(SIDE, SIDE), bytes)
}

/// Uploads the thread's names in turn until the cache is dropped.
fn saturate(uploader: Uploader<u32>, thread: u32) {
    let mut names = (thread..NAMES).step_by(THREADS as usize).cycle();
    while let Some(name) = names.next()
        && uploader.upload_blocking(name, pixmap(name)).is_ok()
    {}
}

fn find_some(cache: &mut Cache, frame: u32) {
    for find in 0..FINDS {
        std::hint::black_box(cache.find(&((frame * 31 + find * 17) % NAMES)));
    }
}

/// Times the owner's part of each frame that took in all of its pixmaps.
fn frames_with_uploaders(cache: &mut Cache, after_frame: &dyn Fn()) -> Samples {
    let mut times = Samples::default();
    for frame in 0..FRAMES {
        let taken_in = cache.stats().taken_in;
        let start = Instant::now();
        cache.begin_frame();
        find_some(cache, frame);
        cache.flush();
        let time = start.elapsed();
        if cache.stats().taken_in - taken_in == u64::from(UPLOADS_PER_FRAME) {
            times.push(time);
        }
        after_frame();
        thread::sleep(REST);
    }
    assert_eq!(cache.stats().refused, 0);
    times
}

fn frames_alone(cache: &mut Cache, after_frame: &dyn Fn()) -> Samples {
    let mut names = (0..NAMES).cycle();
    let mut times = Samples::default();
    for frame in 0..FRAMES {
        let ready: Vec<(u32, PixmapBuf)> = (0..UPLOADS_PER_FRAME)
            .filter_map(|_| names.next())
            .map(|name| (name, pixmap(name)))
            .collect();
        let start = Instant::now();
        cache.begin_frame();
        for (name, pixmap) in ready {
            take_in(cache, name, &pixmap);
        }
        find_some(cache, frame);
        cache.flush();
        times.push(start.elapsed());
        after_frame();
        thread::sleep(REST);
    }
    times
}

fn take_in(cache: &mut Cache, name: u32, pixmap: &PixmapBuf) {
    let resident = cache.find(&name);
    match resident {
        Some(key) => cache.replace(key, pixmap).expect("taken in"),
        None => drop(cache.insert_named(name, pixmap).expect("taken in")),
    }
}

/// A figure of each round, in order.
#[derive(Default)]
struct Rounds {
    medians: Samples,
    p99s: Samples,
    longest: Samples,
}

impl Rounds {
    fn add(&mut self, way: &str, times: &Samples) {
        assert!(
            times.count() >= FRAMES as usize / 2,
            "only {} of {FRAMES} frames took in {UPLOADS_PER_FRAME} pixmaps: the uploaders are too slow",
            times.count()
        );
        let [median, p99, longest] = [50.0, 99.0, 100.0].map(|percent| times.percentile(percent));
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "    {way:<16} median {:.3}, p99 {:.3}, longest {:.3} ms; {} frames",
            ms(median),
            ms(p99),
            ms(longest),
            times.count()
        );
        self.medians.push(median);
        self.p99s.push(p99);
        self.longest.push(longest);
    }
}

fn with_uploaders(device: &wgpu::Device, queue: &wgpu::Queue, after_frame: &dyn Fn()) -> Samples {
    let mut cache = cache(device, queue);
    let uploaders: Vec<_> = (0..THREADS)
        .map(|thread| {
            let uploader = cache.uploader();
            thread::spawn(move || saturate(uploader, thread))
        })
        .collect();
    while cache.stats().waiting < THREADS {
        thread::yield_now();
    }
    let times = frames_with_uploaders(&mut cache, after_frame);
    drop(cache);
    for uploader in uploaders {
        uploader.join().expect("no panic");
    }
    times
}

fn alone(device: &wgpu::Device, queue: &wgpu::Queue, after_frame: &dyn Fn()) -> Samples {
    let mut cache = cache(device, queue);
    frames_alone(&mut cache, after_frame)
}

fn compare(device: &wgpu::Device, queue: &wgpu::Queue, after_frame: &dyn Fn()) {
    let (mut without, mut with) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        without.add("alone", &alone(device, queue, after_frame));
        with.add("eight uploaders", &with_uploaders(device, queue, after_frame));
    }
    let ratio =
        |of: fn(&Rounds) -> &Samples| of(&with).median().as_secs_f64() / of(&without).median().as_secs_f64();
    let longest = ratio(|rounds| &rounds.longest);
    println!(
        "    ratio of the medians of {ROUNDS} rounds: median {:.2}, p99 {:.2}, longest {longest:.2} (at most \
         {MAX_RATIO}: {})\n",
        ratio(|rounds| &rounds.medians),
        ratio(|rounds| &rounds.p99s),
        if longest <= MAX_RATIO { "met" } else { "MISSED" }
    );
}

fn main() {
    println!(
        "uploaders: {UPLOADS_PER_FRAME} pixmaps of {SIDE}x{SIDE} and {FINDS} lookups per frame, {FRAMES} frames per round, \
         {} cores",
        thread::available_parallelism().map_or(0, usize::from)
    );
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    println!("\n## noop: the cache's own work\n");
    compare(&device, &queue, &|| {
        let _ = device.poll(wgpu::PollType::Poll);
    });
    each_gpu(|gpu| compare(&gpu.device, &gpu.queue, &|| gpu.wait()));
}

//! *Uploaders*: how much eight threads that upload as fast as they can slow down a cache's owner.
//!
//! Run it with `cargo bench --bench uploaders`. All ways, a frame takes in the same number of pixmaps with the same names:
//! from the queue, or through `insert_named` and `replace`. The time covers the owner's part, `begin_frame` to `flush`. A
//! frame doesn't count if the queue held fewer pixmaps. The ways take turns, and medians of the rounds are compared.
//!
//! *Makers* are the control: as many threads make the same pixmaps, but hand them over through a channel of the standard
//! library between frames. What is longer beside them than alone is the processor's and the allocator's doing, not the
//! queue's.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
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
const ROUNDS: usize = 5;
/// Pause after each frame, in which the queue fills up again.
const REST: Duration = Duration::from_millis(4);
/// How much longer than alone the longest frame may be.
const MAX_RATIO: f64 = 1.5;

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

/// Times frames that take in pixmaps through the owner's own calls.
fn frames_of(
    cache: &mut Cache,
    mut ready: impl FnMut() -> Vec<(u32, PixmapBuf)>,
    after_frame: &dyn Fn(),
) -> Samples {
    let mut times = Samples::default();
    for frame in 0..FRAMES {
        let ready = ready();
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
            "{way}: only {} of {FRAMES} frames took in {UPLOADS_PER_FRAME} pixmaps: the threads are too slow",
            times.count()
        );
        self.medians.push(times.percentile(50.0));
        self.p99s.push(times.percentile(99.0));
        self.longest.push(times.percentile(100.0));
    }

    fn print(&self, way: &str) {
        let ms = |of: &Samples| of.median().as_secs_f64() * 1e3;
        println!(
            "    {way:<16} median {:.3}, p99 {:.3}, longest {:.3}",
            ms(&self.medians),
            ms(&self.p99s),
            ms(&self.longest)
        );
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
    let mut names = (0..NAMES).cycle();
    let ready = || {
        let names = names.by_ref().take(UPLOADS_PER_FRAME as usize);
        names.map(|name| (name, pixmap(name))).collect()
    };
    frames_of(&mut cache(device, queue), ready, after_frame)
}

/// Makes the thread's pixmaps in turn until nobody takes them any more.
fn make(ready: SyncSender<(u32, PixmapBuf)>, thread: u32) {
    let mut names = (thread..NAMES).step_by(THREADS as usize).cycle();
    while let Some(name) = names.next()
        && ready.send((name, pixmap(name))).is_ok()
    {}
}

fn beside_makers(device: &wgpu::Device, queue: &wgpu::Queue, after_frame: &dyn Fn()) -> Samples {
    let (sender, receiver) = sync_channel(4 * UPLOADS_PER_FRAME as usize);
    let makers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || make(sender, thread))
        })
        .collect();
    drop(sender);
    let take = |receiver: &Receiver<_>| receiver.iter().take(UPLOADS_PER_FRAME as usize).collect();
    let times = frames_of(&mut cache(device, queue), || take(&receiver), after_frame);
    drop(receiver);
    for maker in makers {
        maker.join().expect("no panic");
    }
    times
}

fn compare(device: &wgpu::Device, queue: &wgpu::Queue, after_frame: &dyn Fn()) {
    let mut without = Rounds::default();
    let mut beside = Rounds::default();
    let mut with = Rounds::default();
    for _ in 0..ROUNDS {
        without.add("alone", &alone(device, queue, after_frame));
        beside.add("beside makers", &beside_makers(device, queue, after_frame));
        with.add("eight uploaders", &with_uploaders(device, queue, after_frame));
    }
    println!("    medians of {ROUNDS} rounds, ms:");
    without.print("alone");
    beside.print("beside makers");
    with.print("eight uploaders");
    let longest = |rounds: &Rounds| rounds.longest.median().as_secs_f64();
    let ratio = longest(&with) / longest(&without);
    println!(
        "    longest with uploaders / alone {ratio:.2} (at most {MAX_RATIO}: {}), / beside makers {:.2}\n",
        if ratio <= MAX_RATIO { "met" } else { "MISSED" },
        longest(&with) / longest(&beside)
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

//! Eight threads upload as fast as they can while the owner draws and evicts.
//!
//! Each name belongs to one thread, so that its versions have an order. On the noop device a version can be told by the
//! size of its pixmap; on every adapter of the machine, by its texels.

mod common;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use pixmap_cache::{
    CacheDescriptor, CacheStats, CommitPolicy, Found, PixelFormat, PixmapBuf, PixmapCache, Request, Size,
    UploadDescriptor, UploadError, Uploader,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

const THREADS: u32 = 8;
/// Names of each thread; all of them together don't fit into the cache.
const NAMES: u32 = 500;
const QUEUE_BYTES: u64 = 100_000;
const BUDGET_BYTES: u64 = 1 << 20;

/// Names that differ per thread, versions that grow per name.
type Name = u32;
type Cache = PixmapCache<Name>;
type Versions = HashMap<Name, u32>;

fn cache(device: &wgpu::Device, queue: &wgpu::Queue) -> Cache {
    let descriptor = CacheDescriptor {
        budget_bytes: BUDGET_BYTES,
        format: wgpu::TextureFormat::Rgba8Unorm,
        commit: CommitPolicy::Stepwise,
        page_side: Some(128),
        idle: None,
        uploads: UploadDescriptor {
            queue_bytes: QUEUE_BYTES,
            upload_bytes_per_frame: 60_000,
            ..Default::default()
        },
        ..Default::default()
    };
    PixmapCache::new(device, queue, &descriptor).expect("a cache")
}

fn noop_cache() -> Cache {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    cache(&device, &queue)
}

/// Returns a size of its own for each of 1,024 versions, and a texel of its own for each name and version.
fn pixmap(name: Name, version: u32) -> PixmapBuf {
    let size = Size::new(8 + version % 32, 8 + version / 32 % 32);
    let texel = (name * 31 + version * 7919).to_le_bytes();
    let bytes = texel.repeat(size.texels() as usize);
    PixmapBuf::new(PixelFormat::Rgba8, size, bytes)
}

/// What a decoder thread did.
#[derive(Default)]
struct Uploads {
    queued: u64,
    refused: u64,
    newest: Versions,
}

/// A way to upload: with or without waiting.
type Upload = fn(&Uploader<Name>, Name, PixmapBuf) -> Result<(), UploadError<(Name, PixmapBuf)>>;

const WAIT: Upload = |uploader, name, pixmap| uploader.upload_blocking(name, pixmap);
const TRY: Upload = |uploader, name, pixmap| uploader.upload(name, pixmap);

fn decode(uploader: &Uploader<Name>, upload: Upload, thread: u32, count: u32) -> Uploads {
    let mut random = Pcg32::seed_from_u64(u64::from(thread));
    let mut versions = Versions::new();
    let mut uploads = Uploads::default();
    for _ in 0..count {
        // A few names come again and again.
        let spread = if random.random_ratio(1, 4) { 10 } else { NAMES };
        let name = thread * NAMES + random.random_range(0..spread);
        let version = versions.entry(name).and_modify(|v| *v += 1).or_insert(0);
        match upload(uploader, name, pixmap(name, *version)) {
            Ok(()) => {
                uploads.queued += 1;
                uploads.newest.insert(name, *version);
            }
            Err(_) => uploads.refused += 1,
        }
    }
    uploads
}

fn start(cache: &Cache, count: u32, ways: &[Upload]) -> Vec<JoinHandle<Uploads>> {
    (0..THREADS)
        .map(|thread| {
            let uploader = cache.uploader();
            let upload = ways[thread as usize % ways.len()];
            thread::spawn(move || decode(&uploader, upload, thread, count / THREADS))
        })
        .collect()
}

/// Runs a frame: finds some names, and checks that no older version came back.
fn draw(cache: &mut Cache, random: &mut Pcg32, seen: &mut HashMap<Name, Size>) {
    cache.begin_frame();
    check_bounds(&cache.stats());
    for _ in 0..100 {
        let name = random.random_range(0..THREADS * NAMES);
        let Some(key) = cache.find(&name) else { continue };
        let size = cache.size(key).expect("found just now");
        if let Some(before) = seen.insert(name, size) {
            assert!(order(before) <= order(size), "an older version came back");
        }
    }
    cache.flush();
}

/// Returns the version, as no name has 1,024 of them.
fn order(size: Size) -> u32 {
    (size.height - 8) * 32 + size.width - 8
}

fn check_bounds(stats: &CacheStats) {
    assert!(
        stats.queued_bytes <= QUEUE_BYTES,
        "the queue is bounded: {stats:?}"
    );
    assert!(
        stats.set_aside_bytes <= QUEUE_BYTES,
        "what is set aside is bounded: {stats:?}"
    );
    assert!(stats.vram_bytes <= BUDGET_BYTES, "the budget holds: {stats:?}");
}

/// Draws until every thread has ended and everything is taken in. Returns what the threads did, together.
fn draw_until_done(cache: &mut Cache, decoders: Vec<JoinHandle<Uploads>>) -> Uploads {
    let mut random = Pcg32::seed_from_u64(1);
    let mut seen = HashMap::new();
    let has_more = |stats: CacheStats| stats.queued > 0 || stats.set_aside > 0;
    while !decoders.iter().all(JoinHandle::is_finished) || has_more(cache.stats()) {
        draw(cache, &mut random, &mut seen);
    }
    let mut all = Uploads::default();
    for decoder in decoders {
        let uploads = decoder.join().expect("no panic");
        all.queued += uploads.queued;
        all.refused += uploads.refused;
        all.newest.extend(uploads.newest);
    }
    let most = all.newest.values().max().expect("some");
    assert!(*most < 1024, "sizes tell versions apart");
    all
}

/// Checks that nothing was lost or taken in twice, and that what is resident is the newest.
fn check(cache: &Cache, uploads: &Uploads) {
    let stats = cache.stats();
    assert_eq!(
        stats.taken_in + stats.superseded,
        uploads.queued,
        "nothing lost, nothing twice"
    );
    assert_eq!(stats.uploads, stats.taken_in);
    assert_eq!((stats.queued, stats.queued_bytes, stats.waiting), (0, 0, 0));
    assert!(stats.evictions > 0, "more than fits was uploaded");
    assert!(cache.len() > 100, "entries to compare");
    for (key, name) in cache.iter() {
        let name = *name.expect("all have names");
        let newest = pixmap(name, uploads.newest[&name]);
        assert_eq!(cache.size(key), Some(newest.size), "newest wins");
    }
}

#[test]
fn eight_threads_lose_nothing_and_the_newest_wins() {
    let mut cache = noop_cache();
    let decoders = start(&cache, 100_000, &[WAIT]);
    let uploads = draw_until_done(&mut cache, decoders);
    assert_eq!((uploads.queued, uploads.refused), (100_000, 0));
    check(&cache, &uploads);
    assert_eq!(cache.stats().refused, 0);
}

#[test]
fn threads_that_wait_and_threads_that_do_not_share_a_queue() {
    let mut cache = noop_cache();
    let decoders = start(&cache, 50_000, &[WAIT, TRY]);
    let uploads = draw_until_done(&mut cache, decoders);
    check(&cache, &uploads);
    assert!(uploads.refused > 0, "some were refused");
}

#[test]
fn what_eight_threads_upload_is_drawn_texel_by_texel() {
    common::adapters::each_gpu(|gpu| {
        let mut cache = cache(&gpu.device, &gpu.queue);
        let decoders = start(&cache, 20_000, &[WAIT]);
        let uploads = draw_until_done(&mut cache, decoders);
        check(&cache, &uploads);
        let entries: Vec<_> = cache
            .iter()
            .map(|(key, name)| (key, *name.expect("named")))
            .collect();
        for (key, name) in entries.into_iter().step_by(5) {
            let drawn = cache.read_back(key).expect("resident");
            assert!(
                drawn == pixmap(name, uploads.newest[&name]),
                "{name} has the newest's texels"
            );
        }
    });
}

/// The jobs of a name.
#[derive(Default)]
struct Job {
    running: AtomicBool,
    calls: AtomicU32,
}

impl Job {
    fn begin(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let other = self.running.swap(true, Ordering::SeqCst);
        assert!(!other, "one job for a name at a time");
    }

    /// Fails for every fourth name; every fourth call of a job panics, and every fourth drops its request.
    fn run(&self, request: Request<Name>) {
        let name = *request.name();
        let call = self.calls.load(Ordering::SeqCst);
        // Before the request ends: from then on the owner may request the name again.
        self.running.store(false, Ordering::SeqCst);
        match (name % 4, call % 4) {
            (0, _) => request.fail("unreadable"),
            (_, 2) => drop(request),
            (_, 3) => std::panic::resume_unwind(Box::new("expected here")),
            _ => request
                .deliver_blocking(pixmap(name, 600))
                .expect("the cache is there"),
        }
    }
}

#[test]
fn names_requested_by_a_drawing_owner_have_one_job_at_a_time() {
    let mut cache = noop_cache();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(THREADS as usize)
        .panic_handler(|_| {})
        .build()
        .expect("threads");
    let jobs: Arc<Vec<Job>> = Arc::new((0..1000).map(|_| Job::default()).collect());
    let mut random = Pcg32::seed_from_u64(2);
    let (mut ready, mut failed) = (0_u64, 0_u64);
    for _ in 0..10_000 {
        cache.begin_frame();
        check_bounds(&cache.stats());
        for _ in 0..50 {
            let name = random.random_range(0..jobs.len() as u32);
            let found = cache.find_or_request(&name, |request| {
                let jobs = Arc::clone(&jobs);
                jobs[name as usize].begin();
                pool.spawn(move || jobs[name as usize].run(request));
            });
            match found {
                Found::Ready(_) => ready += 1,
                Found::Failed(_) => failed += 1,
                _ => {}
            }
        }
        cache.flush();
        // A fast owner would be done before the pool has begun. But the pool can't go on while the owner doesn't take in.
        let running = |job: &&Job| job.running.load(Ordering::SeqCst);
        while jobs.iter().filter(running).count() > 200 && cache.stats().waiting == 0 {
            thread::yield_now();
        }
        if ready >= 5_000 && failed >= 2_000 {
            break;
        }
    }
    assert!(
        ready >= 5_000 && failed >= 2_000,
        "{ready} ready, {failed} failed"
    );
    let most = |name: usize| jobs[name].calls.load(Ordering::SeqCst);
    assert!(
        (0..jobs.len()).any(|name| most(name) > 2),
        "some were requested again"
    );
}

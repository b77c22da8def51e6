//! *Startup*: from the start of a program to its first complete frame, step by step.
//!
//! Each start is a process of its own: this program runs itself again. Two programs are measured. *Small* draws 40 sprites
//! of 8 pixmaps, as the example `minimal` does; *wall* draws all 3,724 emoji, as the first frame of `atlas_demo` does
//! without a display. The second frame shows what the first one costs only once. Medians of several starts.

use std::process::Command;
use std::time::{Duration, Instant};

use bench_kit::columns::aligned_figures;
use bench_kit::gpu::Samples;
use kit::draw::Gpu;
use kit::draw::gpu::AdapterChoice;
use kit::draw::offscreen::{FORMAT, Offscreen};
use kit::pictures::emoji::EmojiSet;
use kit::pictures::texels::{Texels, to_pixmap};
use kit::wall::camera::{Route, Tour};
use kit::wall::renderer::{Renderer, Sprite, View};
use kit::wall::{PICTURE_SHARE, Wall, place_on_card, raster_side};
use pixmap_cache::{CacheDescriptor, PixmapCache, Size};

use crate::report::Report;

const STARTS: usize = 5;
const SCREEN: Size = Size {
    width: 1_280,
    height: 720,
};
/// The argument that makes this program a start: followed by the backend and the number of pictures.
const CHILD: &str = "--startup-child";
const STEPS: [&str; 7] = [
    "device",
    "cache",
    "pixmaps made",
    "find, insert, flush",
    "pipeline",
    "drawn",
    "second frame",
];

/// Runs a start if the arguments ask for one. Returns whether they did.
pub fn ran_as_child(arguments: &[String]) -> bool {
    let Some(at) = arguments.iter().position(|argument| argument == CHILD) else {
        return false;
    };
    let backend = match arguments[at + 1].as_str() {
        "vulkan" => wgpu::Backends::VULKAN,
        _ => wgpu::Backends::GL,
    };
    let pictures = arguments[at + 2].parse().expect("a number");
    let times = start(backend, pictures).map(|time| time.as_nanos().to_string());
    println!("{}", times.join(" "));
    true
}

pub fn run(_: &mut Report) {
    let all = EmojiSet::shuffled(0).count();
    let mut headings = vec!["ms".to_owned(), "in all".to_owned()];
    headings.extend(STEPS.map(str::to_owned));
    let mut lines = vec![headings];
    for backend in ["vulkan", "gl"] {
        for (name, pictures) in [("small", 8), ("wall", all)] {
            lines.push(line(&format!("{name}, {backend}"), backend, pictures));
        }
    }
    println!("{STARTS} starts each\n\n{}", aligned_figures(&lines));
}

fn line(name: &str, backend: &str, pictures: usize) -> Vec<String> {
    let mut steps = STEPS.map(|_| Samples::default());
    let mut in_all = Samples::default();
    for _ in 0..STARTS {
        let times = start_process(backend, pictures);
        in_all.push(times[..STEPS.len() - 1].iter().sum());
        for (step, time) in steps.iter_mut().zip(times) {
            step.push(time);
        }
    }
    let ms = |samples: &Samples| format!("{:.1}", samples.median().as_secs_f64() * 1e3);
    let mut line = vec![name.to_owned(), ms(&in_all)];
    line.extend(steps.iter().map(ms));
    line
}

fn start_process(backend: &str, pictures: usize) -> Vec<Duration> {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new(program)
        .args(["--bench", CHILD, backend, &pictures.to_string()])
        .output()
        .expect("this program runs again");
    let printed = String::from_utf8(output.stdout).expect("text");
    let times: Vec<Duration> = printed
        .split_whitespace()
        .map(|nanoseconds| Duration::from_nanos(nanoseconds.parse().expect("a number")))
        .collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(times.len(), STEPS.len(), "the {backend} start failed: {errors}");
    times
}

/// Returns what each of [`STEPS`] took.
fn start(backends: wgpu::Backends, pictures: usize) -> [Duration; STEPS.len()] {
    let mut clock = Clock(Instant::now());
    let choice = AdapterChoice { backends, name: None };
    let gpu = Gpu::open(&choice).expect("an adapter");
    let device = clock.lap();
    let descriptor = CacheDescriptor {
        budget_bytes: 16 << 20,
        format: FORMAT,
        ..Default::default()
    };
    let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    let created = clock.lap();
    let emoji = EmojiSet::shuffled(0);
    let listing = clock.lap();
    let (view, making, caching) = compose(&mut cache, &emoji, pictures);
    clock.lap();
    let texels = Texels::of(FORMAT);
    let mut renderer = Renderer::new(&gpu, &cache, (texels, FORMAT));
    let target = Offscreen::new(&gpu, SCREEN, FORMAT).expect("a target");
    let pipeline = clock.lap();
    renderer.draw((&cache, &view), &target.frame(0), |_| {});
    gpu.wait().expect("drawn");
    let drawn = clock.lap();
    let (again, ..) = compose(&mut cache, &emoji, pictures);
    renderer.draw((&cache, &again), &target.frame(1), |_| {});
    gpu.wait().expect("drawn");
    let second = clock.lap();
    let picture = target.read(&gpu).expect("a picture");
    assert!(
        picture.pixels().any(|pixel| pixel.0 != picture.get_pixel(0, 0).0),
        "something is drawn"
    );
    [
        device,
        created,
        listing + making,
        caching,
        pipeline,
        drawn,
        second,
    ]
}

/// Makes the view of a frame. Returns also the time for making pixmaps and for the cache.
fn compose(cache: &mut PixmapCache<u32>, emoji: &EmojiSet, pictures: usize) -> (View, Duration, Duration) {
    let start = Instant::now();
    let mut making = Duration::ZERO;
    let wall = Wall::new(pictures as u32, SCREEN);
    let camera = Tour::new(&wall, SCREEN, (Route::Tour, 0)).camera_at(0.0);
    let side = raster_side(camera.pitch * PICTURE_SHARE);
    cache.begin_frame();
    let mut sprites = Vec::new();
    for spot in wall.visible(camera, SCREEN) {
        let found = cache.find(&spot.picture);
        let key = found.unwrap_or_else(|| {
            let start = Instant::now();
            let pixmap = to_pixmap(emoji.rasterize(spot.picture as usize, side), FORMAT);
            making += start.elapsed();
            cache.insert_named(spot.picture, &pixmap).expect("room")
        });
        sprites.push(Sprite {
            spot: [spot.x, spot.y],
            picture: place_on_card(Size::new(side, side), camera.pitch),
            id: key.id(),
        });
    }
    cache.flush();
    let view = View {
        sprites,
        pitch: camera.pitch,
        ..Default::default()
    };
    (view, making, start.elapsed() - making)
}

struct Clock(Instant);

impl Clock {
    fn lap(&mut self) -> Duration {
        let time = self.0.elapsed();
        self.0 = Instant::now();
        time
    }
}

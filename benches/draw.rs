//! *Draw*: 100,000 sprites through the region table, compared with other ways to draw the same pixmaps.
//!
//! *Baked*: the same regions of one plain array texture, with texture coordinates and layer in each instance.
//! *Textures*: a texture, a bind group and a draw call per pixmap, with its sprites in one run, which is the best case for
//! it. *Mipmapped*: a layer with mip levels per pixmap, sampled by the hardware. There sprites are drawn at half the size of
//! their pixmaps, where one level is sampled, and at 3/8, where two are blended; with the others they are drawn at the size
//! of their pixmaps (those of 1 texel from pixmaps of 4) and unblended, so that a fragment
//! is as cheap as possible. The cache is full. Checked: all ways draw the same picture.

mod baked;
mod cached;
mod mipmapped;
mod painter;
mod scene;
mod textures;

use std::time::{Duration, Instant};

use crate::report::{Report, Row, Target};
use baked::Baked;
use bench_kit::columns::aligned;
use bench_kit::gpu::{Gpu, Noise, Samples, Source, each_gpu, interleaved};
use cached::{Cached, KINDS};
use mipmapped::{Levels, Mipmapped, PIXMAP_SIDE};
use painter::{Canvas, Way};
use scene::{SPRITES, Scene};
use textures::Textures;

/// Bytes of a texel may differ by this much, because coordinates are rounded differently.
const TOLERANCE: u8 = 2;

/// Between levels of noise, which the hardware blends by a coarser fraction.
const LEVEL_TOLERANCE: u8 = 4;

pub fn run(report: &mut Report) {
    let noise = Noise::new(Source::Memory);
    each_gpu(|gpu| {
        against_baked(gpu, &noise, report);
        against_textures(gpu, &noise, report);
    });
}

/// The bench *levels*.
pub fn run_levels(report: &mut Report) {
    let noise = Noise::new(Source::Memory);
    let levels = Levels::new(&noise);
    each_gpu(|gpu| against_mipmapped(gpu, (&noise, &levels), report));
}

fn against_baked(gpu: &Gpu, noise: &Noise, report: &mut Report) {
    let headings = [
        "sprites of",
        "baked ms",
        "untiled/baked",
        "upfront/baked",
        "stepwise/baked",
    ];
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    for (side, repetitions) in [(1, 21), (4, 21), (16, 15), (64, 3)] {
        let scene = Scene::new(noise, side, 3_000);
        let [untiled, mut upfront, stepwise] = KINDS.map(|kind| Cached::new(gpu, &scene, kind));
        let baked = Baked::new(gpu, &scene, &mut upfront);
        let canvas = Canvas::new(gpu);
        let ways: [&dyn Way; 4] = [&baked, &untiled, &upfront, &stepwise];
        check_pictures(gpu, (&canvas, TOLERANCE), &ways);
        let (baked, ratios) = compared(gpu, &canvas, (repetitions, ways));
        lines.push(line(side, &baked, ratios));
        if side >= 4 {
            report.add(Row {
                what: format!("draw, {side} px, Upfront without tiles / baked UVs"),
                on: gpu.name.clone(),
                target: Target::AtMost(1.12),
                reached: ratios[0],
                unit: "x",
                note: note(ratios, repetitions),
            });
        }
    }
    println!("{}", aligned(&lines));
}

/// Times of the first way, and the ratios of the others to it.
fn compared(gpu: &Gpu, canvas: &Canvas, (repetitions, ways): (usize, [&dyn Way; 4])) -> (Samples, [f64; 3]) {
    let time = |way: &dyn Way| submit_to_idle(gpu, way.record(gpu, canvas));
    let [first, others @ ..] = interleaved(
        repetitions,
        [
            &mut || time(ways[0]),
            &mut || time(ways[1]),
            &mut || time(ways[2]),
            &mut || time(ways[3]),
        ],
    );
    let ratios = others.each_ref().map(|samples| samples.median_ratio(&first));
    (first, ratios)
}

/// A line of the table of `compared`.
fn line(side: u32, first: &Samples, ratios: [f64; 3]) -> Vec<String> {
    let ratios = ratios.map(|ratio| format!("{ratio:.3}x"));
    [vec![format!("{side} px"), milliseconds(first)], ratios.to_vec()].concat()
}

/// The ratios that have no target.
fn note([_, upfront, stepwise]: [f64; 3], repetitions: usize) -> String {
    format!("with tiles {upfront:.2}x, Stepwise {stepwise:.2}x; median of {repetitions}")
}

fn against_textures(gpu: &Gpu, noise: &Noise, report: &mut Report) {
    let (side, repetitions) = (16, 11);
    let scene = Scene::new(noise, side, 10_000);
    let mut cached = Cached::new(gpu, &scene, KINDS[1]);
    let baked = Baked::new(gpu, &scene, &mut cached);
    let textures = Textures::new(gpu, &scene);
    let canvas = Canvas::new(gpu);
    check_pictures(gpu, (&canvas, TOLERANCE), &[&textures, &cached, &baked]);
    let mut steps = [(); 3].map(|()| Steps::default());
    let [of_textures, of_cached, of_baked] = &mut steps;
    interleaved(
        repetitions,
        [
            &mut || of_textures.take(gpu, &canvas, &textures),
            &mut || of_cached.take(gpu, &canvas, &cached),
            &mut || of_baked.take(gpu, &canvas, &baked),
        ],
    );
    let line = |what: &str, samples: [&Samples; 3]| {
        let ratio = format!("{:.2}x", samples[0].median_ratio(samples[1]));
        let times = samples.map(milliseconds);
        [vec![what.to_owned()], times.to_vec(), vec![ratio]].concat()
    };
    let headings = [
        "16 px, 10,000 pixmaps",
        "textures ms",
        "ours ms",
        "baked ms",
        "textures/ours",
    ];
    let lines = [
        headings.map(str::to_owned).to_vec(),
        line("to encode", steps.each_ref().map(|steps| &steps.encode)),
        line(
            "to encode and submit",
            steps.each_ref().map(|steps| &steps.submit),
        ),
        line(
            "to encode, submit and draw",
            steps.each_ref().map(|steps| &steps.idle),
        ),
    ];
    println!("{}", aligned(&lines));
    let [theirs, ours, _] = &steps;
    let mut add = |what: &str, min_ratio, theirs: &Samples, ours: &Samples| {
        report.add(Row {
            what: format!("draw, texture per pixmap / ours, {what}"),
            on: gpu.name.clone(),
            target: Target::AtLeast(min_ratio),
            reached: theirs.median_ratio(ours),
            unit: "x",
            note: format!("median of {}", repetitions + 1),
        });
    };
    add("to encode", 20.0, &theirs.encode, &ours.encode);
    add("to encode and submit", 1.0, &theirs.submit, &ours.submit);
    add("to encode, submit and draw", 1.0, &theirs.idle, &ours.idle);
}

fn against_mipmapped(gpu: &Gpu, (noise, levels): (&Noise, &Levels), report: &mut Report) {
    let headings = [
        "drawn at",
        "texture ms",
        "untiled/texture",
        "upfront/texture",
        "stepwise/texture",
    ];
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    let repetitions = 7;
    for (side, limit) in [(PIXMAP_SIDE / 2, Some(1.35)), (PIXMAP_SIDE * 3 / 8, None)] {
        let scene = levels.scene(noise, side);
        let [untiled, upfront, stepwise] = KINDS.map(|kind| Cached::mipmapped(gpu, &scene, kind));
        let texture = Mipmapped::new(gpu, &scene);
        let canvas = Canvas::new(gpu);
        let ways: [&dyn Way; 4] = [&texture, &untiled, &upfront, &stepwise];
        check_pictures(gpu, (&canvas, LEVEL_TOLERANCE), &ways);
        let (texture, ratios) = compared(gpu, &canvas, (repetitions, ways));
        lines.push(line(side, &texture, ratios));
        if let Some(limit) = limit {
            report.add(Row {
                what: format!(
                    "draw, {PIXMAP_SIDE} px with mip levels at {side} px, Upfront without tiles / mipmapped texture"
                ),
                on: gpu.name.clone(),
                target: Target::AtMost(limit),
                reached: ratios[0],
                unit: "x",
                note: note(ratios, repetitions),
            });
        }
    }
    println!("{}", aligned(&lines));
}

/// Time from the start until commands are recorded, until they are submitted, and until the GPU is idle.
#[derive(Default)]
struct Steps {
    encode: Samples,
    submit: Samples,
    idle: Samples,
}

impl Steps {
    fn take(&mut self, gpu: &Gpu, canvas: &Canvas, way: &dyn Way) -> Duration {
        gpu.wait();
        let start = Instant::now();
        let commands = way.record(gpu, canvas);
        self.encode.push(start.elapsed());
        gpu.queue.submit([commands]);
        self.submit.push(start.elapsed());
        gpu.wait();
        self.idle.push(start.elapsed());
        start.elapsed()
    }
}

fn milliseconds(samples: &Samples) -> String {
    format!("{:.3}", samples.median().as_secs_f64() * 1e3)
}

fn submit_to_idle(gpu: &Gpu, commands: wgpu::CommandBuffer) -> Duration {
    gpu.wait();
    let start = Instant::now();
    gpu.queue.submit([commands]);
    gpu.wait();
    start.elapsed()
}

/// Checks that every way draws the same picture as the first.
fn check_pictures(gpu: &Gpu, (canvas, tolerance): (&Canvas, u8), ways: &[&dyn Way]) {
    let draw = |way: &dyn Way| {
        gpu.queue.submit([way.record(gpu, canvas)]);
        canvas.read(gpu)
    };
    let first = draw(ways[0]);
    let drawn = first.chunks(4).filter(|texel| *texel != [0; 4]).count();
    assert!(drawn > SPRITES / 20, "only {drawn} texels were drawn");
    for way in &ways[1..] {
        let other = draw(*way);
        let max_difference = first.iter().zip(&other).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(
            max_difference <= Some(tolerance),
            "pictures differ by {max_difference:?} of 255"
        );
    }
}

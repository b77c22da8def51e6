//! *Update*: a brush of 64x64 on a canvas of 1,024x1,024 in each frame, by `update`, compared with `replace` of the whole.
//!
//! The canvas is in tiles. A frame begins, changes the canvas, flushes, and ends when the queue is idle. Checked: the
//! canvas read back after all frames, and that an update stages one copy for each tile that the brush touches.

use std::time::{Duration, Instant};

use pixmap_cache::{CacheDescriptor, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Size};

use crate::report::{Report, Row, Target};
use bench_kit::columns::aligned;
use bench_kit::gpu::{FORMAT, Gpu, Noise, Samples, Source, each_gpu, interleaved};

const CANVAS_SIDE: u32 = 1024;
const BRUSH_SIDE: u32 = 64;
const REPETITIONS: usize = 101;
const MIN_SPEEDUP: f64 = 10.0;

pub fn run(report: &mut Report) {
    let noise = Noise::new(Source::Memory);
    each_gpu(|gpu| {
        let [update, replace] = measure(gpu, &noise);
        let ms = |samples: &Samples| format!("{:.3}", samples.median().as_secs_f64() * 1e3);
        let faster = replace.median_ratio(&update);
        let lines = [
            ["update ms", "replace ms", "faster"].map(str::to_owned).to_vec(),
            vec![ms(&update), ms(&replace), format!("{faster:.1}x")],
        ];
        println!("{}", aligned(&lines));
        report.add(Row {
            what: "update of 64x64 on a canvas of 1024x1024, rate / replace".into(),
            on: gpu.name.clone(),
            target: Target::AtLeast(MIN_SPEEDUP),
            reached: faster,
            unit: "x",
            note: format!("median of {REPETITIONS}"),
        });
    });
}

/// A cache with a canvas, and what must be on it.
struct Painted<'n> {
    cache: PixmapCache,
    key: PixmapKey,
    canvas: PixmapBuf,
    noise: &'n Noise,
    strokes: u32,
}

fn measure(gpu: &Gpu, noise: &Noise) -> [Samples; 2] {
    let [mut updated, mut replaced] = [(); 2].map(|()| Painted::new(gpu, noise));
    let samples = interleaved(
        REPETITIONS,
        [&mut || updated.update(gpu), &mut || replaced.replace(gpu)],
    );
    for painted in [&mut updated, &mut replaced] {
        let back = painted.cache.read_back(painted.key).expect("resident");
        assert!(back.bytes == painted.canvas.bytes, "the canvas has other texels");
    }
    samples
}

impl<'n> Painted<'n> {
    fn new(gpu: &Gpu, noise: &'n Noise) -> Self {
        let descriptor = CacheDescriptor {
            format: FORMAT,
            idle: None,
            ..Default::default()
        };
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let size = Size::new(CANVAS_SIDE, CANVAS_SIDE);
        let canvas = PixmapBuf::new(PixelFormat::Rgba8, size, noise.pixmap(0, 1, size).bytes.to_vec());
        let key = cache.insert(&canvas).expect("room for the canvas");
        assert!(cache.tiles(key).count() > 1, "the canvas is in tiles");
        cache.flush();
        Self {
            cache,
            key,
            canvas,
            noise,
            strokes: 0,
        }
    }

    /// Paints on the canvas in memory, somewhere else each time. Returns where.
    fn paint(&mut self) -> Rect {
        self.strokes += 1;
        let range = CANVAS_SIDE - BRUSH_SIDE;
        let size = Size::new(BRUSH_SIDE, BRUSH_SIDE);
        let rect = Rect::new(self.strokes * 211 % range, self.strokes * 97 % range, size);
        let brush = self.noise.pixmap(self.strokes as usize, 1_000, size);
        let row_bytes = BRUSH_SIDE as usize * 4;
        for (row, texels) in (rect.y..rect.bottom()).zip(brush.bytes.chunks(row_bytes)) {
            let start = (row * CANVAS_SIDE + rect.x) as usize * 4;
            self.canvas.bytes[start..start + row_bytes].copy_from_slice(texels);
        }
        rect
    }

    fn update(&mut self, gpu: &Gpu) -> Duration {
        let rect = self.paint();
        let brush = self.noise.pixmap(self.strokes as usize, 1_000, rect.size());
        let before = self.cache.stats().uploaded_bytes;
        let start = self.begin(gpu);
        self.cache
            .update(self.key, (rect.x, rect.y), brush)
            .expect("it lies inside");
        let took = self.end(gpu, start);
        let uploaded = self.cache.stats().uploaded_bytes - before;
        // With a border on each side of a tile, and no more.
        assert!(
            uploaded < rect.size().texels() * 4 * 9 / 8,
            "{uploaded} bytes for {rect:?}"
        );
        took
    }

    fn replace(&mut self, gpu: &Gpu) -> Duration {
        self.paint();
        let start = self.begin(gpu);
        self.cache.replace(self.key, &self.canvas).expect("the same size");
        self.end(gpu, start)
    }

    fn begin(&mut self, gpu: &Gpu) -> Instant {
        gpu.wait();
        let start = Instant::now();
        self.cache.begin_frame();
        start
    }

    fn end(&mut self, gpu: &Gpu, start: Instant) -> Duration {
        self.cache.flush();
        gpu.wait();
        start.elapsed()
    }
}

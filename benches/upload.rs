//! *Upload*: `insert` and `flush`, compared with one `queue.write_texture` per pixmap into an existing texture.
//!
//! Both start with an idle queue and textures that were written to before, and end when the queue is idle. The cache is
//! emptied before each repetition, outside the measured time. `write_texture` is given its places and packs nothing.
//! Checked: texels read back from both.

use std::time::{Duration, Instant};

use pixmap_cache::{CacheDescriptor, Pixmap, PixmapCache, PixmapKey, Rect, Size};

use crate::report::{Report, Row, Target};
use bench_kit::columns::aligned;
use bench_kit::gpu::{
    Block, FORMAT, Gpu, Noise, Samples, Source, each_gpu, interleaved, read_texels, write_texels,
};

struct Case {
    count: usize,
    side: u32,
    repetitions: usize,
    /// The target, in times the speed of `write_texture`, on Vulkan and on other backends.
    min_speedup: Option<[f64; 2]>,
}

const CASES: [Case; 4] = [
    Case {
        count: 10_000,
        side: 32,
        repetitions: 21,
        min_speedup: Some([4.0, 6.0]),
    },
    Case {
        count: 1_000,
        side: 128,
        repetitions: 21,
        min_speedup: Some([1.0, 1.0]),
    },
    Case {
        count: 64,
        side: 1024,
        repetitions: 11,
        min_speedup: Some([1.5, 1.5]),
    },
    // As many as one frame inserts.
    Case {
        count: 100,
        side: 32,
        repetitions: 201,
        min_speedup: None,
    },
];

/// Side of `write_texture`'s texture.
const TEXTURE_SIDE: u32 = 2048;
/// The number of pixmaps read back from each side.
const CHECKED: usize = 50;

/// Whether pixels come from a CPU cache or from memory matters more than anything else.
const SOURCES: [(&str, Source); 2] = [("in cache", Source::Cache), ("in memory", Source::Memory)];

pub fn run(report: &mut Report) {
    let noises = SOURCES.map(|(pixels, source)| (pixels, Noise::new(source)));
    each_gpu(|gpu| {
        let headings = [
            "pixmaps",
            "pixels",
            "ours ms",
            "MB/s",
            "write_texture ms",
            "MB/s",
            "faster",
        ];
        let mut lines = vec![headings.map(str::to_owned).to_vec()];
        for (pixels, noise) in &noises {
            for case in &CASES {
                let [ours, theirs] = case.measure(gpu, noise);
                lines.push(case.line(pixels, &ours, &theirs));
                case.add(report, gpu, pixels, theirs.median_ratio(&ours));
            }
        }
        println!("{}", aligned(&lines));
    });
}

impl Case {
    fn name(&self) -> String {
        format!("{} of {}", self.count, self.size())
    }

    fn size(&self) -> Size {
        Size::new(self.side, self.side)
    }

    fn bytes(&self) -> u64 {
        self.count as u64 * self.size().texels() * 4
    }

    fn line(&self, pixels: &str, ours: &Samples, theirs: &Samples) -> Vec<String> {
        let ms = |samples: &Samples| format!("{:.2}", samples.median().as_secs_f64() * 1e3);
        let rate = |samples: &Samples| {
            let bytes_per_second = self.bytes() as f64 / samples.median().as_secs_f64();
            format!("{:.0}", bytes_per_second / 1e6)
        };
        vec![
            self.name(),
            pixels.to_owned(),
            ms(ours),
            rate(ours),
            ms(theirs),
            rate(theirs),
            format!("{:.2}x", theirs.median_ratio(ours)),
        ]
    }

    fn add(&self, report: &mut Report, gpu: &Gpu, pixels: &str, faster: f64) {
        let Some([vulkan, others]) = self.min_speedup else {
            return;
        };
        let is_vulkan = gpu.backend == wgpu::Backend::Vulkan;
        report.add(Row {
            what: format!("upload, {}, pixels {pixels}, speed / write_texture", self.name()),
            on: gpu.name.clone(),
            target: Target::AtLeast(if is_vulkan { vulkan } else { others }),
            reached: faster,
            unit: "x",
            note: format!("median of {}", self.repetitions),
        });
    }

    fn measure(&self, gpu: &Gpu, noise: &Noise) -> [Samples; 2] {
        let pixmaps: Vec<Pixmap<'_>> = (0..self.count)
            .map(|index| noise.pixmap(index, self.count, self.size()))
            .collect();
        let mut cache = self.cache(gpu);
        let texture = self.texture(gpu);
        let mut keys = Vec::new();
        let mut insert = || insert_all(gpu, &mut cache, &pixmaps, &mut keys);
        let mut write = || write_all(gpu, &texture, &pixmaps);
        let samples = interleaved(self.repetitions, [&mut insert, &mut write]);
        check(gpu, &mut cache, &keys, &texture, &pixmaps);
        samples
    }

    /// Makes a cache with room for all pixmaps and no spare pages, so that each repetition writes to every page.
    fn cache(&self, gpu: &Gpu) -> PixmapCache {
        let descriptor = CacheDescriptor {
            budget_bytes: self.bytes() * 5 / 4 + (4 << 20),
            format: FORMAT,
            idle: None,
            ..Default::default()
        };
        PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
    }

    fn texture(&self, gpu: &Gpu) -> wgpu::Texture {
        let per_row = (TEXTURE_SIDE / self.side) as usize;
        let layers = self.count.div_ceil(per_row * per_row).max(2) as u32;
        let usage = wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_DST
            | wgpu::TextureUsages::COPY_SRC;
        gpu.texture(TEXTURE_SIDE, layers, usage)
    }
}

fn insert_all(
    gpu: &Gpu,
    cache: &mut PixmapCache,
    pixmaps: &[Pixmap<'_>],
    keys: &mut Vec<PixmapKey>,
) -> Duration {
    cache.clear();
    cache.begin_frame();
    cache.flush();
    keys.clear();
    gpu.wait();
    let start = Instant::now();
    keys.extend(
        pixmaps
            .iter()
            .map(|pixmap| cache.insert(pixmap).expect("room for all")),
    );
    cache.flush();
    gpu.wait();
    start.elapsed()
}

fn write_all(gpu: &Gpu, texture: &wgpu::Texture, pixmaps: &[Pixmap<'_>]) -> Duration {
    let start = Instant::now();
    for (index, pixmap) in pixmaps.iter().enumerate() {
        write_texels(gpu, place(texture, index, pixmap.size), pixmap);
    }
    gpu.queue.submit([]);
    gpu.wait();
    start.elapsed()
}

/// Returns a pixmap's place on a grid, layer by layer.
fn place(texture: &wgpu::Texture, index: usize, size: Size) -> Block<'_> {
    let (per_row, index) = (TEXTURE_SIDE / size.width, index as u32);
    let (row, column) = (index / per_row % per_row, index % per_row);
    Block {
        texture,
        layer: index / (per_row * per_row),
        rect: Rect::new(column * size.width, row * size.height, size),
    }
}

fn check(
    gpu: &Gpu,
    cache: &mut PixmapCache,
    keys: &[PixmapKey],
    texture: &wgpu::Texture,
    pixmaps: &[Pixmap<'_>],
) {
    assert_eq!(cache.len(), pixmaps.len(), "nothing was evicted");
    for index in (0..pixmaps.len()).step_by(pixmaps.len() / CHECKED + 1) {
        let back = cache.read_back(keys[index]).expect("resident");
        assert!(
            back.bytes == pixmaps[index].bytes,
            "pixmap {index} of the cache has other texels"
        );
        let back = read_texels(gpu, place(texture, index, pixmaps[index].size));
        assert!(
            back == pixmaps[index].bytes,
            "pixmap {index} written has other texels"
        );
    }
}

//! The canvas and its cache: the map and the pattern, one id each, and what is painted on the map.
//!
//! The map's pixels stay in memory, as in any painting program: a brush blends with what is there. Invariant: after
//! `flush`, the cache shows these pixels, at every level.

use std::error::Error;
use std::time::Instant;

use pixmap_cache::{
    CacheDescriptor, InsertError, PixelFormat, Pixmap, PixmapCache, PixmapId, PixmapKey, RetainPolicy, Size,
};

use crate::brush::Stroke;
use crate::map;
use kit::draw::Gpu;

/// The map takes 192 MiB, a third more with its mip levels, and 2 % for the borders of its tiles.
const BUDGET_BYTES: u64 = 320 << 20;

/// Side of the pattern.
pub const PATTERN_SIDE: u32 = 24;

pub struct Canvas {
    cache: PixmapCache,
    texels: Vec<u8>,
    map: PixmapKey,
    pattern: PixmapKey,
}

impl Canvas {
    /// Draws the map and inserts it. Prints how long that takes.
    pub fn new(gpu: &Gpu) -> Result<Self, Box<dyn Error>> {
        let start = Instant::now();
        let texels = map::draw();
        println!("{} texels are drawn in {:.2?}", map::SIZE, start.elapsed());
        let descriptor = CacheDescriptor {
            label: Some("canvas"),
            budget_bytes: BUDGET_BYTES,
            // A change generates the mip levels again from the copy that is kept. It also survives a device loss.
            retain: RetainPolicy::Pixels {
                budget_bytes: BUDGET_BYTES,
            },
            ..Default::default()
        };
        let start = Instant::now();
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor)?;
        let map = insert_map(&mut cache, &texels)?;
        let inserted = start.elapsed();
        let pattern = insert_pattern(&mut cache)?;
        cache.flush();
        gpu.wait()?;
        println!(
            "and inserted with {} levels in {inserted:.2?}; the GPU has them after {:.2?}",
            cache.level_count(map).unwrap_or_default(),
            start.elapsed()
        );
        Ok(Self {
            cache,
            texels,
            map,
            pattern,
        })
    }

    pub fn cache(&self) -> &PixmapCache {
        &self.cache
    }

    pub fn map(&self) -> PixmapId {
        self.map.id()
    }

    pub fn pattern(&self) -> PixmapId {
        self.pattern.id()
    }

    /// Begins a frame. Both pixmaps are shown in every frame, so they are never evicted, but an idle cache may have
    /// released them while the window was hidden.
    pub fn begin_frame(&mut self) -> Result<(), InsertError> {
        self.cache.begin_frame();
        if !self.cache.touch(self.map) {
            self.map = insert_map(&mut self.cache, &self.texels)?;
        }
        if !self.cache.touch(self.pattern) {
            self.pattern = insert_pattern(&mut self.cache)?;
        }
        Ok(())
    }

    /// Paints a stroke. Each of its pieces updates the rectangle around it, straight from the map's pixels.
    pub fn paint(&mut self, stroke: Stroke) -> Result<(), Box<dyn Error>> {
        for piece in stroke.pieces() {
            let Some(rect) = piece.blend(&mut self.texels, map::SIZE) else {
                continue;
            };
            let row_bytes = map::SIZE.width as usize * 4;
            let start = rect.y as usize * row_bytes + rect.x as usize * 4;
            let end = start + (rect.height as usize - 1) * row_bytes + rect.width as usize * 4;
            let part = Pixmap {
                bytes_per_row: map::SIZE.width * 4,
                ..Pixmap::new(PixelFormat::Rgba8, rect.size(), &self.texels[start..end])
            };
            self.cache.update(self.map, (rect.x, rect.y), part)?;
        }
        Ok(())
    }

    pub fn flush(&mut self) {
        self.cache.flush();
    }

    /// Continues on a new device.
    pub fn recreate(&mut self, gpu: &Gpu) -> Result<(), Box<dyn Error>> {
        self.cache.recreate(&gpu.device, &gpu.queue)?;
        Ok(())
    }
}

fn insert_map(cache: &mut PixmapCache, texels: &[u8]) -> Result<PixmapKey, InsertError> {
    cache.insert(Pixmap::new(PixelFormat::Rgba8, map::SIZE, texels).with_mipmaps())
}

/// A dark cutting mat: fine lines, and a bright cross where the pattern meets itself.
fn insert_pattern(cache: &mut PixmapCache) -> Result<PixmapKey, InsertError> {
    let side = PATTERN_SIDE;
    let to_edge = |at: u32| at.min(side - at);
    let texel = |index: u32| {
        let (x, y) = (to_edge(index % side), to_edge(index / side));
        let (near, far) = (x.min(y), x.max(y));
        match (near, far) {
            (0, 0..=4) => [116, 150, 150, 255],
            (0, _) => [58, 84, 86, 255],
            _ if near == side / 2 => [50, 74, 76, 255],
            _ => [44, 66, 69, 255],
        }
    };
    let bytes: Vec<u8> = (0..side * side).flat_map(texel).collect();
    cache.insert(Pixmap::new(PixelFormat::Rgba8, Size::new(side, side), &bytes))
}

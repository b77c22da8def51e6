//! The same views through two caches without pixels: this crate's layout, and a shelf atlas with LRU eviction.
//!
//! Both start empty when the budget changes, and get the same pages. What they upload is counted, by the rules of the
//! `replay` example.

use std::collections::HashMap;

use bench_kit::pages::Pages;
use bench_kit::reference::Cache;
use bench_kit::replay::Replayed;
use bench_kit::trace::Trace;
use kit::wall::RASTER_SIDES;
use kit::wall::pixmaps::{PixmapName, has_levels};
use pixmap_cache::CacheStats;

use crate::source::Source;

pub struct Versus {
    /// Of all pictures in all sizes. It lives as long as the page, and there is one for each set of pictures.
    trace: &'static Trace,
    numbers: HashMap<PixmapName, u32>,
    pages: Pages,
    frame: u64,
    contestants: [Contestant; 2],
}

struct Contestant {
    kind: Cache,
    cache: Box<dyn Replayed>,
    figures: Figures,
}

/// What one of them has done since it was empty.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub uploaded_bytes: u64,
    /// Pictures in view for which there was no room, added up over the frames.
    pub left_out: u64,
}

impl Contestant {
    fn new(kind: Cache, trace: &'static Trace, pages: Pages) -> Self {
        Self {
            kind,
            cache: kind.live(trace, pages),
            figures: Figures::default(),
        }
    }

    fn frame(&mut self, frame: u64, touches: &[u32]) {
        self.cache.begin_frame(frame);
        for pixmap in touches {
            if self.cache.touch(*pixmap) {
                continue;
            }
            if self.cache.place(*pixmap) {
                self.figures.uploaded_bytes += self.cache.bytes(*pixmap);
            } else {
                self.figures.left_out += 1;
            }
        }
    }
}

impl Versus {
    /// Compares the caches on the pictures of this wall.
    pub fn new(wall: u32, source: &Source, stats: &CacheStats) -> Self {
        let mut trace = Trace::default();
        let mut numbers = HashMap::new();
        for picture in 0..source.len() {
            for side in RASTER_SIDES {
                let size = source.pixmap_size(picture, side);
                let name = PixmapName {
                    wall,
                    picture,
                    side: size.longer_side(),
                };
                numbers.entry(name).or_insert_with(|| {
                    let levels = if has_levels(size) {
                        size.width.min(size.height).max(1).ilog2() + 1
                    } else {
                        1
                    };
                    trace.add(name.to_string(), size, levels as u8)
                });
            }
        }
        let trace: &'static Trace = Box::leak(Box::new(trace));
        let pages = pages_of(stats);
        let contestants = [Cache::Ours, Cache::EtagereLru].map(|kind| Contestant::new(kind, trace, pages));
        Self {
            trace,
            numbers,
            pages,
            frame: 0,
            contestants,
        }
    }

    /// Shows one view to both. Both start over when there are more or fewer pages.
    pub fn frame(&mut self, names: &[PixmapName], stats: &CacheStats) {
        let pages = pages_of(stats);
        if pages != self.pages {
            self.pages = pages;
            for contestant in &mut self.contestants {
                *contestant = Contestant::new(contestant.kind, self.trace, pages);
            }
        }
        self.frame += 1;
        let touches: Vec<u32> = names
            .iter()
            .filter_map(|name| self.numbers.get(name).copied())
            .collect();
        for contestant in &mut self.contestants {
            contestant.frame(self.frame, &touches);
        }
    }

    /// Returns the figures of this crate's layout and of the shelf atlas.
    pub fn figures(&self) -> [Figures; 2] {
        self.contestants.each_ref().map(|contestant| contestant.figures)
    }
}

fn pages_of(stats: &CacheStats) -> Pages {
    Pages {
        side: stats.page_side,
        count: stats.max_pages.max(1),
    }
}

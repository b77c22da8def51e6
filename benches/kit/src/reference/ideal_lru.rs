//! An LRU cache that counts bytes and has no geometry: a pixmap fits if its bytes do. They are those of its levels alone:
//! nothing is lost beside small levels, and nothing is cut up.
//!
//! No LRU atlas on the same pages can beat it. Both hold a prefix of the same recency order, and this one holds the longest
//! that the bytes allow, so it hits whenever the atlas hits. Refusals, when the current frame alone exceeds the bytes,
//! break this argument.

use super::recency::Recency;
use crate::pages::Pages;
use crate::replay::{Counts, Replayed};
use crate::trace::Trace;

pub struct IdealLru<'t> {
    trace: &'t Trace,
    recency: Recency,
    capacity_bytes: u64,
    live_bytes: u64,
    evictions: u64,
}

impl<'t> IdealLru<'t> {
    pub fn new(trace: &'t Trace, pages: Pages) -> IdealLru<'t> {
        IdealLru {
            trace,
            recency: Recency::new(trace.sizes().len()),
            capacity_bytes: pages.bytes(),
            live_bytes: 0,
            evictions: 0,
        }
    }
}

impl Replayed for IdealLru<'_> {
    fn begin_frame(&mut self, frame: u64) {
        self.recency.begin_frame(frame);
    }

    fn touch(&mut self, pixmap: u32) -> bool {
        self.recency.touch(pixmap)
    }

    fn place(&mut self, pixmap: u32) -> bool {
        let bytes = self.bytes(pixmap);
        if bytes > self.capacity_bytes {
            return false;
        }
        while self.live_bytes + bytes > self.capacity_bytes {
            let Some(oldest) = self.recency.pop_oldest() else {
                return false;
            };
            self.live_bytes -= self.bytes(oldest);
            self.evictions += 1;
        }
        self.live_bytes += bytes;
        self.recency.push(pixmap);
        true
    }

    fn bytes(&self, pixmap: u32) -> u64 {
        self.trace.bytes_of(pixmap)
    }

    fn counts(&self) -> Counts {
        Counts {
            live_texels: self.live_bytes / crate::pages::BYTES_PER_TEXEL,
            evictions: self.evictions,
            moved_texels: 0,
        }
    }
}

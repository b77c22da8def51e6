//! Belady's algorithm: evicts the pixmap whose next use is farthest away. It knows the whole trace, counts bytes and has no
//! geometry. Bytes are those of a pixmap's levels alone, as in the ideal LRU.
//!
//! As in every replay, a missed pixmap is always placed (no bypass: a frame draws from VRAM), and what the current frame
//! used stays. Pixmaps that are never used again are evicted first. Sizes play no part in the choice, so for unequal sizes
//! this is a strong bound, not a proven minimum: a policy that drops large pixmaps for many small ones can miss fewer
//! *objects*. L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2),
//! 1966.

use std::collections::BinaryHeap;

use crate::pages::{BYTES_PER_TEXEL, Pages};
use crate::replay::{Counts, Replayed};
use crate::trace::Trace;

const NEVER: u32 = u32::MAX;

pub struct Belady<'t> {
    trace: &'t Trace,
    /// For each request, the next request of the same pixmap.
    next_uses: Vec<u32>,
    /// Requests so far.
    requests: usize,
    /// The next use of each resident pixmap.
    resident: Vec<Option<u32>>,
    /// Next use and pixmap of residents not used in this frame. Elements that disagree with `resident` are out of
    /// date; they sink, because their use has passed.
    candidates: BinaryHeap<(u32, u32)>,
    /// Residents used in this frame. They become candidates when the next one begins.
    used_this_frame: Vec<u32>,
    capacity_bytes: u64,
    live_bytes: u64,
    evictions: u64,
}

impl<'t> Belady<'t> {
    pub fn new(trace: &'t Trace, pages: Pages) -> Belady<'t> {
        Belady {
            trace,
            next_uses: next_uses(trace),
            requests: 0,
            resident: vec![None; trace.sizes().len()],
            candidates: BinaryHeap::new(),
            used_this_frame: Vec::new(),
            capacity_bytes: pages.bytes(),
            live_bytes: 0,
            evictions: 0,
        }
    }

    fn pop_farthest(&mut self) -> Option<u32> {
        while let Some((next_use, pixmap)) = self.candidates.pop() {
            if self.resident[pixmap as usize] == Some(next_use) {
                return Some(pixmap);
            }
        }
        None
    }

    fn drop_outdated_candidates(&mut self) {
        let resident = &self.resident;
        self.candidates
            .retain(|&(next_use, pixmap)| resident[pixmap as usize] == Some(next_use));
    }
}

/// Returns, for each request, the next request of the same pixmap. Walks backwards and remembers each pixmap's earliest
/// use so far.
fn next_uses(trace: &Trace) -> Vec<u32> {
    assert!(
        trace.touches().len() < NEVER as usize,
        "uses are counted in 32 bits"
    );
    let mut earliest = vec![NEVER; trace.sizes().len()];
    let mut next_uses: Vec<u32> = trace.touches().to_vec();
    for (request, pixmap_then_next) in next_uses.iter_mut().enumerate().rev() {
        let pixmap = *pixmap_then_next as usize;
        *pixmap_then_next = std::mem::replace(&mut earliest[pixmap], request as u32);
    }
    next_uses
}

impl Replayed for Belady<'_> {
    fn begin_frame(&mut self, _frame: u64) {
        for pixmap in self.used_this_frame.drain(..) {
            if let Some(next_use) = self.resident[pixmap as usize] {
                self.candidates.push((next_use, pixmap));
            }
        }
        if self.candidates.len() > 4 * self.resident.len() + 1024 {
            self.drop_outdated_candidates();
        }
    }

    fn touch(&mut self, pixmap: u32) -> bool {
        let next_use = self.next_uses[self.requests];
        self.requests += 1;
        let resident = &mut self.resident[pixmap as usize];
        if resident.is_none() {
            return false;
        }
        *resident = Some(next_use);
        self.used_this_frame.push(pixmap);
        true
    }

    fn place(&mut self, pixmap: u32) -> bool {
        let bytes = self.bytes(pixmap);
        if bytes > self.capacity_bytes {
            return false;
        }
        while self.live_bytes + bytes > self.capacity_bytes {
            let Some(farthest) = self.pop_farthest() else {
                return false;
            };
            self.resident[farthest as usize] = None;
            self.live_bytes -= self.bytes(farthest);
            self.evictions += 1;
        }
        self.live_bytes += bytes;
        self.resident[pixmap as usize] = Some(self.next_uses[self.requests - 1]);
        self.used_this_frame.push(pixmap);
        true
    }

    fn bytes(&self, pixmap: u32) -> u64 {
        self.trace.bytes_of(pixmap)
    }

    fn counts(&self) -> Counts {
        Counts {
            live_texels: self.live_bytes / BYTES_PER_TEXEL,
            evictions: self.evictions,
            moved_texels: 0,
        }
    }
}

//! A list of resident pixmaps ordered by last use, with constant-time steps. The LRU caches are built on it.
//!
//! ```text
//! links:  [ 0 ][ 1 ][ 2 ] … [ ends ]       next: towards the newest, prev: towards the oldest
//!           ^-----^------------'           ends.next is the oldest, ends.prev the newest
//! ```
//! Invariant: a pixmap is resident exactly when it is linked.
//!
//! **Limitations**: one array element per pixmap of the trace, resident or not.

const UNLINKED: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Link {
    prev: u32,
    next: u32,
    last_frame: u64,
}

pub(super) struct Recency {
    /// One per pixmap, then the ends.
    links: Vec<Link>,
    frame: u64,
}

impl Recency {
    pub(super) fn new(pixmaps: usize) -> Recency {
        let mut links = vec![
            Link {
                prev: UNLINKED,
                next: UNLINKED,
                last_frame: 0
            };
            pixmaps
        ];
        links.push(Link {
            prev: pixmaps as u32,
            next: pixmaps as u32,
            last_frame: 0,
        });
        Recency { links, frame: 0 }
    }

    pub(super) fn begin_frame(&mut self, frame: u64) {
        self.frame = frame;
    }

    /// Makes a resident pixmap the newest. Returns false if it isn't resident.
    #[inline]
    pub(super) fn touch(&mut self, pixmap: u32) -> bool {
        if self.links[pixmap as usize].prev == UNLINKED {
            return false;
        }
        self.unlink(pixmap);
        self.push(pixmap);
        true
    }

    /// Links an unlinked pixmap as the newest.
    pub(super) fn push(&mut self, pixmap: u32) {
        let ends = self.links.len() as u32 - 1;
        let newest = self.links[ends as usize].prev;
        self.links[pixmap as usize] = Link {
            prev: newest,
            next: ends,
            last_frame: self.frame,
        };
        self.links[newest as usize].next = pixmap;
        self.links[ends as usize].prev = pixmap;
    }

    /// Unlinks and returns the least recently used pixmap. Returns `None` if there is none or it was used in this frame.
    pub(super) fn pop_oldest(&mut self) -> Option<u32> {
        let ends = self.links.len() as u32 - 1;
        let oldest = self.links[ends as usize].next;
        if oldest == ends || self.links[oldest as usize].last_frame == self.frame {
            return None;
        }
        self.unlink(oldest);
        self.links[oldest as usize].prev = UNLINKED;
        Some(oldest)
    }

    fn unlink(&mut self, pixmap: u32) {
        let Link { prev, next, .. } = self.links[pixmap as usize];
        self.links[prev as usize].next = next;
        self.links[next as usize].prev = prev;
    }
}

//! Texels on their way from page to page: batches of moves, and the way in which they are copied.
//!
//! A batch reads everything before it writes anything. `Way` is the one place that knows which copies a backend does
//! well; the plan that follows from it is carried out by `encode`. Invariant: a batch and a plan of it leave the same
//! texels as the moves one after the other, or for a rebuild, as all of them at once.

use super::scratch::{self, Scratch, Stretch};
use super::textures::Textures;
use crate::geometry::{Rect, Size};
use crate::layout::{PageIndex, Region};

/// What a copy costs beside its bytes, in bytes. On llvmpipe and lavapipe reading a rectangle takes 6 us more than its
/// texels, of which a whole page is read at 7-13 GB/s.
const COPY_BYTES: u64 = 32 << 10;

/// A rectangle of texels and the place that it goes to, of the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: Region,
    pub(super) to: Region,
}

impl Move {
    /// Takes in a move that continues this one to the right or downwards, at both ends.
    fn absorb(&mut self, next: &Move) -> bool {
        let (from, to) = (self.from.rect, self.to.rect);
        let (next_from, next_to) = (next.from.rect, next.to.rect);
        let same_pages = self.from.page == next.from.page && self.to.page == next.to.page;
        let right = continues_right(from, next_from) && continues_right(to, next_to);
        let down = continues_down(from, next_from) && continues_down(to, next_to);
        if !same_pages || !right && !down {
            return false;
        }
        let size = if right {
            Size::new(from.width + next_from.width, from.height)
        } else {
            Size::new(from.width, from.height + next_from.height)
        };
        self.from.rect = Rect::new(from.x, from.y, size);
        self.to.rect = Rect::new(to.x, to.y, size);
        true
    }

    /// The move in pieces of at most `max_rows` rows.
    fn bands(self, max_rows: u32) -> impl Iterator<Item = Move> {
        let bands = bands(self.from.rect, max_rows).zip(bands(self.to.rect, max_rows));
        bands.map(move |(from, to)| Move {
            from: Region {
                page: self.from.page,
                rect: from,
            },
            to: Region {
                page: self.to.page,
                rect: to,
            },
        })
    }
}

fn continues_right(rect: Rect, next: Rect) -> bool {
    next.x == rect.right() && next.y == rect.y && next.height == rect.height
}

fn continues_down(rect: Rect, next: Rect) -> bool {
    next.y == rect.bottom() && next.x == rect.x && next.width == rect.width
}

/// A rectangle in pieces of at most `max_rows` rows.
pub(super) fn bands(rect: Rect, max_rows: u32) -> impl Iterator<Item = Rect> + Clone {
    (0..rect.height.div_ceil(max_rows)).map(move |band| {
        let top = band * max_rows;
        let size = Size::new(rect.width, max_rows.min(rect.height - top));
        Rect::new(rect.x, rect.y + top, size)
    })
}

/// Moves that may all read before any of them writes.
pub(super) enum Batch {
    /// One page is packed anew. No two moves write the same texel, so their order is free.
    Rebuild { moves: Vec<Move>, to_come: u32 },
    /// Moves to pages that none of the later ones reads. They write in their order: what an earlier one has moved may be
    /// dead and its place taken by now.
    Sequence {
        moves: Vec<Move>,
        /// The pages that they go to, each once.
        written: Vec<PageIndex>,
    },
}

impl Batch {
    pub(super) fn rebuild(moves: u32) -> Self {
        Batch::Rebuild {
            moves: Vec::new(),
            to_come: moves,
        }
    }

    pub(super) fn sequence(first: Move) -> Self {
        Batch::Sequence {
            moves: vec![first],
            written: vec![first.to.page],
        }
    }

    /// Takes in one more move, if it may read before all that the batch writes.
    pub(super) fn push(&mut self, next: Move) -> bool {
        match self {
            Batch::Rebuild { to_come: 0, .. } => return false,
            Batch::Rebuild { moves, to_come } => {
                *to_come -= 1;
                moves.push(next);
            }
            Batch::Sequence { moves, written } => {
                if written.contains(&next.from.page) {
                    return false;
                }
                if !written.contains(&next.to.page) {
                    written.push(next.to.page);
                }
                let absorbed = moves.last_mut().is_some_and(|last| last.absorb(&next));
                if !absorbed {
                    moves.push(next);
                }
            }
        }
        true
    }

    /// The moves, with neighbours that stay neighbours as one.
    fn merged(&self) -> Vec<Move> {
        let mut merged = match self {
            Batch::Rebuild { moves, to_come } => {
                debug_assert_eq!(*to_come, 0, "BUG: a rebuild without all of its moves");
                moves.clone()
            }
            Batch::Sequence { moves, .. } => return moves.clone(),
        };
        merged.sort_unstable_by_key(|m| (m.from.page.0, m.from.rect.y, m.from.rect.x));
        merged.dedup_by(|next, last| last.absorb(next));
        merged.sort_unstable_by_key(|m| (m.from.page.0, m.from.rect.x, m.from.rect.y));
        merged.dedup_by(|next, last| last.absorb(next));
        merged
    }
}

/// What a device's copies can do and cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copies {
    pub(super) backend: wgpu::Backend,
    pub(super) texel_bytes: u32,
    /// No buffer can be larger on this device.
    pub(super) max_buffer_bytes: u64,
}

/// How a batch is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// From texture to texture.
    Direct,
    /// Into a buffer, and from there to each place. A page is read at once if that costs less than its rectangles.
    Buffer,
    /// Into a buffer rectangle by rectangle, so that every copy begins at the start of a stretch.
    AlignedBuffer,
}

impl Copies {
    /// The one place that chooses. Measured on lavapipe and llvmpipe: on GL a copy from texture to texture costs
    /// 56-144 us and one from a buffer 3-6 us; elsewhere they cost the same, and direct ones need no memory. Between
    /// rectangles of one page wgpu has no direct copy.
    ///
    /// Offsets in the buffer must be multiples of a texel's bytes: wgpu-core checks that for all backends, and neither
    /// Vulkan nor Metal nor GL asks for more. DX12 asks for 512 bytes (4 on new drivers); wgpu-hal mends others by a
    /// buffer of its own per copy, which is right, but slow.
    fn way(self, moves: &[Move]) -> Way {
        let within_a_page = moves.iter().any(|m| m.from.page == m.to.page);
        match self.backend {
            wgpu::Backend::Gl => Way::Buffer,
            _ if !within_a_page => Way::Direct,
            wgpu::Backend::Dx12 => Way::AlignedBuffer,
            _ => Way::Buffer,
        }
    }

    /// Bytes from row to row in a buffer.
    fn pitch(self, width: u32) -> u32 {
        (width * self.texel_bytes).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
    }

    fn bytes(self, size: Size) -> u64 {
        u64::from(self.pitch(size.width)) * u64::from(size.height)
    }

    fn max_rows(self, width: u32) -> u32 {
        let rows = self.max_buffer_bytes / u64::from(self.pitch(width));
        u32::try_from(rows.max(1)).unwrap_or(u32::MAX)
    }

    /// Whether to read the box around rectangles instead of each of them.
    fn reads_box(self, around: Size, rects: impl Iterator<Item = Size>) -> bool {
        let bytes = self.bytes(around);
        let each: u64 = rects.map(|size| self.bytes(size) + COPY_BYTES).sum();
        bytes + COPY_BYTES <= each && bytes <= self.max_buffer_bytes
    }
}

/// Texels of a page in the scratch memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    source: Region,
    stretch: Stretch,
    pitch: u32,
}

/// The copies of a batch, all loads before all writes.
pub(super) enum Plan {
    Direct(Vec<Move>),
    Buffer {
        loads: Vec<Load>,
        /// Each with the index of its load.
        writes: Vec<(usize, Move)>,
        texel_bytes: u32,
    },
}

impl Plan {
    pub(super) fn new(batch: &Batch, copies: Copies) -> Self {
        let moves = batch.merged();
        match copies.way(&moves) {
            Way::Direct => Plan::Direct(moves),
            way => Self::through_buffer(&moves, way, copies),
        }
    }

    fn through_buffer(moves: &[Move], way: Way, copies: Copies) -> Self {
        let mut room = scratch::Room::new(copies.max_buffer_bytes);
        let mut loads: Vec<Load> = Vec::new();
        let mut load = |source: Region| {
            let size = source.rect.size();
            loads.push(Load {
                source,
                stretch: room.take(copies.bytes(size)),
                pitch: copies.pitch(size.width),
            });
            loads.len() - 1
        };
        // Pages that are read at once, each with its load.
        let mut boxes: Vec<(PageIndex, Option<usize>)> = Vec::new();
        let mut writes = Vec::new();
        for m in moves {
            let page = m.from.page;
            let known = boxes.iter().find(|(known, _)| *known == page);
            let whole = known.map(|(_, whole)| *whole).unwrap_or_else(|| {
                let around = box_of(moves, page);
                let rects = moves.iter().filter(|m| m.from.page == page);
                let sizes = rects.map(|m| m.from.rect.size());
                let reads_box = way == Way::Buffer && copies.reads_box(around.size(), sizes);
                let whole = reads_box.then(|| load(Region { page, rect: around }));
                boxes.push((page, whole));
                whole
            });
            match whole {
                Some(whole) => writes.push((whole, *m)),
                None => {
                    let bands = m.bands(copies.max_rows(m.from.rect.width));
                    writes.extend(bands.map(|band| (load(band.from), band)));
                }
            }
        }
        Plan::Buffer {
            loads,
            writes,
            texel_bytes: copies.texel_bytes,
        }
    }

    /// The stretches of scratch memory that the plan needs.
    pub(super) fn stretches(&self) -> impl Iterator<Item = Stretch> {
        let loads = match self {
            Plan::Direct(_) => &[],
            Plan::Buffer { loads, .. } => loads.as_slice(),
        };
        loads.iter().map(|load| load.stretch)
    }

    /// Copies that write to pages.
    #[cfg(test)]
    pub(super) fn writes(&self) -> usize {
        match self {
            Plan::Direct(moves) => moves.len(),
            Plan::Buffer { writes, .. } => writes.len(),
        }
    }

    pub(super) fn encode(&self, textures: &Textures, scratch: &Scratch, encoder: &mut wgpu::CommandEncoder) {
        match self {
            Plan::Direct(moves) => {
                for m in moves {
                    let (from, to) = (textures.copy_target(m.from), textures.copy_target(m.to));
                    encoder.copy_texture_to_texture(from, to, extent(m.to.rect));
                }
            }
            Plan::Buffer {
                loads,
                writes,
                texel_bytes,
            } => {
                for load in loads {
                    let buffer = load.texels(load.source.rect, *texel_bytes, scratch);
                    let from = textures.copy_target(load.source);
                    encoder.copy_texture_to_buffer(from, buffer, extent(load.source.rect));
                }
                for (load, m) in writes {
                    let buffer = loads[*load].texels(m.from.rect, *texel_bytes, scratch);
                    encoder.copy_buffer_to_texture(buffer, textures.copy_target(m.to), extent(m.to.rect));
                }
            }
        }
    }
}

impl Load {
    /// Where texels of the page are in the buffer.
    fn texels<'a>(
        &self,
        rect: Rect,
        texel_bytes: u32,
        scratch: &'a Scratch,
    ) -> wgpu::TexelCopyBufferInfo<'a> {
        let source = self.source.rect;
        let row = u64::from(rect.y - source.y) * u64::from(self.pitch);
        let column = u64::from((rect.x - source.x) * texel_bytes);
        wgpu::TexelCopyBufferInfo {
            buffer: scratch.buffer(self.stretch),
            layout: wgpu::TexelCopyBufferLayout {
                offset: self.stretch.offset + row + column,
                bytes_per_row: Some(self.pitch),
                rows_per_image: None,
            },
        }
    }
}

/// The box around everything that is read from a page.
fn box_of(moves: &[Move], page: PageIndex) -> Rect {
    let rects = moves.iter().filter(|m| m.from.page == page).map(|m| m.from.rect);
    let around = |a: Rect, b: Rect| {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        let size = Size::new(a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y);
        Rect::new(x, y, size)
    };
    rects.reduce(around).unwrap_or_default()
}

/// One layer of a rectangle's size.
pub(super) fn extent(rect: Rect) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: rect.width,
        height: rect.height,
        depth_or_array_layers: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(page: u32, x: u32, y: u32, size: (u32, u32)) -> Region {
        Region {
            page: PageIndex(page),
            rect: Rect::new(x, y, Size::new(size.0, size.1)),
        }
    }

    fn copies(backend: wgpu::Backend) -> Copies {
        Copies {
            backend,
            texel_bytes: 1,
            max_buffer_bytes: 1 << 20,
        }
    }

    /// A rebuild of a page with `count` squares of 10, far from each other, each a texel further to the right.
    fn rebuild(count: u32) -> Batch {
        let mut batch = Batch::rebuild(count);
        for index in 0..count {
            let (from, to) = (
                region(0, 40 * index, 3, (10, 10)),
                region(0, 40 * index + 1, 3, (10, 10)),
            );
            assert!(batch.push(Move { from, to }), "a rebuild takes its own moves");
        }
        batch
    }

    #[test]
    fn dx12_gets_offsets_that_need_no_buffer_of_its_own() {
        let plan = Plan::new(&rebuild(5), copies(wgpu::Backend::Dx12));
        let Plan::Buffer { loads, writes, .. } = plan else {
            panic!("a page can't be copied to itself directly");
        };
        assert_eq!((loads.len(), writes.len()), (5, 5), "a load for each");
        for (load, m) in writes {
            assert_eq!(loads[load].source, m.from, "each begins where its load begins");
            assert_eq!(
                loads[load].stretch.offset % 512,
                0,
                "at an offset that DX12 takes"
            );
        }
    }

    #[test]
    fn a_page_is_read_at_once_where_that_is_less_work() {
        let loads = |count, max_buffer_bytes| {
            let copies = Copies {
                max_buffer_bytes,
                ..copies(wgpu::Backend::Vulkan)
            };
            match Plan::new(&rebuild(count), copies) {
                Plan::Buffer { loads, .. } => loads.len(),
                Plan::Direct(_) => panic!("a page can't be copied to itself directly"),
            }
        };
        assert_eq!(loads(8, 1 << 20), 1, "close to each other");
        assert_eq!(
            loads(8, 2560),
            8,
            "where the box around them is larger than any buffer"
        );
    }

    #[test]
    fn a_sequence_ends_before_it_reads_what_it_has_written() {
        let step = |from, to| Move {
            from: region(from, 0, 0, (8, 8)),
            to: region(to, 16, 0, (8, 8)),
        };
        let mut batch = Batch::sequence(step(0, 1));
        assert!(batch.push(step(2, 0)), "what has been read may be written over");
        assert!(!batch.push(step(1, 3)), "what has been written isn't read");
        assert!(batch.push(step(4, 3)), "other pages go on");
        let mut rebuild = rebuild(1);
        assert!(!rebuild.push(step(2, 3)), "a rebuild takes no other moves");
    }
}

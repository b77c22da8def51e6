//! The copies of a batch of moves between pages.
//!
//! Only [`Copies::way`] knows which copies a backend does well. Invariant: all loads of a plan come before its writes, and
//! the writes are in the order of the moves.

use super::moves::{Batch, Move};
use super::rows::{extent, max_rows, pitch};
use super::scratch::{self, Scratch, Stretch};
use super::textures::Textures;
use crate::geometry::{Rect, Size};
use crate::layout::{PageIndex, Region};

/// Overhead of a copy, in bytes that are copied in the same time. On llvmpipe and lavapipe, reading a rectangle takes
/// 6 us in addition to its texels, and a whole page is read at 7-13 GB/s.
const COPY_BYTES: u64 = 32 << 10;

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
    /// Into a buffer, and from there to each place. A page is read in one copy if that costs less than its rectangles.
    Buffer,
    /// Into a buffer, rectangle by rectangle, so that every copy begins at the start of a stretch.
    AlignedBuffer,
}

impl Copies {
    /// Chooses how moves are copied. Measured on lavapipe and llvmpipe: on GL a copy from texture to texture costs
    /// 56-144 us and one from a buffer 3-6 us; on Vulkan they cost the same, and direct ones need no memory. wgpu has no
    /// direct copy between rectangles of one page.
    ///
    /// Offsets in the buffer must be multiples of a texel's bytes: wgpu-core checks that on all backends, and Vulkan, Metal
    /// and GL require nothing more. DX12 requires 512 bytes (4 on new drivers); for other offsets wgpu-hal makes a buffer
    /// per copy, which is correct but slow.
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
        pitch(width, self.texel_bytes)
    }

    fn bytes(self, size: Size) -> u64 {
        u64::from(self.pitch(size.width)) * u64::from(size.height)
    }

    fn max_rows(self, width: u32) -> u32 {
        max_rows(self.pitch(width), self.max_buffer_bytes)
    }

    /// The box around all rectangles that are read from a page, if reading it costs less than reading each of them.
    fn box_to_read(self, moves: &[Move], page: PageIndex, way: Way) -> Option<Rect> {
        let rects = moves.iter().filter(|m| m.from.page == page).map(|m| m.from.rect);
        let each: u64 = rects
            .clone()
            .map(|rect| self.bytes(rect.size()) + COPY_BYTES)
            .sum();
        let around = rects.reduce(box_of)?;
        let bytes = self.bytes(around.size());
        let pays = bytes + COPY_BYTES <= each && bytes <= self.max_buffer_bytes;
        (pays && way == Way::Buffer).then_some(around)
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
        /// Each move with the index of its load.
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
        let mut loads = Loads::new(copies);
        // Pages that are looked at, each with its load if it is read in one copy.
        let mut boxes: Vec<(PageIndex, Option<usize>)> = Vec::new();
        let mut writes = Vec::new();
        for m in moves {
            let page = m.from.page;
            let known = boxes.iter().find(|(known, _)| *known == page);
            let whole = known.map(|(_, whole)| *whole).unwrap_or_else(|| {
                let rect = copies.box_to_read(moves, page, way);
                let whole = rect.map(|rect| loads.add(Region { page, rect }));
                boxes.push((page, whole));
                whole
            });
            if let Some(whole) = whole {
                writes.push((whole, *m));
            } else {
                let bands = m.bands(copies.max_rows(m.from.rect.width));
                writes.extend(bands.map(|band| (loads.add(band.from), band)));
            }
        }
        Plan::Buffer {
            loads: loads.loads,
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

/// The loads of a plan, and the scratch memory that they take.
struct Loads {
    copies: Copies,
    room: scratch::Room,
    loads: Vec<Load>,
}

impl Loads {
    fn new(copies: Copies) -> Self {
        Self {
            copies,
            room: scratch::Room::new(copies.max_buffer_bytes),
            loads: Vec::new(),
        }
    }

    /// Index of a new load.
    fn add(&mut self, source: Region) -> usize {
        let size = source.rect.size();
        self.loads.push(Load {
            source,
            stretch: self.room.take(self.copies.bytes(size)),
            pitch: self.copies.pitch(size.width),
        });
        self.loads.len() - 1
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

fn box_of(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let size = Size::new(a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y);
    Rect::new(x, y, size)
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
}

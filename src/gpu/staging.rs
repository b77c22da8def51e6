//! Mapped memory on its way to the GPU: chunks that are filled and submitted.
//!
//! Used instead of wgpu's `StagingBelt`, which can't tell whether it has memory. Where the buffers come from, and how many
//! there may be, is in `staging_pool.rs`. Invariant: what has been reserved can be taken.

use super::plan::AtlasPlan;
use super::rows::{ROW_ALIGNMENT, max_rows};
use super::staging_pool::{Buffer, StagingPool};
use crate::error::InsertError;

/// Alignment of everything that is taken.
const ALIGNMENT: u64 = ROW_ALIGNMENT as u64;

/// A buffer that is being filled.
struct Chunk {
    buffer: Buffer,
    view: wgpu::BufferViewMut,
    used: u64,
}

impl Chunk {
    fn room(&self) -> u64 {
        self.buffer.size() - self.used.next_multiple_of(ALIGNMENT)
    }
}

/// A stretch of mapped memory, valid until the next [`Staging::finish`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Staged {
    chunk: usize,
    pub(super) offset: u64,
}

/// What may exceed the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terms {
    /// A request that is larger than the whole limit, while no other exceeds it.
    Alone,
    /// Any request: without the table's rows no flush could be submitted, and no memory would ever come back.
    Always,
}

pub(super) struct Staging {
    pool: StagingPool,
    /// Chunks in use first, then those that are only reserved.
    filling: Vec<Chunk>,
    /// Index of the chunk that was last taken from. All later ones are empty.
    current: usize,
}

impl Staging {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan) -> Self {
        Self {
            pool: StagingPool::new(device, plan),
            filling: Vec::new(),
            current: 0,
        }
    }

    pub(super) fn set_limits(&mut self, plan: &AtlasPlan) {
        self.pool.set_limits(plan);
    }

    /// Rows of `pitch` bytes that go into one buffer on this device.
    pub(super) fn max_rows(&self, pitch: u32) -> u32 {
        max_rows(pitch, self.max_buffer_bytes())
    }

    pub(super) fn max_buffer_bytes(&self) -> u64 {
        self.pool.max_buffer_bytes()
    }

    /// Makes sure that `pieces` can be taken, in this order.
    pub(super) fn reserve(
        &mut self,
        pieces: impl Iterator<Item = u64> + Clone,
        terms: Terms,
    ) -> Result<(), InsertError> {
        let mut room = self.filling.get(self.current).map_or(0, Chunk::room);
        if pieces.clone().all(|bytes| take_from(&mut room, bytes)) {
            return Ok(());
        }
        self.free_reserved();
        let aligned = pieces.clone().map(|bytes| bytes.next_multiple_of(ALIGNMENT));
        let bytes = aligned.sum();
        let may_exceed = terms == Terms::Always || self.pool.may_exceed_alone(bytes);
        let mut room = self.filling.last().map_or(0, Chunk::room);
        for piece in pieces {
            if take_from(&mut room, piece) {
                continue;
            }
            let Some(chunk) = self.chunk(piece, may_exceed) else {
                self.free_reserved();
                return Err(InsertError::NoStaging { bytes });
            };
            room = chunk.room();
            take_from(&mut room, piece);
            self.filling.push(chunk);
        }
        Ok(())
    }

    fn chunk(&mut self, bytes: u64, may_exceed: bool) -> Option<Chunk> {
        let buffer = self.pool.obtain(bytes, may_exceed)?;
        match buffer.view() {
            Some(view) => Some(Chunk {
                buffer,
                view,
                used: 0,
            }),
            None => {
                self.pool.discard(buffer);
                None
            }
        }
    }

    /// Frees chunks that were reserved and not taken from.
    fn free_reserved(&mut self) {
        while let Some(chunk) = self.filling.pop_if(|chunk| chunk.used == 0) {
            drop(chunk.view);
            self.pool.free(chunk.buffer);
        }
        self.current = self.filling.len().saturating_sub(1);
    }

    /// Free bytes of the chunk that `bytes` would be taken from.
    pub(super) fn room_beside(&self, bytes: u64) -> u64 {
        self.filling[self.chunk_for(bytes)].room()
    }

    /// Takes `bytes` in one piece. They must have been reserved.
    pub(super) fn take(&mut self, bytes: u64) -> Staged {
        self.current = self.chunk_for(bytes);
        let chunk = &mut self.filling[self.current];
        let offset = chunk.used.next_multiple_of(ALIGNMENT);
        chunk.used = offset + bytes;
        Staged {
            chunk: self.current,
            offset,
        }
    }

    fn chunk_for(&self, bytes: u64) -> usize {
        let chunks = self.filling.iter().enumerate().skip(self.current);
        let mut with_room = chunks.filter(|(_, chunk)| chunk.room() >= bytes);
        let (index, _) = with_room.next().expect("BUG: took more than was reserved");
        index
    }

    /// Writes `bytes`, starting `at` bytes into what was taken.
    #[inline]
    pub(super) fn write(&mut self, staged: Staged, at: u64, bytes: &[u8]) {
        let start = (staged.offset + at) as usize;
        let view = &mut self.filling[staged.chunk].view;
        view.slice(start..start + bytes.len()).copy_from_slice(bytes);
    }

    pub(super) fn buffer(&self, staged: Staged) -> &wgpu::Buffer {
        self.filling[staged.chunk].buffer.raw()
    }

    /// Bytes that the next `finish` hands to the GPU, including the unused ends of full chunks.
    pub(super) fn taken_bytes(&self) -> u64 {
        let (full, rest) = self.filling.split_at(self.current.min(self.filling.len()));
        let full_bytes: u64 = full.iter().map(|chunk| chunk.buffer.size()).sum();
        full_bytes + rest.first().map_or(0, |chunk| chunk.used)
    }

    /// Hands the filled buffers to the GPU; they come back when `encoder`'s work is done.
    pub(super) fn finish(&mut self, encoder: &wgpu::CommandEncoder) {
        self.free_reserved();
        for Chunk { buffer, view, used } in self.filling.drain(..) {
            drop(view);
            self.pool.send(buffer, used, encoder);
        }
        self.current = 0;
        self.pool.age();
    }

    /// Whether the device has lost buffers.
    pub(super) fn is_lost(&self) -> bool {
        self.pool.is_lost()
    }

    /// Bytes of all buffers: filling, in use by the GPU, and free.
    pub(super) fn held_bytes(&self) -> u64 {
        self.pool.held_bytes()
    }
}

/// Takes a piece from `room` if it fits, and returns whether it does.
fn take_from(room: &mut u64, bytes: u64) -> bool {
    let fits = bytes <= *room;
    if fits {
        // Buffers end at multiples of the alignment, except the last piece of a buffer that is no multiple.
        *room -= bytes.next_multiple_of(ALIGNMENT).min(*room);
    }
    fits
}

//! Mapped memory on its way to the GPU: buffers that are filled, submitted, and mapped again for the next frame.
//!
//! In place of wgpu's `StagingBelt`, which can't be asked whether it has memory, keeps every buffer it ever made, and
//! fails a whole submission after one allocation failed. Invariant: what was reserved can be taken.

use std::sync::{Arc, Mutex, PoisonError};

use super::scope;
use crate::error::InsertError;

/// Alignment of everything taken: rows of a copy start at multiples of it.
const ALIGNMENT: u64 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT as u64;

/// Flushes in which what is kept falls to about a third: half a second of frames.
const KEPT_FLUSHES: u64 = 32;

/// A buffer that is being filled.
struct Chunk {
    buffer: wgpu::Buffer,
    view: wgpu::BufferViewMut,
    used: u64,
}

/// A stretch of mapped memory, valid until the next [`Staging::finish`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Staged {
    chunk: usize,
    pub(super) offset: u64,
}

/// Buffers on their way back.
#[derive(Default)]
struct Returned {
    mapped: Vec<wgpu::Buffer>,
    /// Bytes of buffers that couldn't be mapped again: those of a lost device.
    lost_bytes: u64,
    /// What all of these counted for in `needed_bytes`.
    needed_bytes: u64,
}

pub(super) struct Staging {
    device: wgpu::Device,
    chunk_bytes: u64,
    /// All buffers together may be this large; a single larger one gets in when there is no other.
    most_bytes: u64,
    /// Bytes of all buffers: filling, with the GPU, and free.
    held_bytes: u64,
    filling: Vec<Chunk>,
    /// Mapped and empty.
    free: Vec<wgpu::Buffer>,
    /// What the GPU has finished with, put here by whoever polls the device.
    returned: Arc<Mutex<Returned>>,
    /// What buffers with the GPU would hold if none were larger than it had to be: those that served a burst would
    /// otherwise be kept by the little that is put into them.
    needed_bytes: u64,
    /// What recent flushes needed at most; free buffers beyond it are dropped.
    keep_bytes: u64,
}

impl Staging {
    pub(super) fn new(device: &wgpu::Device, chunk_bytes: u64, most_bytes: u64) -> Self {
        Self {
            device: device.clone(),
            chunk_bytes,
            most_bytes,
            held_bytes: 0,
            filling: Vec::new(),
            free: Vec::new(),
            returned: Arc::default(),
            needed_bytes: 0,
            keep_bytes: chunk_bytes,
        }
    }

    pub(super) fn set_most_bytes(&mut self, most_bytes: u64) {
        self.most_bytes = most_bytes;
    }

    /// Makes sure that `bytes` in one piece can be taken, whether within the limit or not: without the table's rows no
    /// flush could go, and no memory would ever come back.
    pub(super) fn reserve_beyond(&mut self, bytes: u64) -> Result<(), InsertError> {
        let most_bytes = std::mem::replace(&mut self.most_bytes, u64::MAX);
        let reserved = self.reserve(bytes);
        self.most_bytes = most_bytes;
        reserved
    }

    /// Makes sure that `bytes` in one piece can be taken.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<(), InsertError> {
        let room = |chunk: &Chunk| chunk.buffer.size() - chunk.used.next_multiple_of(ALIGNMENT);
        if self.filling.last().is_some_and(|chunk| room(chunk) >= bytes) {
            return Ok(());
        }
        let refused = InsertError::NoStaging { bytes };
        let buffer = match self.take_free(bytes) {
            Some(buffer) => buffer,
            None => self.create(bytes).ok_or(refused)?,
        };
        // Fails only for a buffer of a lost device.
        let Ok(view) = buffer.get_mapped_range_mut(..) else {
            self.held_bytes -= buffer.size();
            return Err(refused);
        };
        self.filling.push(Chunk {
            buffer,
            view,
            used: 0,
        });
        Ok(())
    }

    /// Takes `bytes` in one piece. They have been reserved.
    pub(super) fn take(&mut self, bytes: u64) -> Staged {
        let index = self.filling.len() - 1;
        let chunk = &mut self.filling[index];
        let offset = chunk.used.next_multiple_of(ALIGNMENT);
        chunk.used = offset + bytes;
        debug_assert!(
            chunk.used <= chunk.buffer.size(),
            "BUG: took more than was reserved"
        );
        Staged { chunk: index, offset }
    }

    /// Writes `bytes`, from `at` bytes into what was taken.
    #[inline]
    pub(super) fn write(&mut self, staged: Staged, at: u64, bytes: &[u8]) {
        let start = (staged.offset + at) as usize;
        let view = &mut self.filling[staged.chunk].view;
        view.slice(start..start + bytes.len()).copy_from_slice(bytes);
    }

    pub(super) fn buffer(&self, staged: Staged) -> &wgpu::Buffer {
        &self.filling[staged.chunk].buffer
    }

    /// Bytes taken since the last `finish`.
    pub(super) fn taken_bytes(&self) -> u64 {
        self.filling.iter().map(|chunk| chunk.used).sum()
    }

    /// Hands the filled buffers to the GPU; they come back when `encoder`'s work is done.
    pub(super) fn finish(&mut self, encoder: &wgpu::CommandEncoder) {
        for Chunk { buffer, view, used } in self.filling.drain(..) {
            let needed_bytes = used.max(self.chunk_bytes);
            self.needed_bytes += needed_bytes;
            drop(view);
            buffer.unmap();
            let returned = Arc::clone(&self.returned);
            let again = buffer.clone();
            encoder.map_buffer_on_submit(&buffer, wgpu::MapMode::Write, .., move |mapped| {
                let mut returned = returned.lock().unwrap_or_else(PoisonError::into_inner);
                returned.needed_bytes += needed_bytes;
                match mapped {
                    Ok(()) => returned.mapped.push(again),
                    Err(_) => returned.lost_bytes += again.size(),
                }
            });
        }
        // Falls slowly, so that a burst's memory is given back, but not between two bursts: new memory costs more to
        // map and clear than it takes to copy into it.
        self.keep_bytes = (self.keep_bytes - self.keep_bytes / KEPT_FLUSHES)
            .max(self.needed_bytes)
            .max(self.chunk_bytes);
        self.collect_returned();
    }

    fn collect_returned(&mut self) {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        self.free.append(&mut returned.mapped);
        self.held_bytes -= std::mem::take(&mut returned.lost_bytes);
        self.needed_bytes -= std::mem::take(&mut returned.needed_bytes);
        drop(returned);
        self.keep_free(self.keep_bytes);
    }

    /// Drops free buffers beyond `keep_bytes`.
    fn keep_free(&mut self, keep_bytes: u64) {
        let mut kept = 0;
        let held_bytes = &mut self.held_bytes;
        self.free.retain(|buffer| {
            let keeps = kept + buffer.size() <= keep_bytes;
            match keeps {
                true => kept += buffer.size(),
                false => *held_bytes -= buffer.size(),
            }
            keeps
        });
    }

    fn take_free(&mut self, bytes: u64) -> Option<wgpu::Buffer> {
        self.collect_returned();
        let sizes = self.free.iter().map(wgpu::Buffer::size).enumerate();
        let large_enough = sizes.filter(|(_, size)| *size >= bytes);
        let (index, _) = large_enough.min_by_key(|(_, size)| *size)?;
        Some(self.free.swap_remove(index))
    }

    fn create(&mut self, bytes: u64) -> Option<wgpu::Buffer> {
        let size = bytes.next_multiple_of(ALIGNMENT).max(self.chunk_bytes);
        if !self.has_allowance(size) {
            return None;
        }
        let create = || {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("pixmap-cache staging"),
                size,
                usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            })
        };
        let buffer = scope::with_error_scope(&self.device, create).ok()?;
        self.held_bytes += size;
        Some(buffer)
    }

    /// Whether another `size` bytes are within the limit, once what is of no use is dropped and what the GPU has
    /// finished with is back.
    fn has_allowance(&mut self, size: u64) -> bool {
        let most_bytes = self.most_bytes;
        let fits = |held: u64| held == 0 || held + size <= most_bytes;
        if !fits(self.held_bytes) {
            // A look, not a wait.
            let _ = self.device.poll(wgpu::PollType::Poll);
            self.collect_returned();
            self.keep_free(0);
        }
        fits(self.held_bytes)
    }

    /// Bytes of all buffers: filling, with the GPU, and free.
    pub(super) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }
}

//! Mapped memory on its way to the GPU: buffers that are filled, submitted, and mapped again for the next frame.
//!
//! In place of wgpu's `StagingBelt`, which can't be asked whether it has memory, keeps every buffer it ever made, and
//! fails a whole submission after one allocation failed. Invariant: what was reserved can be taken.

use std::sync::{Arc, Mutex, PoisonError};

use super::scope;
use crate::error::InsertError;

/// Alignment of everything taken: rows of a copy start at multiples of it.
const ALIGNMENT: u64 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT as u64;

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

pub(super) struct Staging {
    device: wgpu::Device,
    chunk_bytes: u64,
    filling: Vec<Chunk>,
    /// Mapped and empty.
    free: Vec<wgpu::Buffer>,
    /// Buffers that the GPU has finished with, put here by whoever polls the device.
    returned: Arc<Mutex<Vec<wgpu::Buffer>>>,
    /// What recent frames needed at most; free buffers beyond it are dropped.
    keep_bytes: u64,
}

impl Staging {
    pub(super) fn new(device: &wgpu::Device, chunk_bytes: u64) -> Self {
        Self {
            device: device.clone(),
            chunk_bytes,
            filling: Vec::new(),
            free: Vec::new(),
            returned: Arc::default(),
            keep_bytes: chunk_bytes,
        }
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
        let view = buffer.get_mapped_range_mut(..).map_err(|_| refused)?;
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
        // Falls by an eighth per flush, so that a burst's memory is given back.
        self.keep_bytes = (self.keep_bytes - self.keep_bytes / 8)
            .max(self.taken_bytes())
            .max(self.chunk_bytes);
        for Chunk { buffer, view, .. } in self.filling.drain(..) {
            drop(view);
            buffer.unmap();
            let returned = Arc::clone(&self.returned);
            let again = buffer.clone();
            encoder.map_buffer_on_submit(&buffer, wgpu::MapMode::Write, .., move |mapped| {
                if mapped.is_ok() {
                    returned
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(again);
                }
            });
        }
        self.collect_returned();
    }

    fn collect_returned(&mut self) {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        self.free.append(&mut returned);
        drop(returned);
        let mut kept = 0;
        let keep_bytes = self.keep_bytes;
        self.free.retain(|buffer| {
            kept += buffer.size();
            kept <= keep_bytes
        });
    }

    fn take_free(&mut self, bytes: u64) -> Option<wgpu::Buffer> {
        self.collect_returned();
        let index = self.free.iter().position(|buffer| buffer.size() >= bytes)?;
        Some(self.free.swap_remove(index))
    }

    fn create(&self, bytes: u64) -> Option<wgpu::Buffer> {
        let create = || {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("pixmap-cache staging"),
                size: bytes.next_multiple_of(ALIGNMENT).max(self.chunk_bytes),
                usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            })
        };
        scope::guarded(&self.device, create).ok()
    }
}

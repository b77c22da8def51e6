//! Scratch memory: buffers that texels pass through on their way from page to page.
//!
//! Never mapped, and never waited for: submissions run in order, so that the next one may use the same buffers while
//! the GPU is busy with the one before. Invariant: what was reserved is there until the next [`Scratch::finish`].

use super::label::Label;
use super::scope;
use super::staging_pool::KEPT_FLUSHES;

/// Buffers are at least this large, so that needs that grow slowly don't make a buffer each.
const MIN_BYTES: u64 = 64 << 10;

/// Where a stretch may begin: DX12 copies from and to such places without a detour.
const ALIGNMENT: u64 = 512;

/// A stretch of scratch memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    index: usize,
    pub(super) offset: u64,
    bytes: u64,
}

/// Hands out the scratch memory of one batch. The next batch may have the same: the copies of both stand in one encoder,
/// in order.
#[derive(Debug)]
pub(super) struct Room {
    max_buffer_bytes: u64,
    index: usize,
    used_bytes: u64,
}

impl Room {
    pub(super) fn new(max_buffer_bytes: u64) -> Self {
        Self {
            max_buffer_bytes,
            index: 0,
            used_bytes: 0,
        }
    }

    pub(super) fn take(&mut self, bytes: u64) -> Stretch {
        let mut offset = self.used_bytes.next_multiple_of(ALIGNMENT);
        if offset > 0 && offset + bytes > self.max_buffer_bytes {
            self.index += 1;
            offset = 0;
        }
        self.used_bytes = offset + bytes;
        Stretch {
            index: self.index,
            offset,
            bytes,
        }
    }
}

struct Kept {
    buffer: wgpu::Buffer,
    unused_flushes: u64,
}

pub(super) struct Scratch {
    device: wgpu::Device,
    label: Label,
    max_buffer_bytes: u64,
    /// Those of the present flush first.
    kept: Vec<Kept>,
    /// How many belong to the present flush.
    reserved: usize,
    /// Tests make the device run out of memory.
    #[cfg(test)]
    pub(super) refusals_to_come: u32,
}

impl Scratch {
    pub(super) fn new(device: &wgpu::Device, label: &Label, max_buffer_bytes: u64) -> Self {
        Self {
            device: device.clone(),
            label: label.clone(),
            max_buffer_bytes,
            kept: Vec::new(),
            reserved: 0,
            #[cfg(test)]
            refusals_to_come: 0,
        }
    }

    /// Makes sure that all stretches are there. False when the device has no memory for them.
    #[must_use]
    pub(super) fn reserve(&mut self, stretches: impl Iterator<Item = Stretch>) -> bool {
        let mut sizes: Vec<u64> = Vec::new();
        for stretch in stretches {
            let count = sizes.len().max(stretch.index + 1);
            sizes.resize(count, 0);
            let size = &mut sizes[stretch.index];
            *size = (*size).max(stretch.offset + stretch.bytes);
        }
        self.reserved = 0;
        sizes.into_iter().all(|size| self.reserve_one(size))
    }

    fn reserve_one(&mut self, size: u64) -> bool {
        let spare = self.kept.iter().enumerate().skip(self.reserved);
        let large_enough = spare.filter(|(_, kept)| kept.buffer.size() >= size);
        let smallest = large_enough.min_by_key(|(_, kept)| kept.buffer.size());
        let index = smallest.map(|(index, _)| index).or_else(|| self.create(size));
        let Some(index) = index else {
            // Perhaps there is memory next time without what is of no use now.
            self.kept.truncate(self.reserved);
            return false;
        };
        self.kept.swap(self.reserved, index);
        self.reserved += 1;
        true
    }

    /// Index of a new buffer.
    fn create(&mut self, size: u64) -> Option<usize> {
        let size = size
            .max(MIN_BYTES)
            .next_power_of_two()
            .min(self.max_buffer_bytes.max(size));
        #[cfg(test)]
        if self.refusals_to_come > 0 {
            self.refusals_to_come -= 1;
            return None;
        }
        let create = || {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(&self.label.of("scratch")),
                size,
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            })
        };
        let buffer = scope::with_error_scope(&self.device, create).ok()?;
        self.kept.push(Kept {
            buffer,
            unused_flushes: 0,
        });
        Some(self.kept.len() - 1)
    }

    pub(super) fn buffer(&self, stretch: Stretch) -> &wgpu::Buffer {
        &self.kept[stretch.index].buffer
    }

    /// One more flush. What none of the recent ones needed is dropped.
    pub(super) fn finish(&mut self) {
        for (index, kept) in self.kept.iter_mut().enumerate() {
            if index < self.reserved {
                kept.unused_flushes = 0;
            } else {
                kept.unused_flushes += 1;
            }
        }
        self.kept.retain(|kept| kept.unused_flushes <= KEPT_FLUSHES);
        self.reserved = 0;
    }

    pub(super) fn held_bytes(&self) -> u64 {
        self.kept.iter().map(|kept| kept.buffer.size()).sum()
    }
}

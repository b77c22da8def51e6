//! Scratch memory: buffers for texels that move from page to page.
//!
//! Never mapped, and never waited for: submissions run in order, so the next one may use the same buffers while the GPU
//! is busy with the previous one. Invariant: reserved buffers exist until the next [`Scratch::finish`].

use super::device::{Device, Subject};
use super::label::Label;
use super::staging_pool::KEPT_FLUSHES;

/// Smallest buffer, so that slowly growing needs don't create a buffer each time.
const MIN_BYTES: u64 = 64 << 10;

/// Alignment of a stretch: DX12 copies from and to such offsets without an extra buffer.
const ALIGNMENT: u64 = 512;

/// A stretch of scratch memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    index: usize,
    pub(super) offset: u64,
    bytes: u64,
}

/// Hands out the scratch memory of one batch. The next batch may use the same memory: the copies of both are recorded in
/// one encoder, in order.
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
    device: Device,
    label: Label,
    max_buffer_bytes: u64,
    /// Those of the current flush first.
    kept: Vec<Kept>,
    /// How many belong to the current flush.
    reserved: usize,
    /// Reservations that fail as if the device had no memory.
    #[cfg(test)]
    pub(super) refusals_to_come: u32,
}

impl Scratch {
    pub(super) fn new(device: &Device, label: &Label, max_buffer_bytes: u64) -> Self {
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

    /// Makes sure that there are buffers for all stretches. False when the device has no memory for them.
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
            // Without the buffers that this flush can't use, there may be memory next time.
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
        let buffer = self.device.checked(create, |_| Subject::Essential(size)).ok()?;
        self.kept.push(Kept {
            buffer,
            unused_flushes: 0,
        });
        Some(self.kept.len() - 1)
    }

    pub(super) fn buffer(&self, stretch: Stretch) -> &wgpu::Buffer {
        &self.kept[stretch.index].buffer
    }

    /// Ends a flush. Buffers that no recent flush needed are dropped.
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

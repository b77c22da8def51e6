//! The buffers of staging memory: created, kept for later frames, limited, and given back.
//!
//! wgpu's `StagingBelt` keeps every buffer it ever created, and fails a whole submission after one failed allocation.
//! Invariant: all buffers together are within the limit, except those marked `beyond` while they are in use.

use std::sync::{Arc, Mutex, PoisonError};

use super::label::Label;
use super::plan::AtlasPlan;
use super::rows::ROW_ALIGNMENT;
use super::scope;

/// Sizes of buffers are multiples of this.
const ALIGNMENT: u64 = ROW_ALIGNMENT as u64;

/// Largest chunk of a large budget. In a browser a chunk is copied as a whole into the module's memory and back.
const MAX_CHUNK_BYTES: u64 = if cfg!(target_arch = "wasm32") {
    256 << 10
} else {
    4 << 20
};

/// Flushes in which the memory kept falls to about a third: four seconds of frames. A page is rebuilt every 30 to 150
/// frames; with 32 here, those frames took up to 26 times the median, for memory that is new to the process. In a browser
/// the module's memory never shrinks, and isn't new twice.
pub(super) const KEPT_FLUSHES: u64 = if cfg!(target_arch = "wasm32") { 32 } else { 256 };

/// A mapped buffer in use.
pub(super) struct Buffer {
    raw: wgpu::Buffer,
    /// Whether it doesn't count against the limit.
    beyond: bool,
}

impl Buffer {
    pub(super) fn raw(&self) -> &wgpu::Buffer {
        &self.raw
    }

    pub(super) fn size(&self) -> u64 {
        self.raw.size()
    }

    /// The mapped memory. `None` for a buffer of a lost device.
    pub(super) fn view(&self) -> Option<wgpu::BufferViewMut> {
        self.raw.get_mapped_range_mut(..).ok()
    }

    fn beyond_bytes(&self) -> u64 {
        if self.beyond { self.size() } else { 0 }
    }
}

/// Buffers on their way back.
#[derive(Default)]
struct Returned {
    mapped: Vec<wgpu::Buffer>,
    /// Bytes of buffers that couldn't be mapped again: those of a lost device.
    lost_bytes: u64,
    /// Their share of the pool's `needed_bytes`.
    needed_bytes: u64,
    /// Their share of the pool's `beyond_bytes`.
    beyond_bytes: u64,
}

pub(super) struct StagingPool {
    device: wgpu::Device,
    label: Label,
    /// Smallest buffer, if the limit allows it.
    chunk_bytes: u64,
    /// The limit of all buffers together, except those beyond it.
    max_bytes: u64,
    /// The device's limit of one buffer.
    max_buffer_bytes: u64,
    /// Bytes of all buffers: filling, in use by the GPU, and free.
    held_bytes: u64,
    /// Bytes of the filling and used ones that don't count against the limit.
    beyond_bytes: u64,
    /// Mapped and empty.
    free: Vec<wgpu::Buffer>,
    /// Buffers that the GPU is done with, put here by callbacks when the device is polled.
    returned: Arc<Mutex<Returned>>,
    /// Bytes that buffers in use by the GPU would have if none were larger than necessary. Otherwise small uploads would
    /// keep the large buffers of a burst.
    needed_bytes: u64,
    /// Most bytes that recent flushes needed; free buffers in excess of it are dropped.
    keep_bytes: u64,
    /// Whether a buffer couldn't be mapped again.
    is_lost: bool,
}

impl StagingPool {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan) -> Self {
        let mut pool = Self {
            device: device.clone(),
            label: plan.label.clone(),
            chunk_bytes: 0,
            max_bytes: 0,
            max_buffer_bytes: device.limits().max_buffer_size / ALIGNMENT * ALIGNMENT,
            held_bytes: 0,
            beyond_bytes: 0,
            free: Vec::new(),
            returned: Arc::default(),
            needed_bytes: 0,
            keep_bytes: 0,
            is_lost: false,
        };
        pool.set_limits(plan);
        pool
    }

    pub(super) fn set_limits(&mut self, plan: &AtlasPlan) {
        self.max_bytes = plan.staging_bytes();
        let wanted = (plan.budget_bytes / 64).clamp(256 << 10, MAX_CHUNK_BYTES);
        // A quarter of the limit: the GPU copies some while others are filled.
        let allowed = (self.max_bytes / 4).min(self.max_buffer_bytes);
        self.chunk_bytes = (wanted.min(allowed) / ALIGNMENT * ALIGNMENT).max(ALIGNMENT);
    }

    pub(super) fn max_buffer_bytes(&self) -> u64 {
        self.max_buffer_bytes
    }

    /// Bytes of all buffers: filling, in use by the GPU, and free.
    pub(super) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// Whether the device has lost buffers, or has refused them when they were in use. Buffers come back unmapped then.
    pub(super) fn is_lost(&self) -> bool {
        let returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_lost || returned.lost_bytes > 0
    }

    /// Whether a request of this size is larger than the whole limit while no buffer is beyond it.
    pub(super) fn may_exceed_alone(&mut self, bytes: u64) -> bool {
        if bytes <= self.max_bytes {
            return false;
        }
        if self.beyond_bytes > 0 {
            self.look_for_returned();
        }
        self.beyond_bytes == 0
    }

    /// Returns a buffer of at least `bytes`, within the limit or, if it `may_exceed` it, beyond.
    pub(super) fn obtain(&mut self, bytes: u64, may_exceed: bool) -> Option<Buffer> {
        let bytes = bytes.next_multiple_of(ALIGNMENT);
        self.collect_returned();
        let mut free = self.take_free(bytes);
        if free.is_none() && bytes > self.allowance() {
            self.look_for_returned();
            free = self.take_free(bytes);
        }
        if let Some(raw) = free {
            return Some(Buffer { raw, beyond: false });
        }
        if bytes > self.allowance() {
            self.keep_free(0);
        }
        let beyond = bytes > self.allowance();
        if beyond && !may_exceed {
            return None;
        }
        let raw = self.create(bytes.max(self.chunk_bytes.min(self.allowance())))?;
        self.held_bytes += raw.size();
        let buffer = Buffer { raw, beyond };
        self.beyond_bytes += buffer.beyond_bytes();
        Some(buffer)
    }

    /// Takes back an unused buffer.
    pub(super) fn free(&mut self, buffer: Buffer) {
        self.beyond_bytes -= buffer.beyond_bytes();
        self.free.push(buffer.raw);
    }

    /// Drops a buffer that can't be used.
    pub(super) fn discard(&mut self, buffer: Buffer) {
        self.beyond_bytes -= buffer.beyond_bytes();
        self.held_bytes -= buffer.size();
    }

    /// Hands a filled buffer to the GPU; it comes back when `encoder`'s work is done.
    pub(super) fn send(&mut self, buffer: Buffer, used_bytes: u64, encoder: &wgpu::CommandEncoder) {
        let needed_bytes = used_bytes.max(self.chunk_bytes);
        let beyond_bytes = buffer.beyond_bytes();
        self.needed_bytes += needed_bytes;
        buffer.raw.unmap();
        let returned = Arc::clone(&self.returned);
        let again = buffer.raw.clone();
        encoder.map_buffer_on_submit(&buffer.raw, wgpu::MapMode::Write, .., move |mapped| {
            let mut returned = returned.lock().unwrap_or_else(PoisonError::into_inner);
            returned.needed_bytes += needed_bytes;
            returned.beyond_bytes += beyond_bytes;
            match mapped {
                Ok(()) => returned.mapped.push(again),
                Err(_) => returned.lost_bytes += again.size(),
            }
        });
    }

    /// Ends a flush. The memory kept falls slowly, so that a burst's memory is given back, but not between two bursts:
    /// mapping and clearing new memory costs more than copying into it.
    pub(super) fn age(&mut self) {
        self.keep_bytes = (self.keep_bytes - self.keep_bytes / KEPT_FLUSHES)
            .max(self.needed_bytes)
            .max(self.chunk_bytes);
        self.collect_returned();
    }

    fn collect_returned(&mut self) {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        self.free.append(&mut returned.mapped);
        self.is_lost |= returned.lost_bytes > 0;
        self.held_bytes -= std::mem::take(&mut returned.lost_bytes);
        self.needed_bytes -= std::mem::take(&mut returned.needed_bytes);
        self.beyond_bytes -= std::mem::take(&mut returned.beyond_bytes);
        drop(returned);
        // Buffers beyond the limit count again once they are free.
        let free_bytes: u64 = self.free.iter().map(wgpu::Buffer::size).sum();
        let in_use_bytes = self.held_bytes - self.beyond_bytes - free_bytes;
        let allowed = self.max_bytes.saturating_sub(in_use_bytes);
        // In whole buffers: a frame that needs one less than the last doesn't give it up.
        let keep_bytes = self.keep_bytes.next_multiple_of(self.chunk_bytes);
        self.keep_free(keep_bytes.min(allowed));
    }

    /// Drops free buffers beyond `keep_bytes`.
    fn keep_free(&mut self, keep_bytes: u64) {
        let mut kept = 0;
        let held_bytes = &mut self.held_bytes;
        self.free.retain(|buffer| {
            let keeps = kept + buffer.size() <= keep_bytes;
            if keeps {
                kept += buffer.size();
            } else {
                *held_bytes -= buffer.size();
                give_back(buffer);
            }
            keeps
        });
    }

    fn take_free(&mut self, bytes: u64) -> Option<wgpu::Buffer> {
        let sizes = self.free.iter().map(wgpu::Buffer::size).enumerate();
        let large_enough = sizes.filter(|(_, size)| *size >= bytes);
        let (index, _) = large_enough.min_by_key(|(_, size)| *size)?;
        Some(self.free.swap_remove(index))
    }

    fn create(&self, size: u64) -> Option<wgpu::Buffer> {
        let create = || {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(&self.label.of("staging")),
                size,
                usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            })
        };
        scope::with_error_scope(&self.device, create).ok()
    }

    /// Bytes that the limit leaves, rounded down to the alignment. Buffers beyond it don't count.
    fn allowance(&self) -> u64 {
        let within = self.held_bytes - self.beyond_bytes;
        self.max_bytes.saturating_sub(within) / ALIGNMENT * ALIGNMENT
    }

    /// Collects buffers that the GPU is done with, without waiting.
    fn look_for_returned(&mut self) {
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.collect_returned();
    }
}

/// Gives back a buffer that nothing uses. A browser would keep the memory of one that is only dropped, until its collector
/// runs.
fn give_back(buffer: &wgpu::Buffer) {
    if cfg!(target_arch = "wasm32") {
        buffer.destroy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::CacheDescriptor;

    const LIMIT: u64 = 64 << 10;

    fn pool() -> StagingPool {
        let (device, _) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = CacheDescriptor {
            staging_bytes: Some(LIMIT),
            ..Default::default()
        };
        let plan = AtlasPlan::new(&descriptor, &device).expect("a sound descriptor");
        StagingPool::new(&device, &plan)
    }

    #[test]
    fn one_larger_than_the_limit_goes_beyond_it_at_a_time() {
        let mut pool = pool();
        assert!(!pool.may_exceed_alone(LIMIT), "what the limit holds isn't larger");
        assert!(
            pool.may_exceed_alone(LIMIT + 1),
            "nothing else is beyond the limit"
        );
        let first = pool.obtain(2 * LIMIT, true).expect("memory");
        assert!(
            !pool.may_exceed_alone(2 * LIMIT),
            "the first one is still beyond the limit"
        );
        let beside = pool.obtain(LIMIT, false);
        assert!(beside.is_some(), "the limit is free for others");
        assert!(pool.obtain(256, false).is_none(), "but no more than the limit");
        pool.free(first);
        assert!(pool.may_exceed_alone(2 * LIMIT), "the first one is done");
    }

    #[test]
    fn free_buffers_make_room_for_others() {
        let mut pool = pool();
        let small = pool.obtain(LIMIT / 2, false).expect("memory");
        pool.free(small);
        let large = pool.obtain(LIMIT, false).expect("the limit is unused");
        assert_eq!(pool.held_bytes(), LIMIT, "what was free is gone");
        pool.discard(large);
        assert_eq!(pool.held_bytes(), 0, "nothing is held");
    }
}

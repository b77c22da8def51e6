//! Surviving the loss of a device: copies of the pixels in memory, and the move to a new device.
//!
//! After a loss nothing fails in wgpu: every call silently does nothing. So the application has to call `recreate`.
//! Entries keep their regions; their pixels are uploaded again, most recently used first. Invariant: an entry that awaits
//! its pixels has no row in the region table, so that it draws transparent.

use std::hash::Hash;

use slotmap::SecondaryMap;

use super::PixmapCache;
use super::verdicts::Suspects;
use crate::descriptor::RetainPolicy;
use crate::error::CreateError;
use crate::geometry::Rect;
use crate::gpu::Atlas;
use crate::key::PixmapKey;
use crate::pixmap::{ColorEncoding, PixelFormat, Pixmap, PixmapBuf, mipmaps};

#[derive(Debug)]
pub(super) struct Retained {
    budget_bytes: u64,
    bytes: u64,
    copies: SecondaryMap<PixmapKey, PixmapBuf>,
    /// Entries whose pixels were lost and are not uploaded again yet, the most recently used last.
    lost: Vec<PixmapKey>,
    /// The set of these keys, without those that have died or got other pixels meanwhile.
    awaiting: SecondaryMap<PixmapKey, ()>,
}

impl Retained {
    pub(super) fn new(retain: RetainPolicy) -> Self {
        Self {
            budget_bytes: match retain {
                RetainPolicy::Nothing => 0,
                RetainPolicy::Pixels { budget_bytes } => budget_bytes,
            },
            bytes: 0,
            copies: SecondaryMap::new(),
            lost: Vec::new(),
            awaiting: SecondaryMap::new(),
        }
    }

    #[inline]
    pub(super) fn awaits_pixels(&self, key: PixmapKey) -> bool {
        !self.awaiting.is_empty() && self.awaiting.contains_key(key)
    }

    pub(super) fn pixels_arrived(&mut self, key: PixmapKey) {
        self.awaiting.remove(key);
    }

    pub(super) fn remove(&mut self, key: PixmapKey) {
        self.awaiting.remove(key);
        if let Some(copy) = self.copies.remove(key) {
            self.bytes -= copy.heap_bytes();
        }
    }

    pub(super) fn has_copy(&self, key: PixmapKey) -> bool {
        self.copies.contains_key(key)
    }

    pub(super) fn copy(&self, key: PixmapKey) -> Option<&PixmapBuf> {
        self.copies.get(key)
    }

    /// Changes a rectangle of a copy, if there is one, and what of its levels shows it: `rects` has a rectangle per level.
    pub(super) fn update(
        &mut self,
        key: PixmapKey,
        pixmap: &Pixmap<'_>,
        (rects, encoding): (&[Rect], ColorEncoding),
    ) {
        let Some(copy) = self.copies.get_mut(key) else {
            return;
        };
        if copy.format == PixelFormat::R8 && pixmap.format != PixelFormat::R8 {
            // Gray in a cache of colors, which is no longer all gray.
            self.bytes -= copy.heap_bytes();
            *copy = copy.converted(pixmap.format);
            self.bytes += copy.heap_bytes();
        }
        copy.overwrite(rects[0], pixmap);
        mipmaps::regenerate(copy, rects, encoding);
    }

    /// Copies a pixmap's rows, without their padding, and its levels, if copies are kept at all.
    pub(super) fn keep(&mut self, key: PixmapKey, pixmap: &Pixmap<'_>, levels: &[PixmapBuf]) {
        if self.budget_bytes == 0 {
            return;
        }
        let mut bytes = Vec::with_capacity(pixmap.row_bytes() * pixmap.size.height as usize);
        pixmap.rows().for_each(|row| bytes.extend_from_slice(row));
        let copy = PixmapBuf::new(pixmap.format, pixmap.size, bytes).with_levels(levels.to_vec());
        self.bytes += copy.heap_bytes();
        if let Some(previous) = self.copies.insert(key, copy) {
            self.bytes -= previous.heap_bytes();
        }
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Moves the cache to a new device after the loss of the old one. Returns the names of the entries that are lost.
    ///
    /// A cache isn't told of a loss: set `Device::set_device_lost_callback` in wgpu, and call this. Some time after a loss
    /// [`needs_recreate`](Self::needs_recreate) notices it, too.
    ///
    /// Under [`RetainPolicy::Pixels`] the entries of which there are copies keep their keys, ids and names. Their pixels
    /// are uploaded again, most recently used first, at most
    /// [`upload_bytes_per_frame`](crate::UploadDescriptor::upload_bytes_per_frame) now and at each `begin_frame`; until
    /// then they draw transparent. All other entries are removed.
    ///
    /// Bind group layout and bind group belong to the new device, so pipelines have to be created again.
    ///
    /// # Errors
    ///
    /// Returns a [`CreateError`] when the new device can't hold the textures. The cache then stays on the lost device.
    pub fn recreate(&mut self, device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Vec<N>, CreateError> {
        self.atlas = Atlas::recreate(device, queue, &self.atlas)?;
        self.suspects = Suspects::default();
        self.essential_fault = None;
        self.told_refusals = 0;
        self.watch_owed();
        let mut lost: Vec<PixmapKey> = self.keys().collect();
        let copies = &self.retained.copies;
        let (kept, forgotten): (Vec<_>, Vec<_>) = lost.drain(..).partition(|key| copies.contains_key(*key));
        let mut names = Vec::new();
        for key in forgotten {
            names.extend(self.names.remove(key));
            self.layout.remove(key);
        }
        self.apply_ops();
        // What the old device had no memory for, the new one may have.
        self.backoff.reset();
        self.limit_pages();
        self.await_pixels(kept);
        self.restore_lost();
        Ok(names)
    }

    fn await_pixels(&mut self, mut keys: Vec<PixmapKey>) {
        keys.sort_by_key(|key| self.layout.last_frame(*key));
        self.retained.awaiting = keys.iter().map(|key| (*key, ())).collect();
        self.retained.lost = keys;
    }

    /// Uploads lost pixels again, most recently used first, as much as one frame may upload.
    pub(super) fn restore_lost(&mut self) {
        let mut left = self.upload_bytes_per_frame();
        let mut first = true;
        while let Some(key) = self.retained.lost.pop() {
            if !self.retained.awaits_pixels(key) {
                continue;
            }
            // Taken out while it is staged.
            let copy = self
                .retained
                .copies
                .remove(key)
                .expect("BUG: awaits pixels without a copy");
            let bytes = copy.heap_bytes();
            let cut = self.cut(copy.as_pixmap(), &copy.levels);
            let is_due = bytes <= left || first;
            if !is_due || self.atlas.reserve(cut.footprints()).is_err() {
                self.retained.copies.insert(key, copy);
                self.retained.lost.push(key);
                return;
            }
            left -= bytes.min(left);
            first = false;
            self.stage_in_place(key, &cut);
            self.retained.copies.insert(key, copy);
            self.retained.awaiting.remove(key);
        }
        // What has died meanwhile is no longer in the list, and the rest is restored.
        debug_assert!(self.retained.awaiting.is_empty());
    }

    /// Drops the copies of the entries unused for longest when there are too many: an eighth at once, so that many
    /// insertions share the cost of one scan. Copies that are awaited stay: they fitted when they were lost.
    pub(super) fn bound_retained(&mut self) {
        let Self { retained, layout, .. } = self;
        let budget_bytes = retained.budget_bytes;
        if retained.bytes <= budget_bytes {
            return;
        }
        let with_age = |key| (layout.last_frame(key), key);
        let mut copies: Vec<_> = retained.copies.keys().map(with_age).collect();
        copies.retain(|(_, key)| !retained.awaits_pixels(*key));
        copies.sort_unstable();
        for (_, key) in copies {
            if retained.bytes <= budget_bytes - budget_bytes / 8 {
                return;
            }
            retained.remove(key);
        }
    }

    fn upload_bytes_per_frame(&self) -> u64 {
        self.intake.descriptor.upload_bytes_per_frame
    }
}

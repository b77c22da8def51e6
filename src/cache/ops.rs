//! The layout's decisions, carried out: names, pins, copies and the atlas follow each op, in order.
//!
//! Every method that changes the layout ends here. Invariant: after every public method of the cache no op is left, and
//! no dead entry has a name, a pin or a copy.

use std::hash::Hash;

use super::PixmapCache;
use crate::inspect::Departure;
use crate::key::PixmapKey;
use crate::layout::Op;
use crate::pixmap::Pixmap;

/// Staged bytes that are submitted without waiting for `flush`: the device copies them while more are staged, and a
/// software one finds them in the processor's cache. With half of the staging memory instead, up to twice the time.
const SUBMIT_BYTES: u64 = 2 << 20;

impl<N: Hash + Eq> PixmapCache<N> {
    /// Carries out what the layout has decided.
    pub(super) fn apply_ops(&mut self) {
        self.drain_ops(None);
    }

    /// Carries out what the layout has decided, and stages the pixels of the one entry that it placed.
    pub(super) fn apply_ops_and_stage(&mut self, pixmap: &Pixmap<'_>) {
        self.drain_ops(Some(pixmap));
        let max_staged = SUBMIT_BYTES.min(self.atlas.plan().staging_bytes() / 2);
        if self.atlas.staged_bytes() > max_staged {
            self.atlas.flush();
        }
    }

    fn drain_ops(&mut self, pixmap: Option<&Pixmap<'_>>) {
        let Self {
            layout,
            names,
            evictions,
            atlas,
            pins,
            retained,
            counts,
            ..
        } = self;
        let frame = layout.frame();
        for op in layout.drain_ops() {
            counts.layout_epoch += 1;
            match op {
                // Its pixels were lost with a device and come later, straight to where it lies then. Until then it has no
                // row, but the move counts among those of a rebuild.
                Op::Move { key, from, to } if retained.awaits_pixels(key) => atlas.move_texels(from, to),
                Op::Move { .. } | Op::Rebuild { .. } => atlas.apply(op),
                Op::Place {
                    key,
                    region,
                    placement,
                } => {
                    atlas.apply(op);
                    retained.pixels_arrived(key);
                    if let Some(pixmap) = pixmap {
                        atlas.stage(region, placement, pixmap);
                        retained.keep(key, pixmap);
                    }
                }
                Op::Evict { key, .. } | Op::Remove { key, .. } => {
                    atlas.apply(op);
                    pins.remove(key);
                    retained.remove(key);
                    let name = names.remove(key);
                    if let (Op::Evict { from, last, .. }, Some(evictions)) = (op, &mut *evictions) {
                        evictions.record(key, name, Departure { frame, from, last });
                    }
                }
            }
        }
        self.bound_retained();
    }

    /// Gives a living entry its name. An entry that had the name is removed.
    pub(super) fn set_name(&mut self, key: PixmapKey, name: N) {
        // The key may have the row of an entry that has just died: its name must be gone.
        debug_assert!(!self.layout.has_ops(), "BUG: named before dead names are gone");
        debug_assert!(self.layout.contains(key), "BUG: a name for a dead key");
        if let Some(previous) = self.names.insert(name, key) {
            self.layout.remove(previous);
        }
        self.apply_ops();
    }
}

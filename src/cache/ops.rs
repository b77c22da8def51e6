//! The layout's decisions, carried out: names, pins, copies and the atlas follow each op, in order.
//!
//! Every method that changes the layout ends here. Invariant: after every public method of the cache no op is left, and
//! no dead entry has a name, a pin or a copy.

use std::hash::Hash;

use super::PixmapCache;
use crate::inspect::Departure;
use crate::key::PixmapKey;
use crate::layout::{Op, Placement, Region, TileOf};
use crate::pixmap::cut::Cut;

/// Staged bytes that are submitted without waiting for `flush`: the device copies them while more are staged, and a
/// software one finds them in the processor's cache. With half of the staging memory instead, up to twice the time.
const SUBMIT_BYTES: u64 = 2 << 20;

impl<N: Hash + Eq> PixmapCache<N> {
    /// Carries out what the layout has decided.
    pub(super) fn apply_ops(&mut self) {
        self.drain_ops(None);
    }

    /// Carries out what the layout has decided, and stages the pixels of the one pixmap that it placed.
    pub(super) fn apply_ops_and_stage(&mut self, cut: &Cut<'_>) {
        self.drain_ops(Some(cut));
        self.submit_early();
    }

    /// Submits what is staged when it is much.
    pub(super) fn submit_early(&mut self) {
        let max_staged = SUBMIT_BYTES.min(self.atlas.plan().staging_bytes() / 2);
        if self.atlas.staged_bytes() > max_staged {
            self.atlas.flush();
        }
    }

    fn drain_ops(&mut self, cut: Option<&Cut<'_>>) {
        let Self {
            layout,
            names,
            evictions,
            atlas,
            pins,
            retained,
            counts,
            suspects,
            ..
        } = self;
        let frame = layout.frame();
        for op in layout.drain_ops() {
            counts.layout_epoch += 1;
            match op {
                Op::Rebuild { .. } | Op::Tile { .. } => atlas.apply(op),
                Op::Move { key, .. } => {
                    atlas.apply(op);
                    suspects.add(key);
                }
                Op::Adopt { key, from } => {
                    atlas.apply(op);
                    suspects.add(key);
                    retained.pixels_arrived(key);
                    retained.remove(from);
                }
                Op::Place {
                    key,
                    region,
                    placement,
                    tile,
                    ..
                } => {
                    atlas.apply(op);
                    suspects.add(key);
                    retained.pixels_arrived(key);
                    if let Some(cut) = cut {
                        let piece = cut.piece(tile.map_or(0, |tile| tile.index as usize));
                        // A run takes more memory than its first pixmap; what is reserved is for all tiles.
                        let placement = tile.map_or(placement, |_| Placement::Gap);
                        atlas.stage(region, placement, &piece.as_pixmap());
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

    /// Stages the pixels of a resident pixmap once more, where it lies. Its row is written if it has none.
    pub(super) fn stage_in_place(&mut self, key: PixmapKey, cut: &Cut<'_>) {
        let Some(region) = self.layout.region(key) else {
            return self.stage_tiles_in_place(key, cut);
        };
        self.stage_piece(key, (region, None), (cut, 0));
    }

    fn stage_tiles_in_place(&mut self, key: PixmapKey, cut: &Cut<'_>) {
        self.atlas.apply(Op::Tile {
            key,
            size: cut.size(),
            levels: cut.level_count(),
            tiles: cut.footprints().len() as u32,
        });
        let tiles: Vec<(PixmapKey, Region)> = self.layout.tiles_with_keys(key).collect();
        for (index, (tile, region)) in tiles.into_iter().enumerate() {
            let of = TileOf {
                key,
                index: index as u32,
            };
            self.stage_piece(tile, (region, Some(of)), (cut, index));
        }
    }

    fn stage_piece(
        &mut self,
        key: PixmapKey,
        (region, tile): (Region, Option<TileOf>),
        (cut, index): (&Cut<'_>, usize),
    ) {
        let placement = Placement::Gap;
        self.suspects.add(key);
        self.atlas.apply(Op::Place {
            key,
            region,
            placement,
            levels: cut.footprints()[index].levels,
            tile,
        });
        self.atlas.stage(region, placement, &cut.piece(index).as_pixmap());
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

//! Changes to a part of a resident pixmap, in place: across tiles and their borders, and down the mip levels.
//!
//! Invariant: a change touches the texels of its rectangle and of the levels below, and nothing else; a refused one changes
//! nothing.

use std::hash::Hash;

use super::PixmapCache;
use crate::error::UpdateError;
use crate::geometry::{Rect, Size};
use crate::key::PixmapKey;
use crate::layout::{Footprint, Placement, Region};
use crate::pixmap::tiling::{Piece, Tiling};
use crate::pixmap::{PixelFormat, Pixmap, chain, check, mipmaps};

/// A rectangle of one level, and where it lies.
pub(super) struct Change {
    pub(super) level: u32,
    pub(super) rect: Rect,
    pub(super) to: Region,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Replaces a rectangle of a resident pixmap. `origin` is the rectangle's top left corner in the pixmap, `pixmap` its new
    /// texels. Key, id, name and place stay the same, and the entry counts as touched. The change shows in every pass that is
    /// submitted after the next [`flush`](Self::flush), after all insertions, updates and moves before it.
    ///
    /// It takes one copy for each tile that stores a texel of the rectangle, which includes the borders of its neighbors: one
    /// for a pixmap that isn't in tiles. A rectangle inside pixels that wait for the same flush is written over them, without
    /// a copy. Mip levels are averaged again where the rectangle shows, on the calling thread, from the copy that
    /// [`retain`](crate::CacheDescriptor::retain) keeps; that takes one copy for each level more. Levels that `pixmap` brings
    /// are checked as by an insertion, and not used. Each update counts in [`uploads`](crate::CacheStats::uploads).
    ///
    /// # Errors
    ///
    /// Returns an [`UpdateError`] when the key is dead, the rectangle leaves the pixmap, the pixmap has mip levels and the
    /// cache has no copy, or the pixels are refused: they have the wrong number of bytes or are colors for a cache of masks, or
    /// there is no staging memory. Nothing has changed then.
    ///
    /// ```
    /// # use pixmap_cache::{CacheDescriptor, PixelFormat, Pixmap, PixmapCache, Size};
    /// # let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    /// let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &CacheDescriptor::default())?;
    /// let white = vec![255; 512 * 512 * 4];
    /// let canvas = cache.insert(Pixmap::new(PixelFormat::Rgba8, Size::new(512, 512), &white))?;
    /// let dot = [0; 8 * 8 * 4];
    /// cache.update(canvas, (100, 200), Pixmap::new(PixelFormat::Rgba8, Size::new(8, 8), &dot))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update<'p>(
        &mut self,
        key: PixmapKey,
        origin: (u32, u32),
        pixmap: impl Into<Pixmap<'p>>,
    ) -> Result<(), UpdateError> {
        let pixmap = pixmap.into();
        let outcome = self.update_pixels(key, origin, &pixmap);
        match outcome {
            Ok(()) => self.counts.uploads += 1,
            Err(_) => self.counts.refused += 1,
        }
        outcome
    }

    fn update_pixels(
        &mut self,
        key: PixmapKey,
        origin: (u32, u32),
        pixmap: &Pixmap<'_>,
    ) -> Result<(), UpdateError> {
        let rect = self.check_update(key, Rect::new(origin.0, origin.1, pixmap.size))?;
        if pixmap.size.is_empty() {
            return Ok(());
        }
        self.check_format(pixmap.format)?;
        check::levels(pixmap)?;
        let levels = self.layout.levels(key).map_or(1, u32::from);
        if levels > 1 && !self.retained.has_copy(key) {
            return Err(UpdateError::LevelsNotRetained);
        }
        let rects = mipmaps::changed(self.layout.size(key).unwrap_or_default(), rect, levels);
        let changes = self.changes(key, &rects);
        let footprints: Vec<Footprint> = changes
            .iter()
            .map(|change| change.to.rect.size().into())
            .collect();
        self.atlas.reserve(&footprints)?;
        self.layout.touch(key);
        self.suspects.add(key);
        self.retained.update(key, pixmap, (&rects, self.mipmaps.encoding));
        // Its pixels are lost with a device, and come back with the change.
        if !self.retained.awaits_pixels(key) {
            changes
                .iter()
                .for_each(|change| self.stage_change(key, change, (rect, pixmap)));
        }
        let texels: u64 = footprints.iter().map(|footprint| footprint.size.texels()).sum();
        self.counts.uploaded_bytes += texels * self.texel_bytes();
        self.bound_retained();
        self.submit_early();
        Ok(())
    }

    /// Checks that a rectangle lies in a resident pixmap.
    pub(super) fn check_update(&self, key: PixmapKey, rect: Rect) -> Result<Rect, UpdateError> {
        let size = self.layout.size(key).ok_or(UpdateError::NotResident)?;
        let whole = Rect::new(0, 0, size);
        if whole.contains(rect) {
            Ok(rect)
        } else {
            Err(UpdateError::Outside { rect, size })
        }
    }

    fn stage_change(&mut self, key: PixmapKey, change: &Change, (rect, pixmap): (Rect, &Pixmap<'_>)) {
        if change.level == 0 {
            let inside = Rect::new(change.rect.x - rect.x, change.rect.y - rect.y, change.rect.size());
            return self.atlas.stage(change.to, Placement::Gap, &pixmap.part(inside));
        }
        let copy = self.retained.copy(key).expect("BUG: levels without a copy");
        let level = copy.levels[change.level as usize - 1].as_pixmap();
        self.atlas
            .stage(change.to, Placement::Gap, &level.part(change.rect));
    }

    /// Where the rectangles of all levels lie: `rects` has one for each level.
    pub(super) fn changes(&self, key: PixmapKey, rects: &[Rect]) -> Vec<Change> {
        self.pieces(key)
            .flat_map(|(piece, region)| changes_of(piece, region, rects))
            .collect()
    }

    /// The pieces of a resident pixmap, and where they lie.
    pub(super) fn pieces(&self, key: PixmapKey) -> impl Iterator<Item = (Piece, Region)> + '_ {
        let size = self.layout.size(key).unwrap_or_default();
        let levels = self.layout.levels(key).map_or(1, u32::from);
        let whole = Piece {
            level: 0,
            source: Rect::new(0, 0, size),
            levels,
        };
        let sides = self.layout.tile_sides();
        let tiles = Tiling { size, levels, sides }
            .pieces()
            .zip(self.layout.tiles(key));
        let whole = self.layout.region(key).map(|region| (whole, region));
        whole.into_iter().chain(tiles)
    }

    pub(super) fn check_format(&self, got: PixelFormat) -> Result<(), crate::error::InsertError> {
        let expected = self.atlas.plan().pixels;
        if expected == PixelFormat::R8 && got != PixelFormat::R8 {
            return Err(crate::error::InsertError::WrongFormat { expected, got });
        }
        Ok(())
    }
}

/// What of a piece changes.
fn changes_of(piece: Piece, region: Region, rects: &[Rect]) -> impl Iterator<Item = Change> + '_ {
    (0..piece.levels).filter_map(move |below| {
        let level = piece.level + below;
        let own = chain::level_rect(piece.source.size(), below);
        // A tile stores a part of its level, a chain whole levels.
        let source = if below == 0 {
            piece.source
        } else {
            Rect::new(0, 0, own.size())
        };
        let rect = intersection(*rects.get(level as usize)?, source)?;
        let x = region.rect.x + own.x + (rect.x - source.x);
        let y = region.rect.y + own.y + (rect.y - source.y);
        let to = Region {
            rect: Rect::new(x, y, rect.size()),
            ..region
        };
        Some(Change { level, rect, to })
    })
}

fn intersection(a: Rect, b: Rect) -> Option<Rect> {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let width = a.right().min(b.right()).checked_sub(x)?;
    let height = a.bottom().min(b.bottom()).checked_sub(y)?;
    let size = Size::new(width, height);
    (!size.is_empty()).then(|| Rect::new(x, y, size))
}

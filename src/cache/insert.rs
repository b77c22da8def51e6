//! Insertion and replacement: pixmaps are checked, placed, staged and counted.
//!
//! Invariant: a refused pixmap makes no key, and removes no entry that is in use or has its name.

use std::hash::Hash;

use super::PixmapCache;
use crate::error::{InsertError, ReplaceError};
use crate::geometry::Size;
use crate::key::PixmapKey;
use crate::layout::{Footprint, MAX_PIXMAP_SIDE, MIN_PAGES, PlaceError, TiledPixmap};
use crate::pixmap::cut::Cut;
use crate::pixmap::{PixelFormat, Pixmap, PixmapBuf, check};

impl<N: Hash + Eq> PixmapCache<N> {
    /// Inserts a pixmap without a name. It is drawn from the next [`flush`](Self::flush) on, and protected until the next
    /// [`begin_frame`](Self::begin_frame).
    ///
    /// # Errors
    ///
    /// Returns an [`InsertError`] when the pixmap is refused. Entries not in use may have been evicted in the search for
    /// room.
    pub fn insert<'p>(&mut self, pixmap: impl Into<Pixmap<'p>>) -> Result<PixmapKey, InsertError> {
        let pixmap = pixmap.into();
        let inserted = self.insert_unnamed(&pixmap);
        self.finish(inserted)
    }

    /// Inserts a pixmap under a name. An entry that had the name is removed, and its key is dead.
    ///
    /// # Errors
    ///
    /// Returns an [`InsertError`] when the pixmap is refused. An entry that had the name is still there.
    pub fn insert_named<'p>(
        &mut self,
        name: N,
        pixmap: impl Into<Pixmap<'p>>,
    ) -> Result<PixmapKey, InsertError> {
        let pixmap = pixmap.into();
        let previous = self.names.key_of(&name);
        // Protects the old entry until the new one is in: a refusal must not evict it.
        previous.map(|previous| self.layout.touch(previous));
        let inserted = self.insert_over(previous, &pixmap);
        if let Ok(key) = inserted {
            self.set_name(key, name);
        }
        self.finish(inserted)
    }

    /// Replaces the pixels of an entry by others of any size. Its key, id and name stay the same. Counts as a touch.
    ///
    /// Pixels that are no wider and no taller than the old ones, with no more mip levels, take the same place and are never
    /// refused for lack of room. A pixmap in tiles keeps its place only for the same size and number of levels. Otherwise the
    /// new pixels need room beside the old ones, which go when the new ones are in.
    ///
    /// # Errors
    ///
    /// Returns [`ReplaceError::NotResident`] when the key is dead, and [`ReplaceError::Insert`] when the pixmap is refused;
    /// the entry then keeps the pixels it had. A larger pixmap may be refused as [`NextFrame`](InsertError::NextFrame) in the
    /// frame in which a texture was committed.
    pub fn replace<'p>(&mut self, key: PixmapKey, pixmap: impl Into<Pixmap<'p>>) -> Result<(), ReplaceError> {
        if !self.contains(key) {
            return Err(ReplaceError::NotResident);
        }
        let pixmap = pixmap.into();
        let replaced = self.replace_pixels(key, &pixmap).map(|()| key);
        self.finish(replaced)?;
        Ok(())
    }

    pub(super) fn insert_unnamed(&mut self, pixmap: &Pixmap<'_>) -> Result<PixmapKey, InsertError> {
        self.insert_over(None, pixmap)
    }

    /// Inserts a pixmap, and then removes the entry `previous`.
    fn insert_over(
        &mut self,
        previous: Option<PixmapKey>,
        pixmap: &Pixmap<'_>,
    ) -> Result<PixmapKey, InsertError> {
        self.check(pixmap)?;
        let levels = self.mipmaps.levels_of(pixmap);
        let cut = self.cut(*pixmap, &levels);
        self.check_cut(&cut)?;
        let key = self.place(previous, &cut, cut.footprints())?;
        self.apply_ops_and_stage(&cut);
        self.count_upload(key, pixmap, &cut);
        Ok(key)
    }

    /// Cuts a pixmap up, if it has to be.
    pub(super) fn cut<'p>(&self, pixmap: Pixmap<'p>, levels: &'p [PixmapBuf]) -> Cut<'p> {
        Cut::new(pixmap, levels, self.layout.tile_sides())
    }

    fn count_upload(&mut self, key: PixmapKey, pixmap: &Pixmap<'_>, cut: &Cut<'_>) {
        self.counts.uploaded_bytes += cut.texels() * self.texel_bytes();
        self.retained.keep(key, pixmap, cut.levels());
        self.bound_retained();
    }

    /// Finds a place, and staging memory for `staged`: on a page that has room, on those of the next texture, or on a
    /// page where room is made.
    pub(super) fn place(
        &mut self,
        previous: Option<PixmapKey>,
        cut: &Cut<'_>,
        staged: &[Footprint],
    ) -> Result<PixmapKey, InsertError> {
        // The pages that there are go as soon as they are no longer in use.
        if self.page_count() > 0 && self.atlas.plan().max_pages() < MIN_PAGES {
            return Err(self.refusal(PlaceError::Full {
                needed_texels: cut.texels(),
                protected_texels: self.layout.stats().protected_texels,
                page_texels: 0,
            }));
        }
        loop {
            // In each round: releasing a texture submits what is staged.
            self.atlas.reserve(staged)?;
            if let Some(key) = self.try_place(previous, cut) {
                return Ok(key);
            }
            // Tiles that were placed and taken back: their pixels are not staged.
            self.apply_ops();
            // More pages don't help when it is the table that is full.
            let is_full = previous.is_none() && self.layout.is_full();
            if is_full || !self.commit_next() {
                break;
            }
        }
        self.atlas.reserve(staged)?;
        let mut placed = self.make_place(previous, cut);
        // A pin may have been dropped since the frame began.
        if placed.is_err() && self.unpin_dropped() {
            self.apply_ops();
            placed = self.make_place(previous, cut);
        }
        placed.map_err(|error| {
            self.apply_ops();
            self.refusal(error)
        })
    }

    fn try_place(&mut self, previous: Option<PixmapKey>, cut: &Cut<'_>) -> Option<PixmapKey> {
        if !cut.is_tiled() {
            return self.layout.try_place_over(previous, cut.footprints()[0]);
        }
        let key = self.layout.try_place_tiled(&tiled(cut))?;
        previous.map(|previous| self.layout.remove(previous));
        Some(key)
    }

    fn make_place(&mut self, previous: Option<PixmapKey>, cut: &Cut<'_>) -> Result<PixmapKey, PlaceError> {
        if !cut.is_tiled() {
            return self.layout.place_over(previous, cut.footprints()[0]);
        }
        let key = self.layout.place_tiled(&tiled(cut))?;
        previous.map(|previous| self.layout.remove(previous));
        Ok(key)
    }

    /// Replaces the pixels of a living entry.
    pub(super) fn replace_pixels(&mut self, key: PixmapKey, pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
        self.check(pixmap)?;
        let levels = self.mipmaps.levels_of(pixmap);
        let cut = self.cut(*pixmap, &levels);
        self.check_cut(&cut)?;
        self.atlas.reserve(cut.footprints())?;
        let mut resized = self.resize(key, &cut);
        // A pin may have been dropped since the frame began.
        if resized.is_err() && self.unpin_dropped() {
            self.apply_ops();
            resized = self.resize(key, &cut);
        }
        match resized {
            Ok(alive) => {
                debug_assert!(alive, "BUG: other pixels for a dead key");
                if self.layout.has_ops() {
                    self.apply_ops_and_stage(&cut);
                } else {
                    self.stage_in_place(key, &cut);
                    self.retained.pixels_arrived(key);
                    self.submit_early();
                }
                self.count_upload(key, pixmap, &cut);
                Ok(())
            }
            Err(error) => {
                self.apply_ops();
                let refusal = self.refusal(error);
                // What is on screen can't move to a texture committed in this frame. In the next frame it can.
                match refusal {
                    InsertError::Full { needed_bytes, .. } if self.commit_next() => {
                        Err(InsertError::NextFrame { needed_bytes })
                    }
                    _ => Err(refusal),
                }
            }
        }
    }

    /// Changes what an entry takes on the pages. Leaves no op when that is what it has already.
    fn resize(&mut self, key: PixmapKey, cut: &Cut<'_>) -> Result<bool, PlaceError> {
        if !cut.is_tiled() {
            return self.layout.resize_to(key, cut.footprints()[0]);
        }
        let is_tiled = self.layout.tiles(key).len() > 0;
        let same =
            self.layout.size(key) == Some(cut.size()) && self.layout.levels(key) == Some(cut.level_count());
        if is_tiled && same {
            return Ok(self.layout.touch(key));
        }
        self.layout.resize_tiled(key, &tiled(cut))
    }

    /// Counts an insertion or replacement, and records it once the entry has its name.
    pub(super) fn finish(
        &mut self,
        outcome: Result<PixmapKey, InsertError>,
    ) -> Result<PixmapKey, InsertError> {
        match outcome {
            Ok(key) => {
                self.record_arrival(key);
                self.supersede_delivery(key);
                self.counts.uploads += 1;
            }
            Err(_) => self.counts.refused += 1,
        }
        outcome
    }

    /// Checks everything about a pixmap that needs no search.
    fn check(&self, pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
        let size = pixmap.size;
        if size.is_empty() {
            return Err(InsertError::Empty { size });
        }
        self.check_size(size, size.texels())?;
        let (expected, got) = (self.atlas.plan().pixels, pixmap.format);
        if expected == PixelFormat::R8 && got != PixelFormat::R8 {
            return Err(InsertError::WrongFormat { expected, got });
        }
        check::levels(pixmap)
    }

    pub(super) fn check_cut(&self, cut: &Cut<'_>) -> Result<(), InsertError> {
        self.check_size(cut.size(), cut.texels())
    }

    /// Checks that so many texels could ever fit.
    pub(super) fn check_size(&self, size: Size, texels: u64) -> Result<(), InsertError> {
        let plan = self.atlas.plan();
        let needed_bytes = texels.saturating_mul(self.texel_bytes());
        let limit_bytes = u64::from(plan.max_pages().max(MIN_PAGES)) * plan.page_bytes();
        if needed_bytes > limit_bytes || size.longer_side() > MAX_PIXMAP_SIDE {
            return Err(InsertError::TooLarge {
                size,
                needed_bytes,
                limit_bytes,
            });
        }
        Ok(())
    }

    pub(super) fn texel_bytes(&self) -> u64 {
        self.atlas.plan().pixels.bytes_per_texel().into()
    }

    /// Converts what the layout says in texels to bytes.
    fn refusal(&self, error: PlaceError) -> InsertError {
        let texel_bytes = self.texel_bytes();
        match error {
            PlaceError::Empty { size } => InsertError::Empty { size },
            PlaceError::TooLarge { size, limit } => InsertError::TooLarge {
                size,
                needed_bytes: size.texels() * texel_bytes,
                limit_bytes: u64::from(limit) * u64::from(limit) * texel_bytes,
            },
            PlaceError::TooManyTiles {
                needed_tiles,
                max_tiles,
            } => InsertError::TooManyTiles {
                needed_tiles,
                max_tiles,
            },
            PlaceError::TooManyEntries { max_entries } => InsertError::TooManyEntries { max_entries },
            PlaceError::NextFrame { needed_texels } => InsertError::NextFrame {
                needed_bytes: needed_texels * texel_bytes,
            },
            PlaceError::Full { needed_texels, .. } if self.page_count() == 0 && self.backoff.has_failed() => {
                InsertError::OutOfMemory {
                    bytes: needed_texels * texel_bytes,
                }
            }
            PlaceError::Full { needed_texels, .. }
                if self.page_count() == 0
                    && self.atlas.releasing_bytes() > 0
                    && self.atlas.plan().max_pages() >= MIN_PAGES =>
            {
                InsertError::NextFrame {
                    needed_bytes: needed_texels * texel_bytes,
                }
            }
            PlaceError::Full {
                needed_texels,
                protected_texels,
                page_texels,
            } => InsertError::Full {
                needed_bytes: needed_texels * texel_bytes,
                protected_bytes: protected_texels * texel_bytes,
                page_bytes: page_texels * texel_bytes,
            },
        }
    }
}

fn tiled<'c>(cut: &'c Cut<'_>) -> TiledPixmap<'c> {
    TiledPixmap {
        size: cut.size(),
        levels: cut.level_count(),
        tiles: cut.footprints(),
    }
}

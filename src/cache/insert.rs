//! Insertion and replacement: pixmaps are checked, placed, staged and counted.
//!
//! Invariant: a refused pixmap makes no key, and removes no entry that is in use or has its name.

use std::hash::Hash;

use super::PixmapCache;
use crate::error::{InsertError, ReplaceError};
use crate::geometry::Size;
use crate::key::PixmapKey;
use crate::layout::{MIN_PAGES, PlaceError};
use crate::pixmap::{PixelFormat, Pixmap};

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
        self.finish(&pixmap, inserted)
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
        self.finish(&pixmap, inserted)
    }

    /// Replaces the pixels of an entry by others of any size. Its key, id and name stay the same. Counts as a touch.
    ///
    /// Pixels that are no wider and no taller than the old ones take the same place and are never refused for lack of
    /// room.
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
        self.finish(&pixmap, replaced)?;
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
        let key = self.place(previous, pixmap.size)?;
        self.apply_ops_and_stage(pixmap);
        Ok(key)
    }

    /// Finds a place, and staging memory for the pixels: on a page that has room, on those of the next texture, or on a
    /// page where room is made.
    fn place(&mut self, previous: Option<PixmapKey>, size: Size) -> Result<PixmapKey, InsertError> {
        // The pages that there are go as soon as they are no longer in use.
        if self.page_count() > 0 && self.atlas.plan().max_pages() < MIN_PAGES {
            return Err(self.refusal(PlaceError::Full {
                needed_texels: size.texels(),
                protected_texels: self.layout.stats().protected_texels,
                page_texels: 0,
            }));
        }
        loop {
            // In each round: releasing a texture submits what is staged.
            self.atlas.reserve(size)?;
            if let Some(key) = self.layout.try_place_over(previous, size) {
                return Ok(key);
            }
            // More pages don't help when it is the table that is full.
            let is_full = previous.is_none() && self.len() == self.atlas.plan().max_entries as usize;
            if is_full || !self.commit_next() {
                break;
            }
        }
        self.atlas.reserve(size)?;
        let mut placed = self.layout.place_over(previous, size);
        // A pin may have been dropped since the frame began.
        if placed.is_err() && self.unpin_dropped() {
            placed = self.layout.place_over(previous, size);
        }
        placed.map_err(|error| {
            self.apply_ops();
            self.refusal(error)
        })
    }

    /// Replaces the pixels of a living entry.
    pub(super) fn replace_pixels(&mut self, key: PixmapKey, pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
        self.check(pixmap)?;
        self.atlas.reserve(pixmap.size)?;
        let mut resized = self.layout.resize(key, pixmap.size);
        // A pin may have been dropped since the frame began.
        if resized.is_err() && self.unpin_dropped() {
            resized = self.layout.resize(key, pixmap.size);
        }
        match resized {
            Ok(alive) => {
                debug_assert!(alive, "BUG: other pixels for a dead key");
                self.apply_ops_and_stage(pixmap);
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

    /// Counts an insertion or replacement, and records it once the entry has its name.
    pub(super) fn finish(
        &mut self,
        pixmap: &Pixmap<'_>,
        outcome: Result<PixmapKey, InsertError>,
    ) -> Result<PixmapKey, InsertError> {
        match outcome {
            Ok(key) => {
                self.record_arrival(key);
                self.supersede_delivery(key);
                self.counts.uploads += 1;
                self.counts.uploaded_bytes += pixmap.row_bytes() as u64 * u64::from(pixmap.size.height);
            }
            Err(_) => self.counts.refused += 1,
        }
        outcome
    }

    /// Checks everything about a pixmap that needs no search.
    fn check(&self, pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
        let size = pixmap.size;
        let limit = self.page_side();
        if size.is_empty() {
            return Err(InsertError::Empty { size });
        }
        if size.longer_side() > limit {
            return Err(InsertError::TooLarge { size, limit });
        }
        let expected = self.atlas.plan().pixels;
        let mask = |format: PixelFormat| format == PixelFormat::R8;
        if mask(expected) != mask(pixmap.format) {
            let got = pixmap.format;
            return Err(InsertError::WrongFormat { expected, got });
        }
        check_bytes(pixmap)
    }

    /// Converts what the layout says in texels to bytes.
    fn refusal(&self, error: PlaceError) -> InsertError {
        let texel_bytes = u64::from(self.atlas.plan().pixels.bytes_per_texel());
        match error {
            PlaceError::Empty { size } => InsertError::Empty { size },
            PlaceError::TooLarge { size, limit } => InsertError::TooLarge { size, limit },
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

/// Checks that the number of bytes agrees with the other fields.
fn check_bytes(pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
    let row_bytes = pixmap.row_bytes() as u64;
    let bytes_per_row = u64::from(pixmap.bytes_per_row);
    if bytes_per_row < row_bytes {
        return Err(InsertError::RowTooShort {
            expected: row_bytes,
            got: bytes_per_row,
        });
    }
    let expected = bytes_per_row * u64::from(pixmap.size.height);
    let least = expected - bytes_per_row + row_bytes;
    let got = pixmap.bytes.len() as u64;
    if got < least || got > expected {
        return Err(InsertError::WrongLength { expected, got });
    }
    Ok(())
}

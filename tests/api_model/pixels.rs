//! Steps that bring pixels: insertions, replacements, changes in part, textures, and pixels read back.

use pixmap_cache::layout::MIN_PAGES;
use pixmap_cache::{
    InsertError, PixmapKey, ReadBackError, Rect, ReplaceError, Size, TextureError, UpdateError,
};

use crate::model::{Known, Model};
use crate::picture::{Picture, source, texture};

impl Model {
    pub(super) fn insert(&mut self, name: Option<u8>, picture: Picture) {
        let previous = name.and_then(|name| self.key_of(name));
        let pixmap = picture.pixmap();
        let inserted = match name {
            Some(name) => self.cache.insert_named(name, &pixmap),
            None => self.cache.insert(&pixmap),
        };
        let levels = picture.level_count(self.mipmaps);
        match inserted {
            Ok(key) => self.inserted(
                key,
                previous,
                Known {
                    name,
                    size: picture.size,
                    levels,
                },
            ),
            Err(error) => self.refused(previous, (picture.size, levels), error),
        }
    }

    pub(super) fn insert_texture(&mut self, name: Option<u8>, size: Size) {
        let previous = name.and_then(|name| self.key_of(name));
        let texture = texture(&self.device, size);
        let source = source(&texture, size);
        let inserted = match name {
            Some(name) => self.cache.insert_texture_named(name, source),
            None => self.cache.insert_texture(source),
        };
        match inserted {
            Ok(key) => {
                self.inserted(
                    key,
                    previous,
                    Known {
                        name,
                        size,
                        levels: 1,
                    },
                );
                self.from_textures.insert(key);
                self.met.textures += 1;
            }
            Err(TextureError::Insert(error)) => self.refused(previous, (size, 1), error),
            Err(TextureError::Outside { .. }) => assert!(size.is_empty(), "the rectangle is the texture"),
            Err(error) => panic!("{error} for a sound texture"),
        }
    }

    fn inserted(&mut self, key: PixmapKey, previous: Option<PixmapKey>, known: Known) {
        assert!(!self.known.contains_key(&key), "a key was used twice");
        self.met.tiled += u64::from(self.cache.region(key).is_none());
        self.met.with_levels += u64::from(known.levels > 1);
        self.bury(previous);
        self.meet(key, known);
        self.touched.insert(key);
    }

    fn refused(&self, previous: Option<PixmapKey>, (size, levels): (Size, u32), error: InsertError) {
        self.check_refusal((size, levels), error);
        assert!(
            previous.is_none_or(|key| self.cache.contains(key)),
            "a refusal cost the old entry"
        );
    }

    fn check_refusal(&self, (size, levels): (Size, u32), error: InsertError) {
        match error {
            InsertError::Empty { .. } => assert!(size.is_empty()),
            InsertError::TooLarge {
                needed_bytes,
                limit_bytes,
                ..
            } => {
                assert!(needed_bytes > limit_bytes, "{size} is not too large");
                let bytes = self.bytes_of(size, levels);
                assert!(
                    needed_bytes == bytes || needed_bytes == size.texels() * 4,
                    "{needed_bytes}"
                );
            }
            InsertError::Full {
                needed_bytes,
                protected_bytes,
                ..
            } => {
                let stats = self.cache.stats();
                // A budget without a page takes nothing in.
                let has_room = size.longer_side() <= 16 && stats.pages >= 8 && stats.max_pages >= MIN_PAGES;
                // Only rarely in a test of such small pages, and never with nothing in use.
                assert!(
                    protected_bytes > 0 || !has_room,
                    "full with nothing in use: {size}, {error:?}, {stats:?}"
                );
                assert!(needed_bytes >= size.texels() * 4, "{needed_bytes} for {size}");
            }
            InsertError::TooManyEntries { max_entries } => {
                assert!(self.cache.len() <= max_entries as usize);
                let tiles = self.footprints(size, levels).len() + self.tile_count();
                assert!(
                    self.cache.len() + tiles >= max_entries as usize,
                    "there are rows left"
                );
            }
            InsertError::TooManyTiles {
                needed_tiles,
                max_tiles,
            } => {
                assert_eq!(needed_tiles as usize, self.footprints(size, levels).len());
                let tiles = needed_tiles as usize + self.tile_count();
                assert!(tiles > max_tiles as usize, "{tiles} of {max_tiles}");
            }
            InsertError::NextFrame { .. } => {
                let stats = self.cache.stats();
                assert!(
                    stats.pages == 0 && stats.releasing_bytes > 0,
                    "no page is on its way out: {stats:?}"
                );
            }
            other => panic!("{other:?} for a sound pixmap"),
        }
    }

    pub(super) fn replace(&mut self, which: usize, picture: Picture) {
        let Some(key) = self.choose(which) else { return };
        let (alive, size) = (self.cache.contains(key), picture.size);
        let levels = picture.level_count(self.mipmaps);
        match self.cache.replace(key, &picture.pixmap()) {
            Ok(()) => {
                assert!(alive, "a dead key was replaced");
                let known = self.known.get_mut(&key).expect("met before");
                *known = Known {
                    size,
                    levels,
                    ..*known
                };
                self.touched.insert(key);
                self.from_textures.remove(&key);
            }
            Err(ReplaceError::NotResident) => assert!(!alive, "a living key is resident"),
            Err(ReplaceError::Insert(InsertError::NextFrame { .. })) => {}
            Err(ReplaceError::Insert(error)) => self.check_refusal((size, levels), error),
            Err(error) => panic!("{error}"),
        }
    }

    pub(super) fn update(&mut self, which: usize, at: (u32, u32), picture: Picture) {
        let Some(key) = self.choose(which) else { return };
        let before = self.places(key);
        let updated = self.cache.update(key, at, &picture.pixmap());
        assert_eq!(self.places(key), before, "an update moved the entry");
        let rect = Rect::new(at.0, at.1, picture.size);
        let known = self.known[&key];
        let whole = Rect::new(0, 0, known.size);
        match updated {
            Ok(()) => {
                assert!(self.cache.contains(key), "a dead key was changed");
                assert!(whole.contains(rect), "{rect:?} leaves {whole:?}");
                if !picture.size.is_empty() {
                    assert!(
                        known.levels == 1 || self.retains,
                        "levels of pixels that aren't there"
                    );
                    self.touched.insert(key);
                    self.met.updates += 1;
                    self.met.updates_of_tiled += u64::from(self.cache.region(key).is_none());
                    self.met.updates_of_levels += u64::from(known.levels > 1);
                }
            }
            Err(UpdateError::NotResident) => assert!(!self.cache.contains(key), "a living key is resident"),
            Err(UpdateError::Outside { rect: named, size }) => {
                assert!(!whole.contains(rect), "{rect:?} lies inside");
                assert_eq!((named, size), (rect, known.size));
            }
            Err(UpdateError::LevelsNotRetained) => assert!(known.levels > 1),
            Err(error) => panic!("{error} for a sound patch"),
        }
    }

    pub(super) fn update_from_texture(&mut self, which: usize, at: (u32, u32), size: Size) {
        let Some(key) = self.choose(which) else { return };
        let before = self.places(key);
        let texture = texture(&self.device, size);
        let updated = self.cache.update_from_texture(key, at, source(&texture, size));
        assert_eq!(self.places(key), before, "an update moved the entry");
        let known = self.known[&key];
        let whole = Rect::new(0, 0, known.size);
        let rect = Rect::new(at.0, at.1, size);
        match updated {
            Ok(()) => {
                assert!(self.cache.contains(key) && known.levels == 1 && whole.contains(rect));
                self.touched.insert(key);
                self.from_textures.insert(key);
            }
            Err(TextureError::Update(UpdateError::NotResident)) => {
                assert!(!self.cache.contains(key) || self.restored.contains(&key));
            }
            Err(TextureError::Update(UpdateError::Outside { .. })) => assert!(!whole.contains(rect)),
            Err(TextureError::Update(UpdateError::LevelsNotRetained)) => assert!(known.levels > 1),
            Err(TextureError::Outside { .. }) => assert!(size.is_empty(), "the rectangle is the texture"),
            Err(error) => panic!("{error} for a sound texture"),
        }
    }

    pub(super) fn read_back(&mut self, which: usize) {
        let Some(key) = self.choose(which) else { return };
        match self.cache.read_back(key) {
            Ok(pixels) => assert_eq!(Some(pixels.size), self.cache.size(key)),
            Err(ReadBackError::NotResident) => {
                assert!(
                    !self.cache.contains(key) || self.restored.contains(&key),
                    "its pixels were never lost"
                );
            }
            Err(error) => panic!("{error}"),
        }
    }
}

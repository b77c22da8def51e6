//! Pixmaps that are too large for one region: their tiles are placed like any other entry, all or none.
//!
//! How a pixmap is cut up is not known here, only how large the tiles are. Invariant: between two calls no pixmap lacks a
//! tile, and tiles are used, pinned and evicted together.

use super::Layout;
use super::demand::{Demand, Reach};
use super::entry::Part;
use super::error::PlaceError;
use super::evict_reason::EvictReason;
use super::op::{Op, TileOf};
use super::region::Footprint;
use crate::geometry::Size;
use crate::key::PixmapKey;
use crate::pixmap::chain;
use crate::pixmap::tiling::Tiling;

/// Longest side of a pixmap: entries and the region table keep sizes in 16 bits.
pub(crate) const MAX_PIXMAP_SIDE: u32 = u16::MAX as u32;

/// Describes a pixmap that is cut into tiles.
#[derive(Clone, Copy, Debug)]
pub struct TiledPixmap<'a> {
    /// Width and height of the pixmap, at most 65,535 texels each.
    pub size: Size,
    /// Number of mip levels of the pixmap, at least 1.
    pub levels: u8,
    /// What each tile needs. The order is that of [`Layout::tiles`].
    pub tiles: &'a [Footprint],
}

impl TiledPixmap<'_> {
    /// Saturating: the tiles may not have been checked.
    fn texels(&self) -> u64 {
        let texels = self.tiles.iter().map(|tile| tile.size.texels());
        texels.fold(0, u64::saturating_add)
    }
}

/// What a pixmap is placed as.
enum Cut {
    Whole(Footprint),
    Tiled(Vec<Footprint>),
}

/// What may be done for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    /// Take what is there.
    Find,
    /// Evict and move entries that aren't protected.
    Make,
}

impl Layout {
    /// Places a pixmap of any size as a cache does: with `levels` mip levels, the base included and no more than the size has,
    /// in one region or in tiles.
    ///
    /// # Errors
    ///
    /// [`PlaceError`], as from [`Layout::place_tiled`].
    ///
    /// ```
    /// use pixmap_cache::Size;
    /// use pixmap_cache::layout::{Layout, LayoutDescriptor};
    ///
    /// let mut layout = Layout::new(&LayoutDescriptor::default())?; // pages of 1,024
    /// layout.commit_pages(0..16);
    /// let key = layout.place_pixmap(Size::new(1920, 1080), 1)?;
    /// assert_eq!((layout.len(), layout.tiles(key).len()), (1, 40));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn place_pixmap(&mut self, size: Size, levels: u8) -> Result<PixmapKey, PlaceError> {
        let levels = levels_of(size, levels);
        match self.cut(size, levels)? {
            Cut::Whole(footprint) => self.place_over(None, footprint),
            Cut::Tiled(tiles) => self.place_tiled(&TiledPixmap {
                size,
                levels,
                tiles: &tiles,
            }),
        }
    }

    /// Changes size and levels of an entry as [`Layout::place_pixmap`] would place it; its texels must then be written again.
    /// Counts as a touch. Returns `Ok(false)` if the key is dead.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; the entry is as it was.
    pub fn resize_pixmap(&mut self, key: PixmapKey, size: Size, levels: u8) -> Result<bool, PlaceError> {
        if self.entries.is_tile(key) || !self.touch(key) {
            return Ok(false);
        }
        let levels = levels_of(size, levels);
        match self.cut(size, levels)? {
            Cut::Whole(footprint) => self.resize_to(key, footprint),
            Cut::Tiled(tiles) => {
                let tiles = &tiles;
                self.resize_tiled(key, &TiledPixmap { size, levels, tiles })
            }
        }
    }

    /// Returns what [`Layout::place_pixmap`] places for a pixmap: its one region, or its tiles.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] when the pixmap is empty or could never fit.
    pub fn footprints(&self, size: Size, levels: u8) -> Result<Vec<Footprint>, PlaceError> {
        let footprints = match self.cut(size, levels_of(size, levels))? {
            Cut::Whole(footprint) => vec![footprint],
            Cut::Tiled(tiles) => tiles,
        };
        let mut sizes = footprints.iter().map(|footprint| footprint.size);
        sizes.try_for_each(|size| self.pages.demand(size).map(drop))?;
        Ok(footprints)
    }

    fn cut(&self, size: Size, levels: u8) -> Result<Cut, PlaceError> {
        check_side(size)?;
        if size.is_empty() {
            return Err(PlaceError::Empty { size });
        }
        // Cutting takes memory for each tile.
        if size.texels() > self.pages.all_texels() {
            return Err(self.full(size.texels()));
        }
        let sides = self.tile_sides();
        let count = u32::from(levels);
        if !sides.splits(size, count) {
            let size = chain::footprint(size, count);
            return Ok(Cut::Whole(Footprint { size, levels }));
        }
        let tiling = Tiling {
            size,
            levels: count,
            sides,
        };
        Ok(Cut::Tiled(tiling.pieces().map(Footprint::from).collect()))
    }

    /// Places a pixmap in tiles where there is room, without evicting anything.
    ///
    /// Returns `None` also when [`Layout::place_tiled`] would return an error.
    pub fn try_place_tiled(&mut self, pixmap: &TiledPixmap<'_>) -> Option<PixmapKey> {
        // Tiles that are placed and taken back leave their place unusable for a time.
        if pixmap.texels() > self.pages.free_texels() {
            return None;
        }
        self.place_tiles(pixmap, Reach::EVERYWHERE, Effort::Find).ok()
    }

    /// Places a pixmap in tiles, all of them or none. When there is no room, makes some by evicting and moving entries that
    /// aren't protected. Each tile is placed like an entry of its own, and none of them is longer than a page.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]. Entries that aren't protected may have been evicted in the attempt; nothing else has changed.
    pub fn place_tiled(&mut self, pixmap: &TiledPixmap<'_>) -> Result<PixmapKey, PlaceError> {
        self.place_tiles(pixmap, Reach::EVERYWHERE, Effort::Make)
    }

    /// Changes an entry into a pixmap in tiles, or into one with other tiles, whose texels are then to be written again; its
    /// key stays. Counts as a touch. Returns `Ok(false)` if the key is dead.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; the entry is as it was.
    pub fn resize_tiled(&mut self, key: PixmapKey, pixmap: &TiledPixmap<'_>) -> Result<bool, PlaceError> {
        if self.entries.is_tile(key) || !self.touch(key) {
            return Ok(false);
        }
        let from = self.place_tiles(pixmap, self.reach_of(key), Effort::Make)?;
        self.adopt(key, from);
        Ok(true)
    }

    /// Changes a pixmap in tiles into one in a single region.
    pub(super) fn untile(&mut self, key: PixmapKey, footprint: Footprint) -> Result<(), PlaceError> {
        let demand = Demand {
            size: footprint.size,
            reach: self.reach_of(key),
        };
        self.make_entry_room()?;
        let room = self.room_for(demand)?;
        let from = self.admit(room, footprint.levels, None);
        self.adopt(key, from);
        Ok(())
    }

    /// How far an entry may go that recorded passes may draw.
    fn reach_of(&self, key: PixmapKey) -> Reach {
        let tiles = self.entries.tilings().of(key).iter().chain([&key]);
        let entries = tiles.filter_map(|tile| self.entries.get(*tile));
        let on_pages = entries.filter(|entry| entry.part != Part::Tiled);
        let reaches = on_pages.map(|entry| self.pages.reach_of(entry.page));
        reaches.min().unwrap_or(Reach::EVERYWHERE)
    }

    fn place_tiles(
        &mut self,
        pixmap: &TiledPixmap<'_>,
        reach: Reach,
        effort: Effort,
    ) -> Result<PixmapKey, PlaceError> {
        check_side(pixmap.size)?;
        if pixmap.tiles.is_empty() {
            return Err(PlaceError::Empty { size: pixmap.size });
        }
        let needed_texels = pixmap.texels();
        let sizes = pixmap.tiles.iter().map(|tile| tile.size);
        sizes
            .chain([pixmap.size.min_side()])
            .try_for_each(|size| self.pages.demand(size).map(drop))?;
        let (needed_tiles, max_tiles) = (pixmap.tiles.len() as u32, self.entries.max_tiles());
        if needed_tiles > max_tiles {
            return Err(PlaceError::TooManyTiles {
                needed_tiles,
                max_tiles,
            });
        }
        let no_room = self.full(needed_texels);
        if needed_texels > self.unprotected_texels() || self.refusals.foretell_tiled(needed_texels, reach) {
            self.stats.refused += u64::from(effort == Effort::Make);
            return Err(no_room);
        }
        self.make_tile_room(pixmap.tiles.len(), effort)?;
        self.make_entry_room_with(effort)?;
        let owner = self.entries.insert_tiled(pixmap.size, pixmap.levels);
        self.ops.push(Op::Tile {
            key: owner,
            size: pixmap.size,
            levels: pixmap.levels,
            tiles: pixmap.tiles.len() as u32,
        });
        for footprint in pixmap.tiles {
            if let Err(error) = self.place_tile(owner, *footprint, (reach, effort)) {
                self.remove(owner);
                if effort == Effort::Make {
                    self.refusals.add_tiled(needed_texels, reach);
                }
                return Err(match error {
                    PlaceError::Full { .. } => self.full(needed_texels),
                    PlaceError::NextFrame { .. } => PlaceError::NextFrame { needed_texels },
                    other => other,
                });
            }
        }
        self.stats.placed += 1;
        Ok(owner)
    }

    fn place_tile(
        &mut self,
        owner: PixmapKey,
        footprint: Footprint,
        (reach, effort): (Reach, Effort),
    ) -> Result<(), PlaceError> {
        let size = footprint.size;
        let demand = Demand { size, reach };
        self.make_entry_room_with(effort)?;
        let room = match effort {
            Effort::Find => self.pages.find_room(demand).ok_or(self.full(size.texels()))?,
            Effort::Make => self.room_for(demand)?,
        };
        let (key, entry, index) = self.entries.insert_tile(owner, room.0, footprint.levels);
        self.pages.arrive(key, &entry);
        self.push_place(key, room, (footprint.levels, Some(TileOf { key: owner, index })));
        self.stats.placed_texels += entry.texels();
        self.pay_for(entry.texels());
        Ok(())
    }

    fn make_entry_room_with(&mut self, effort: Effort) -> Result<(), PlaceError> {
        match effort {
            Effort::Make => self.make_entry_room(),
            Effort::Find if self.entries.is_full() => Err(PlaceError::TooManyEntries {
                max_entries: self.entries.max_entries(),
            }),
            Effort::Find => Ok(()),
        }
    }

    /// Makes sure that there may be `tiles` more: evicts the pixmaps in tiles that went unused for longest.
    fn make_tile_room(&mut self, tiles: usize, effort: Effort) -> Result<(), PlaceError> {
        let max_tiles = self.entries.max_tiles();
        while self.entries.tilings().count() + tiles > max_tiles as usize {
            let frame = self.entries.frame();
            let used = |key| Some((self.entries.get(key)?.last_frame, key));
            let unprotected = |(_, key): &(u64, PixmapKey)| {
                self.entries
                    .get(*key)
                    .is_some_and(|entry| !entry.is_protected(frame))
            };
            let owners = self.entries.tilings().owners().filter_map(used);
            let oldest = owners.filter(unprotected).min();
            let Some((_, oldest)) = oldest.filter(|_| effort == Effort::Make) else {
                return Err(PlaceError::TooManyTiles {
                    needed_tiles: tiles as u32,
                    max_tiles,
                });
            };
            self.evict(oldest, EvictReason::TableFull);
        }
        Ok(())
    }

    /// Gives an entry region or tiles of another, and removes the other one.
    fn adopt(&mut self, key: PixmapKey, from: PixmapKey) {
        let (before, after, old_tiles) = self.entries.adopt(key, from);
        let left = self.drop_tiles(old_tiles);
        if after.part == Part::Whole {
            self.pages.list_again(key, after.page);
        }
        left.iter().for_each(|tile| self.pages.leave(tile));
        if before.part == Part::Whole {
            self.pages.leave(&before);
        }
        self.refusals.clear();
        self.ops.push(Op::Adopt { key, from });
    }

    fn full(&self, needed_texels: u64) -> PlaceError {
        self.pages.full(needed_texels, self.entries.protected_texels())
    }

    fn unprotected_texels(&self) -> u64 {
        self.pages.committed_texels() - self.entries.protected_texels()
    }
}

/// At least one level, and no more than the size has.
fn levels_of(size: Size, levels: u8) -> u8 {
    levels.clamp(1, chain::full_levels(size) as u8)
}

fn check_side(size: Size) -> Result<(), PlaceError> {
    let limit = MAX_PIXMAP_SIDE;
    if size.longer_side() > limit {
        return Err(PlaceError::TooLarge { size, limit });
    }
    Ok(())
}

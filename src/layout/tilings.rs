//! Which entries are tiles of which: a pixmap that is too large for one region has a key of its own, and its tiles have
//! others that nobody outside sees.
//!
//! Invariant: a tile is listed by exactly one pixmap, which is alive as long as any of its tiles.

use slotmap::SecondaryMap;

use crate::key::PixmapKey;

#[derive(Clone, Debug, Default)]
pub(super) struct Tilings {
    /// By pixmap, in the order in which they were placed.
    tiles: SecondaryMap<PixmapKey, Vec<PixmapKey>>,
    /// By tile.
    owners: SecondaryMap<PixmapKey, PixmapKey>,
}

impl Tilings {
    /// A pixmap whose tiles are still to come.
    pub(super) fn begin(&mut self, owner: PixmapKey) {
        self.tiles.insert(owner, Vec::new());
    }

    /// Returns the tile's index.
    pub(super) fn add(&mut self, owner: PixmapKey, tile: PixmapKey) -> u32 {
        let tiles = self.tiles.get_mut(owner).expect("BUG: a tile of no pixmap");
        tiles.push(tile);
        self.owners.insert(tile, owner);
        tiles.len() as u32 - 1
    }

    /// Removes a pixmap and returns its tiles, which have no owner any more.
    pub(super) fn remove(&mut self, owner: PixmapKey) -> Vec<PixmapKey> {
        let tiles = self.tiles.remove(owner).unwrap_or_default();
        for tile in &tiles {
            self.owners.remove(*tile);
        }
        tiles
    }

    /// Gives the tiles of one pixmap to another, which has none.
    pub(super) fn hand_over(&mut self, from: PixmapKey, to: PixmapKey) {
        let tiles = self.tiles.remove(from).unwrap_or_default();
        for tile in &tiles {
            self.owners.insert(*tile, to);
        }
        self.tiles.insert(to, tiles);
    }

    pub(super) fn of(&self, owner: PixmapKey) -> &[PixmapKey] {
        self.tiles.get(owner).map_or(&[], Vec::as_slice)
    }

    /// The pixmap that a tile is of; any other key is its own.
    pub(super) fn owner_of(&self, key: PixmapKey) -> PixmapKey {
        self.owners.get(key).copied().unwrap_or(key)
    }

    /// Tiles of all pixmaps.
    pub(super) fn count(&self) -> usize {
        self.owners.len()
    }

    pub(super) fn owners(&self) -> slotmap::secondary::Keys<'_, PixmapKey, Vec<PixmapKey>> {
        self.tiles.keys()
    }
}

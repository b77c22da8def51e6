//! Which texels of the region table hold the tiles of which pixmap.
//!
//! Only numbers; what stands in the texels is in `region_table.rs`. Texels are handed out from the start on, and moved
//! together when the end is reached: the layout bounds the number of tiles, so there is room then. Invariant: ranges don't
//! overlap, and every tile has a texel in the range of its pixmap.

use std::ops::Range;

use slotmap::SecondaryMap;

use crate::key::PixmapKey;

pub(super) struct Directories {
    capacity: u32,
    /// One past the last range.
    end: u32,
    ranges: SecondaryMap<PixmapKey, Range<u32>>,
    /// The texel of each tile.
    tiles: SecondaryMap<PixmapKey, u32>,
}

/// A range that has been moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shifted {
    pub(super) owner: PixmapKey,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) length: u32,
}

impl Directories {
    pub(super) fn new(capacity: u32) -> Self {
        Self {
            capacity,
            end: 0,
            ranges: SecondaryMap::new(),
            tiles: SecondaryMap::new(),
        }
    }

    /// Makes room for `length` texels at the end. Returns the ranges that have to be copied for that, in order.
    pub(super) fn make_room(&mut self, length: u32) -> Vec<Shifted> {
        if self.end + length <= self.capacity {
            return Vec::new();
        }
        let mut ranges: Vec<(PixmapKey, Range<u32>)> = self
            .ranges
            .iter()
            .map(|(key, range)| (key, range.clone()))
            .collect();
        ranges.sort_unstable_by_key(|(_, range)| range.start);
        let mut shifted = Vec::new();
        self.end = 0;
        for (owner, range) in ranges {
            let (to, length) = (self.end, range.len() as u32);
            self.end += length;
            if to != range.start {
                self.ranges[owner] = to..to + length;
                shifted.push(Shifted {
                    owner,
                    from: range.start,
                    to,
                    length,
                });
            }
        }
        for texel in self.tiles.values_mut() {
            let before = shifted.partition_point(|shifted| shifted.from <= *texel);
            let last = shifted[..before].last();
            if let Some(shifted) = last.filter(|shifted| *texel < shifted.from + shifted.length) {
                *texel -= shifted.from - shifted.to;
            }
        }
        shifted
    }

    /// Hands out a range, for which there is room. Returns its first texel.
    pub(super) fn begin(&mut self, owner: PixmapKey, length: u32) -> u32 {
        let start = self.end;
        debug_assert!(
            start + length <= self.capacity,
            "BUG: more tiles than the table has texels for"
        );
        self.end += length;
        self.ranges.insert(owner, start..self.end);
        start
    }

    /// Returns the texel of a tile, given its index in its pixmap.
    pub(super) fn add(&mut self, owner: PixmapKey, index: u32, tile: PixmapKey) -> Option<u32> {
        let texel = self.ranges.get(owner)?.start + index;
        self.tiles.insert(tile, texel);
        Some(texel)
    }

    pub(super) fn texel_of(&self, tile: PixmapKey) -> Option<u32> {
        self.tiles.get(tile).copied()
    }

    /// Forgets a pixmap or a tile. Returns whether it was one.
    pub(super) fn remove(&mut self, key: PixmapKey) -> bool {
        match self.ranges.remove(key) {
            Some(range) if range.end == self.end => self.end = range.start,
            Some(_) => {}
            None => return self.tiles.remove(key).is_some(),
        }
        true
    }

    /// Gives the range of one pixmap to another.
    pub(super) fn hand_over(&mut self, from: PixmapKey, to: PixmapKey) {
        self.remove(to);
        if let Some(range) = self.ranges.remove(from) {
            self.ranges.insert(to, range);
        }
    }
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn ranges_stay_apart_and_tiles_follow_theirs() {
        let mut keys: SlotMap<PixmapKey, ()> = SlotMap::with_key();
        let mut directories = Directories::new(64);
        // The pixmaps that are there, each with its tiles, and what stands in the texels.
        let mut pixmaps: Vec<(PixmapKey, Vec<PixmapKey>)> = Vec::new();
        let mut texels = [None; 64];
        let mut shifts = 0;
        for step in 0_usize..2_000 {
            let length = 1 + step * 7 % 13;
            while pixmaps.iter().map(|(_, tiles)| tiles.len()).sum::<usize>() + length > 64 {
                let (owner, tiles) = pixmaps.remove(step * 5 % pixmaps.len());
                assert!(directories.remove(owner), "a pixmap that is there is forgotten");
                tiles.iter().for_each(|tile| assert!(directories.remove(*tile)));
            }
            for Shifted { from, to, length, .. } in directories.make_room(length as u32) {
                texels.copy_within(from as usize..(from + length) as usize, to as usize);
                shifts += 1;
            }
            let owner = keys.insert(());
            directories.begin(owner, length as u32);
            let tiles: Vec<PixmapKey> = (0..length).map(|_| keys.insert(())).collect();
            for (index, tile) in (0..).zip(&tiles) {
                let texel = directories
                    .add(owner, index, *tile)
                    .expect("a pixmap that has begun");
                texels[texel as usize] = Some(*tile);
            }
            pixmaps.push((owner, tiles));
            for tile in pixmaps.iter().flat_map(|(_, tiles)| tiles) {
                let texel = directories.texel_of(*tile).expect("a tile that is there");
                assert_eq!(
                    texels[texel as usize],
                    Some(*tile),
                    "a tile has a texel of its own"
                );
            }
        }
        assert!(shifts > 100, "only {shifts} ranges were moved");
    }
}

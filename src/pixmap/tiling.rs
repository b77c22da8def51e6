//! How a pixmap that is too large for one region is cut into tiles.
//!
//! Pure geometry; the shader in `shaders/pixmap.wgsl` works it out the same way. A tile covers `payload` texels a side and
//! stores one more texel of its real neighbors on each inner side, so that linear filtering never shows a seam. Levels
//! that are still too large are tiled as well; the first that fits a tile is stored with all smaller ones as a chain.
//! Invariant: every texel of every level is covered by exactly one tile, or lies in the chain.

use super::chain;
use crate::geometry::{Rect, Size};
use crate::layout::Footprint;

/// Side of a tile at most, with its border. Small enough that the atlas packs tiles well, large enough that the border
/// adds 1.6 %.
const MAX_TILE_SIDE: u32 = 256;

/// How pixmaps are cut up on pages of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TileSides {
    /// Side of a stored tile, with its border: at most a quarter of a page, which keeps the promise of room.
    pub(crate) tile: u32,
    /// The longest side that a region may have before its pixmap is cut up: half a page, or the whole one where there are
    /// no tiles.
    pub(crate) whole: u32,
}

impl TileSides {
    pub(crate) fn new(page_side: u32, max_tiles: u32) -> Self {
        let tile = MAX_TILE_SIDE.min(page_side / 4);
        let has_tiles = max_tiles > 0 && tile > 2;
        let whole = if has_tiles { page_side / 2 } else { page_side };
        Self { tile, whole }
    }

    /// Texels of a pixmap that a tile covers, a side.
    pub(crate) fn payload(self) -> u32 {
        self.tile - 2
    }

    /// Whether a pixmap with that many levels is cut up. Never on pages too small for a tile with borders.
    pub(crate) fn splits(self, size: Size, levels: u32) -> bool {
        self.tile > 2 && chain::footprint(size, levels).longer_side() > self.whole
    }
}

/// A pixmap that is cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    pub(crate) size: Size,
    pub(crate) levels: u32,
    pub(crate) sides: TileSides,
}

/// A tile, or the chain at the end of a pyramid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The level that it shows; for a chain the largest of its levels.
    pub(crate) level: u32,
    /// What it stores of that level, border included.
    pub(crate) source: Rect,
    /// Levels that it stores: 1 for a tile.
    pub(crate) levels: u32,
}

impl From<Piece> for Footprint {
    fn from(piece: Piece) -> Self {
        Self {
            size: chain::footprint(piece.source.size(), piece.levels),
            levels: piece.levels as u8,
        }
    }
}

impl Tiling {
    /// The pieces in the order of the directory: level by level, each from left to right and from top to bottom.
    pub(crate) fn pieces(self) -> impl Iterator<Item = Piece> {
        let chain_start = self.chain_start();
        let tiled = (0..chain_start.unwrap_or(self.levels)).flat_map(move |level| self.tiles(level));
        let chain = chain_start.map(|level| Piece {
            level,
            source: Rect::new(0, 0, chain::level_size(self.size, level)),
            levels: self.levels - level,
        });
        tiled.chain(chain)
    }

    /// The first level that is stored as a chain with all smaller ones.
    pub(crate) fn chain_start(self) -> Option<u32> {
        (1..self.levels).find(|level| {
            let size = chain::level_size(self.size, *level);
            chain::footprint(size, 2).longer_side() <= self.sides.tile
        })
    }

    /// What of the base level a tile covers, given what it stores.
    pub(crate) fn covered(self, stored: Rect) -> Rect {
        let payload = self.sides.payload();
        let along = |start: u32, length: u32, side: u32| {
            let start = start.next_multiple_of(payload);
            let end = (start + payload).min(side);
            debug_assert!(length > 0 && end <= side, "BUG: a tile outside its pixmap");
            (start, end - start)
        };
        let (x, width) = along(stored.x, stored.width, self.size.width);
        let (y, height) = along(stored.y, stored.height, self.size.height);
        Rect::new(x, y, Size::new(width, height))
    }

    /// How many columns and rows of tiles a level has.
    pub(crate) fn counts(self, level: u32) -> (u32, u32) {
        let size = chain::level_size(self.size, level);
        let payload = self.sides.payload();
        (size.width.div_ceil(payload), size.height.div_ceil(payload))
    }

    fn tiles(self, level: u32) -> impl Iterator<Item = Piece> {
        let size = chain::level_size(self.size, level);
        let (columns, rows) = self.counts(level);
        let payload = self.sides.payload();
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |column| {
                let (x, width) = stored(column, payload, size.width);
                let (y, height) = stored(row, payload, size.height);
                Piece {
                    level,
                    source: Rect::new(x, y, Size::new(width, height)),
                    levels: 1,
                }
            })
        })
    }
}

/// Start and length of what a tile stores along one axis.
fn stored(index: u32, payload: u32, side: u32) -> (u32, u32) {
    let start = (index * payload).saturating_sub(1);
    let end = ((index + 1) * payload + 1).min(side);
    (start, end - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiling(width: u32, height: u32, levels: u32) -> Tiling {
        Tiling {
            size: Size::new(width, height),
            levels,
            sides: TileSides::new(1024, 64),
        }
    }

    #[test]
    fn every_texel_has_a_tile_with_its_neighbors() {
        for (width, height) in [
            (513, 1),
            (1, 4000),
            (254, 513),
            (255, 1024),
            (508, 509),
            (762, 763),
            (1025, 2000),
        ] {
            let tiling = tiling(width, height, 1);
            let payload = tiling.sides.payload();
            let pieces: Vec<Piece> = tiling.pieces().collect();
            let (columns, rows) = tiling.counts(0);
            assert_eq!(pieces.len() as u32, columns * rows);
            for y in [0, 1, payload - 1, payload, payload + 1, height / 2, height - 1] {
                for x in [0, 1, payload - 1, payload, payload + 1, width / 2, width - 1] {
                    let (x, y) = (x.min(width - 1), y.min(height - 1));
                    let piece = pieces[(y / payload * columns + x / payload) as usize];
                    let around = Rect::new(
                        x.saturating_sub(1),
                        y.saturating_sub(1),
                        Size::new(
                            (x + 2).min(width) - x.saturating_sub(1),
                            (y + 2).min(height) - y.saturating_sub(1),
                        ),
                    );
                    assert!(
                        piece.source.contains(around),
                        "{width}x{height}: ({x}, {y}) in {piece:?}"
                    );
                }
            }
            let longest = pieces.iter().map(|piece| piece.source.size().longer_side()).max();
            assert!(longest <= Some(tiling.sides.tile), "a tile is {longest:?} long");
        }
    }

    #[test]
    fn a_pyramid_covers_every_level_once() {
        for (width, height) in [(1025, 1025), (5000, 700), (700, 65_535), (65_535, 2), (3000, 1)] {
            let size = Size::new(width, height);
            let tiling = tiling(width, height, chain::full_levels(size));
            let pieces: Vec<Piece> = tiling.pieces().collect();
            let chains: Vec<&Piece> = pieces
                .iter()
                .filter(|piece| Some(piece.level) == tiling.chain_start())
                .collect();
            assert!(chains.len() <= 1, "{size}: {} chains", chains.len());
            let chain_levels = chains.first().map_or(0, |chain| chain.levels);
            let tiled_levels = pieces
                .iter()
                .filter(|piece| Some(piece.level) != tiling.chain_start());
            let deepest = tiled_levels.map(|piece| piece.level + 1).max().unwrap_or(0);
            assert_eq!(
                deepest + chain_levels,
                tiling.levels,
                "{size}: a level is missing"
            );
            for piece in &pieces {
                assert!(
                    Footprint::from(*piece).size.longer_side() <= tiling.sides.tile,
                    "{size}: {piece:?} is too long"
                );
            }
        }
    }
}

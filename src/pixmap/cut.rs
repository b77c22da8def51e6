//! What is uploaded of a pixmap: one region, or tiles, each with the levels that it holds.
//!
//! The pixmap has been checked. Invariant: the pieces of a cut are as many and as large as the regions that are asked for
//! it, in the same order.

use super::tiling::{Piece, TileSides, Tiling};
use super::{Pixmap, PixmapBuf, chain};
use crate::geometry::{Rect, Size};
use crate::layout::Footprint;

/// A pixmap with its levels, cut up as far as it has to be.
pub(crate) struct Cut<'p> {
    base: Pixmap<'p>,
    /// From level 1 on.
    levels: &'p [PixmapBuf],
    whole: Piece,
    whole_footprint: Footprint,
    /// None of a pixmap in one region.
    tiles: Vec<Piece>,
    tile_footprints: Vec<Footprint>,
}

/// Texels of a piece, as they lie in its region.
pub(crate) enum Texels<'p> {
    Borrowed(Pixmap<'p>),
    Composed(PixmapBuf),
}

impl Texels<'_> {
    pub(crate) fn as_pixmap(&self) -> Pixmap<'_> {
        match self {
            Self::Borrowed(pixmap) => *pixmap,
            Self::Composed(pixmap) => pixmap.as_pixmap(),
        }
    }
}

impl<'p> Cut<'p> {
    pub(crate) fn new(base: Pixmap<'p>, levels: &'p [PixmapBuf], sides: TileSides) -> Self {
        let size = base.size;
        let count = levels.len() as u32 + 1;
        let whole = Piece {
            level: 0,
            source: Rect::new(0, 0, size),
            levels: count,
        };
        let tiles: Vec<Piece> = if sides.splits(size, count) {
            let levels = count;
            Tiling { size, levels, sides }.pieces().collect()
        } else {
            Vec::new()
        };
        Self {
            base,
            levels,
            whole,
            whole_footprint: whole.into(),
            tile_footprints: tiles.iter().copied().map(Footprint::from).collect(),
            tiles,
        }
    }

    pub(crate) fn size(&self) -> Size {
        self.base.size
    }

    /// The levels below the base.
    pub(crate) fn levels(&self) -> &'p [PixmapBuf] {
        self.levels
    }

    /// Number of levels of the pixmap.
    pub(crate) fn level_count(&self) -> u8 {
        self.levels.len() as u8 + 1
    }

    pub(crate) fn is_tiled(&self) -> bool {
        !self.tiles.is_empty()
    }

    /// What each piece needs: the only one of a pixmap that isn't cut up, or each tile.
    pub(crate) fn footprints(&self) -> &[Footprint] {
        if self.is_tiled() {
            &self.tile_footprints
        } else {
            std::slice::from_ref(&self.whole_footprint)
        }
    }

    /// Texels that are uploaded.
    pub(crate) fn texels(&self) -> u64 {
        self.footprints()
            .iter()
            .map(|footprint| footprint.size.texels())
            .sum()
    }

    /// Returns what lies in the region of a piece.
    pub(crate) fn piece(&self, index: usize) -> Texels<'p> {
        let Piece {
            level,
            source,
            levels,
        } = *self.tiles.get(index).unwrap_or(&self.whole);
        if levels > 1 {
            return Texels::Composed(self.compose(level, levels));
        }
        Texels::Borrowed(self.level(level).part(source))
    }

    fn level(&self, level: u32) -> Pixmap<'p> {
        match level.checked_sub(1) {
            Some(smaller) => self.levels[smaller as usize].as_pixmap(),
            None => self.base,
        }
    }

    /// Puts levels where they lie in a region.
    fn compose(&self, first: u32, count: u32) -> PixmapBuf {
        let base = self.level(first);
        let texel_bytes = base.format.bytes_per_texel() as usize;
        let size = chain::footprint(base.size, count);
        let row_bytes = size.width as usize * texel_bytes;
        let mut bytes = vec![0; row_bytes * size.height as usize];
        for level in 0..count {
            let rect = chain::level_rect(base.size, level);
            let rows = bytes.chunks_exact_mut(row_bytes).skip(rect.y as usize);
            for (row, texels) in rows.zip(self.level(first + level).rows().take(rect.height as usize)) {
                row[rect.x as usize * texel_bytes..][..texels.len()].copy_from_slice(texels);
            }
        }
        PixmapBuf::new(base.format, size, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PixelFormat, color::ColorEncoding, mipmaps};
    use super::*;

    /// Texels that say where they are.
    fn numbered(width: u32, height: u32) -> PixmapBuf {
        let texel = |x: u32, y: u32| [x as u8, (x >> 8) as u8, y as u8, (y >> 8) as u8];
        let bytes = (0..height).flat_map(|y| (0..width).flat_map(move |x| texel(x, y)));
        PixmapBuf::new(PixelFormat::Rgba8, Size::new(width, height), bytes.collect())
    }

    fn texel(pixmap: &Pixmap<'_>, x: u32, y: u32) -> [u8; 4] {
        let at = y as usize * pixmap.bytes_per_row as usize + x as usize * 4;
        pixmap.bytes[at..at + 4].try_into().expect("four bytes")
    }

    #[test]
    fn tiles_hold_the_texels_of_their_rectangles() {
        let pixmap = numbered(700, 600);
        let cut = Cut::new(pixmap.as_pixmap(), &[], TileSides::new(1024, 64));
        assert!(cut.is_tiled(), "700 texels are more than half a page");
        assert_eq!(cut.footprints().len(), 9, "three by three tiles");
        for (index, piece) in cut.tiles.iter().enumerate() {
            let tile = cut.piece(index);
            let tile = tile.as_pixmap();
            assert_eq!(tile.size, piece.source.size());
            for (x, y) in [(0, 0), (tile.size.width - 1, 0), (3, tile.size.height - 1)] {
                let expected = texel(&pixmap.as_pixmap(), piece.source.x + x, piece.source.y + y);
                assert_eq!(texel(&tile, x, y), expected, "tile {index} at ({x}, {y})");
            }
        }
    }

    #[test]
    fn a_chain_holds_every_level_where_the_shader_looks() {
        let pixmap = numbered(37, 21);
        let levels = mipmaps::generate(&pixmap.as_pixmap(), ColorEncoding::Linear);
        let cut = Cut::new(pixmap.as_pixmap(), &levels, TileSides::new(1024, 64));
        let region = cut.piece(0);
        let region = region.as_pixmap();
        assert_eq!(region.size, cut.footprints()[0].size);
        for level in 0..cut.level_count().into() {
            let rect = chain::level_rect(pixmap.size, level);
            let expected = cut.level(level);
            for (x, y) in [(0, 0), (rect.width - 1, rect.height - 1)] {
                assert_eq!(
                    texel(&region, rect.x + x, rect.y + y),
                    texel(&expected, x, y),
                    "level {level} at ({x}, {y})"
                );
            }
        }
    }
}

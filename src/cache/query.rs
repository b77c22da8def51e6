//! Questions to a cache: entries by key and name, regions, counters.
//!
//! Pixels are read back in `read_back.rs`. Invariant: only `find` and `touch` change anything; they mark an entry as in
//! use in this frame.

use std::borrow::Borrow;
use std::hash::Hash;

use super::PixmapCache;
use crate::geometry::{Rect, Size};
use crate::inspect::Inspection;
use crate::iter::{Iter, Keys};
use crate::key::PixmapKey;
use crate::layout::{PageIndex, Region};
use crate::pixmap::tiling::Tiling;
use crate::stats::CacheStats;

/// Describes a part of an entry's base level, and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tile {
    /// The part of the pixmap that this tile is to be drawn for. The parts of all tiles make up the pixmap, without overlaps.
    pub covers: Rect,
    /// The part of the pixmap that the region holds: `covers`, and one texel more on each side where there is a neighbor.
    pub stored: Rect,
    /// Where `stored` lies; of the same size.
    pub region: Region,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns the key of a name and touches its entry, which is then protected until the next frame. `None` if there is
    /// no such entry: it was never inserted, or was evicted or removed.
    #[inline]
    pub fn find<Q>(&mut self, name: &Q) -> Option<PixmapKey>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let key = self.names.key_of(name);
        match key {
            Some(key) => self.touch(key),
            None => {
                self.counts.misses += 1;
                false
            }
        };
        key
    }

    /// Returns the key of a name without touching it: the entry is not marked as in use, and no hit or miss is counted.
    #[inline]
    pub fn peek<Q>(&self, name: &Q) -> Option<PixmapKey>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.names.key_of(name)
    }

    /// Marks an entry as used in this frame, which protects it until the next one. Returns false if the key is dead.
    #[inline]
    pub fn touch(&mut self, key: PixmapKey) -> bool {
        let alive = self.layout.touch(key);
        if alive {
            self.counts.hits += 1;
        } else {
            self.counts.misses += 1;
        }
        alive
    }

    /// Returns whether the key's entry is resident. Does not touch it.
    pub fn contains(&self, key: PixmapKey) -> bool {
        self.layout.contains(key)
    }

    /// Returns the number of resident entries. A pixmap in tiles is one.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Returns whether no entry is resident.
    pub fn is_empty(&self) -> bool {
        self.layout.is_empty()
    }

    /// Returns the keys of the resident entries, by row of the region table. Does not touch them.
    pub fn keys(&self) -> Keys<'_> {
        Keys {
            keys: self.layout.keys(),
        }
    }

    /// Returns the resident entries with their names, by row of the region table. Does not touch them.
    pub fn iter(&self) -> Iter<'_, N> {
        Iter {
            keys: self.keys(),
            names: &self.names,
        }
    }

    /// Returns the name of an entry, if it is resident and has one. Does not touch it.
    pub fn name_of(&self, key: PixmapKey) -> Option<&N> {
        self.names.name_of(key)
    }

    /// Returns width and height of an entry's base level, if it is resident. Does not touch it.
    pub fn size(&self, key: PixmapKey) -> Option<Size> {
        self.layout.size(key)
    }

    /// Returns where the base level of an entry lies, for renderers that bake texture coordinates. `None` also for an entry
    /// in tiles: [`tiles`](Self::tiles) has both. Does not touch it.
    ///
    /// The region is valid as long as [`layout_epoch`](Self::layout_epoch) stays the same.
    pub fn region(&self, key: PixmapKey) -> Option<Region> {
        let region = self.layout.region(key)?;
        let rect = Rect::new(region.rect.x, region.rect.y, self.layout.size(key)?);
        Some(Region { rect, ..region })
    }

    /// Returns the tiles of an entry's base level, row by row from the top left, for renderers that bake texture coordinates.
    /// An entry in one region has one tile, a dead key none. Does not touch it.
    ///
    /// Draw a quad for [`covers`](Tile::covers) of each tile. What it stores is one texel larger on each side where it has a
    /// neighbor, so linear filtering finds the right texels there. At the pixmap's own edges, clamp half a texel inside. The
    /// tiles are valid as long as [`layout_epoch`](Self::layout_epoch) stays the same.
    ///
    /// ```
    /// # let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    /// # use pixmap_cache::{CacheDescriptor, PixelFormat, Pixmap, PixmapCache, Rect, Size};
    /// let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &CacheDescriptor::default())?;
    /// let bytes = vec![0; 600 * 200 * 4];
    /// let key = cache.insert(Pixmap::new(PixelFormat::Rgba8, Size::new(600, 200), &bytes))?;
    /// let tiles: Vec<_> = cache.tiles(key).collect();
    /// assert_eq!(tiles.len(), 3);
    /// assert_eq!(tiles[1].covers, Rect::new(254, 0, Size::new(254, 200)));
    /// assert_eq!(tiles[1].stored, Rect::new(253, 0, Size::new(256, 200)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tiles(&self, key: PixmapKey) -> impl Iterator<Item = Tile> + '_ {
        let size = self.layout.size(key).unwrap_or_default();
        let whole = self.region(key).map(|region| Tile {
            covers: Rect::new(0, 0, size),
            stored: Rect::new(0, 0, size),
            region,
        });
        let sides = self.layout.tile_sides();
        let tiling = Tiling {
            size,
            levels: 1,
            sides,
        };
        let tiles = tiling.pieces().zip(self.layout.tiles(key));
        let tiles = tiles.map(move |(piece, region)| Tile {
            covers: tiling.covered(piece.source),
            stored: piece.source,
            region,
        });
        whole.into_iter().chain(tiles)
    }

    /// Returns the number of mip levels of an entry, 1 to 16 with the base, if it is resident. Does not touch it.
    pub fn level_count(&self, key: PixmapKey) -> Option<u32> {
        self.layout.levels(key).map(u32::from)
    }

    /// Returns a number that grows whenever an entry may have moved, come or gone.
    pub fn layout_epoch(&self) -> u64 {
        self.counts.layout_epoch
    }

    /// Returns how many bytes of pixmaps with sides up to `max_side` one frame may use without a refusal as
    /// [`Full`](crate::InsertError::Full). Pinned entries count as used.
    ///
    /// It is a share of the bytes of all pages that the budget allows ([`CacheStats::max_pages`]), not of the budget: 70 %
    /// for sides up to a quarter of a page (65 % of two pages), and 50 % for longer sides (45 % of two or three). None of
    /// the frame's pixmaps may have a longer side. Pixmaps longer than half a page are in tiles of at most a quarter of a
    /// page: beside sides up to a quarter of a page, they have 70 % as well. The promise holds whatever earlier frames used,
    /// and also when all of the frame's pixmaps are new.
    ///
    /// What counts are regions. With mip levels a region is 1.5 times as wide as its pixmap. The regions of a pixmap in tiles
    /// have sides of up to a quarter of a page, and their borders count as well.
    ///
    /// Three other limits apply: at most [`max_entries`](crate::CacheDescriptor::max_entries) pixmaps and tiles,
    /// [`max_tiles`](crate::CacheDescriptor::max_tiles) of them tiles, and
    /// [`staging_bytes`](crate::CacheDescriptor::staging_bytes) of pixels on their way to the GPU. While the device has no memory for all pages, only the pages that exist count.
    ///
    /// ```
    /// # let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    /// # use pixmap_cache::{CacheDescriptor, PixmapCache};
    /// let cache: PixmapCache = PixmapCache::new(&device, &queue, &CacheDescriptor::default())?;
    /// let quarter = cache.page_side() / 4;
    /// assert_eq!(cache.promised_bytes(quarter), 15 * (4 << 20) * 7 / 10); // of the default 64 MiB
    /// assert_eq!(cache.promised_bytes(2 * quarter), 15 * (4 << 20) / 2);
    /// assert_eq!(cache.promised_bytes(5_000), 15 * (4 << 20) / 2);
    /// # Ok::<(), pixmap_cache::CreateError>(())
    /// ```
    pub fn promised_bytes(&self, max_side: u32) -> u64 {
        let texel_bytes = u64::from(self.atlas.plan().pixels.bytes_per_texel());
        self.layout.promised_texels(max_side) * texel_bytes
    }

    /// Returns the counters, and the sums as of now. Looks at no entry, and is cheap enough for every frame.
    pub fn stats(&self) -> CacheStats {
        let layout = self.layout.stats();
        let plan = self.atlas.plan();
        let texel_bytes = u64::from(plan.pixels.bytes_per_texel());
        let queue = self.intake.queue.stats();
        CacheStats {
            frame: layout.frame,
            entries: layout.entries,
            max_entries: plan.max_entries,
            pages: layout.pages,
            max_pages: self.atlas.reachable_pages(),
            page_side: plan.page_side,
            page_bytes: plan.page_bytes(),
            vram_bytes: self.atlas.vram_bytes(),
            releasing_bytes: self.atlas.releasing_bytes(),
            budget_bytes: plan.budget_bytes,
            staging_bytes: self.atlas.staging_bytes(),
            live_bytes: layout.live_texels * texel_bytes,
            protected_bytes: layout.protected_texels * texel_bytes,
            hits: self.counts.hits,
            misses: self.counts.misses,
            uploads: self.counts.uploads,
            uploaded_bytes: self.counts.uploaded_bytes,
            evacuations: layout.evacuations,
            rebuilds: layout.rebuilds,
            moves: layout.moves,
            moved_bytes: layout.moved_texels * texel_bytes,
            evictions: layout.evictions,
            queued: queue.queued,
            queued_bytes: queue.queued_bytes,
            set_aside: queue.set_aside,
            set_aside_bytes: queue.set_aside_bytes,
            waiting: queue.waiting,
            taken_in: self.intake.taken_in,
            superseded: queue.superseded,
            requests: self.intake.requests.in_flight(),
            failures: self.intake.requests.failures(),
            refused: self.counts.refused,
            submissions: self.atlas.submissions(),
            commit_failures: self.counts.commit_failures,
        }
    }

    /// Returns a view into the cache: pages, regions, where the bytes are, and why the last entries were evicted.
    ///
    /// It borrows the cache and copies nothing but the counters.
    pub fn inspect(&self) -> Inspection<'_, N> {
        Inspection {
            layout: &self.layout,
            names: &self.names,
            evictions: self.evictions.as_ref(),
            stats: self.stats(),
            fixed_bytes: self.atlas.plan().fixed_bytes(),
        }
    }

    #[cfg(feature = "overlay")]
    pub(crate) fn page_texels(&self) -> crate::gpu::PageTexels<'_> {
        self.atlas.page_texels()
    }

    /// Returns the side of a page in texels. A pixmap that is longer than half a page, mip levels included, is stored in tiles.
    pub fn page_side(&self) -> u32 {
        self.atlas.plan().page_side
    }

    /// Returns the number of pages that have a texture.
    pub fn page_count(&self) -> u32 {
        self.atlas.committed_pages()
    }

    /// Returns the pages that have a texture.
    pub fn pages(&self) -> impl Iterator<Item = PageIndex> + '_ {
        self.atlas.page_lists().into_iter().flatten().map(PageIndex)
    }
}

impl<'a, N: Hash + Eq> IntoIterator for &'a PixmapCache<N> {
    type Item = (PixmapKey, Option<&'a N>);
    type IntoIter = Iter<'a, N>;

    fn into_iter(self) -> Iter<'a, N> {
        self.iter()
    }
}

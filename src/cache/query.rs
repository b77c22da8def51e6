//! Questions to a cache: entries by key and name, regions, counters.
//!
//! Pixels are read back in `read_back.rs`. Invariant: only `find` and `touch` change anything; they mark an entry as in
//! use in this frame.

use std::borrow::Borrow;
use std::hash::Hash;

use super::PixmapCache;
use crate::geometry::Size;
use crate::inspect::Inspection;
use crate::iter::{Iter, Keys};
use crate::key::PixmapKey;
use crate::layout::{PageIndex, Region};
use crate::stats::CacheStats;

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

    /// Returns the number of resident entries.
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

    /// Returns width and height of an entry, if it is resident. Does not touch it.
    pub fn size(&self, key: PixmapKey) -> Option<Size> {
        Some(self.region(key)?.rect.size())
    }

    /// Returns where an entry lies, for renderers that bake texture coordinates. Does not touch it.
    ///
    /// The region is valid as long as [`layout_epoch`](Self::layout_epoch) stays the same.
    pub fn region(&self, key: PixmapKey) -> Option<Region> {
        self.layout.region(key)
    }

    /// Returns a number that grows whenever an entry may have moved, come or gone.
    pub fn layout_epoch(&self) -> u64 {
        self.counts.layout_epoch
    }

    /// Returns how many bytes of pixmaps with sides up to `max_side` one frame may use without a refusal as
    /// [`Full`](crate::InsertError::Full). Pinned entries count as used.
    ///
    /// It is a share of the bytes of all pages that the budget allows ([`CacheStats::max_pages`]), not of the budget: 70 %
    /// for sides up to a quarter of a page (65 % of two pages), and 50 % for sides up to half a page (45 % of two or
    /// three). Nothing is promised (0) for longer sides, and none of the frame's pixmaps may have a longer side. The promise
    /// holds whatever earlier frames used, and also when all of the frame's pixmaps are new.
    ///
    /// Two other limits apply: at most [`max_entries`](crate::CacheDescriptor::max_entries) pixmaps, and
    /// [`staging_bytes`](crate::CacheDescriptor::staging_bytes) of pixels on their way to the GPU. While the device has no
    /// memory for all pages, only the pages that exist count.
    ///
    /// ```
    /// # let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    /// # use pixmap_cache::{CacheDescriptor, PixmapCache};
    /// let cache: PixmapCache = PixmapCache::new(&device, &queue, &CacheDescriptor::default())?;
    /// let quarter = cache.page_side() / 4;
    /// assert_eq!(cache.promised_bytes(quarter), 15 * (4 << 20) * 7 / 10); // of the default 64 MiB
    /// assert_eq!(cache.promised_bytes(2 * quarter), 15 * (4 << 20) / 2);
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

    /// Returns the side of a page in texels, the longest side that a pixmap may have.
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

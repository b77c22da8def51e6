//! A model of glyphon's atlas of masks, which counts what glyphon doesn't: the same allocator, evictions and growth.
//!
//! glyphon evicts the least recently used glyph until the new one fits, as long as the frame doesn't use it. Then it doubles
//! the side of the atlas, and rasterizes and uploads every glyph again. When the side may not grow, the frame fails.

use std::collections::{HashMap, HashSet};

use etagere::{AllocId, BucketedAtlasAllocator, size2};
use glyphon::CacheKey;
use hashlink::LinkedHashMap;
use pixmap_cache::Size;

use super::FRAMES;
use super::page::Page;

const FIRST_SIDE: u32 = 256;

/// What glyphon does in all frames.
pub struct Counted {
    pub uploads: u64,
    pub uploaded_bytes: u64,
    /// Side of the atlas in the end.
    pub side: u32,
    pub full_frames: u64,
    /// Different glyphs that have texels.
    pub distinct: u64,
    /// Most texels of different glyphs in one frame.
    pub max_frame_texels: u64,
}

pub struct AtlasModel {
    allocator: BucketedAtlasAllocator,
    side: u32,
    max_side: u32,
    /// The least recently used first. `None`: a glyph without texels.
    resident: LinkedHashMap<CacheKey, (Option<AllocId>, Size)>,
    in_use: HashSet<CacheKey>,
    counted: Counted,
}

struct Full;

impl AtlasModel {
    pub fn count(page: &mut Page, max_side: u32) -> Counted {
        let side = FIRST_SIDE.min(max_side);
        let mut model = AtlasModel {
            allocator: BucketedAtlasAllocator::new(size2(side as i32, side as i32)),
            side,
            max_side,
            resident: LinkedHashMap::new(),
            in_use: HashSet::new(),
            counted: Counted {
                uploads: 0,
                uploaded_bytes: 0,
                side,
                full_frames: 0,
                distinct: 0,
                max_frame_texels: 0,
            },
        };
        let mut sizes: HashMap<CacheKey, Option<Size>> = HashMap::new();
        for frame in 0..FRAMES {
            model.frame(page, frame, &mut sizes);
        }
        let with_texels = sizes.values().flatten().filter(|size| !size.is_empty());
        model.counted.distinct = with_texels.count() as u64;
        model.counted.side = model.side;
        model.counted
    }

    fn frame(&mut self, page: &mut Page, frame: u32, sizes: &mut HashMap<CacheKey, Option<Size>>) {
        let mut seen: HashMap<CacheKey, u64> = HashMap::new();
        let mut is_full = false;
        page.visible(frame, |rasterizer, glyph, _| {
            let key = glyph.cache_key;
            let size = *sizes.entry(key).or_insert_with(|| {
                let image = rasterizer.image(key)?;
                Some(Size::new(image.placement.width, image.placement.height))
            });
            let Some(size) = size else {
                return;
            };
            seen.insert(key, size.texels());
            is_full = is_full || self.use_glyph(key, size).is_err();
        });
        self.in_use.clear();
        self.counted.full_frames += u64::from(is_full);
        self.counted.max_frame_texels = self.counted.max_frame_texels.max(seen.values().sum());
    }

    fn use_glyph(&mut self, key: CacheKey, size: Size) -> Result<(), Full> {
        if self.resident.contains_key(&key) {
            self.resident.to_back(&key);
        } else {
            let allocation = if size.is_empty() {
                None
            } else {
                Some(self.allocate(size)?)
            };
            if allocation.is_some() {
                self.count_upload(size);
            }
            self.resident.insert(key, (allocation, size));
        }
        self.in_use.insert(key);
        Ok(())
    }

    fn allocate(&mut self, size: Size) -> Result<AllocId, Full> {
        loop {
            match self.try_allocate(size) {
                Some(allocation) => return Ok(allocation),
                None if self.side >= self.max_side => return Err(Full),
                None => self.grow(),
            }
        }
    }

    fn try_allocate(&mut self, size: Size) -> Option<AllocId> {
        loop {
            if let Some(allocation) = self
                .allocator
                .allocate(size2(size.width as i32, size.height as i32))
            {
                return Some(allocation.id);
            }
            loop {
                let (oldest, _) = self.resident.front()?;
                if self.in_use.contains(oldest) {
                    return None;
                }
                let (_, (allocation, _)) = self.resident.pop_front()?;
                if let Some(allocation) = allocation {
                    self.allocator.deallocate(allocation);
                    break;
                }
            }
        }
    }

    fn grow(&mut self) {
        self.side = (self.side * 2).min(self.max_side);
        self.allocator.grow(size2(self.side as i32, self.side as i32));
        let again: Vec<Size> = self
            .resident
            .values()
            .filter(|(allocation, _)| allocation.is_some())
            .map(|(_, size)| *size)
            .collect();
        again.into_iter().for_each(|size| self.count_upload(size));
    }

    fn count_upload(&mut self, size: Size) {
        self.counted.uploads += 1;
        self.counted.uploaded_bytes += size.texels();
    }
}

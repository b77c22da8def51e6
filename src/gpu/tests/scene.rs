//! An atlas, and the pixels that its entries must have.

use slotmap::SlotMap;

use super::adapters::Gpu;
use crate::descriptor::{CacheDescriptor, CommitPolicy};
use crate::geometry::{Rect, Size};
use crate::gpu::Atlas;
use crate::gpu::Reading;
use crate::gpu::plan::AtlasPlan;
use crate::key::PixmapKey;
use crate::layout::{Op, PageIndex, Placement, Region};
use crate::pixmap::PixmapBuf;

pub const FORMATS: [wgpu::TextureFormat; 5] = [
    wgpu::TextureFormat::Rgba8Unorm,
    wgpu::TextureFormat::Rgba8UnormSrgb,
    wgpu::TextureFormat::Bgra8Unorm,
    wgpu::TextureFormat::Bgra8UnormSrgb,
    wgpu::TextureFormat::R8Unorm,
];

pub const PAGE_SIDE: u32 = 128;

/// Backends whose way of copying works on a device. On GL that is only its own: llvmpipe sometimes loses a copy between
/// layers when the machine is loaded and the copy is then read into a buffer.
pub fn ways(gpu: &Gpu) -> &'static [wgpu::Backend] {
    match gpu.backend {
        wgpu::Backend::Gl => &[wgpu::Backend::Gl],
        _ => &[wgpu::Backend::Vulkan, wgpu::Backend::Gl, wgpu::Backend::Dx12],
    }
}

/// An entry, and the pixels that it was made of.
#[derive(Clone)]
pub struct Entry {
    pub region: Region,
    pub pixels: PixmapBuf,
}

pub struct Scene {
    pub atlas: Atlas,
    pub entries: SlotMap<PixmapKey, Entry>,
    made: u32,
}

pub fn region(page: u32, x: u32, y: u32, size: (u32, u32)) -> Region {
    Region {
        page: PageIndex(page),
        rect: Rect::new(x, y, Size::new(size.0, size.1)),
    }
}

impl Scene {
    /// Creates an atlas of at least six pages, in one texture or in several.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat, commit: CommitPolicy) -> Self {
        let descriptor = CacheDescriptor {
            budget_bytes: 9 * u64::from(PAGE_SIDE * PAGE_SIDE * 4),
            format,
            commit,
            page_side: Some(PAGE_SIDE),
            max_entries: Some(4095),
            ..Default::default()
        };
        let plan = AtlasPlan::new(&descriptor, &gpu.device).expect("a sound descriptor");
        let mut atlas = Atlas::new(&gpu.device, &gpu.queue, plan).expect("an atlas");
        while atlas.committed_pages() < 6 {
            let layers = atlas.next_layers().expect("the budget holds six pages");
            atlas.commit(layers).expect("memory");
        }
        Self {
            atlas,
            entries: SlotMap::with_key(),
            made: 0,
        }
    }

    /// Uploads pixels that no other entry has.
    pub fn place(&mut self, region: Region, placement: Placement) -> PixmapKey {
        self.made += 1;
        let format = self.atlas.plan().pixels;
        let size = region.rect.size();
        let bytes = size.texels() as u32 * format.bytes_per_texel();
        let seed = self.made.wrapping_mul(2_654_435_761);
        let noise = |at: u32| (at ^ seed).wrapping_mul(0x9e37_79b1).to_be_bytes()[0];
        let pixels = PixmapBuf::new(format, size, (0..bytes).map(noise).collect());
        let key = self.entries.insert(Entry {
            region,
            pixels: pixels.clone(),
        });
        self.atlas.reserve(&[(size).into()]).expect("staging memory");
        self.atlas.apply(Op::Place {
            key,
            region,
            placement,
            levels: 1,
            tile: None,
        });
        self.atlas.stage(region, placement, &pixels.as_pixmap());
        key
    }

    pub fn move_to(&mut self, key: PixmapKey, to: Region) {
        let from = std::mem::replace(&mut self.entries[key].region, to);
        self.atlas.apply(Op::Move { key, from, to });
    }

    /// Moves entries to a page, all at once.
    pub fn rebuild(&mut self, page: PageIndex, moves: &[(PixmapKey, Region)]) {
        let count = moves.len() as u32;
        self.atlas.apply(Op::Rebuild { page, moves: count });
        for (key, to) in moves {
            self.move_to(*key, *to);
        }
    }

    pub fn forget(&mut self, key: PixmapKey) {
        if let Some(entry) = self.entries.remove(key) {
            let from = entry.region;
            self.atlas.apply(Op::Remove {
                key,
                from: Some(from),
            });
        }
    }

    /// Flushes, and compares every texel of every entry.
    pub fn check(&mut self, case: &str) {
        assert!(!self.entries.is_empty(), "{case}: nothing to look at");
        assert!(self.atlas.flush(), "{case}: memory");
        for page in 0..self.atlas.committed_pages() {
            let on_page = |entry: &&Entry| entry.region.page == PageIndex(page);
            if !self.entries.values().any(|entry| on_page(&entry)) {
                continue;
            }
            let whole = region(page, 0, 0, (PAGE_SIDE, PAGE_SIDE));
            let texels = self
                .atlas
                .start_reading(whole)
                .and_then(Reading::wait)
                .expect("a page can be read");
            for entry in self.entries.values().filter(on_page) {
                let seen = cut(&texels, entry.region.rect);
                assert!(
                    seen == entry.pixels.bytes,
                    "{case}: {:?} has other texels",
                    entry.region
                );
            }
        }
    }
}

/// The bytes of a rectangle.
fn cut(page: &PixmapBuf, rect: Rect) -> Vec<u8> {
    let texel = page.format.bytes_per_texel();
    let rows = (rect.y..rect.bottom()).flat_map(|y| {
        let start = (y * page.bytes_per_row + rect.x * texel) as usize;
        &page.bytes[start..start + (rect.width * texel) as usize]
    });
    rows.copied().collect()
}

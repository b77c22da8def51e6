//! Pixmaps from textures of the application: copied on the GPU, in the cache's own encoder.
//!
//! The copy is submitted at once, in a submission of its own: a texture that the device refuses costs nothing else.
//! Invariant: an entry whose copy failed is not resident.

use std::hash::Hash;

use super::PixmapCache;
use crate::error::{TextureError, UpdateError};
use crate::geometry::{Rect, Size};
use crate::gpu::TextureCopy;
use crate::key::PixmapKey;
use crate::layout::Region;
use crate::pixmap::Pixmap;

/// Names a rectangle of a texture of the application, as the source of a pixmap.
#[derive(Clone, Copy, Debug)]
pub struct TextureSource<'t> {
    /// The texture, of the cache's device. Needs the usage `COPY_SRC`, one sample, two dimensions, and the format of the cache;
    /// sRGB or not makes no difference, except on WebGL2, where it has to be the same. Its first mip level is copied.
    ///
    /// A texture of another device of the same `wgpu::Instance` is refused. wgpu doesn't recognize one of another instance: it
    /// panics, or takes a texture of this instance for it.
    pub texture: &'t wgpu::Texture,
    /// Top left corner, and the array layer as `z`.
    pub origin: wgpu::Origin3d,
    /// Width and height of the rectangle.
    pub size: Size,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Inserts a rectangle of a texture, copied on the GPU, without a name. Flushes, and submits the copy at once: what was
    /// submitted to the queue before the call is in it. The entry has no mip levels.
    ///
    /// It takes one submission, one copy for each tile, and no staging memory. Bytes are copied as they are.
    ///
    /// The cache has no copy of the pixels in memory: after the loss of the device the entry is lost, whatever
    /// [`retain`](crate::CacheDescriptor::retain) says.
    ///
    /// # Errors
    ///
    /// Returns a [`TextureError`] when the texture can't be copied or finds no room. No key is made then. Entries not in use
    /// may have been evicted in the search for room.
    pub fn insert_texture(&mut self, source: TextureSource<'_>) -> Result<PixmapKey, TextureError> {
        let inserted = self.insert_texture_unnamed(source);
        self.count_texture(inserted)
    }

    /// Inserts a rectangle of a texture under a name, like [`insert_texture`](Self::insert_texture). An entry that had the name
    /// is removed, and its key is dead.
    ///
    /// # Errors
    ///
    /// Returns a [`TextureError`], as [`insert_texture`](Self::insert_texture) does. An entry that had the name is still there.
    pub fn insert_texture_named(
        &mut self,
        name: N,
        source: TextureSource<'_>,
    ) -> Result<PixmapKey, TextureError> {
        // The old entry stays until the copy has succeeded: `set_name` removes it.
        let previous = self.names.key_of(&name);
        previous.map(|previous| self.layout.touch(previous));
        let inserted = self.insert_texture_unnamed(source);
        if let Ok(key) = inserted {
            self.set_name(key, name);
        }
        self.count_texture(inserted)
    }

    /// Replaces a rectangle of a resident pixmap by one of a texture. `origin` is the rectangle's top left corner in the
    /// pixmap. Flushes, and submits the copy at once. Counts as a touch.
    ///
    /// A copy of the pixmap that the cache retains is dropped, since it no longer shows the same: after the loss of the device
    /// the entry is lost.
    ///
    /// # Errors
    ///
    /// Returns a [`TextureError`] when the key is dead or its pixels are not restored yet after a loss, the rectangle leaves
    /// pixmap or texture, the pixmap has mip levels, or the texture can't be copied. Nothing has changed then.
    pub fn update_from_texture(
        &mut self,
        key: PixmapKey,
        origin: (u32, u32),
        source: TextureSource<'_>,
    ) -> Result<(), TextureError> {
        self.check_texture(&source)?;
        let rect = self.check_update(key, Rect::new(origin.0, origin.1, source.size))?;
        if self.retained.awaits_pixels(key) {
            return Err(UpdateError::NotResident.into());
        }
        if self.layout.levels(key) != Some(1) {
            return Err(UpdateError::LevelsNotRetained.into());
        }
        self.layout.touch(key);
        let changes = self.changed_regions(key, rect);
        self.copy_texture(key, &source, &changes)?;
        self.retained.remove(key);
        self.counts.uploads += 1;
        Ok(())
    }

    fn insert_texture_unnamed(&mut self, source: TextureSource<'_>) -> Result<PixmapKey, TextureError> {
        self.check_texture(&source)?;
        // Only its size counts: there are no pixels to stage.
        let pixmap = Pixmap::new(self.atlas.plan().pixels, source.size, &[]);
        self.check_size(source.size, source.size.texels())?;
        let cut = self.cut(pixmap, &[]);
        self.check_cut(&cut)?;
        let key = self.place(None, &cut, &[])?;
        self.apply_ops();
        let whole = Rect::new(0, 0, source.size);
        let regions = self.changed_regions(key, whole);
        if let Err(error) = self.copy_texture(key, &source, &regions) {
            self.layout.remove(key);
            self.apply_ops();
            return Err(error);
        }
        Ok(key)
    }

    fn count_texture(&mut self, outcome: Result<PixmapKey, TextureError>) -> Result<PixmapKey, TextureError> {
        match outcome {
            Ok(key) => {
                self.record_arrival(key);
                self.supersede_delivery(key);
                self.counts.uploads += 1;
            }
            Err(_) => self.counts.refused += 1,
        }
        outcome
    }

    /// Where a rectangle of a base level lies: what of the rectangle, from its corner, and where it goes.
    fn changed_regions(&self, key: PixmapKey, rect: Rect) -> Vec<(Rect, Region)> {
        let changes = self.changes(key, &[rect]).into_iter();
        let from_corner = |part: Rect| Rect::new(part.x - rect.x, part.y - rect.y, part.size());
        changes
            .map(|change| (from_corner(change.rect), change.to))
            .collect()
    }

    fn copy_texture(
        &mut self,
        key: PixmapKey,
        source: &TextureSource<'_>,
        regions: &[(Rect, Region)],
    ) -> Result<(), TextureError> {
        let copy = TextureCopy {
            texture: source.texture,
            key,
            origin: source.origin,
            regions,
        };
        let copied = self.atlas.copy_texture(&copy);
        self.suspects.add(key);
        copied.map_err(|fault| TextureError::Device {
            message: fault.into_words(),
        })
    }

    fn check_texture(&self, source: &TextureSource<'_>) -> Result<(), TextureError> {
        let TextureSource {
            texture,
            origin,
            size,
        } = *source;
        let (expected, got) = (self.atlas.plan().format, texture.format());
        if !self.atlas.can_copy(got) {
            return Err(TextureError::Format { expected, got });
        }
        let is_plain = texture.dimension() == wgpu::TextureDimension::D2 && texture.sample_count() == 1;
        if !is_plain || !texture.usage().contains(wgpu::TextureUsages::COPY_SRC) {
            return Err(TextureError::NotCopyable);
        }
        let ends = [
            u64::from(origin.x) + u64::from(size.width),
            u64::from(origin.y) + u64::from(size.height),
            u64::from(origin.z) + 1,
        ];
        let limits = [texture.width(), texture.height(), texture.depth_or_array_layers()].map(u64::from);
        if size.is_empty() || ends.iter().zip(limits).any(|(end, limit)| *end > limit) {
            let texture = Size::new(texture.width(), texture.height());
            return Err(TextureError::Outside { size, texture });
        }
        Ok(())
    }
}

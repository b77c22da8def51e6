//! Late verdicts: what the device says of the cache's objects when they are in use already, as WebGPU does.
//!
//! Natively each verdict is known at once, and nothing here has work to do. Until a verdict is told, the object is taken
//! for sound; a texture that turns out to be refused costs the entries that were written while it was in use, since the
//! device carries out nothing of a submission that has such a texture in it. Invariant: an entry whose texels may not have
//! been written doesn't outlive the verdict.

use std::hash::Hash;

use super::PixmapCache;
use crate::gpu::{DeviceFault, Refusal, Subject};
use crate::key::PixmapKey;

/// Entries and tiles that were written while the device owed a verdict on more than a copy.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    /// `None` while it owes none.
    keys: Option<Vec<PixmapKey>>,
}

impl Suspects {
    pub(super) fn add(&mut self, key: PixmapKey) {
        if let Some(keys) = &mut self.keys {
            keys.push(key);
        }
    }

    fn watch(&mut self) {
        self.keys.get_or_insert_default();
    }

    fn clear(&mut self) {
        self.keys = None;
    }

    fn take(&mut self) -> Vec<PixmapKey> {
        self.keys.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns whether the device is lost, as far as the cache can notice, or has refused something late that the cache
    /// can't do without. Then [`recreate`](Self::recreate) it, on another device.
    ///
    /// A loss is noticed when staging memory doesn't come back after a [`flush`](Self::flush), so only some time after
    /// something was inserted; `Device::set_device_lost_callback` in wgpu tells it at once.
    pub fn needs_recreate(&self) -> bool {
        self.essential_fault.is_some() || self.atlas.is_lost()
    }

    /// Notes what is written from now on, if a verdict is owed.
    pub(super) fn watch_owed(&mut self) {
        if self.atlas.owed().is_any() {
            self.suspects.watch();
        }
    }

    /// Takes back what the device has refused by now. Everything recorded before must have been submitted.
    pub(super) fn heed_verdicts(&mut self) {
        for refusal in self.atlas.refusals() {
            self.heed(refusal);
        }
        self.told_refusals = self.atlas.owed().refused();
        if !self.atlas.owed().is_any() {
            self.suspects.clear();
        }
    }

    fn heed(&mut self, Refusal { subject, fault }: Refusal) {
        match subject {
            Subject::Pages(texture) => self.give_up_refused(&texture, fault),
            // A bind group of a refused texture is refused with it, and has been replaced since.
            Subject::BindGroup(number) if !self.atlas.is_current(number) => {}
            Subject::BindGroup(_) | Subject::Essential(_) => self.essential_fault = Some(fault.into_words()),
            Subject::Copy(key) => {
                self.layout.remove(key);
                self.apply_ops();
                self.counts.refused += 1;
            }
        }
    }

    /// Gives up the pages of a texture that the device has refused, with all entries that may not have been written.
    fn give_up_refused(&mut self, texture: &wgpu::Texture, fault: DeviceFault) {
        // What is staged may be for these pages.
        if !self.atlas.flush() {
            self.atlas.owed().put_back(Refusal {
                subject: Subject::Pages(texture.clone()),
                fault,
            });
            return;
        }
        for key in self.suspects.take() {
            let owner = self.layout.owner_of(key);
            self.layout.remove(owner);
        }
        self.apply_ops();
        if let Some(pages) = self.atlas.pages_of(texture) {
            self.lose_pages(&pages);
        }
        self.atlas.discard(texture);
        self.postpone_commit(fault);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cache::TextureSource;
    use crate::cache::backoff::RETRY_FRAMES;
    use crate::{CacheDescriptor, CommitPolicy, PixelFormat, Pixmap, Size};

    fn cache_on(device: &wgpu::Device, queue: &wgpu::Queue) -> PixmapCache<u32> {
        let descriptor = CacheDescriptor {
            budget_bytes: 1 << 20,
            page_side: Some(128),
            commit: CommitPolicy::Stepwise,
            idle: None,
            ..Default::default()
        };
        PixmapCache::new(device, queue, &descriptor).expect("the descriptor is sound")
    }

    pub(in crate::cache) fn cache() -> PixmapCache<u32> {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        cache_on(&device, &queue)
    }

    pub(in crate::cache) fn insert(cache: &mut PixmapCache<u32>) -> PixmapKey {
        let bytes = [7; 60 * 60 * 4];
        let pixmap = Pixmap::new(PixelFormat::Rgba8, Size::new(60, 60), &bytes);
        cache.insert(pixmap).expect("room")
    }

    pub(in crate::cache) fn memory() -> Option<DeviceFault> {
        Some(DeviceFault::OutOfMemory("none left for this test".into()))
    }

    /// Inserts, without a frame, until another texture has come. Returns the keys.
    fn fill_until_commit(cache: &mut PixmapCache<u32>) -> Vec<PixmapKey> {
        let pages = cache.page_count();
        let mut keys = Vec::new();
        while cache.page_count() == pages {
            keys.push(insert(cache));
        }
        keys
    }

    #[test]
    fn a_texture_refused_late_costs_what_was_written_meanwhile_and_comes_later() {
        let mut cache = cache();
        cache.begin_frame();
        fill_until_commit(&mut cache);
        let verdict = cache.atlas.owed().hold_next();
        let mut before = fill_until_commit(&mut cache);
        before.pop().expect("the one for which the texture came");
        let pages = cache.page_count();
        let (meanwhile, replaced) = (insert(&mut cache), before[0]);
        let dot = [9; 4];
        cache
            .update(
                replaced,
                (1, 1),
                Pixmap::new(PixelFormat::Rgba8, Size::new(1, 1), &dot),
            )
            .expect("resident");
        cache.flush();
        cache.begin_frame();
        assert!(cache.touch(meanwhile), "nothing is known yet");
        verdict.tell(memory());
        cache.begin_frame();
        assert!(cache.page_count() < pages, "the refused texture is given up");
        assert!(!cache.touch(meanwhile), "it may not have been written");
        assert!(!cache.touch(replaced), "nor the change");
        assert!(before[1..].iter().all(|key| cache.touch(*key)), "written before");
        assert_eq!(cache.stats().commit_failures, 1);
        assert!(!cache.needs_recreate(), "the cache goes on");
        let words = cache.last_device_error().expect("the device said something");
        assert!(words.contains("none left"), "{words}");
        for _ in 0..RETRY_FRAMES * 2 {
            cache.begin_frame();
            insert(&mut cache);
        }
        assert!(cache.page_count() >= pages, "another one came later");
        assert_eq!(cache.last_device_error(), None, "what it said is past");
    }

    #[test]
    fn the_table_is_written_again_after_a_refusal() {
        let mut cache = cache();
        cache.begin_frame();
        let verdict = cache.atlas.owed().hold_next();
        let key = insert(&mut cache);
        cache.flush();
        cache.remove(key);
        cache.flush();
        verdict.tell(memory());
        cache.begin_frame();
        let submissions = cache.stats().submissions;
        cache.flush();
        assert_eq!(
            cache.stats().submissions,
            submissions + 1,
            "its rows weren't carried out"
        );
        assert!(cache.is_empty() && cache.page_count() == 0, "{:?}", cache.stats());
        assert_eq!(
            cache.stats().releasing_bytes,
            0,
            "a refused texture takes no memory"
        );
    }

    #[test]
    fn a_texture_accepted_late_costs_nothing() {
        let mut cache = cache();
        cache.begin_frame();
        let verdict = cache.atlas.owed().hold_next();
        let key = insert(&mut cache);
        cache.flush();
        verdict.tell(None);
        cache.begin_frame();
        assert!(cache.touch(key));
        assert!(cache.suspects.keys.is_none(), "nothing is noted any more");
        assert_eq!(cache.stats().commit_failures, 0);
    }

    #[test]
    fn a_swap_refused_late_costs_the_entries_of_its_texture() {
        let mut cache = cache();
        cache.begin_frame();
        while cache.page_count() < cache.stats().max_pages {
            insert(&mut cache);
        }
        let entries = cache.len();
        cache.begin_frame();
        let verdict = cache.atlas.owed().hold_next();
        cache.set_budget(4 << 20).expect("a larger budget holds");
        let pages = cache.page_count();
        verdict.tell(memory());
        cache.begin_frame();
        assert!(cache.page_count() < pages, "the swapped texture is given up");
        assert!(
            (1..entries).contains(&cache.len()),
            "{} of {entries}",
            cache.len()
        );
        assert_eq!(cache.stats().commit_failures, 1);
        cache.begin_frame();
        insert(&mut cache);
    }

    #[test]
    fn a_copy_refused_late_costs_its_entry() {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let mut cache = cache_on(&device, &queue);
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: 8,
                height: 8,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: CacheDescriptor::default().format,
            usage: wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let kept = insert(&mut cache);
        let verdict = cache.atlas.owed().hold_next();
        let source = TextureSource {
            texture: &texture,
            origin: wgpu::Origin3d::ZERO,
            size: Size::new(8, 8),
        };
        let copied = cache.insert_texture(source).expect("accepted so far");
        verdict.tell(Some(DeviceFault::Refused("destroyed".into())));
        cache.begin_frame();
        assert!(!cache.contains(copied), "its texels were never copied");
        assert!(cache.contains(kept), "the copy was submitted by itself");
    }

    #[test]
    fn what_a_cache_cannot_do_without_is_told_until_it_is_recreated() {
        let mut cache = cache();
        // The first is of the texture, the second of the bind group.
        let (texture, group) = (cache.atlas.owed().hold_next(), cache.atlas.owed().hold_next());
        insert(&mut cache);
        texture.tell(None);
        group.tell(Some(DeviceFault::Refused("no more bind groups".into())));
        assert!(!cache.needs_recreate(), "not known yet");
        cache.begin_frame();
        assert!(cache.needs_recreate());
        assert_eq!(cache.last_device_error(), Some("no more bind groups"));
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        cache.recreate(&device, &queue).expect("another device");
        assert!(!cache.needs_recreate());
        assert_eq!(cache.last_device_error(), None);
    }

    #[test]
    fn a_bind_group_refused_with_its_texture_is_of_no_consequence() {
        let mut cache = cache();
        let (texture, group) = (cache.atlas.owed().hold_next(), cache.atlas.owed().hold_next());
        insert(&mut cache);
        texture.tell(memory());
        group.tell(Some(DeviceFault::Refused("a texture of it is invalid".into())));
        cache.begin_frame();
        assert!(!cache.needs_recreate(), "there is another bind group");
    }
}

//! Pixels lost with a device come back to entries whose pages have been rebuilt and drained meanwhile.

use std::collections::HashMap;

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, PixmapCache, PixmapKey, ReadBackError, Region, RetainPolicy,
};

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{Painter, sprite};
use crate::noise;
use crate::pressure::{Pages, Pressure, texture_format};
use crate::table;
use crate::target::Target;

/// Steps before the loss: enough to fill the pages several times.
const STEPS: u32 = 800;

/// Steps between two checks of what is drawn.
const STEPS_PER_CHECK: u32 = 12;

/// Checks until the last pixels are back.
const MAX_CHECKS: u32 = 400;

/// How often entries that awaited their pixels were moved: by a rebuild of their page, and to another page.
#[derive(Debug, Default)]
struct Moved {
    within: u32,
    across: u32,
}

/// A cache that has lost its device.
struct Loss {
    pressure: Pressure,
    /// Entries without pixels, and where they were at the last check.
    awaiting: HashMap<PixmapKey, Region>,
    moved: Moved,
}

impl Loss {
    fn new(gpu: &Gpu, commit: CommitPolicy, (pages, seed): (Pages, u64)) -> Self {
        let mut descriptor = CacheDescriptor {
            retain: RetainPolicy::Pixels {
                budget_bytes: 1 << 20,
            },
            ..pages.descriptor(commit)
        };
        // Less than most pixmaps have, so that one comes back per frame.
        descriptor.uploads.upload_bytes_per_frame = 64;
        // Not another device of this adapter: on GL the two would share a context, and nothing would be drawn after the
        // loss.
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor {
            required_limits: wgpu::Limits::downlevel_webgl2_defaults(),
            ..Default::default()
        });
        let cache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
        let mut pressure = Pressure::new(cache, pages.pixels, seed);
        for _ in 0..STEPS {
            pressure.step();
        }
        // Pages are rebuilt at first, and drained in the calmer frames after that.
        pressure.share = 0.6;
        device.destroy();
        let forgotten = pressure.cache.recreate(&gpu.device, &gpu.queue);
        assert_eq!(forgotten, Ok(Vec::new()), "there is a copy of everything");
        let cache = &pressure.cache;
        let awaiting = cache
            .keys()
            .map(|key| (key, cache.region(key).expect("resident")));
        Self {
            awaiting: awaiting.collect(),
            pressure,
            moved: Moved::default(),
        }
    }

    /// Records which entries have died, moved, or got their pixels since the last check.
    fn look(&mut self) {
        let (cache, moved) = (&mut self.pressure.cache, &mut self.moved);
        self.awaiting.retain(|key, before| {
            let Some(region) = cache.region(*key) else {
                return false;
            };
            let awaits = cache.read_back(*key) == Err(ReadBackError::NotResident);
            if awaits && region.page != before.page {
                moved.across += 1;
            } else if awaits && region != *before {
                moved.within += 1;
            }
            *before = region;
            awaits
        });
    }

    /// Checks that entries without pixels draw transparent, and all others as they went in.
    fn check_drawn(&self, gpu: &Gpu, painter: &Painter, target: &Target) {
        let Pressure { cache, record, .. } = &self.pressure;
        let places = noise::places(record.alive.iter().map(|(_, pixmap)| pixmap.size));
        let keys = record.alive.iter().map(|(key, _)| *key);
        let sprites: Vec<_> = keys.zip(&places).map(|(k, at)| sprite(k, *at)).collect();
        let drawn = painter.draw(gpu, cache, &sprites, target);
        for ((key, pixmap), at) in record.alive.iter().zip(&places) {
            let drawn = drawn.rect(*at);
            if self.awaiting.contains_key(key) {
                assert!(drawn.iter().all(|byte| *byte == 0), "{key:?} awaits its pixels");
            } else {
                assert!(drawn == pixmap.bytes, "{key:?} has its own pixels");
            }
        }
    }

    /// Checks the table as well: texels of a new device are transparent, so drawing alone doesn't show it.
    fn check_rows(&self, gpu: &Gpu) {
        let awaiting: Vec<PixmapKey> = self.awaiting.keys().copied().collect();
        if awaiting.is_empty() {
            return;
        }
        let rows = table::regions_of(gpu, &self.pressure.cache, &awaiting);
        let without = rows.iter().filter(|row| **row == [0; 4]).count();
        assert_eq!(without, awaiting.len(), "an entry without pixels has no row");
    }
}

fn check_loss(gpu: &Gpu, commit: CommitPolicy, (pages, seed): (Pages, u64)) -> Moved {
    let mut loss = Loss::new(gpu, commit, (pages, seed));
    let format = texture_format(pages.pixels);
    let target = Target::new(gpu, format);
    let painter = Painter::of_cache(gpu, &loss.pressure.cache, format);
    let mut checks = 0;
    while !loss.awaiting.is_empty() {
        for _ in 0..STEPS_PER_CHECK {
            loss.pressure.step();
        }
        loss.pressure.cache.flush();
        loss.look();
        loss.check_drawn(gpu, &painter, &target);
        loss.check_rows(gpu);
        checks += 1;
        assert!(checks < MAX_CHECKS, "{} await their pixels", loss.awaiting.len());
    }
    let Pressure { cache, record, .. } = &mut loss.pressure;
    pollster::block_on(gpu.run(record.check_read_back(cache)));
    loss.moved
}

#[test]
fn pixels_come_back_to_entries_moved_while_they_awaited_them() {
    each_gpu(|gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            let cases = [Pages::color(3, 128), Pages::masks(2, 256), Pages::color(7, 64)].into_iter();
            let moved: Vec<Moved> = cases
                .zip(61..)
                .map(|case| check_loss(gpu, commit, case))
                .collect();
            let within: u32 = moved.iter().map(|moved| moved.within).sum();
            let across: u32 = moved.iter().map(|moved| moved.across).sum();
            assert!(within >= 10, "{moved:?} in rebuilds");
            assert!(across >= 10, "{moved:?} from page to page");
        }
    });
}

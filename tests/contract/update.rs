//! Changes in part that are refused: by the rectangle, by the pixels, for want of a copy. Nothing has changed then.

use pixmap_cache::{
    CacheDescriptor, InsertError, PixelFormat, Pixmap, PixmapBuf, PixmapCache, PixmapKey, Rect, RetainPolicy,
    Size, UpdateError,
};

use crate::noop::{Noop, assert_works, rgba, tiled_pages};

/// The error of a change, after which everything but the count of refusals is as it was.
fn refused<'p>(
    cache: &mut PixmapCache,
    (key, at): (PixmapKey, (u32, u32)),
    pixmap: impl Into<Pixmap<'p>>,
) -> UpdateError {
    let before = cache.stats();
    let error = cache.update(key, at, pixmap).expect_err("a refusal");
    let after = cache.stats();
    let mut expected = before;
    expected.refused += 1;
    expected.staging_bytes = after.staging_bytes;
    assert_eq!(after, expected, "a refusal changes nothing and is counted");
    assert_works(cache);
    error
}

fn retaining(budget_bytes: u64) -> CacheDescriptor<'static> {
    CacheDescriptor {
        retain: RetainPolicy::Pixels { budget_bytes },
        ..tiled_pages()
    }
}

/// One in a region, and one in tiles.
const SIZES: [(u32, u32); 2] = [(8, 6), (70, 40)];

#[test]
fn a_rectangle_that_leaves_the_pixmap_is_refused_with_both() {
    for (width, height) in SIZES {
        let mut cache = Noop::new().tiled_cache();
        let key = cache.insert(&rgba(width, height)).expect("room");
        let size = Size::new(width, height);
        let absurd = [
            ((0, 0), (u32::MAX, u32::MAX)),
            ((u32::MAX, u32::MAX), (u32::MAX, u32::MAX)),
            ((1, 1), (65_535, 65_535)),
            ((0, 0), (width + 1, 1)),
            ((width, 0), (1, 1)),
            ((u32::MAX, 0), (0, 0)),
        ];
        for (at, patch) in absurd {
            let patch = Size::from(patch);
            let error = refused(
                &mut cache,
                (key, at),
                Pixmap::new(PixelFormat::Rgba8, patch, &[0; 64]),
            );
            let rect = Rect::new(at.0, at.1, patch);
            assert_eq!(error, UpdateError::Outside { rect, size });
        }
    }
}

#[test]
fn a_dead_key_is_refused_whatever_the_rectangle() {
    let mut cache = Noop::new().tiled_cache();
    let key = cache.insert(&rgba(70, 40)).expect("room");
    assert!(cache.remove(key));
    for at in [(0, 0), (u32::MAX, 7)] {
        assert_eq!(
            refused(&mut cache, (key, at), &rgba(1, 1)),
            UpdateError::NotResident
        );
    }
    assert_eq!(
        refused(&mut cache, (PixmapKey::default(), (0, 0)), &rgba(1, 1)),
        UpdateError::NotResident
    );
}

#[test]
fn pixels_that_no_insertion_takes_are_refused_as_it_refuses_them() {
    for (width, height) in SIZES {
        let mut cache = Noop::new().tiled_cache();
        let key = cache.insert(&rgba(width, height)).expect("room");
        let size = Size::new(3, 2);
        let short = Pixmap::new(PixelFormat::Rgba8, size, &[0; 23]);
        let expected = InsertError::WrongLength {
            expected: 24,
            got: 23,
        };
        assert_eq!(
            refused(&mut cache, (key, (1, 1)), short),
            UpdateError::Insert(expected)
        );
        let narrow = Pixmap {
            bytes_per_row: 11,
            ..Pixmap::new(PixelFormat::Rgba8, size, &[0; 24])
        };
        let expected = InsertError::RowTooShort {
            expected: 12,
            got: 11,
        };
        assert_eq!(
            refused(&mut cache, (key, (1, 1)), narrow),
            UpdateError::Insert(expected)
        );
        let with_level = rgba(3, 2).with_levels(vec![rgba(3, 2)]);
        let error = refused(&mut cache, (key, (1, 1)), &with_level);
        assert!(
            matches!(
                error,
                UpdateError::Insert(InsertError::WrongLevel { level: 1, .. })
            ),
            "{error:?}"
        );
    }
    let descriptor = CacheDescriptor {
        format: wgpu::TextureFormat::R8Unorm,
        ..tiled_pages()
    };
    let mut masks = Noop::new().cache(&descriptor).expect("a cache");
    let mask = PixmapBuf::new(PixelFormat::R8, Size::new(3, 3), vec![0; 9]);
    let key = masks.insert(&mask).expect("room");
    let (expected, got) = (PixelFormat::R8, PixelFormat::Rgba8);
    let error = masks.update(key, (0, 0), &rgba(1, 1));
    assert_eq!(
        error,
        Err(UpdateError::Insert(InsertError::WrongFormat { expected, got }))
    );
    assert_eq!(
        masks.update(key, (0, 0), &mask),
        Ok(()),
        "a mask is taken after that"
    );
}

#[test]
fn mip_levels_without_a_copy_are_refused_with_the_remedy() {
    for (width, height) in SIZES {
        let mut cache = Noop::new().tiled_cache();
        let pixmap = rgba(width, height).with_mipmaps();
        let key = cache.insert(&pixmap).expect("room");
        let error = refused(&mut cache, (key, (1, 1)), &rgba(2, 2));
        assert_eq!(error, UpdateError::LevelsNotRetained);
        assert!(error.to_string().contains("set retain"), "{error}");
        let nothing = Pixmap::new(PixelFormat::Rgba8, Size::default(), &[]);
        assert_eq!(cache.update(key, (1, 1), nothing), Ok(()), "nothing to do");
        assert_eq!(cache.replace(key, &rgba(width, height)), Ok(()), "without levels");
        assert_eq!(cache.update(key, (1, 1), &rgba(2, 2)), Ok(()));

        let mut cache = Noop::new().cache(&retaining(1 << 20)).expect("a cache");
        let key = cache.insert(&pixmap).expect("room");
        assert_eq!(
            cache.update(key, (1, 1), &rgba(2, 2)),
            Ok(()),
            "the cache has a copy"
        );

        // Room for half of a copy.
        let mut cache = Noop::new()
            .cache(&retaining(u64::from(width * height * 2)))
            .expect("a cache");
        let key = cache.insert(&pixmap).expect("room");
        let error = refused(&mut cache, (key, (1, 1)), &rgba(2, 2));
        assert_eq!(error, UpdateError::LevelsNotRetained, "the copy was dropped");
    }
}

#[test]
fn a_change_keeps_key_name_size_and_place() {
    for (width, height) in SIZES {
        let mut cache = Noop::new().tiled_cache();
        let key = cache
            .insert_named("canvas".into(), &rgba(width, height))
            .expect("room");
        let places = |cache: &PixmapCache| cache.tiles(key).collect::<Vec<_>>();
        let before = places(&cache);
        for at in [(0, 0), (width - 3, height - 2), (1, 2)] {
            cache.begin_frame();
            let epoch = cache.layout_epoch();
            assert_eq!(cache.update(key, at, &rgba(3, 2)), Ok(()));
            assert_eq!(cache.layout_epoch(), epoch, "nothing has moved");
            assert_eq!(
                cache.stats().protected_bytes,
                cache.stats().live_bytes,
                "it counts as touched"
            );
        }
        assert_eq!(places(&cache), before);
        assert_eq!(cache.find("canvas"), Some(key));
        assert_eq!(cache.len(), 1);
    }
}

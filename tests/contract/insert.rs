//! What is taken in and what is refused, and that a refusal changes nothing.

use pixmap_cache::{CacheDescriptor, InsertError, PixelFormat, Pixmap, PixmapBuf, PixmapCache, Size};

use crate::noop::{Noop, assert_works, four_pages, rgba};

/// The error of an insertion, a named one and a replacement, after which everything is as it was.
pub fn refused<'p>(cache: &mut PixmapCache, pixmap: impl Into<Pixmap<'p>>) -> InsertError {
    let pixmap = pixmap.into();
    let named = cache.insert_named("named".into(), &rgba(3, 4)).expect("room");
    let before = cache.stats();
    let error = cache.insert(pixmap).expect_err("a refusal");
    assert_eq!(
        cache.insert_named("named".into(), pixmap),
        Err(error),
        "under a name"
    );
    assert_eq!(
        cache.insert_named("other".into(), pixmap),
        Err(error),
        "under a new name"
    );
    assert_eq!(
        cache.replace(named, pixmap),
        Err(error.into()),
        "as a replacement"
    );
    let after = cache.stats();
    let mut expected = before;
    expected.refused += 4;
    // Memory was asked for before the place was.
    expected.staging_bytes = after.staging_bytes;
    assert_eq!(after, expected, "a refusal changes nothing and is counted");
    assert_eq!(cache.find("named"), Some(named), "the old entry keeps its name");
    assert_eq!(cache.find("other"), None, "a refused name is not there");
    assert_eq!(
        cache.size(named),
        Some(Size::new(3, 4)),
        "the old entry keeps its size"
    );
    assert_works(cache);
    error
}

fn small() -> PixmapCache {
    Noop::new().small_cache()
}

#[test]
fn a_side_of_zero_is_refused_as_empty() {
    for (width, height) in [(0, 0), (0, 5), (5, 0), (0, u32::MAX)] {
        let size = Size::new(width, height);
        let error = refused(&mut small(), Pixmap::new(PixelFormat::Rgba8, size, &[]));
        assert_eq!(error, InsertError::Empty { size });
    }
}

#[test]
fn a_pixmap_that_could_never_fit_is_refused_with_bytes() {
    let absurd = [
        (65_536, 1),
        (1, 65_536),
        (65_535, 65_535),
        (u32::MAX, 1),
        (1, u32::MAX),
        (u32::MAX, u32::MAX),
    ];
    // No bytes could be as many as these sizes say.
    for (width, height) in absurd {
        let size = Size::new(width, height);
        let mut cache = Noop::new().tiled_cache();
        let all_bytes = u64::from(cache.stats().max_pages) * cache.stats().page_bytes;
        let error = refused(&mut cache, Pixmap::new(PixelFormat::Rgba8, size, &[0; 64]));
        let InsertError::TooLarge {
            size: named,
            needed_bytes,
            limit_bytes,
        } = error
        else {
            panic!("{size} is refused as too large: {error}");
        };
        assert_eq!(
            (named, limit_bytes),
            (size, all_bytes),
            "the error names size and limit"
        );
        assert!(needed_bytes >= size.texels(), "{size} needs {needed_bytes}");
        assert_works(&mut cache);
    }
}

#[test]
fn a_pixmap_longer_than_a_page_is_taken_in_tiles() {
    for (width, height) in [(65, 1), (1, 65), (65, 65), (100, 70), (300, 3)] {
        let mut cache = Noop::new().tiled_cache();
        let size = Size::new(width, height);
        let key = cache.insert(&rgba(width, height)).expect("the pages hold it");
        assert_eq!(cache.size(key), Some(size));
        assert_eq!(
            (cache.len(), cache.stats().entries),
            (1, 1),
            "tiles are counted as one entry"
        );
        assert_eq!(
            cache.region(key),
            None,
            "a pixmap in tiles has no region of its own"
        );
        let covered: u64 = cache.tiles(key).map(|tile| tile.covers.size().texels()).sum();
        assert_eq!(covered, size.texels(), "the tiles cover {size}");
        assert!(cache.remove(key) && !cache.contains(key));
        assert_eq!(cache.stats().live_bytes, 0, "its tiles go with it");
        assert_works(&mut cache);
    }
}

#[test]
fn sides_as_long_as_the_page_are_taken() {
    for (width, height) in [(64, 1), (1, 64), (64, 64), (64, 63)] {
        let mut cache = small();
        let key = cache.insert(&rgba(width, height)).expect("it fits a page");
        assert_eq!(cache.size(key), Some(Size::new(width, height)));
        assert_works(&mut cache);
    }
}

#[test]
fn too_few_and_too_many_bytes_are_refused() {
    for got in [0, 1, 59, 61, 64, 120] {
        let bytes = vec![0; got];
        let size = Size::new(5, 3);
        let error = refused(&mut small(), Pixmap::new(PixelFormat::Rgba8, size, &bytes));
        let got = got as u64;
        assert_eq!(error, InsertError::WrongLength { expected: 60, got });
    }
}

fn padded(bytes_per_row: u32, bytes: &[u8]) -> Pixmap<'_> {
    Pixmap {
        bytes_per_row,
        ..Pixmap::new(PixelFormat::Rgba8, Size::new(5, 3), bytes)
    }
}

#[test]
fn rows_shorter_than_their_texels_are_refused() {
    for bytes_per_row in [0, 1, 19] {
        let error = refused(&mut small(), padded(bytes_per_row, &[0; 60]));
        let (expected, got) = (20, bytes_per_row.into());
        assert_eq!(error, InsertError::RowTooShort { expected, got });
    }
}

#[test]
fn padded_rows_are_taken_with_and_without_the_last_padding() {
    for bytes_per_row in [20, 21, 24, 256, 1000] {
        for bytes in [3 * bytes_per_row, 2 * bytes_per_row + 20] {
            let bytes = vec![0; bytes as usize];
            let taken = small().insert(padded(bytes_per_row, &bytes));
            assert!(taken.is_ok(), "{bytes_per_row} to a row: {taken:?}");
        }
        let short = vec![0; 2 * bytes_per_row as usize + 19];
        let error = refused(&mut small(), padded(bytes_per_row, &short));
        let (expected, got) = (3 * u64::from(bytes_per_row), short.len() as u64);
        assert_eq!(error, InsertError::WrongLength { expected, got });
    }
}

#[test]
fn a_row_length_beyond_all_bytes_is_refused() {
    let error = refused(&mut small(), padded(u32::MAX, &[0; 60]));
    let expected = 3 * u64::from(u32::MAX);
    assert_eq!(error, InsertError::WrongLength { expected, got: 60 });
}

#[test]
fn a_mask_takes_no_colors() {
    let mask = PixmapBuf::new(PixelFormat::R8, Size::new(3, 3), vec![0; 9]);
    assert!(small().insert(&mask).is_ok(), "gray is a color");

    let descriptor = CacheDescriptor {
        format: wgpu::TextureFormat::R8Unorm,
        ..four_pages()
    };
    let mut masks = Noop::new().cache(&descriptor).expect("a cache");
    let error = masks.insert(&rgba(3, 3)).expect_err("colors are no mask");
    let (expected, got) = (PixelFormat::R8, PixelFormat::Rgba8);
    assert_eq!(error, InsertError::WrongFormat { expected, got });
    assert!(masks.insert(&mask).is_ok(), "a mask is taken after that");
}

#[test]
fn pixmaps_beyond_what_is_in_use_are_refused_as_full() {
    let mut cache = small();
    for _ in 0..3 {
        cache.insert(&rgba(64, 64)).expect("a page each");
    }
    let error = refused(&mut cache, &rgba(64, 64));
    // Three pages, and the entry that the refusal leaves in place.
    let page_bytes = 64 * 64 * 4;
    let expected = InsertError::Full {
        needed_bytes: page_bytes,
        protected_bytes: 3 * page_bytes + 3 * 4 * 4,
        page_bytes: 4 * page_bytes,
    };
    assert_eq!(error, expected);
    assert!(error.to_string().contains("call begin_frame"), "{error}");
}

/// Last used in the frame before, so that nothing but its name speaks for it.
#[test]
fn a_refused_name_keeps_its_old_entry_of_an_older_frame() {
    let mut cache = small();
    let old = cache.insert_named("old".into(), &rgba(64, 64)).expect("room");
    let others = [(); 3].map(|()| cache.insert(&rgba(64, 64)).expect("a page each"));
    cache.begin_frame();
    assert!(others.iter().all(|key| cache.touch(*key)), "in use again");
    let refused = cache.insert_named("old".into(), &rgba(64, 64));
    assert!(matches!(refused, Err(InsertError::Full { .. })), "{refused:?}");
    assert_eq!(cache.find("old"), Some(old), "the old entry keeps its name");
    assert_works(&mut cache);
}

#[test]
fn full_ends_with_the_frame() {
    let mut cache = small();
    let in_use: Vec<_> = (0..4)
        .map(|_| cache.insert(&rgba(64, 64)).expect("a page each"))
        .collect();
    for _ in 0..3 {
        let full = cache.insert(&rgba(1, 1));
        assert!(matches!(full, Err(InsertError::Full { .. })), "{full:?}");
        assert!(
            in_use.iter().all(|key| cache.contains(*key)),
            "in use until begin_frame"
        );
    }
    cache.begin_frame();
    for _ in 0..4 {
        cache.insert(&rgba(64, 64)).expect("room in a new frame");
    }
    assert!(
        !in_use.iter().any(|key| cache.contains(*key)),
        "in place of what is out of use"
    );
    assert_works(&mut cache);
}

#[test]
fn more_entries_than_max_entries_are_refused_only_while_all_are_in_use() {
    let descriptor = CacheDescriptor {
        max_entries: Some(8),
        ..four_pages()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    let keys: Vec<_> = (0..8)
        .map(|_| cache.insert(&rgba(1, 1)).expect("room for eight"))
        .collect();
    let error = cache.insert(&rgba(1, 1)).expect_err("all eight are in use");
    assert_eq!(error, InsertError::TooManyEntries { max_entries: 8 });
    assert!(error.to_string().contains("raise max_entries"), "{error}");
    assert!(
        keys.iter().all(|key| cache.contains(*key)),
        "what is in use stays"
    );
    assert_eq!(
        cache.replace(keys[0], &rgba(2, 2)),
        Ok(()),
        "a replacement needs no entry"
    );
    cache.begin_frame();
    for _ in 0..8 {
        cache.insert(&rgba(1, 1)).expect("room in a new frame");
    }
    assert_eq!(cache.len(), 8, "as many as there is room for");
    assert_works(&mut cache);
}

#[test]
fn more_tiles_than_the_table_has_are_refused_with_their_number() {
    for (max_entries, max_tiles, limit) in [(8, 256, 7), (1000, 256, 256), (1000, 0, 0)] {
        let descriptor = CacheDescriptor {
            budget_bytes: 40 * 64 * 64 * 4 + 64 * 1024,
            max_entries: Some(max_entries),
            max_tiles: Some(max_tiles),
            ..four_pages()
        };
        let mut cache = Noop::new().cache(&descriptor).expect("a cache");
        // Tiles cover 14 texels a side.
        let error = refused(&mut cache, &rgba(17 * 14, 17 * 14));
        let expected = InsertError::TooManyTiles {
            needed_tiles: 17 * 17,
            max_tiles: limit,
        };
        assert_eq!(error, expected);
        assert!(error.to_string().contains("raise max_tiles"), "{error}");
        let most = if limit == 0 {
            rgba(64, 64)
        } else {
            rgba(14 * 7, 14)
        };
        cache.insert(&most).expect("as many tiles as there may be");
    }
}

#[test]
fn pixels_larger_than_any_buffer_of_the_device_go_over_in_several() {
    let noop = Noop::within(wgpu::Limits {
        max_buffer_size: 128 << 10,
        ..wgpu::Limits::downlevel_webgl2_defaults()
    });
    let descriptor = CacheDescriptor {
        budget_bytes: 16 << 20,
        page_side: Some(1024),
        ..four_pages()
    };
    let mut cache = noop.cache(&descriptor).expect("a cache");
    for side in [600, 1024] {
        let inserted = cache.insert(&rgba(side, 500));
        assert!(inserted.is_ok(), "{side} wide: {inserted:?}");
        cache.flush();
    }
    assert_works(&mut cache);
}

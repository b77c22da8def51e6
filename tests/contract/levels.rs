//! Mip levels that pixmaps bring, and refusals of those that don't fit their base.

use pixmap_cache::{CacheDescriptor, InsertError, Mipmaps, PixelFormat, PixmapBuf, PixmapCache, Size};

use crate::insert::refused;
use crate::noop::{Noop, assert_works, rgba, tiled_pages};

/// Levels below a base of 12x5: there are two.
fn brought(sizes: &[(u32, u32)]) -> PixmapBuf {
    rgba(12, 5).with_levels(
        sizes
            .iter()
            .map(|(width, height)| rgba(*width, *height))
            .collect(),
    )
}

fn level_count(cache: &mut PixmapCache, pixmap: &PixmapBuf) -> Option<u32> {
    let key = cache.insert(pixmap).expect("room");
    cache.level_count(key)
}

#[test]
fn a_pixmap_has_as_many_levels_as_it_brings_or_asks_for_or_the_descriptor_says() {
    for mipmaps in [false, true] {
        let descriptor = CacheDescriptor {
            mipmaps,
            ..tiled_pages()
        };
        let mut cache = Noop::new().cache(&descriptor).expect("a cache");
        let by_default = if mipmaps { 3 } else { 1 };
        assert_eq!(level_count(&mut cache, &rgba(12, 5)), Some(by_default));
        assert_eq!(level_count(&mut cache, &rgba(12, 5).with_mipmaps()), Some(3));
        assert_eq!(
            level_count(&mut cache, &brought(&[(6, 2)])),
            Some(2),
            "no more than it brings"
        );
        assert_eq!(level_count(&mut cache, &brought(&[(6, 2), (3, 1)])), Some(3));
        let none = PixmapBuf {
            mipmaps: Mipmaps::None,
            ..rgba(12, 5)
        };
        assert_eq!(level_count(&mut cache, &none), Some(1));
        for (width, height) in [(1, 9), (9, 1), (1, 1)] {
            let sliver = rgba(width, height).with_mipmaps();
            assert_eq!(
                level_count(&mut cache, &sliver),
                Some(1),
                "{width}x{height} is as small as can be"
            );
        }
        assert_works(&mut cache);
    }
}

#[test]
fn a_level_of_another_size_is_refused_with_the_size_that_it_must_have() {
    let wrong = [
        (vec![(5, 2)], 1, (6, 2), (5, 2)),
        (vec![(6, 3)], 1, (6, 2), (6, 3)),
        (vec![(12, 5)], 1, (6, 2), (12, 5)),
        (vec![(0, 0)], 1, (6, 2), (0, 0)),
        (vec![(6, 2), (6, 2)], 2, (3, 1), (6, 2)),
        (vec![(6, 2), (3, 1), (1, 1)], 3, (0, 0), (1, 1)),
        (vec![(6, 2), (3, 1), (0, 0)], 3, (0, 0), (0, 0)),
    ];
    for (sizes, level, expected, got) in wrong {
        let error = refused(&mut Noop::new().tiled_cache(), &brought(&sizes));
        let (expected, got) = (expected.into(), got.into());
        assert_eq!(
            error,
            InsertError::WrongLevel { level, expected, got },
            "{sizes:?}"
        );
    }
}

#[test]
fn a_level_of_another_format_or_with_other_bytes_is_refused() {
    let mask = PixmapBuf::new(PixelFormat::R8, Size::new(6, 2), vec![0; 12]);
    let error = refused(
        &mut Noop::new().tiled_cache(),
        &rgba(12, 5).with_levels(vec![mask]),
    );
    let size = Size::new(6, 2);
    let expected = InsertError::WrongLevel {
        level: 1,
        expected: size,
        got: size,
    };
    assert_eq!(error, expected, "masks are no level of a color");

    let short = PixmapBuf::new(PixelFormat::Rgba8, size, vec![0; 47]);
    let error = refused(
        &mut Noop::new().tiled_cache(),
        &rgba(12, 5).with_levels(vec![short]),
    );
    assert_eq!(
        error,
        InsertError::WrongLength {
            expected: 48,
            got: 47
        }
    );

    let narrow = PixmapBuf {
        bytes_per_row: 23,
        ..PixmapBuf::new(PixelFormat::Rgba8, size, vec![0; 48])
    };
    let error = refused(
        &mut Noop::new().tiled_cache(),
        &rgba(12, 5).with_levels(vec![narrow]),
    );
    assert_eq!(
        error,
        InsertError::RowTooShort {
            expected: 24,
            got: 23
        }
    );
}

#[test]
fn levels_without_end_are_refused_at_once() {
    let levels: Vec<PixmapBuf> = (0..300).map(|_| rgba(1, 1)).collect();
    let error = refused(&mut Noop::new().tiled_cache(), &rgba(2, 2).with_levels(levels));
    let (expected, got) = (Size::default(), Size::new(1, 1));
    assert_eq!(
        error,
        InsertError::WrongLevel {
            level: 2,
            expected,
            got
        }
    );
}

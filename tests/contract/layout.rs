//! Layouts that can't be made.

use pixmap_cache::layout::{
    Layout, LayoutDescriptor, LayoutError, MAX_PAGE_SIDE, MIN_PAGES, Op, PlaceError, TiledPixmap,
};
use pixmap_cache::{PixmapKey, Size};

#[test]
fn impossible_layouts_are_refused_and_the_smallest_one_works() {
    let sound = LayoutDescriptor {
        page_side: 1,
        max_pages: MIN_PAGES,
        max_entries: 1,
        ..Default::default()
    };
    let refused = |descriptor: LayoutDescriptor| Layout::new(&descriptor).expect_err("a refusal");
    for page_side in [0, MAX_PAGE_SIDE + 1] {
        let error = refused(LayoutDescriptor { page_side, ..sound });
        assert_eq!(error, LayoutError::PageSide { page_side });
    }
    for max_pages in 0..MIN_PAGES {
        let error = refused(LayoutDescriptor { max_pages, ..sound });
        assert_eq!(error, LayoutError::TooFewPages { max_pages });
    }
    let error = refused(LayoutDescriptor {
        max_entries: 0,
        ..sound
    });
    assert_eq!(error, LayoutError::NoEntries);

    let mut layout = Layout::new(&sound).expect("the smallest layout");
    layout.commit_pages(0..MIN_PAGES);
    assert!(layout.place(Size::new(1, 1)).is_ok(), "one texel has room");
}

fn layout(page_side: u32) -> Layout {
    let descriptor = LayoutDescriptor {
        page_side,
        max_pages: 4,
        ..Default::default()
    };
    let mut layout = Layout::new(&descriptor).expect("a sound descriptor");
    layout.commit_pages(0..4);
    layout.begin_frame();
    layout
}

#[test]
fn pixmaps_of_absurd_sizes_are_refused_at_once() {
    let mut layout = layout(256);
    let key = layout.place(Size::new(3, 3)).expect("room");
    for (width, height) in [
        (u32::MAX, u32::MAX),
        (u32::MAX, 1),
        (1, u32::MAX),
        (65_536, 1),
        (65_535, 65_535),
    ] {
        let size = Size::new(width, height);
        for levels in [1, 2, 16, u8::MAX] {
            layout.place_pixmap(size, levels).expect_err("no layout holds it");
            layout
                .resize_pixmap(key, size, levels)
                .expect_err("no layout holds it");
            let tiles = [Size::new(1, 1).into()];
            let tiled = TiledPixmap {
                size,
                levels,
                tiles: &tiles,
            };
            if size.longer_side() > 65_535 {
                layout
                    .place_tiled(&tiled)
                    .expect_err("a side is too long for the table");
            }
        }
    }
    assert_eq!(
        layout.size(key),
        Some(Size::new(3, 3)),
        "a refusal changes nothing"
    );
    assert!(layout.place(Size::new(9, 9)).is_ok(), "the layout works on");
}

#[test]
fn a_side_of_zero_is_empty_however_long_the_other_is() {
    let mut layout = layout(256);
    let key = layout.place(Size::new(3, 3)).expect("room");
    for (width, height) in [(0, 0), (0, 5), (300, 0), (0, 65_535)] {
        let size = Size::new(width, height);
        let empty = PlaceError::Empty { size };
        assert_eq!(layout.footprints(size, 1), Err(empty), "{size} needs no region");
        assert_eq!(layout.place_pixmap(size, 1), Err(empty));
        assert_eq!(layout.resize_pixmap(key, size, 1), Err(empty));
    }
}

#[test]
fn pages_too_small_for_tiles_take_what_fits_them() {
    for page_side in 1..=32 {
        let mut layout = layout(page_side);
        let line = Size::new(page_side, 1);
        layout.place_pixmap(line, 1).expect("a line of the page has room");
        let longer = Size::new(page_side + 1, 1);
        let placed = layout.place_pixmap(longer, 1);
        assert_eq!(
            placed.is_ok(),
            page_side >= 12,
            "a quarter of {page_side} texels is a tile with borders: {placed:?}"
        );
    }
}

#[test]
fn a_refusal_for_lack_of_reach_is_none_of_a_new_pixmap() {
    let mut layout = layout(256);
    // In tiles, and so much that a larger one has no room beside it.
    let canvas = layout.place_pixmap(Size::new(360, 360), 1).expect("room");
    layout.commit_pages(4..12);
    let larger = Size::new(500, 500);
    let refused = layout.resize_pixmap(canvas, larger, 1);
    assert!(
        matches!(refused, Err(PlaceError::NextFrame { .. })),
        "passes of this frame may draw it: {refused:?}"
    );
    layout
        .place_pixmap(larger, 1)
        .expect("no pass draws a new one: the new pages have room");
}

#[test]
fn the_keys_of_tiles_change_nothing() {
    let mut layout = layout(256);
    let canvas = layout.place_pixmap(Size::new(300, 200), 1).expect("room");
    let tile_of = |op| match op {
        Op::Place { key, tile, .. } => tile.map(|_| key),
        _ => None,
    };
    let tiles: Vec<PixmapKey> = layout.drain_ops().filter_map(tile_of).collect();
    assert_eq!(tiles.len(), layout.tiles(canvas).len(), "each tile has a key");
    layout.begin_frame();
    for tile in tiles {
        assert!(!layout.remove(tile), "a tile goes with its pixmap");
        assert!(!layout.set_pinned(tile, true), "a tile is pinned with its pixmap");
        let resized = [
            layout.resize(tile, Size::new(1, 1)),
            layout.resize_pixmap(tile, Size::new(300, 300), 1),
        ];
        assert_eq!(resized, [Ok(false), Ok(false)], "a tile has the size of its part");
    }
    assert!(!layout.drain_ops().any(|_| true), "nothing has changed");
    assert!(layout.touch(canvas) && layout.remove(canvas));
    assert!(layout.is_empty());
}

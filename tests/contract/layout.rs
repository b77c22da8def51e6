//! Layouts that can't be made.

use pixmap_cache::Size;
use pixmap_cache::layout::{Layout, LayoutDescriptor, LayoutError, MAX_PAGE_SIDE, MIN_PAGES};

#[test]
fn impossible_layouts_are_refused_and_the_smallest_one_works() {
    let sound = LayoutDescriptor {
        page_side: 1,
        max_pages: MIN_PAGES,
        max_entries: 1,
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

//! The SVG picture of a cache: well-formed, with a rectangle for each region, for any names and any number of pages.

use pixmap_cache::inspect::age_color;
use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache};
use resvg::usvg;
use resvg::usvg::roxmltree;

use crate::noop::{Noop, rgba};

fn pages(page_side: u32, pages: u64) -> PixmapCache {
    let page_bytes = u64::from(page_side) * u64::from(page_side) * 4;
    let descriptor = CacheDescriptor {
        budget_bytes: pages * page_bytes + (65 << 10),
        page_side: Some(page_side),
        max_entries: Some(4095),
        commit: CommitPolicy::Upfront,
        max_tiles: Some(0),
        ..Default::default()
    };
    let cache = Noop::within(wgpu::Limits::default()).cache(&descriptor);
    cache.expect("a cache")
}

/// Reads a picture as a renderer does, and as a document.
fn read(svg: &str) -> roxmltree::Document<'_> {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default());
    tree.expect("a renderer reads it");
    roxmltree::Document::parse(svg).expect("well-formed")
}

fn of_class<'d>(
    document: &'d roxmltree::Document<'_>,
    class: &str,
) -> impl Iterator<Item = roxmltree::Node<'d, 'd>> {
    let nodes = document.descendants();
    nodes.filter(move |node| node.attribute("class") == Some(class))
}

#[test]
fn there_is_one_rectangle_for_each_region_in_the_color_of_its_age() {
    for (side, count) in [(64, 2), (128, 15), (64, 256), (4096, 2)] {
        let mut cache = pages(side, count);
        for number in 0..2000 {
            if number % 7 == 0 {
                cache.begin_frame();
            }
            cache
                .insert(&rgba(8 + number % 20, 8 + number % 13))
                .expect("room");
        }
        let svg = cache.inspect().to_svg();
        let document = read(&svg);
        let pages = of_class(&document, "page").count();
        assert_eq!(pages, cache.page_count() as usize, "one square per page");
        let mut drawn: Vec<_> = of_class(&document, "region")
            .map(|node| {
                let number = |name| node.attribute(name).expect(name).parse::<u32>().expect(name);
                let corner = (number("x"), number("y"), number("width"), number("height"));
                (corner, node.attribute("fill").expect("a fill").to_owned())
            })
            .collect();
        let inspection = cache.inspect();
        let mut resident: Vec<_> = inspection
            .regions()
            .map(|region| {
                let [red, green, blue] = age_color(region.age_frames);
                let rect = region.region.rect;
                let fill = format!("#{red:02x}{green:02x}{blue:02x}");
                ((rect.x, rect.y, rect.width, rect.height), fill)
            })
            .collect();
        drawn.sort();
        resident.sort();
        assert!(
            resident.len() >= 10,
            "there is something to draw, {side} x {count}"
        );
        assert_eq!(drawn, resident, "one rectangle per region, {side} x {count}");
    }
}

#[test]
fn names_of_any_characters_are_in_tooltips_and_break_nothing() {
    let mut cache = pages(64, 4);
    let names = [
        "</title></rect>",
        "a & b <\"c\"> 'd'",
        "]]>",
        "\u{0}\u{1b}\u{fffe}\n\t",
        "灰色 é",
        "",
    ];
    for name in names {
        cache.insert_named(name.into(), &rgba(5, 5)).expect("room");
    }
    let svg = cache.inspect().to_svg();
    let document = read(&svg);
    let titles: Vec<_> = of_class(&document, "region")
        .map(|node| {
            node.first_element_child()
                .and_then(|title| title.text())
                .unwrap_or("")
                .to_owned()
        })
        .collect();
    assert_eq!(titles.len(), names.len(), "one tooltip per region");
    for name in names {
        let shown = format!("{name:?}");
        assert!(
            titles.iter().any(|title| title.contains(&shown)),
            "a tooltip has {shown}: {titles:?}"
        );
    }
}

#[test]
fn regions_in_use_and_pinned_ones_have_frames_of_their_own() {
    let mut cache = pages(64, 4);
    let unseen = cache.insert_named("unseen".into(), &rgba(9, 9)).expect("room");
    let pinned = cache.insert_named("pinned".into(), &rgba(9, 9)).expect("room");
    let _pin = cache.pin(pinned);
    cache.begin_frame();
    cache.insert_named("in use".into(), &rgba(9, 9)).expect("room");
    assert!(cache.contains(unseen), "an entry that is not framed is left");
    let svg = cache.inspect().to_svg();
    let document = read(&svg);
    let mut strokes: Vec<_> = of_class(&document, "region")
        .map(|node| node.attribute("stroke"))
        .collect();
    strokes.sort();
    strokes.dedup();
    assert_eq!(strokes.len(), 3, "three kinds of stroke: {strokes:?}");
}

#[test]
fn maps_of_different_scales_share_no_hatching() {
    let mut names = Vec::new();
    for (side, count) in [(64, 2), (128, 2), (64, 256)] {
        let svg = pages(side, count).inspect().to_svg();
        let document = read(&svg);
        let pattern = document.descendants().find(|node| node.has_tag_name("pattern"));
        let name = pattern
            .and_then(|node| node.attribute("id"))
            .expect("a named pattern");
        let fill = format!("url(#{name})");
        let hatched: Vec<_> = of_class(&document, "lost").collect();
        assert!(hatched.len() >= 2, "a background for each page");
        let own = hatched.iter().all(|node| node.attribute("fill") == Some(&fill));
        assert!(own, "pages have the pattern of their own picture");
        names.push(name.to_owned());
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3, "each scale has its pattern: {names:?}");
}

#[test]
fn an_empty_cache_has_a_picture() {
    let noop = Noop::new();
    let descriptor = CacheDescriptor {
        commit: CommitPolicy::Stepwise,
        ..Default::default()
    };
    let cache = noop.cache(&descriptor).expect("a cache");
    let svg = cache.inspect().to_svg();
    assert_eq!(of_class(&read(&svg), "region").count(), 0, "nothing is resident");
}

//! WGSL under other prefixes: which prefixes are accepted, and that one shader can hold several texts.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache, PrefixError};
use wgpu::naga;

use crate::noop::{Noop, assert_works, four_pages};

/// Pictures cut out by masks, each from a cache of its own.
const CUT_OUT_WGSL: &str = "
    @fragment fn fragment(
        @location(0) @interpolate(flat) picture: PixmapRegion,
        @location(1) @interpolate(flat) mask: GlyphMaskRegion,
        @location(2) uv: vec2<f32>,
    ) -> @location(0) vec4<f32> {
        if !glyph_mask_is_resident(mask) || pixmap_size(picture).x < glyph_mask_size(mask).x {
            return pixmap_sample(pixmap_region(picture.xy), uv);
        }
        return pixmap_sample(picture, uv) * glyph_mask_sample(mask, uv).r;
    }";

fn masks(noop: &Noop, commit: CommitPolicy) -> PixmapCache {
    let descriptor = CacheDescriptor {
        format: wgpu::TextureFormat::R8Unorm,
        commit,
        ..Default::default()
    };
    noop.cache(&descriptor).expect("a cache of masks")
}

fn names(source: &str) -> Vec<String> {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
    let functions = module.functions.iter().map(|(_, f)| f.name.clone());
    let globals = module.global_variables.iter().map(|(_, g)| g.name.clone());
    let constants = module.constants.iter().map(|(_, c)| c.name.clone());
    functions.chain(globals).chain(constants).flatten().collect()
}

#[test]
fn texts_of_two_caches_are_valid_in_one_shader() {
    let noop = Noop::new();
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let colors = noop.cache(&CacheDescriptor::default()).expect("a cache");
        let masks = masks(&noop, commit).wgsl_prefixed(2, "glyph_mask");
        let source = colors.wgsl(1) + &masks.expect("a prefix") + CUT_OUT_WGSL;
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&source)));
        let flags = naga::valid::ValidationFlags::all();
        naga::valid::Validator::new(flags, naga::valid::Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&source)));
    }
}

/// One that is left over would clash with the same of another cache.
#[test]
fn every_name_of_a_prefixed_text_begins_with_the_prefix() {
    let noop = Noop::new();
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let wgsl = masks(&noop, commit)
            .wgsl_prefixed(0, "glyph_mask")
            .expect("a prefix");
        let names = names(&wgsl);
        assert!(names.len() >= 9, "{names:?}");
        for name in names {
            assert!(name.to_lowercase().starts_with("glyph_mask_"), "{name}");
        }
        assert!(wgsl.contains("alias GlyphMaskRegion ="), "{wgsl}");
    }
}

#[test]
fn the_prefix_pixmap_gives_the_text_without_a_prefix() {
    let cache = Noop::new().small_cache();
    assert_eq!(cache.wgsl_prefixed(3, "pixmap"), Ok(cache.wgsl(3)));
}

/// Alike in one of the three spellings: `a_b`, `A_B`, `AB`.
#[test]
fn prefixes_that_look_alike_give_names_that_differ() {
    let cache = Noop::new().small_cache();
    let alike = [
        "ab", "a_b", "a_bc", "ab_c", "a1", "a1b", "a1_b", "pixmap", "pixmap_s",
    ];
    for (i, first) in alike.iter().enumerate() {
        for second in &alike[..i] {
            let text = |prefix: &str| cache.wgsl_prefixed(0, prefix).expect("a prefix");
            let (first_text, second_text) = (text(first), text(second));
            let alias = |text: &str| text.split("alias ").nth(1).map(|rest| rest[..12].to_owned());
            assert_ne!(alias(&first_text), alias(&second_text), "{first} and {second}");
            let taken = names(&first_text);
            let twice = names(&second_text).into_iter().find(|name| taken.contains(name));
            assert_eq!(twice, None, "{first} and {second}");
        }
    }
}

#[test]
fn prefixes_that_make_no_names_are_refused_and_told_why() {
    let mut cache = Noop::new().cache(&four_pages()).expect("a cache");
    let character = |at, character| PrefixError::Character { at, character };
    let refusals = [
        ("", PrefixError::Empty),
        ("1", character(0, '1')),
        ("Mask", character(0, 'M')),
        ("mask-2", character(4, '-')),
        ("_mask", character(0, '_')),
        ("mask_", character(4, '_')),
        ("a__b", character(2, '_')),
        ("a_1", character(2, '1')),
        ("über", character(0, 'ü')),
        ("a b", character(1, ' ')),
        (
            &"a".repeat(33),
            PrefixError::TooLong {
                length: 33,
                limit: 32,
            },
        ),
    ];
    for (prefix, refusal) in refusals {
        assert_eq!(cache.wgsl_prefixed(0, prefix), Err(refusal), "{prefix:?}");
    }
    let message = character(4, '-').to_string();
    assert!(
        message.contains("'-' at byte 4") && message.contains("use words of a-z"),
        "{message}"
    );
    assert!(
        cache.wgsl_prefixed(0, &"a".repeat(32)).is_ok(),
        "32 bytes are allowed"
    );
    assert_works(&mut cache);
}

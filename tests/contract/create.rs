//! What a cache can be made of, and what is refused.

use pixmap_cache::{CacheDescriptor, CommitPolicy, CreateError};

use crate::noop::{Noop, assert_works};

/// The error, after which the same device makes a cache that works.
fn refused(noop: &Noop, descriptor: &CacheDescriptor) -> CreateError {
    let error = noop.cache(descriptor).expect_err("a refusal");
    assert_works(&mut noop.small_cache());
    error
}

fn with_budget(budget_bytes: u64) -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes,
        ..Default::default()
    }
}

#[test]
fn budgets_of_nothing_and_of_one_byte_are_too_small() {
    for budget_bytes in [0, 1] {
        let error = refused(&Noop::new(), &with_budget(budget_bytes));
        let CreateError::BudgetTooSmall {
            budget_bytes: named,
            needed_bytes,
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!(named, budget_bytes, "the error names the budget");
        assert!(needed_bytes > 1, "the error names what is needed");
    }
}

#[test]
fn the_budget_that_the_error_names_is_just_enough() {
    let noop = Noop::new();
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let with_budget = |budget_bytes| CacheDescriptor {
            commit,
            ..with_budget(budget_bytes)
        };
        let CreateError::BudgetTooSmall { needed_bytes, .. } = refused(&noop, &with_budget(1)) else {
            panic!("one byte is too small");
        };
        let mut least = noop
            .cache(&with_budget(needed_bytes))
            .expect("what is needed is enough");
        assert_works(&mut least);
        refused(&noop, &with_budget(needed_bytes - 1));
    }
}

#[test]
fn a_budget_of_a_tebibyte_is_more_than_the_device_can_address() {
    let error = refused(&Noop::new(), &with_budget(1 << 40));
    let CreateError::BudgetTooLarge {
        budget_bytes,
        limit_bytes,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(budget_bytes, 1 << 40, "the error names the budget");
    assert!(limit_bytes < 1 << 40, "the limit is below it: {limit_bytes}");
}

#[test]
fn the_largest_budget_that_the_error_names_is_taken() {
    let noop = Noop::new();
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let descriptor = CacheDescriptor {
            budget_bytes: 1 << 40,
            commit,
            page_side: Some(64),
            max_entries: Some(1000),
            ..Default::default()
        };
        let CreateError::BudgetTooLarge { limit_bytes, .. } = refused(&noop, &descriptor) else {
            panic!("a tebibyte is too much");
        };
        let descriptor = CacheDescriptor {
            budget_bytes: limit_bytes,
            ..descriptor
        };
        let mut cache = noop.cache(&descriptor).expect("the limit is not above itself");
        assert_works(&mut cache);
    }
}

#[test]
fn page_sides_are_powers_of_two_within_the_limits() {
    let noop = Noop::new();
    let most = noop.device.limits().max_texture_dimension_2d;
    for page_side in [0, 1, 63, 65, 100, 127, most - 1, most * 2, 1 << 31, u32::MAX] {
        let descriptor = CacheDescriptor {
            page_side: Some(page_side),
            ..Default::default()
        };
        let error = refused(&noop, &descriptor);
        let CreateError::PageSide {
            page_side: named,
            min,
            limit,
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!(
            (named, limit),
            (page_side, most),
            "the error names side and limit"
        );
        assert!(min.is_power_of_two(), "the least is one that is taken: {min}");
    }
}

#[test]
fn a_device_with_limits_below_any_cache_is_refused_with_the_limit() {
    for side in [1, 3, 4, 1023] {
        let noop = Noop::within(wgpu::Limits {
            max_texture_dimension_2d: side,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        });
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            let descriptor = CacheDescriptor {
                commit,
                ..CacheDescriptor::default()
            };
            let error = noop.cache(&descriptor).expect_err("a refusal");
            let CreateError::DeviceLimit { name, limit, needed } = error else {
                panic!("{error}");
            };
            assert_eq!((name, limit), ("max_texture_dimension_2d", side));
            assert!(needed > side, "{needed} are needed");
        }
    }
}

#[test]
fn the_shortest_and_the_longest_page_side_are_taken() {
    let noop = Noop::new();
    for page_side in [64, noop.device.limits().max_texture_dimension_2d] {
        let descriptor = CacheDescriptor {
            budget_bytes: 4 * u64::from(page_side).pow(2) * 4 + (1 << 20),
            page_side: Some(page_side),
            ..Default::default()
        };
        let mut cache = noop.cache(&descriptor).expect("a cache");
        assert_eq!(cache.page_side(), page_side, "the side asked for");
        assert_works(&mut cache);
    }
}

#[test]
fn no_entries_and_more_than_the_table_can_have_are_refused() {
    let noop = Noop::new();
    for (asked, max_tiles) in [0, 1 << 21, u32::MAX]
        .into_iter()
        .zip([Some(300), Some(0), Some(5000)])
    {
        let descriptor = CacheDescriptor {
            max_entries: Some(asked),
            max_tiles,
            ..Default::default()
        };
        let error = refused(&noop, &descriptor);
        let CreateError::MaxEntries { max_entries, limit } = error else {
            panic!("{error}");
        };
        assert_eq!(max_entries, asked, "the error names the count");
        let descriptor = CacheDescriptor {
            max_entries: Some(limit),
            max_tiles,
            ..Default::default()
        };
        let cache = noop.cache(&descriptor).expect("the limit is taken");
        assert_eq!(cache.stats().max_entries, limit, "the count asked for");
    }
}

#[test]
fn more_tiles_than_half_a_table_are_refused() {
    let noop = Noop::new();
    for asked in [1 << 20 | 1, u32::MAX] {
        let asking_for = |max_tiles| CacheDescriptor {
            max_tiles: Some(max_tiles),
            ..Default::default()
        };
        let error = refused(&noop, &asking_for(asked));
        let CreateError::MaxTiles { max_tiles, limit } = error else {
            panic!("{error}");
        };
        assert_eq!(max_tiles, asked, "the error names the count");
        let mut cache = noop.cache(&asking_for(limit)).expect("the limit is taken");
        assert_works(&mut cache);
    }
}

#[test]
fn a_table_of_few_entries_has_room_for_the_most_tiles() {
    let noop = Noop::new();
    for max_entries in [1, 10, 5_000] {
        let descriptor = CacheDescriptor {
            max_entries: Some(max_entries),
            max_tiles: Some(1 << 20),
            ..Default::default()
        };
        let mut cache = noop.cache(&descriptor).expect("as wide as it has to be");
        assert_works(&mut cache);
    }
}

#[test]
fn formats_that_are_no_pixmaps_are_refused() {
    for format in [
        wgpu::TextureFormat::Depth32Float,
        wgpu::TextureFormat::Rgba16Float,
        wgpu::TextureFormat::Rgba8Uint,
        wgpu::TextureFormat::Bc1RgbaUnorm,
    ] {
        let descriptor = CacheDescriptor {
            format,
            ..Default::default()
        };
        let error = refused(&Noop::new(), &descriptor);
        assert_eq!(error, CreateError::UnsupportedFormat { format });
    }
}

/// A device asked for with fewer textures per stage than the cache binds.
#[test]
fn what_else_the_device_refuses_is_told_in_its_own_words() {
    let noop = Noop::within(wgpu::Limits {
        max_sampled_textures_per_shader_stage: 2,
        ..wgpu::Limits::downlevel_webgl2_defaults()
    });
    let descriptor = CacheDescriptor {
        commit: CommitPolicy::Stepwise,
        ..Default::default()
    };
    let error = refused(&noop, &descriptor);
    let CreateError::Device { message } = error else {
        panic!("{error}");
    };
    assert!(message.contains("limit is 2"), "{message}");
}

#[test]
fn a_default_cache_is_made_within_each_of_the_default_limits() {
    for limits in [
        wgpu::Limits::downlevel_webgl2_defaults(),
        wgpu::Limits::downlevel_defaults(),
        wgpu::Limits::default(),
    ] {
        let mut cache = Noop::within(limits)
            .cache(&CacheDescriptor::default())
            .expect("a cache");
        assert_works(&mut cache);
        assert!(cache.stats().max_pages >= 14, "{:?}", cache.stats());
    }
}

/// Every variant's text says what to do: a message without a number or a remedy is no help.
#[test]
fn messages_have_the_numbers() {
    let noop = Noop::new();
    let error = refused(&noop, &with_budget(1)).to_string();
    assert!(
        error.contains(" 1 bytes") && error.contains("raise budget_bytes"),
        "{error}"
    );
    let error = refused(&noop, &with_budget(1 << 40)).to_string();
    assert!(
        error.contains("1099511627776") && error.contains("lower budget_bytes"),
        "{error}"
    );
}

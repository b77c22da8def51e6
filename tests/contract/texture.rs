//! Textures that can't become pixmaps: by their format, usage, kind and size, by the entry, and for want of room.

use pixmap_cache::{
    CacheDescriptor, InsertError, PixmapCache, PixmapKey, Rect, RetainPolicy, Size, TextureError,
    TextureSource, UpdateError,
};

use crate::noop::{Noop, assert_works, rgba, tiled_pages};

/// One that can be copied.
fn sound(width: u32, height: u32) -> wgpu::TextureDescriptor<'static> {
    wgpu::TextureDescriptor {
        label: Some("of the application"),
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    }
}

fn whole(texture: &wgpu::Texture) -> TextureSource<'_> {
    TextureSource {
        texture,
        origin: wgpu::Origin3d::ZERO,
        size: Size::new(texture.width(), texture.height()),
    }
}

struct Scene {
    noop: Noop,
    cache: PixmapCache,
    /// A pixmap of 20x20.
    key: PixmapKey,
}

fn scene(descriptor: &CacheDescriptor) -> Scene {
    let noop = Noop::new();
    let mut cache = noop.cache(descriptor).expect("a cache");
    let key = cache.insert_named("named".into(), &rgba(20, 20)).expect("room");
    Scene { noop, cache, key }
}

impl Scene {
    fn texture(&self, descriptor: &wgpu::TextureDescriptor) -> wgpu::Texture {
        self.noop.device.create_texture(descriptor)
    }

    /// The error of an insertion, a named one and a change, after which everything but the count of refusals is as it was.
    fn refused(&mut self, source: TextureSource<'_>) -> TextureError {
        let mut before = self.cache.stats();
        let error = self.cache.insert_texture(source).expect_err("a refusal");
        let named = self.cache.insert_texture_named("named".into(), source);
        assert_eq!(named, Err(error.clone()), "under a name");
        let other = self.cache.insert_texture_named("other".into(), source);
        assert_eq!(other, Err(error.clone()), "under a new name");
        let after = self.cache.stats();
        before.refused += 3;
        before.staging_bytes = after.staging_bytes;
        before.submissions = after.submissions;
        assert_eq!(after, before, "a refusal changes nothing and is counted");
        assert_eq!(
            self.cache.find("named"),
            Some(self.key),
            "the old entry keeps its name"
        );
        assert_eq!(self.cache.find("other"), None);
        assert_works(&mut self.cache);
        assert!(self.cache.touch(self.key), "in use again");
        error
    }
}

#[test]
fn a_texture_of_another_format_is_refused_and_srgb_makes_no_difference() {
    let mut scene = scene(&tiled_pages());
    let (expected, got) = (wgpu::TextureFormat::Rgba8Unorm, wgpu::TextureFormat::Bgra8Unorm);
    let other = scene.texture(&wgpu::TextureDescriptor {
        format: got,
        ..sound(8, 8)
    });
    let error = TextureError::Format { expected, got };
    assert_eq!(scene.refused(whole(&other)), error);
    let key = scene.key;
    assert_eq!(
        scene.cache.update_from_texture(key, (0, 0), whole(&other)),
        Err(error)
    );
    let srgb = scene.texture(&wgpu::TextureDescriptor {
        format: wgpu::TextureFormat::Rgba8UnormSrgb,
        ..sound(8, 8)
    });
    assert!(scene.cache.insert_texture(whole(&srgb)).is_ok());
}

#[test]
fn textures_that_no_copy_may_read_are_refused() {
    let mut scene = scene(&tiled_pages());
    let locked = wgpu::TextureDescriptor {
        usage: wgpu::TextureUsages::TEXTURE_BINDING,
        ..sound(8, 8)
    };
    let multisampled = wgpu::TextureDescriptor {
        sample_count: 4,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        ..sound(8, 8)
    };
    let volume = wgpu::TextureDescriptor {
        dimension: wgpu::TextureDimension::D3,
        ..sound(8, 8)
    };
    for descriptor in [locked, multisampled, volume] {
        let texture = scene.texture(&descriptor);
        assert_eq!(
            scene.refused(whole(&texture)),
            TextureError::NotCopyable,
            "{descriptor:?}"
        );
        let (key, source) = (scene.key, whole(&texture));
        let refused = scene.cache.update_from_texture(key, (0, 0), source);
        assert_eq!(refused, Err(TextureError::NotCopyable), "{descriptor:?}");
    }
}

#[test]
fn a_rectangle_that_leaves_the_texture_is_refused_with_both_sizes() {
    let mut scene = scene(&tiled_pages());
    let texture = scene.texture(&sound(9, 5));
    let max = u32::MAX;
    for (origin, size) in [
        ((0, 0, 0), (0, 5)),
        ((0, 0, 0), (9, 0)),
        ((1, 0, 0), (9, 5)),
        ((0, 1, 0), (9, 5)),
        ((0, 0, 1), (1, 1)),
        ((max, max, max), (max, max)),
        ((0, 0, 0), (65_535, 65_535)),
    ] {
        let source = TextureSource {
            texture: &texture,
            origin: wgpu::Origin3d {
                x: origin.0,
                y: origin.1,
                z: origin.2,
            },
            size: size.into(),
        };
        let error = TextureError::Outside {
            size: size.into(),
            texture: Size::new(9, 5),
        };
        assert_eq!(scene.refused(source), error, "{origin:?}, {size:?}");
        let refused = scene.cache.update_from_texture(scene.key, (0, 0), source);
        assert_eq!(refused, Err(error), "{origin:?}, {size:?}");
    }
}

#[test]
fn a_change_of_an_entry_that_cannot_be_changed_is_refused() {
    let mut scene = scene(&tiled_pages());
    let texture = scene.texture(&sound(8, 8));
    let cache = &mut scene.cache;
    let refused = cache.update_from_texture(scene.key, (13, 0), whole(&texture));
    let outside = UpdateError::Outside {
        rect: Rect::new(13, 0, Size::new(8, 8)),
        size: Size::new(20, 20),
    };
    assert_eq!(refused, Err(outside.into()));
    let mipmapped = rgba(20, 20).with_mipmaps();
    let mipmapped = cache.insert(&mipmapped).expect("room");
    let refused = cache.update_from_texture(mipmapped, (0, 0), whole(&texture));
    assert_eq!(refused, Err(UpdateError::LevelsNotRetained.into()));
    assert!(cache.remove(scene.key));
    let refused = cache.update_from_texture(scene.key, (0, 0), whole(&texture));
    assert_eq!(refused, Err(UpdateError::NotResident.into()));
    assert_works(cache);
}

#[test]
fn a_texture_beyond_all_pages_or_beyond_what_is_in_use_is_refused_as_a_pixmap_is() {
    let mut scene = scene(&tiled_pages());
    let large = scene.texture(&sound(200, 200));
    let error = scene.refused(whole(&large));
    assert!(
        matches!(error, TextureError::Insert(InsertError::TooLarge { .. })),
        "{error:?}"
    );
    let page = scene.texture(&sound(64, 16));
    let mut refused = None;
    for _ in 0..100 {
        refused = scene.cache.insert_texture(whole(&page)).err();
        if refused.is_some() {
            break;
        }
    }
    assert!(
        matches!(refused, Some(TextureError::Insert(InsertError::Full { .. }))),
        "{refused:?}"
    );
    scene.cache.begin_frame();
    assert!(
        scene.cache.insert_texture(whole(&page)).is_ok(),
        "room in a new frame"
    );
    assert_works(&mut scene.cache);
}

#[test]
fn more_textures_than_entries_are_refused_while_all_are_in_use() {
    let descriptor = CacheDescriptor {
        max_entries: Some(2),
        ..tiled_pages()
    };
    let mut scene = scene(&descriptor);
    let texture = scene.texture(&sound(8, 8));
    scene.cache.insert_texture(whole(&texture)).expect("the second");
    let refused = scene.cache.insert_texture(whole(&texture));
    let expected = InsertError::TooManyEntries { max_entries: 2 };
    assert_eq!(refused, Err(expected.into()));
    let tiled = scene.texture(&sound(60, 60));
    let refused = scene.cache.insert_texture(whole(&tiled));
    assert!(
        matches!(
            refused,
            Err(TextureError::Insert(InsertError::TooManyTiles { .. }))
        ),
        "{refused:?}"
    );
}

#[test]
fn a_destroyed_texture_is_refused_in_the_device_s_words() {
    let mut scene = scene(&tiled_pages());
    let texture = scene.texture(&sound(8, 8));
    texture.destroy();
    let error = scene.refused(whole(&texture));
    assert!(matches!(error, TextureError::Device { .. }), "{error:?}");
    let refused = scene
        .cache
        .update_from_texture(scene.key, (0, 0), whole(&texture));
    assert!(matches!(refused, Err(TextureError::Device { .. })), "{refused:?}");
    assert!(scene.cache.contains(scene.key));
}

#[test]
fn what_came_from_a_texture_is_lost_with_the_device_and_told() {
    let descriptor = CacheDescriptor {
        retain: RetainPolicy::Pixels {
            budget_bytes: 1 << 20,
        },
        ..tiled_pages()
    };
    for tiled in [false, true] {
        let mut scene = scene(&descriptor);
        let (width, height) = if tiled { (70, 20) } else { (9, 7) };
        let texture = scene.texture(&sound(width, height));
        let cache = &mut scene.cache;
        cache
            .insert_texture_named("texture".into(), whole(&texture))
            .expect("room");
        let changed = cache.insert_named("changed".into(), &rgba(width, height));
        let changed = changed.expect("room");
        cache
            .update_from_texture(changed, (0, 0), whole(&texture))
            .expect("it lies inside");
        let noop = Noop::new();
        let mut lost = cache
            .recreate(&noop.device, &noop.queue)
            .expect("the same limits");
        lost.sort();
        assert_eq!(lost, ["changed", "texture"], "there is no copy of their pixels");
        assert!(cache.contains(scene.key), "of this one there is");
        assert_works(cache);
    }
}

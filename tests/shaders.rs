//! The WGSL that users prepend, checked without a GPU: every variant is valid, also as GLSL for WebGL2, and its constants
//! equal Rust's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache, PixmapId};
use wgpu::naga;
use wgpu::naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};

/// A user's shader below the cache's text.
const USER_WGSL: &str = include_str!("common/user.wgsl");

/// A device without a GPU.
static NOOP: LazyLock<(wgpu::Device, wgpu::Queue)> = LazyLock::new(|| {
    wgpu::Device::noop(&wgpu::DeviceDescriptor {
        required_limits: wgpu::Limits::downlevel_webgl2_defaults(),
        ..Default::default()
    })
});

fn cache(descriptor: &CacheDescriptor) -> PixmapCache {
    let (device, queue) = &*NOOP;
    PixmapCache::new(device, queue, descriptor).expect("a cache")
}

/// Caches with each number of array textures, from 1 to 4, and with two page sides.
fn variants() -> Vec<PixmapCache> {
    let mut variants = Vec::new();
    for page_side in [64, 2048] {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            for pages in [2, 5, 9, 16] {
                for max_tiles in [0, 256] {
                    variants.push(cache(&CacheDescriptor {
                        budget_bytes: pages * u64::from(page_side * page_side) * 4
                            + (66 << 10)
                            + u64::from(max_tiles) * 64,
                        commit,
                        page_side: Some(page_side),
                        max_entries: Some(4095),
                        max_tiles: Some(max_tiles),
                        ..Default::default()
                    }));
                }
            }
        }
    }
    variants
}

fn parse(source: &str) -> naga::Module {
    naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)))
}

fn validate(source: &str) -> (naga::Module, ModuleInfo) {
    let module = parse(source);
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let validated = validator.validate(&module);
    let info = validated.unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
    (module, info)
}

/// The value of a module-scope constant.
fn constant(module: &naga::Module, name: &str) -> naga::Literal {
    let mut constants = module.constants.iter().map(|(_, constant)| constant);
    let named = constants.find(|constant| constant.name.as_deref() == Some(name));
    let init = named.unwrap_or_else(|| panic!("a constant {name}")).init;
    match module.global_expressions[init] {
        naga::Expression::Literal(literal) => literal,
        ref other => panic!("{name} is {other:?}"),
    }
}

fn page_textures(module: &naga::Module) -> usize {
    let globals = module.global_variables.iter();
    let names = globals.filter_map(|(_, global)| global.name.as_deref());
    names.filter(|name| name.starts_with("pixmap_pages_")).count()
}

fn to_glsl(module: &naga::Module, info: &ModuleInfo, entry_point: &naga::EntryPoint) -> String {
    let version = naga::back::glsl::Version::Embedded {
        version: 300,
        is_webgl: true,
    };
    let options = naga::back::glsl::Options {
        version,
        ..Default::default()
    };
    let pipeline = naga::back::glsl::PipelineOptions {
        shader_stage: entry_point.stage,
        entry_point: entry_point.name.clone(),
        multiview: None,
    };
    let mut glsl = String::new();
    let policies = naga::proc::BoundsCheckPolicies::default();
    naga::back::glsl::Writer::new(&mut glsl, module, info, &options, &pipeline, policies)
        .and_then(|mut writer| writer.write())
        .unwrap_or_else(|error| panic!("{}: {error}", entry_point.name));
    glsl
}

#[test]
fn the_text_alone_is_valid() {
    for cache in variants() {
        validate(&cache.wgsl(0));
    }
}

#[test]
fn the_text_is_valid_before_a_user_shader_in_every_group() {
    for cache in variants() {
        for group in 0..4 {
            let (module, _) = validate(&format!("{}{USER_WGSL}", cache.wgsl(group)));
            let mut bound = module.global_variables.iter().map(|(_, global)| global);
            let elsewhere = bound.find(|g| g.binding.is_none_or(|b| b.group != group));
            assert_eq!(elsewhere, None, "every binding is in group {group}");
        }
    }
}

#[test]
fn the_text_becomes_glsl_for_webgl2() {
    for cache in variants() {
        let (module, info) = validate(&format!("{}{USER_WGSL}", cache.wgsl(1)));
        for entry_point in &module.entry_points {
            let glsl = to_glsl(&module, &info, entry_point);
            assert!(glsl.starts_with("#version 300 es"), "{glsl}");
        }
        assert_eq!(module.entry_points.len(), 3, "the user shader's");
    }
}

/// A common prefix keeps the names apart from those of the user's shader.
#[test]
fn every_name_of_the_text_begins_with_pixmap() {
    for cache in variants() {
        let module = parse(&cache.wgsl(0));
        let functions = module.functions.iter().map(|(_, f)| &f.name);
        let globals = module.global_variables.iter().map(|(_, g)| &g.name);
        let constants = module.constants.iter().map(|(_, c)| &c.name);
        let names: Vec<&str> = functions
            .chain(globals)
            .chain(constants)
            .flatten()
            .map(String::as_str)
            .collect();
        assert!(names.len() >= 9, "{names:?}");
        for name in names {
            assert!(name.to_lowercase().starts_with("pixmap_"), "{name}");
        }
    }
}

#[test]
fn variants_have_one_to_four_array_textures() {
    let counts: BTreeSet<usize> = variants()
        .iter()
        .map(|cache| page_textures(&parse(&cache.wgsl(0))))
        .collect();
    assert!(
        counts.first() == Some(&1) && counts.last() == Some(&4),
        "{counts:?}"
    );
}

#[test]
fn the_page_side_in_wgsl_is_the_caches() {
    for cache in variants() {
        let module = parse(&cache.wgsl(0));
        let side = cache.page_side() as f32;
        assert_eq!(constant(&module, "PIXMAP_PAGE_SIDE"), naga::Literal::F32(side));
    }
}

/// Rows of the table come in groups of four; their width in texels of 16 bytes is the constant in WGSL.
#[test]
fn the_table_width_in_wgsl_is_the_tables() {
    const PLACEHOLDER_BYTES: u64 = 512;
    // Ids count from 1, so one entry less than there are texels.
    for (max_entries, rows) in [
        (1, 4),
        (4 * 256 - 1, 4),
        (4 * 256, 8),
        (32 * 256 - 1, 32),
        (32 * 256, 20),
        (32 * 512 - 1, 32),
        (32 * 512, 20),
        (100 * 1024 - 1, 100),
        (100 * 1024, 104),
    ] {
        let cache = cache(&CacheDescriptor {
            max_entries: Some(max_entries),
            max_tiles: Some(0),
            ..Default::default()
        });
        let wgsl = cache.wgsl(0);
        let naga::Literal::U32(width) = constant(&parse(&wgsl), "PIXMAP_TABLE_WIDTH") else {
            panic!("the width is a u32");
        };
        assert!(rows * width > max_entries, "{max_entries} entries have room");
        let stats = cache.stats();
        let table_bytes = stats.vram_bytes - u64::from(stats.pages) * stats.page_bytes - PLACEHOLDER_BYTES;
        assert_eq!(
            table_bytes,
            u64::from(rows * width) * 16,
            "bytes of a table of {max_entries}"
        );
    }
}

/// wgpu compares what a shader binds with its pipeline's layout.
#[test]
fn the_bindings_of_the_text_are_those_of_the_layout() {
    let (device, _) = &*NOOP;
    for cache in variants() {
        let wgsl = cache.wgsl(0);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(format!("{wgsl}{USER_WGSL}").into()),
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            bind_group_layouts: &[Some(cache.bind_group_layout())],
            ..Default::default()
        });
        let attributes = wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2];
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let _ = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: None,
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vertex"),
                compilation_options: Default::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<(PixmapId, [f32; 2])>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &attributes,
                })],
            },
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fragment"),
                compilation_options: Default::default(),
                targets: &[Some(wgpu::TextureFormat::Rgba8Unorm.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let error = pollster::block_on(scope.pop()).map(|error| error.to_string());
        assert_eq!(error, None, "a pipeline with the cache's layout");
    }
}

const OVERLAY_WGSL: &str = include_str!("../shaders/overlay.wgsl");

/// The overlay's text for pages of a cache, as the overlay puts it together.
fn overlay_texels(cache: &PixmapCache, masks: bool, linear: bool) -> String {
    let texels = include_str!("../shaders/overlay_texels.wgsl");
    format!(
        "const OVERLAY_PAGES_ARE_MASKS: bool = {masks};\nconst OVERLAY_PAGES_ARE_LINEAR: bool = {linear};\n\
         {OVERLAY_WGSL}\n{}\n{texels}",
        cache.wgsl(1)
    )
}

#[test]
fn the_overlays_text_is_valid_and_becomes_glsl_for_webgl2() {
    let mut sources = vec![OVERLAY_WGSL.to_owned()];
    for cache in variants() {
        for (masks, linear) in [(false, false), (false, true), (true, false)] {
            sources.push(overlay_texels(&cache, masks, linear));
        }
    }
    for source in sources {
        let (module, info) = validate(&source);
        assert!(module.entry_points.len() >= 2, "vertex and fragment");
        for entry_point in &module.entry_points {
            let glsl = to_glsl(&module, &info, entry_point);
            assert!(glsl.starts_with("#version 300 es"), "{glsl}");
        }
    }
}

/// What the overlay writes to its uniform buffer: two floats, a flag and padding.
#[test]
fn the_overlays_viewport_is_sixteen_bytes() {
    let (module, _) = validate(OVERLAY_WGSL);
    let named = |(_, ty): &(_, &naga::Type)| ty.name.as_deref() == Some("Viewport");
    let (_, viewport) = module.types.iter().find(named).expect("a struct Viewport");
    let naga::TypeInner::Struct { members, span } = &viewport.inner else {
        panic!("{viewport:?}");
    };
    let fields: Vec<_> = members
        .iter()
        .map(|member| (member.name.as_deref().unwrap_or(""), member.offset))
        .collect();
    assert_eq!(fields, [("size", 0), ("linear", 8), ("padding", 12)]);
    assert_eq!(*span, 16);
}

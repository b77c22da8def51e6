//! The smallest complete program: from nothing to a picture drawn from a cache, with wgpu alone.
//!
//! Run it with `cargo run --example minimal`. It needs no window and writes `minimal.png`; to write another file, add
//! its path: `cargo run --example minimal -- picture.png`.
//!
//! What to look at, in the order of `main`: a cache is created, a frame finds or inserts what it draws and flushes, a
//! pipeline combines the cache's WGSL with your own, and an ordinary render pass draws all sprites at once. The 40
//! sprites of the picture show 8 pixmaps, each of which was made and uploaded once.

use pixmap_cache::{CacheDescriptor, InsertError, PixmapCache, PixmapId};
use wgpu::util::{BufferInitDescriptor, DeviceExt};

/// The pixmaps: names and sRGB colors.
const COLORS: [(&str, [u8; 3]); 8] = [
    ("red", [229, 72, 77]),
    ("orange", [247, 144, 9]),
    ("yellow", [250, 200, 20]),
    ("green", [48, 164, 108]),
    ("cyan", [0, 162, 199]),
    ("blue", [62, 99, 221]),
    ("violet", [110, 86, 207]),
    ("pink", [214, 64, 159]),
];

/// Side of a pixmap in texels.
const DISC_SIDE: u32 = 64;

/// Sprites across and down, and pixels from one to the next.
const COLUMNS: u32 = 8;
const ROWS: u32 = 5;
const PITCH: u32 = 64;
/// Pixels around a sprite, which is 48 pixels wide and high.
const MARGIN: u32 = 8;

/// Size of the picture. A row of it has 512 * 4 bytes, a multiple of 256 as wgpu's copies into buffers require.
const WIDTH: u32 = COLUMNS * PITCH;
const HEIGHT: u32 = ROWS * PITCH;

/// One sprite. Instances hold ids and never coordinates in the atlas, so the cache is free to move pixmaps around.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Sprite {
    id: PixmapId,
    /// Left and top edge in pixels.
    corner: [f32; 2],
}

/// Your own shader. It calls two of the cache's functions: `pixmap_region` looks an id up, `pixmap_sample` samples.
const SHADER: &str = "
    const SCREEN = vec2f(512.0, 320.0);
    const SIDE = 48.0;

    struct Corner {
        @builtin(position) position: vec4f,
        @location(0) uv: vec2f,
        @location(1) @interpolate(flat) region: PixmapRegion,
    }

    // The four corners of a sprite are a triangle strip.
    @vertex
    fn corner(
        @builtin(vertex_index) index: u32,
        @location(0) id: vec2u,
        @location(1) corner: vec2f,
    ) -> Corner {
        let uv = vec2f(f32(index % 2u), f32(index / 2u));
        let clip = (corner + uv * SIDE) / SCREEN * 2.0 - 1.0;
        // One lookup per corner, rather than one per pixel.
        return Corner(vec4f(clip.x, -clip.y, 0.0, 1.0), uv, pixmap_region(id));
    }

    @fragment
    fn pixel(in: Corner) -> @location(0) vec4f {
        return pixmap_sample(in.region, in.uv);
    }
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Any device will do. The cache needs no features and no limits beyond those of WebGL2.
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))?;

    // The cache never uses more video memory than its budget.
    let descriptor = CacheDescriptor {
        budget_bytes: 4 << 20,
        ..Default::default()
    };
    let mut cache = PixmapCache::new(&device, &queue, &descriptor)?;

    // An application does the following in each frame; this one has a single frame.
    let sprites = prepare_frame(&mut cache)?;
    let pipeline = create_pipeline(&device, &cache);
    let target = create_target(&device);
    draw(&device, &queue, (&cache, &pipeline), (&sprites, &target));

    let path = std::env::args().nth(1);
    save(&device, &queue, &target, path.as_deref().unwrap_or("minimal.png"))
}

/// Makes every pixmap of the frame resident and returns the sprites that show them.
fn prepare_frame(cache: &mut PixmapCache<&'static str>) -> Result<Vec<Sprite>, InsertError> {
    // From here to the next `begin_frame`, nothing that is found or inserted can be evicted.
    cache.begin_frame();

    let mut sprites = Vec::new();
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let (name, color) = COLORS[((row + column) % 8) as usize];
            // Only a pixmap that is missing is made: never seen before, or evicted since.
            let key = match cache.find(&name) {
                Some(key) => key,
                None => cache.insert_named(name, &disc(color))?,
            };
            sprites.push(Sprite {
                id: key.id(),
                corner: [(column * PITCH + MARGIN) as f32, (row * PITCH + MARGIN) as f32],
            });
        }
    }

    // Submits the uploads, so that a pass submitted later sees them.
    cache.flush();
    Ok(sprites)
}

/// Makes a pixmap: a disc on transparent ground. The cache takes pixels of the `image` crate and slices of bytes.
fn disc([r, g, b]: [u8; 3]) -> image::RgbaImage {
    let radius = DISC_SIDE as f32 / 2.0;
    image::RgbaImage::from_fn(DISC_SIDE, DISC_SIDE, |x, y| {
        let (x, y) = (x as f32 + 0.5 - radius, y as f32 + 0.5 - radius);
        // Colors are premultiplied by alpha: where alpha is 0, the color is 0 too.
        if x.hypot(y) < radius {
            image::Rgba([r, g, b, 255])
        } else {
            image::Rgba([0, 0, 0, 0])
        }
    })
}

/// Creates an ordinary pipeline. Two things come from the cache: WGSL in front of the shader, and the layout of the bind
/// group that this WGSL reads. Neither changes later, so one pipeline serves as long as the cache.
fn create_pipeline(device: &wgpu::Device, cache: &PixmapCache<&'static str>) -> wgpu::RenderPipeline {
    // The cache is bind group 0 here; any other number will do.
    let wgsl = cache.wgsl(0) + SHADER;
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("minimal"),
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("minimal"),
        bind_group_layouts: &[Some(cache.bind_group_layout())],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("minimal"),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Sprite>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                // In the order of `Sprite`'s fields. An id is two plain integers.
                attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2],
            })],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("pixel"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: wgpu::TextureFormat::Rgba8UnormSrgb,
                // What is sampled is premultiplied.
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Draws all sprites in one call.
fn draw(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    (cache, pipeline): (&PixmapCache<&'static str>, &wgpu::RenderPipeline),
    (sprites, target): (&[Sprite], &wgpu::Texture),
) {
    let instances = device.create_buffer_init(&BufferInitDescriptor {
        label: Some("minimal sprites"),
        contents: bytemuck::cast_slice(sprites),
        usage: wgpu::BufferUsages::VERTEX,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("minimal"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &target.create_view(&wgpu::TextureViewDescriptor::default()),
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::WHITE),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
    pass.set_bind_group(0, cache.bind_group(), &[]);
    pass.set_vertex_buffer(0, instances.slice(..));
    pass.draw(0..4, 0..sprites.len() as u32);
    drop(pass);
    queue.submit([encoder.finish()]);
}

// The rest does not involve the cache: a texture to draw into, and its pixels as a PNG.

fn create_target(device: &wgpu::Device) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("minimal target"),
        size: wgpu::Extent3d {
            width: WIDTH,
            height: HEIGHT,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8UnormSrgb,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

fn save(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    target: &wgpu::Texture,
    path: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("minimal pixels"),
        size: u64::from(WIDTH * HEIGHT * 4),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(WIDTH * 4),
                rows_per_image: None,
            },
        },
        target.size(),
    );
    queue.submit([encoder.finish()]);
    // A failure to map shows when the mapped range is requested.
    buffer.map_async(wgpu::MapMode::Read, .., |_| {});
    // On GL a wait ends after about two seconds, whether the GPU is done or not.
    while let Err(wgpu::PollError::Timeout) = device.poll(wgpu::PollType::wait_indefinitely()) {}
    let pixels = buffer.get_mapped_range(..)?;
    image::save_buffer(path, &pixels, WIDTH, HEIGHT, image::ColorType::Rgba8)?;
    println!("wrote {path}");
    Ok(())
}

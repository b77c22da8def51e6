//! From nothing to a picture: `cargo run --example minimal` writes `minimal.png`, or the path that follows `--`.
use pixmap_cache::{CacheDescriptor, InsertError, PixmapCache};
use wgpu::util::{BufferInitDescriptor, DeviceExt};

const SHADER: &str = "
    struct Corner { @builtin(position) at: vec4f, @location(0) uv: vec2f, @location(1) @interpolate(flat) id: vec2u }
    @vertex fn corner(@builtin(vertex_index) v: u32, @builtin(instance_index) i: u32, @location(0) id: vec2u) -> Corner {
        let uv = vec2f(f32(v & 1u), f32(v >> 1u));
        let centre = sqrt(f32(i) / 400.0) * vec2f(cos(f32(i) * 2.39996), sin(f32(i) * 2.39996));
        return Corner(vec4f(0.92 * centre + (uv - 0.5) * mix(0.04, 0.12, length(centre)) * vec2f(1, -1.6), 0, 1), uv, id);
    }
    @fragment fn pixel(in: Corner) -> @location(0) vec4f { return pixmap_sample(pixmap_region(in.id), in.uv); }";

#[rustfmt::skip] // wgpu's descriptors would take a line for each of their defaults
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&Default::default()))?;
    let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &CacheDescriptor::default())?;

    // A ball of some hue, its colors multiplied by alpha in linear light and then encoded nearly as sRGB is.
    let ball = |hue: f32| image::RgbaImage::from_fn(48, 48, |x, y| {
        let (x, y) = (x as f32 / 23.5 - 1.0, y as f32 / 23.5 - 1.0);
        let cover = ((1.0 - x.hypot(y)) * 23.5).clamp(0.0, 1.0);
        let light = cover * (1.2 - 0.8 * (x + 0.4).hypot(y + 0.4)).max(0.1);
        let linear = [0.0, 2.1, 4.2].map(|turn| light * (0.52 + 0.48 * (std::f32::consts::TAU * hue + turn).cos()));
        let [r, g, b] = linear.map(|linear| (linear.min(1.0).powf(1.0 / 2.2) * 255.0) as u8);
        image::Rgba([r, g, b, (cover * 255.0) as u8])
    });
    // A frame: take in what will be drawn, and flush. Instances hold ids, never places, which the cache may change.
    cache.begin_frame();
    let insert = |i: u32| Ok(cache.insert(&ball(i as f32 / 400.0))?.id());
    let ids = (0..400).map(insert).collect::<Result<Vec<_>, InsertError>>()?;
    cache.flush();

    // A pipeline of your own: the cache's functions before your shader, its bind group among yours.
    let source = wgpu::ShaderSource::Wgsl((cache.wgsl(0) + SHADER).into());
    let module = &device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let layout = wgpu::PipelineLayoutDescriptor { bind_group_layouts: &[Some(cache.bind_group_layout())], ..Default::default() };
    let (step_mode, attributes) = (wgpu::VertexStepMode::Instance, &wgpu::vertex_attr_array![0 => Uint32x2]);
    let buffers = &[Some(wgpu::VertexBufferLayout { array_stride: 8, step_mode, attributes })];
    let (format, blend) = (wgpu::TextureFormat::Rgba8UnormSrgb, wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING);
    let targets = &[Some(wgpu::ColorTargetState { blend: Some(blend), ..format.into() })];
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        layout: Some(&device.create_pipeline_layout(&layout)),
        vertex: wgpu::VertexState { module, entry_point: None, compilation_options: Default::default(), buffers },
        primitive: wgpu::PrimitiveState { topology: wgpu::PrimitiveTopology::TriangleStrip, ..Default::default() },
        fragment: Some(wgpu::FragmentState { module, entry_point: None, compilation_options: Default::default(), targets }),
        label: None, depth_stencil: None, multisample: Default::default(), multiview_mask: None, cache: None,
    });

    // One pass into a texture, and its pixels, in rows that need no padding, into a buffer.
    let size = wgpu::Extent3d { width: 512, height: 320, depth_or_array_layers: 1 };
    let target = device.create_texture(&wgpu::TextureDescriptor {
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC, size, format, view_formats: &[],
        label: None, mip_level_count: 1, sample_count: 1, dimension: wgpu::TextureDimension::D2,
    });
    let (contents, usage) = (bytemuck::cast_slice(&ids), wgpu::BufferUsages::VERTEX);
    let instances = device.create_buffer_init(&BufferInitDescriptor { label: None, contents, usage });
    let view = &target.create_view(&Default::default());
    let ops = wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::WHITE), store: wgpu::StoreOp::Store };
    let attachment = wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops };
    let pass = wgpu::RenderPassDescriptor { color_attachments: &[Some(attachment)], ..Default::default() };
    let mut encoder = device.create_command_encoder(&Default::default());
    let mut pass = encoder.begin_render_pass(&pass);
    pass.set_pipeline(&pipeline);
    pass.set_bind_group(0, cache.bind_group(), &[]); // the one there is after the flush
    pass.set_vertex_buffer(0, instances.slice(..));
    pass.draw(0..4, 0..ids.len() as u32);
    drop(pass);
    let (usage, mapped_at_creation) = (wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ, false);
    let buffer = &device.create_buffer(&wgpu::BufferDescriptor { label: None, size: 512 * 320 * 4, usage, mapped_at_creation });
    let layout = wgpu::TexelCopyBufferLayout { bytes_per_row: Some(512 * 4), ..Default::default() };
    encoder.copy_texture_to_buffer(target.as_image_copy(), wgpu::TexelCopyBufferInfo { buffer, layout }, size);
    queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |_| {});
    while let Err(wgpu::PollError::Timeout) = device.poll(wgpu::PollType::wait_indefinitely()) {} // GL's waits end early
    let path = std::env::args().nth(1).unwrap_or("minimal.png".to_owned());
    Ok(image::save_buffer(path, &buffer.get_mapped_range(..)?, 512, 320, image::ColorType::Rgba8)?)
}

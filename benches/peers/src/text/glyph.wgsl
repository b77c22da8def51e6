struct Corner {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
    @location(1) color: vec4f,
    @location(2) @interpolate(flat) region: PixmapRegion,
}

@vertex
fn vertex(
    @builtin(vertex_index) index: u32,
    @location(0) at: vec2i,
    @location(1) size: vec2u,
    @location(2) color: vec4f,
    @location(3) id: vec2u,
) -> Corner {
    let corner = vec2f(f32(index & 1u), f32(index >> 1u));
    let position = on_screen(vec2f(at) + corner * vec2f(size));
    return Corner(position, corner, color, pixmap_region(id));
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
    let mask = pixmap_sample(corner.region, corner.uv).r;
    return vec4f(corner.color.rgb, corner.color.a * mask);
}

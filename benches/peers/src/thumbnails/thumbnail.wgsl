struct Corner {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
    @location(1) @interpolate(flat) region: PixmapRegion,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, @location(0) at: vec4f, @location(1) id: vec2u) -> Corner {
    let corner = vec2f(f32(index & 1u), f32(index >> 1u));
    return Corner(on_screen(at.xy + corner * at.zw), corner, pixmap_region(id));
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
    return pixmap_sample(corner.region, corner.uv);
}

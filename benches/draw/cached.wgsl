// After the text of `wgsl(0)`: an id in each instance.

struct Sprite {
    @location(0) id: vec2<u32>,
    // Corner and size in texels of the target.
    @location(1) at: vec4<f32>,
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) region: PixmapRegion,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, sprite: Sprite) -> Varyings {
    let corner = quad_corner(index);
    return Varyings(quad_position(sprite.at, corner), pixmap_region(sprite.id), corner);
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    return pixmap_sample(varyings.region, varyings.uv);
}

// For pixmaps with mip levels: the level follows from the derivatives.
@fragment
fn fragment_grad(varyings: Varyings) -> @location(0) vec4<f32> {
    let uv = varyings.uv;
    return pixmap_sample_grad(varyings.region, uv, dpdx(uv), dpdy(uv));
}

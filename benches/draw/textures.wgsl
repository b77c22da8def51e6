// The bound texture is the pixmap.

@group(0) @binding(0) var pixmap: texture_2d<f32>;
@group(0) @binding(1) var linear: sampler;

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

// Corner and size in texels of the target.
@vertex
fn vertex(@builtin(vertex_index) index: u32, @location(0) sprite: vec4<f32>) -> Varyings {
    let corner = quad_corner(index);
    return Varyings(quad_position(sprite, corner), corner);
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    return textureSampleLevel(pixmap, linear, varyings.uv, 0.0);
}

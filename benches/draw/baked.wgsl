// Texture coordinates and layer in each instance. No clamp: sprites drawn at their own size don't bleed.

@group(0) @binding(0) var pages: texture_2d_array<f32>;
@group(0) @binding(1) var linear: sampler;

struct Sprite {
    // Corner and size in texels of the target.
    @location(0) at: vec4<f32>,
    // Corner and size.
    @location(1) uv: vec4<f32>,
    @location(2) layer: u32,
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) layer: u32,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, sprite: Sprite) -> Varyings {
    let corner = quad_corner(index);
    return Varyings(quad_position(sprite.at, corner), sprite.layer, sprite.uv.xy + corner * sprite.uv.zw);
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    return textureSampleLevel(pages, linear, varyings.uv, varyings.layer, 0.0);
}

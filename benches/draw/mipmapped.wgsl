// The layer of a texture with mip levels in each instance: the hardware chooses and blends levels.

@group(0) @binding(0) var pixmaps: texture_2d_array<f32>;
@group(0) @binding(1) var trilinear: sampler;

struct Sprite {
    // Corner and size in texels of the target.
    @location(0) at: vec4<f32>,
    @location(1) layer: u32,
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) layer: u32,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, sprite: Sprite) -> Varyings {
    let corner = quad_corner(index);
    return Varyings(quad_position(sprite.at, corner), sprite.layer, corner);
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    return textureSample(pixmaps, trilinear, varyings.uv, varyings.layer);
}

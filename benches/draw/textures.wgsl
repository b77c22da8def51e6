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
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    let at = (sprite.xy + corner * sprite.zw) / TARGET_SIDE;
    let position = vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
    return Varyings(position, corner);
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    return textureSampleLevel(pixmap, linear, varyings.uv, 0.0);
}

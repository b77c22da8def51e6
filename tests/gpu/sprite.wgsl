// The tests' user shader, after the text of `wgsl(0)` or after a stand-in that samples a texture of its own.

struct Sprite {
    @location(0) id: vec2<u32>,
    // Corner and size in texels of the target.
    @location(1) at: vec4<f32>,
    // uv at the corner and at the corner opposite.
    @location(2) uv: vec4<f32>,
}

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) region: PixmapRegion,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, sprite: Sprite) -> Varyings {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    // Turned around its center.
    let arm = (corner - 0.5) * sprite.at.zw;
    let turned = vec2<f32>(arm.x * TURN.x - arm.y * TURN.y, arm.x * TURN.y + arm.y * TURN.x);
    let at = (sprite.at.xy + 0.5 * sprite.at.zw + turned) / TARGET_SIDE;
    let position = vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
    return Varyings(position, pixmap_region(sprite.id), mix(sprite.uv.xy, sprite.uv.zw, corner));
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    return pixmap_sample(varyings.region, varyings.uv);
}

// At the level for the scale at which it is drawn.
@fragment
fn fragment_grad(varyings: Varyings) -> @location(0) vec4<f32> {
    return pixmap_sample_grad(varyings.region, varyings.uv, dpdx(varyings.uv), dpdy(varyings.uv));
}

@fragment
fn fragment_repeat(varyings: Varyings) -> @location(0) vec4<f32> {
    return pixmap_sample_repeat(varyings.region, varyings.uv);
}

@fragment
fn fragment_nearest(varyings: Varyings) -> @location(0) vec4<f32> {
    return pixmap_sample_nearest(varyings.region, varyings.uv);
}

// The region as the table has it, for targets of integers.
@fragment
fn fragment_region(varyings: Varyings) -> @location(0) vec4<u32> {
    return vec4<u32>(varyings.region, u32(pixmap_is_resident(varyings.region)));
}

// The corners of a quad, before the text of each way to draw. TARGET_SIDE is the side of the canvas in texels.

fn quad_corner(index: u32) -> vec2<f32> {
    return vec2<f32>(f32(index & 1u), f32(index >> 1u));
}

// `at` is the quad's corner and size in texels of the canvas.
fn quad_position(at: vec4<f32>, corner: vec2<f32>) -> vec4<f32> {
    let place = (at.xy + corner * at.zw) / TARGET_SIDE;
    return vec4<f32>(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}

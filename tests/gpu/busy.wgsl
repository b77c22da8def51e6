// A pass that takes its time: each texel of the target is a long sum.

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    let corner = vec2u(index & 1u, index >> 1u);
    return vec4f(vec2f(corner) * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fragment(@builtin(position) at: vec4f) -> @location(0) vec4f {
    var sum = pixmap_sample(pixmap_region(vec2u(1u, 1u)), fract(at.xy / 64.0));
    for (var loops = 0u; loops < LOOPS; loops++) {
        sum = sin(sum * 3.0 + at);
    }
    return sum;
}

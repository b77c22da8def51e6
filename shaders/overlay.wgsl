// Plain quads and glyphs, each in one color, in pixels of the target. Only `Overlay` uses this.

struct Viewport {
    size: vec2<f32>,
    // Whether the target takes linear values: 0 or 1. Colors are given in sRGB.
    linear: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> viewport: Viewport;
@group(0) @binding(1) var glyphs: texture_2d<f32>;

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) color: vec4<f32>,
    @location(1) @interpolate(flat) source: vec4<u32>,
    // Distance from the corner of the source, in texels.
    @location(2) offset: vec2<f32>,
}

fn to_linear(color: vec3<f32>) -> vec3<f32> {
    let low = color / 12.92;
    let high = pow((color + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, color <= vec3<f32>(0.04045));
}

// One of the four corners of a strip. `at` is a quad's corner and size. `source` is a glyph's corner and size on the
// sheet; the size is 0 for a plain quad.
@vertex
fn vertex(
    @builtin(vertex_index) index: u32,
    @location(0) at: vec4<i32>,
    @location(1) color: vec4<f32>,
    @location(2) source: vec4<u32>,
) -> Varyings {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    let pixel = vec2<f32>(at.xy) + corner * vec2<f32>(at.zw);
    let clip = (pixel / viewport.size * 2.0 - 1.0) * vec2<f32>(1.0, -1.0);
    let shown = select(color.rgb, to_linear(color.rgb), viewport.linear != 0u);
    let offset = corner * vec2<f32>(source.zw);
    return Varyings(vec4<f32>(clip, 0.0, 1.0), vec4<f32>(shown, color.a), source, offset);
}

@fragment
fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    var coverage = varyings.color.a;
    if varyings.source.z != 0u {
        let last = varyings.source.zw - 1u;
        let texel = varyings.source.xy + min(vec2<u32>(varyings.offset), last);
        coverage *= textureLoad(glyphs, texel, 0).r;
    }
    return vec4<f32>(varyings.color.rgb * coverage, coverage);
}

// Whole pages, dimmed, below what `overlay.wgsl` draws. It follows two constants that say what the pages hold,
// `overlay.wgsl`, and the text of `PixmapCache::wgsl`.

fn from_linear(color: vec3<f32>) -> vec3<f32> {
    let low = color * 12.92;
    let high = 1.055 * pow(color, vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, color <= vec3<f32>(0.0031308));
}

// `source` is texture and layer, and a size of 1. The opacity is the factor by which texels are dimmed.
@fragment
fn fragment_texels(varyings: Varyings) -> @location(0) vec4<f32> {
    let page = (varyings.source.x << 16u) | varyings.source.y;
    // Sixteen samples per pixel, since pages are drawn at a fraction of their size.
    let step = fwidth(varyings.offset) / 4.0;
    var sum = vec4<f32>(0.0);
    for (var tap = 0u; tap < 16u; tap++) {
        let at = vec2<f32>(f32(tap & 3u), f32(tap >> 2u)) - 1.5;
        sum += pixmap_sample_page(page, varyings.offset + at * step);
    }
    sum /= 16.0;
    // Premultiplied color is color over black.
    var texel = sum.rgb;
    if OVERLAY_PAGES_ARE_MASKS {
        texel = sum.rrr;
    }
    if OVERLAY_PAGES_ARE_LINEAR && viewport.linear == 0u {
        texel = from_linear(texel);
    } else if !OVERLAY_PAGES_ARE_LINEAR && viewport.linear != 0u {
        texel = to_linear(texel);
    }
    return vec4<f32>(texel * varyings.color.a, 1.0);
}

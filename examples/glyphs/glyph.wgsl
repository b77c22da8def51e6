// Glyphs: one instance each, as large as its mask, texel by pixel.
// The cache's functions (pixmap_*) come before this text.

struct Screen {
    size: vec2f,
    padding: vec2f,
}

@group(0) @binding(0) var<uniform> screen: Screen;

struct Sprite {
    @location(0) id: vec2u,
    @location(1) corner: vec2f,
    @location(2) ink: vec3f,
}

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
    @location(1) @interpolate(flat) ink: vec3f,
    @location(2) @interpolate(flat) region: PixmapRegion,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, sprite: Sprite) -> Corner {
    let region = pixmap_region(sprite.id);
    let uv = vec2f(f32(index & 1u), f32(index >> 1u));
    // The size of what isn't resident is 0, and so is its quad.
    let clip = (sprite.corner + uv * pixmap_size(region)) / screen.size * 2.0 - 1.0;
    return Corner(vec4f(clip.x, -clip.y, 0.0, 1.0), uv, sprite.ink, region);
}

// Blending in linear light makes thin dark strokes look thinner than text usually does: raise what is half covered.
fn contrast(cover: f32) -> f32 {
    return pow(cover, 0.72);
}

@fragment
fn glyph(in: Corner) -> @location(0) vec4f {
    // Masks are in red. The ink times its cover is premultiplied by nature.
    return vec4f(in.ink, 1.0) * contrast(pixmap_sample(in.region, in.uv).r);
}

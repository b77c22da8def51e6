// Pictures of the cache, one instance each, inside the viewport that egui has set.
// The cache's functions (pixmap_*) come before this text.

struct View {
    // In pixels, as the viewport.
    size: vec2f,
    padding: vec2f,
}

@group(0) @binding(0) var<uniform> view: View;

struct Sprite {
    @location(0) id: vec2u,
    @location(1) corner: vec2f,
    @location(2) side: f32,
}

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
    @location(1) @interpolate(flat) region: PixmapRegion,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, sprite: Sprite) -> Corner {
    let uv = vec2f(f32(index & 1u), f32(index >> 1u));
    let clip = (sprite.corner + uv * sprite.side) / view.size * 2.0 - 1.0;
    return Corner(vec4f(clip.x, -clip.y, 0.0, 1.0), uv, pixmap_region(sprite.id));
}

@fragment
fn picture(in: Corner) -> @location(0) vec4f {
    // Linear and premultiplied, as inserted; egui's target is an sRGB one and encodes after blending.
    return pixmap_sample(in.region, in.uv);
}

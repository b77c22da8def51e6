// Thumbnails with round corners; a placeholder where none has come yet, a sign where none will.
// The cache's functions (pixmap_*) come before this text. All colors here are linear and premultiplied.

struct Screen {
    size: vec2f,
    // Corner radius in pixels, and seconds.
    radius: f32,
    time: f32,
}

@group(0) @binding(0) var<uniform> screen: Screen;

struct Spot {
    @location(0) id: vec2u,
    @location(1) corner: vec2f,
    @location(2) size: vec2f,
    @location(3) failed: f32,
}

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
    @location(1) @interpolate(flat) size: vec2f,
    @location(2) @interpolate(flat) failed: f32,
    @location(3) @interpolate(flat) region: PixmapRegion,
}

const EMPTY = vec3f(0.045, 0.048, 0.055);
const SHIMMER = vec3f(0.075, 0.08, 0.09);
const SIGN = vec3f(0.3, 0.075, 0.055);

@vertex
fn corner(@builtin(vertex_index) index: u32, spot: Spot) -> Corner {
    let uv = vec2f(f32(index & 1u), f32(index >> 1u));
    let clip = (spot.corner + uv * spot.size) / screen.size * 2.0 - 1.0;
    return Corner(vec4f(clip.x, -clip.y, 0.0, 1.0), uv, spot.size, spot.failed, pixmap_region(spot.id));
}

@fragment
fn thumbnail(in: Corner) -> @location(0) vec4f {
    let at = (in.uv - 0.5) * in.size;
    var color = pixmap_sample(in.region, in.uv);
    if in.failed > 0.0 {
        color = vec4f(mix(EMPTY, SIGN, stroke_cross(at, in.size.y)), 1.0);
    } else if !pixmap_is_resident(in.region) {
        // The id may also be of a thumbnail that was evicted since: then this is drawn, and never another photo.
        let wave = 0.5 + 0.5 * sin(3.0 * screen.time - 0.01 * in.position.x - 0.006 * in.position.y);
        color = vec4f(mix(EMPTY, SHIMMER, wave), 1.0);
    }
    return color * clamp(0.5 - rounded_box(at, in.size / 2.0, screen.radius), 0.0, 1.0);
}

// Two strokes across each other.
fn stroke_cross(at: vec2f, height: f32) -> f32 {
    let reach = 0.13 * height;
    let turned = abs(vec2f(at.x + at.y, at.x - at.y)) * 0.7071;
    let across = min(turned.x, turned.y);
    let along = max(turned.x, turned.y);
    return clamp(0.022 * height - across + 0.5, 0.0, 1.0) * clamp(reach - along + 0.5, 0.0, 1.0);
}

// Distance to the edge of a box with round corners, negative inside.
fn rounded_box(at: vec2f, half_size: vec2f, radius: f32) -> f32 {
    let beyond = abs(at) - (half_size - radius);
    return length(max(beyond, vec2f(0.0))) + min(max(beyond.x, beyond.y), 0.0) - radius;
}

// Panes one above the other: the table's pattern, the map at some scale, borders and shadows.
// The cache's functions (pixmap_*) come before this text. All colors here are linear and premultiplied.

struct Screen {
    size: vec2f,
    padding: vec2f,
}

@group(0) @binding(0) var<uniform> screen: Screen;

// `Content` in panes.rs.
const PATTERN = 0u;
const MAP = 1u;
const BORDER = 2u;

// Pixels per texel from which texels are shown as squares, and from which lines separate them.
const SQUARES_FROM = 4.0;
const LINES_FROM = 7.0;

struct Pane {
    @location(0) id: vec2u,
    @location(1) corner: vec2f,
    @location(2) size: vec2f,
    @location(3) source: vec4f,
    @location(4) color: vec3f,
    @location(5) width: f32,
    @location(6) scale: f32,
    @location(7) content: u32,
}

struct Corner {
    @builtin(position) position: vec4f,
    // Pixels from the pane's corner.
    @location(0) at: vec2f,
    @location(1) uv: vec2f,
    @location(2) @interpolate(flat) size: vec2f,
    @location(3) @interpolate(flat) color: vec3f,
    @location(4) @interpolate(flat) width: f32,
    @location(5) @interpolate(flat) scale: f32,
    @location(6) @interpolate(flat) content: u32,
    @location(7) @interpolate(flat) region: PixmapRegion,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, pane: Pane) -> Corner {
    let share = vec2f(f32(index & 1u), f32(index >> 1u));
    let at = share * pane.size;
    let clip = (pane.corner + at) / screen.size * 2.0 - 1.0;
    let uv = pane.source.xy + share * pane.source.zw;
    return Corner(
        vec4f(clip.x, -clip.y, 0.0, 1.0), at, uv, pane.size, pane.color, pane.width, pane.scale, pane.content,
        pixmap_region(pane.id),
    );
}

@fragment
fn pane(in: Corner) -> @location(0) vec4f {
    // Here, where the control flow is uniform: not behind an `if`.
    let ddx = dpdx(in.uv);
    let ddy = dpdy(in.uv);
    if in.content == PATTERN {
        return pixmap_sample_repeat(in.region, in.uv);
    }
    if in.content == MAP {
        return map(in, ddx, ddy);
    }
    let inner = in.size / 2.0 - in.width;
    let beyond = max(abs(in.at - in.size / 2.0) - inner, vec2f(0.0));
    if in.content == BORDER {
        return vec4f(in.color, 1.0) * select(0.0, 1.0, max(beyond.x, beyond.y) > 0.0);
    }
    let fade = max(1.0 - length(beyond) / in.width, 0.0);
    return vec4f(0.0, 0.0, 0.0, 0.5 * fade * fade);
}

// The function for each scale: mip levels where texels are smaller than pixels, single texels where they are large.
fn map(in: Corner, ddx: vec2f, ddy: vec2f) -> vec4f {
    if in.scale < 1.0 {
        return pixmap_sample_grad(in.region, in.uv, ddx, ddy);
    }
    if in.scale < SQUARES_FROM {
        return pixmap_sample(in.region, in.uv);
    }
    let texel = pixmap_sample_nearest(in.region, in.uv);
    let pixels = fract(in.uv * pixmap_size(in.region)) * in.scale;
    let is_line = in.scale >= LINES_FROM && min(pixels.x, pixels.y) < 1.0;
    return vec4f(texel.rgb * select(1.0, 0.72, is_line), texel.a);
}

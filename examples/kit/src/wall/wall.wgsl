// The wall, one instance per visible spot: a card with a soft shadow and, in its middle, the picture.
// The cache's functions (pixmap_*) come before this text. All colors here are linear and premultiplied.

struct Screen {
    size: vec2<f32>,
    // Pixels from one spot to the next.
    pitch: f32,
    // `Sampling` in renderer.rs.
    sampling: u32,
}

@group(0) @binding(0) var<uniform> screen: Screen;

// How the cache holds colors: `Texels` in texels.rs.
override TEXELS: u32 = 0u;
const ENCODED = 1u;
const INK = 2u;

const NEAREST = 1u;

// Keeps a picture that is drawn at more than 0.7 of its size on its sharpest level, where linear filtering is enough.
const LEVEL_BIAS = 0.5;

const CARD = vec3<f32>(0.95, 0.95, 0.955);
const EMPTY_CARD = vec3<f32>(0.63, 0.65, 0.69);
const SHADOW = vec3<f32>(0.05, 0.07, 0.13);
const INK_COLOR = vec3<f32>(0.012, 0.024, 0.075);

struct Corner {
    @builtin(position) position: vec4<f32>,
    // Pixels from the spot's corner.
    @location(0) at: vec2<f32>,
    // The picture's corner and size in the same pixels.
    @location(1) @interpolate(flat) picture: vec4<f32>,
    @location(2) @interpolate(flat) region: PixmapRegion,
    // The mip level for the size at which it is drawn.
    @location(3) @interpolate(flat) level: f32,
}

@vertex
fn corner(
    @builtin(vertex_index) index: u32,
    @location(0) spot: vec2<f32>,
    @location(1) picture: vec4<f32>,
    @location(2) id: vec2<u32>,
) -> Corner {
    var out: Corner;
    out.at = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * screen.pitch;
    let clip = (spot + out.at) / screen.size * 2.0 - 1.0;
    out.position = vec4<f32>(clip.x, -clip.y, 0.0, 1.0);
    out.picture = picture;
    out.region = pixmap_region(id);
    let texels_per_pixel = pixmap_size(out.region) / picture.zw;
    out.level = pixmap_level(out.region, max(texels_per_pixel.x, texels_per_pixel.y)) - LEVEL_BIAS;
    return out;
}

@fragment
fn spot(in: Corner) -> @location(0) vec4<f32> {
    let pitch = screen.pitch;
    let middle = in.at - 0.5 * pitch;
    let half_card = 0.465 * pitch;
    let radius = 0.09 * pitch;
    let card_edge = rounded_box(middle, half_card, radius);
    let shadow_edge = rounded_box(middle - vec2<f32>(0.0, 0.012 * pitch), half_card, radius);
    let shadow = 0.22 * (1.0 - smoothstep(-0.03, 0.035, shadow_edge / pitch));
    var color = vec4<f32>(SHADOW, 1.0) * shadow;

    let resident = pixmap_is_resident(in.region);
    let card = select(EMPTY_CARD, CARD, resident);
    color = over(vec4<f32>(card, 1.0) * clamp(0.5 - card_edge, 0.0, 1.0), color);

    let uv = (in.at - in.picture.xy) / in.picture.zw;
    var sample: vec4<f32>;
    if screen.sampling == NEAREST {
        sample = pixmap_sample_nearest(in.region, uv);
    } else {
        sample = pixmap_sample_level(in.region, uv, in.level);
    }
    sample = to_linear(sample);
    let inside = clamp(0.5 + in.at - in.picture.xy, vec2<f32>(0.0), vec2<f32>(1.0))
        * clamp(0.5 + in.picture.xy + in.picture.zw - in.at, vec2<f32>(0.0), vec2<f32>(1.0));
    return over(sample * inside.x * inside.y, color);
}

fn over(top: vec4<f32>, under: vec4<f32>) -> vec4<f32> {
    return top + under * (1.0 - top.a);
}

// Distance to the edge of a box with round corners, negative inside.
fn rounded_box(at: vec2<f32>, half_side: f32, radius: f32) -> f32 {
    let beyond = abs(at) - (half_side - radius);
    return length(max(beyond, vec2<f32>(0.0))) + min(max(beyond.x, beyond.y), 0.0) - radius;
}

fn to_linear(sample: vec4<f32>) -> vec4<f32> {
    if TEXELS == INK {
        return vec4<f32>(INK_COLOR, 1.0) * sample.r;
    }
    if TEXELS == ENCODED && sample.a > 0.0 {
        let straight = min(sample.rgb / sample.a, vec3<f32>(1.0));
        let low = straight / 12.92;
        let high = pow((straight + 0.055) / 1.055, vec3<f32>(2.4));
        return vec4<f32>(select(high, low, straight <= vec3<f32>(0.04045)) * sample.a, sample.a);
    }
    return sample;
}

// Cards with round corners, one instance each: shadow, paper, and a tinted picture of the cache.
// The cache's functions (pixmap_*) come before this text. All colors here are linear and premultiplied.

struct Screen {
    size: vec2f,
    // Pixels of soft shadow around a card.
    shadow: f32,
    padding: f32,
}

@group(0) @binding(0) var<uniform> screen: Screen;

struct Card {
    @location(0) id: vec2u,
    @location(1) centre: vec2f,
    @location(2) size: vec2f,
    // Angle and corner radius.
    @location(3) shape: vec2f,
    @location(4) paper: vec3f,
    @location(5) tint: vec3f,
    @location(6) picture_share: f32,
}

struct Corner {
    @builtin(position) position: vec4f,
    // Pixels from the card's centre, as if it stood upright.
    @location(0) at: vec2f,
    @location(1) @interpolate(flat) half_size: vec2f,
    @location(2) @interpolate(flat) radius: f32,
    @location(3) @interpolate(flat) paper: vec3f,
    @location(4) @interpolate(flat) tint: vec3f,
    @location(5) @interpolate(flat) picture_share: f32,
    // Looked up once per vertex: a region passes between stages like any other flat value.
    @location(6) @interpolate(flat) region: PixmapRegion,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, card: Card) -> Corner {
    let side = vec2f(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    let at = side * (card.size / 2.0 + 2.0 * screen.shadow);
    let turn = cos(card.shape.x);
    let slope = sin(card.shape.x);
    let turned = vec2f(at.x * turn - at.y * slope, at.x * slope + at.y * turn);
    let clip = (card.centre + turned) / screen.size * 2.0 - 1.0;
    var out: Corner;
    out.position = vec4f(clip.x, -clip.y, 0.0, 1.0);
    out.at = at;
    out.half_size = card.size / 2.0;
    out.radius = min(card.shape.y, min(out.half_size.x, out.half_size.y));
    out.paper = card.paper;
    out.tint = card.tint;
    out.picture_share = card.picture_share;
    out.region = pixmap_region(card.id);
    return out;
}

@fragment
fn card(in: Corner) -> @location(0) vec4f {
    let below = rounded_box(in.at - vec2f(0.0, 0.5 * screen.shadow), in.half_size, in.radius);
    let shadow = vec4f(0.01, 0.01, 0.03, 1.0) * 0.35 * (1.0 - smoothstep(-screen.shadow, screen.shadow, below));

    // Light falls from above.
    let paper = vec4f(in.paper * (1.06 - 0.12 * in.at.y / in.half_size.y), 1.0);
    let picture_half = in.half_size * in.picture_share;
    // Beyond its edges the picture would repeat its outermost texels: fade to nothing over one pixel.
    let inside = clamp(picture_half - abs(in.at) + 0.5, vec2f(0.0), vec2f(1.0));
    let sample = pixmap_sample(in.region, in.at / picture_half * 0.5 + 0.5) * inside.x * inside.y;
    let picture = vec4f(sample.rgb * in.tint, sample.a);

    let cover = clamp(0.5 - rounded_box(in.at, in.half_size, in.radius), 0.0, 1.0);
    return over(over(picture, paper) * cover, shadow);
}

fn over(top: vec4f, under: vec4f) -> vec4f {
    return top + under * (1.0 - top.a);
}

// Distance to the edge of a box with round corners, negative inside.
fn rounded_box(at: vec2f, half_size: vec2f, radius: f32) -> f32 {
    let beyond = abs(at) - (half_size - radius);
    return length(max(beyond, vec2f(0.0))) + min(max(beyond.x, beyond.y), 0.0) - radius;
}

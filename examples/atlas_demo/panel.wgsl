// A panel of text with round corners. Colors are linear and premultiplied.

struct Place {
    // Left, top, width and height in pixels.
    panel: vec4<f32>,
    screen: vec2<f32>,
    radius: f32,
    padding: f32,
}

@group(0) @binding(0) var<uniform> place: Place;
// Coverage and tone: `Sheet` in text.rs.
@group(0) @binding(1) var sheet: texture_2d<f32>;

// Blended in linear light, where little of what is bright goes a long way.
const GROUND = vec4<f32>(0.004, 0.0048, 0.007, 0.975);
const EDGE = 0.03;
const PLAIN = vec3<f32>(0.76, 0.78, 0.83);
const DIM = vec3<f32>(0.262, 0.292, 0.352);
const ACCENT = vec3<f32>(1.0, 0.617, 0.156);

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
}

@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let at = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * place.panel.zw;
    let clip = (place.panel.xy + at) / place.screen * 2.0 - 1.0;
    return Corner(vec4<f32>(clip.x, -clip.y, 0.0, 1.0), at);
}

@fragment
fn panel(in: Corner) -> @location(0) vec4<f32> {
    let half_size = 0.5 * place.panel.zw;
    let beyond = abs(in.at - half_size) - (half_size - place.radius);
    let edge = length(max(beyond, vec2<f32>(0.0))) + min(max(beyond.x, beyond.y), 0.0) - place.radius;
    let inside = clamp(0.5 - edge, 0.0, 1.0);
    let line = EDGE * clamp(1.5 + edge, 0.0, 1.0);
    var color = vec4<f32>(GROUND.rgb * GROUND.a + line, GROUND.a);

    let text = textureLoad(sheet, vec2<i32>(in.at), 0);
    let shade = mix(mix(PLAIN, DIM, clamp(text.g * 2.0, 0.0, 1.0)), ACCENT, clamp(text.g * 2.0 - 1.0, 0.0, 1.0));
    color = vec4<f32>(shade, 1.0) * text.r + color * (1.0 - text.r);
    return color * inside;
}

// Entries of a list: letters, and pictures on discs. One kind of instance, one pipeline, two caches.
// Before this text stand the functions of the cache of pictures (picture_*) and of the cache of masks (mask_*). All
// colors here are linear and premultiplied.

struct Screen {
    size: vec2f,
    // Side of a picture and of the disc it lies on, in pixels.
    picture: f32,
    disc: f32,
}

@group(0) @binding(0) var<uniform> screen: Screen;

struct Sprite {
    @location(0) picture: vec2u,
    @location(1) mask: vec2u,
    @location(2) corner: vec2f,
    @location(3) ink: vec3f,
    @location(4) contrast: f32,
}

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
    @location(1) @interpolate(flat) ink: vec3f,
    @location(2) @interpolate(flat) picture: PictureRegion,
    @location(3) @interpolate(flat) mask: MaskRegion,
    @location(4) @interpolate(flat) contrast: f32,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, sprite: Sprite) -> Corner {
    let mask = mask_region(sprite.mask);
    let uv = vec2f(f32(index & 1u), f32(index >> 1u));
    let clip = (sprite.corner + uv * mask_size(mask)) / screen.size * 2.0 - 1.0;
    let picture = picture_region(sprite.picture);
    return Corner(vec4f(clip.x, -clip.y, 0.0, 1.0), uv, sprite.ink, picture, mask, sprite.contrast);
}

@fragment
fn entry(in: Corner) -> @location(0) vec4f {
    let at = (in.uv - 0.5) * screen.disc / screen.picture;
    // Letters have PixmapId::NONE, and so has a disc whose picture isn't there: transparent everywhere.
    var picture = picture_sample(in.picture, at + 0.5);
    if max(abs(at.x), abs(at.y)) > 0.5 {
        picture = vec4f(0.0);
    }
    let color = picture + vec4f(in.ink, 1.0) * (1.0 - picture.a);
    return color * pow(mask_sample(in.mask, in.uv).r, in.contrast);
}

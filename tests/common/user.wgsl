// A user's shader below the cache's text: the region is a flat varying, sampled in non-uniform control flow.

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) region: PixmapRegion,
    @location(1) uv: vec2<f32>,
}
@vertex fn vertex(@location(0) id: vec2<u32>, @location(1) uv: vec2<f32>) -> Varyings {
    let region = pixmap_region(id);
    return Varyings(vec4<f32>(uv * pixmap_size(region), 0.0, 1.0), region, uv);
}
@fragment fn fragment(varyings: Varyings) -> @location(0) vec4<f32> {
    if varyings.uv.x > 0.5 && pixmap_is_resident(varyings.region) {
        return pixmap_sample(varyings.region, varyings.uv);
    }
    return vec4<f32>(0.0);
}
@fragment fn fragment_by_id(@location(0) @interpolate(flat) id: vec2<u32>) -> @location(0) vec4<f32> {
    return pixmap_sample(pixmap_region(id), vec2<f32>(0.5));
}

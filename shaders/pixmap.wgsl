// Looks up and samples pixmaps of a cache by id. `PixmapCache::wgsl` replaces group 0 by the bind group's index, and
// appends the page textures and `pixmap_sample_page`. `wgsl_prefixed` replaces the first word of every name, so each name
// here begins with pixmap, in one of three spellings.

// A row of the table: corner (x | y << 16), size (width | height << 16), page (texture << 16 | layer), version.
@group(0) @binding(0) var pixmap_table: texture_2d<u32>;
@group(0) @binding(1) var pixmap_sampler: sampler;

// The place of a pixmap: corner, size and page as in the table. Size 0 when the id isn't resident.
// Pass it between stages as `@location(N) @interpolate(flat) region: PixmapRegion`.
alias PixmapRegion = vec3<u32>;

// Returns the region of an id, in the vertex or fragment stage. Costs one texture load.
fn pixmap_region(id: vec2<u32>) -> PixmapRegion {
    let at = vec2<u32>(id.x % PIXMAP_TABLE_WIDTH, id.x / PIXMAP_TABLE_WIDTH);
    if at.y >= textureDimensions(pixmap_table).y {
        return PixmapRegion(0u, 0u, 0u);
    }
    let row = textureLoad(pixmap_table, at, 0);
    if row.w != id.y {
        return PixmapRegion(0u, 0u, 0u);
    }
    return row.xyz;
}

// Returns whether the id of a region is resident.
fn pixmap_is_resident(region: PixmapRegion) -> bool {
    return region.y != 0u;
}

// Returns width and height in texels; 0 when not resident.
fn pixmap_size(region: PixmapRegion) -> vec2<f32> {
    return vec2<f32>(f32(region.y & 0xffffu), f32(region.y >> 16u));
}

// Returns the pixmap's color at `uv`, clamped to its edges; transparent when not resident. (0, 0) is top left, (1, 1)
// bottom right. Takes no derivatives, so any control flow may call it. Never reads a texel of another pixmap.
fn pixmap_sample(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
    if region.y == 0u {
        return vec4<f32>(0.0);
    }
    let corner = vec2<f32>(f32(region.x & 0xffffu), f32(region.x >> 16u));
    let size = pixmap_size(region);
    // Half a texel inside the edges, linear filtering reads no neighbor. The result equals ClampToEdge.
    let texel = clamp(uv * size, vec2<f32>(0.5), size - vec2<f32>(0.5));
    return pixmap_sample_page(region.z, (corner + texel) / PIXMAP_PAGE_SIDE);
}

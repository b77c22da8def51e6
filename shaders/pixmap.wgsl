// Looks up and samples pixmaps of a cache by id. `PixmapCache::wgsl` replaces group 0 by the bind group's index, and
// appends the page textures and `pixmap_sample_page`. `wgsl_prefixed` replaces the first word of every name, so each name
// here begins with pixmap, in one of three spellings.

// A row of the table: corner (x | y << 16), size (width | height << 16), page, version. The page is layer | texture << 16 |
// (levels - 1) << 20 | tiled << 24. A tiled pixmap has the index of its first tile in place of a corner; the rows of its
// tiles follow each other there.
@group(0) @binding(0) var pixmap_table: texture_2d<u32>;
@group(0) @binding(1) var pixmap_sampler: sampler;

// The place of a pixmap: corner, size and page as in the table. Size 0 when the id isn't resident.
// Pass it between stages as `@location(N) @interpolate(flat) region: PixmapRegion`.
alias PixmapRegion = vec3<u32>;

// A texel of the table, counted row by row.
fn pixmap_row(index: u32) -> vec4<u32> {
    let at = vec2<u32>(index % PIXMAP_TABLE_WIDTH, index / PIXMAP_TABLE_WIDTH);
    return textureLoad(pixmap_table, at, 0);
}

// Returns the region of an id, in the vertex or fragment stage. Costs one texture load.
fn pixmap_region(id: vec2<u32>) -> PixmapRegion {
    if id.x >= PIXMAP_TABLE_WIDTH * PIXMAP_ID_ROWS {
        return PixmapRegion(0u, 0u, 0u);
    }
    let row = pixmap_row(id.x);
    if row.w != id.y {
        return PixmapRegion(0u, 0u, 0u);
    }
    return row.xyz;
}

// Returns whether the id of a region is resident.
fn pixmap_is_resident(region: PixmapRegion) -> bool {
    return region.y != 0u;
}

// The two halves of a word, the low one first.
fn pixmap_unpack(pair: u32) -> vec2<u32> {
    return vec2<u32>(pair & 0xffffu, pair >> 16u);
}

// Returns width and height in texels; 0 when not resident.
fn pixmap_size(region: PixmapRegion) -> vec2<f32> {
    return vec2<f32>(pixmap_unpack(region.y));
}

// Returns the number of mip levels, the base among them.
fn pixmap_level_count(region: PixmapRegion) -> u32 {
    return ((region.z >> 20u) & 0xfu) + 1u;
}

fn pixmap_is_tiled(region: PixmapRegion) -> bool {
    return PIXMAP_HAS_TILES && (region.z & 0x1000000u) != 0u;
}

// Where to sample: the page, and texels on it.
struct PixmapRegionPlace {
    page: u32,
    texel: vec2<f32>,
}

fn pixmap_sample_place(place: PixmapRegionPlace) -> vec4<f32> {
    return pixmap_sample_page(place.page, place.texel / PIXMAP_PAGE_SIDE);
}

// Columns and rows of tiles. A tile covers two texels less than its side: it has a border of its real neighbors.
fn pixmap_tile_counts(size: vec2<f32>) -> vec2<f32> {
    // Half a texel more: the division needn't be exact.
    return floor((size + (PIXMAP_TILE_SIDE - 2.5)) / (PIXMAP_TILE_SIDE - 2.0));
}

// The place of `texel` in the tiles from `index` on, of a level of `size`. Near the edge of a tile either one will do: both
// have the texels around it.
fn pixmap_place_in_tiles(index: u32, size: vec2<f32>, texel: vec2<f32>) -> PixmapRegionPlace {
    let payload = PIXMAP_TILE_SIDE - 2.0;
    let counts = pixmap_tile_counts(size);
    let tile = min(floor(texel / payload), counts - 1.0);
    let row = pixmap_row(index + u32(tile.y * counts.x + tile.x));
    // The first tiles have no border on the left and on top.
    let inside = texel - tile * payload + min(tile, vec2<f32>(1.0));
    return PixmapRegionPlace(row.z, vec2<f32>(pixmap_unpack(row.x)) + inside);
}

// Samples the base level at `texel`, which is at least half a texel inside. One sample for all pixmaps: software adapters
// run every branch, with every sample in it.
fn pixmap_sample_base(region: PixmapRegion, texel: vec2<f32>) -> vec4<f32> {
    var place = PixmapRegionPlace(region.z, vec2<f32>(pixmap_unpack(region.x)) + texel);
    if pixmap_is_tiled(region) {
        place = pixmap_place_in_tiles(region.x, pixmap_size(region), texel);
    }
    return pixmap_sample_place(place);
}

// Returns the pixmap's color at `uv`, clamped to its edges; transparent when not resident. (0, 0) is top left, (1, 1)
// bottom right. Takes no derivatives, so any control flow may call it. Never reads a texel of another pixmap. Costs one
// texture sample, and one texture load more for a pixmap in tiles.
fn pixmap_sample(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
    if region.y == 0u {
        return vec4<f32>(0.0);
    }
    let size = pixmap_size(region);
    // Half a texel inside the edges, linear filtering reads no neighbor. The result equals ClampToEdge.
    return pixmap_sample_base(region, clamp(uv * size, vec2<f32>(0.5), size - vec2<f32>(0.5)));
}

// Like `pixmap_sample`, without filtering: the texel that `uv` lies in, also where the cache filters linearly.
fn pixmap_sample_nearest(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
    if region.y == 0u {
        return vec4<f32>(0.0);
    }
    let size = pixmap_size(region);
    let texel = floor(uv * size) + 0.5;
    return pixmap_sample_base(region, clamp(texel, vec2<f32>(0.5), size - vec2<f32>(0.5)));
}

// Like `pixmap_sample`, repeated beyond the edges, without a seam. Costs one sample, two within half a texel of an edge, and
// four in a corner; always one where the cache doesn't filter.
fn pixmap_sample_repeat(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
    if region.y == 0u {
        return vec4<f32>(0.0);
    }
    let size = pixmap_size(region);
    let texel = fract(uv) * size;
    let inside = clamp(texel, vec2<f32>(0.5), size - vec2<f32>(0.5));
    let color = pixmap_sample_base(region, inside);
    // How much of the texel at the other edge linear filtering mixes in.
    let over = abs(texel - inside);
    if !PIXMAP_FILTER_IS_LINEAR || all(over == vec2<f32>(0.0)) {
        return color;
    }
    let other = select(vec2<f32>(0.5), size - vec2<f32>(0.5), texel < inside);
    if over.x == 0.0 {
        return mix(color, pixmap_sample_base(region, vec2<f32>(inside.x, other.y)), over.y);
    }
    let across = mix(color, pixmap_sample_base(region, vec2<f32>(other.x, inside.y)), over.x);
    if over.y == 0.0 {
        return across;
    }
    let below = pixmap_sample_base(region, vec2<f32>(inside.x, other.y));
    let corner = pixmap_sample_base(region, other);
    return mix(across, mix(below, corner, over.x), over.y);
}

// Corner of a mip level, from the corner of its region: the smaller levels stand in a column at the right of the base.
fn pixmap_level_corner(size: vec2<u32>, level: u32) -> vec2<u32> {
    if level == 0u {
        return vec2<u32>(0u);
    }
    return vec2<u32>(size.x, size.y - (size.y >> (level - 1u)));
}

// The place of `uv` in one mip level, which the pixmap has.
fn pixmap_place(region: PixmapRegion, uv: vec2<f32>, level: u32) -> PixmapRegionPlace {
    let base = pixmap_unpack(region.y);
    let size = vec2<f32>(base >> vec2<u32>(level));
    let texel = clamp(uv * size, vec2<f32>(0.5), size - vec2<f32>(0.5));
    let corner = pixmap_unpack(region.x) + pixmap_level_corner(base, level);
    var place = PixmapRegionPlace(region.z, vec2<f32>(corner) + texel);
    if pixmap_is_tiled(region) {
        // Levels follow each other, each in tiles, until one fits a tile together with all smaller ones.
        var index = region.x;
        var chain = 0u;
        for (; chain < level && !pixmap_is_chain(base, chain); chain++) {
            let counts = pixmap_tile_counts(vec2<f32>(base >> vec2<u32>(chain)));
            index += u32(counts.x * counts.y);
        }
        if pixmap_is_chain(base, chain) {
            let row = pixmap_row(index);
            let start = pixmap_unpack(row.x) + pixmap_level_corner(base >> vec2<u32>(chain), level - chain);
            place = PixmapRegionPlace(row.z, vec2<f32>(start) + texel);
        } else {
            place = pixmap_place_in_tiles(index, size, texel);
        }
    }
    return place;
}

// Whether a level of a tiled pixmap fits a tile together with all smaller ones.
fn pixmap_is_chain(base: vec2<u32>, level: u32) -> bool {
    let size = base >> vec2<u32>(level);
    return level > 0u && max(size.x + (size.x >> 1u), size.y) <= u32(PIXMAP_TILE_SIDE);
}

// Returns the pixmap's color at `uv` at a mip level: 0 is the base, fractions blend two levels. Clamped to the levels that
// the pixmap has; never reads a texel of another pixmap. Takes no derivatives. Costs two texture samples between levels, one
// on a level, and for pixmaps in tiles one texture load for each sample.
fn pixmap_sample_level(region: PixmapRegion, uv: vec2<f32>, level: f32) -> vec4<f32> {
    if region.y == 0u {
        return vec4<f32>(0.0);
    }
    // In steps of a 256th, as hardware has them: a scale of one half then takes one level.
    let lod = round(clamp(level, 0.0, f32(pixmap_level_count(region) - 1u)) * 256.0) / 256.0;
    let sharp = pixmap_sample_place(pixmap_place(region, uv, u32(lod)));
    if fract(lod) == 0.0 {
        return sharp;
    }
    return mix(sharp, pixmap_sample_place(pixmap_place(region, uv, u32(lod) + 1u)), fract(lod));
}

// Like `pixmap_sample_level`, at the level for these derivatives of `uv`: pass `dpdx(uv)` and `dpdy(uv)`, formed in uniform
// control flow. The level is that of hardware without anisotropy. Costs as much, and one sample where the pixmap is magnified
// or has no mip levels.
fn pixmap_sample_grad(region: PixmapRegion, uv: vec2<f32>, ddx: vec2<f32>, ddy: vec2<f32>) -> vec4<f32> {
    let size = pixmap_size(region);
    let x = ddx * size;
    let y = ddy * size;
    return pixmap_sample_level(region, uv, 0.5 * log2(max(max(dot(x, x), dot(y, y)), 1e-12)));
}

// Returns the level for a pixmap that is drawn with so many of its texels to a pixel: 1 and less give the base, 2 the next
// level. For the vertex stage of renderers that know their scale. Costs no texture access.
fn pixmap_level(region: PixmapRegion, texels_per_pixel: f32) -> f32 {
    return clamp(log2(max(texels_per_pixel, 1.0)), 0.0, f32(pixmap_level_count(region) - 1u));
}

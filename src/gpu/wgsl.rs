//! The WGSL that users prepend to their shaders: lookup and sampling, with the cache's constants, bindings and names.
//!
//! Bindings are those of `binding.rs`. Invariant: every name in the text begins with the prefix, so that caches with
//! different prefixes can be used in one shader.

use super::binding::FIRST_PAGES_BINDING;
use super::plan::AtlasPlan;
use crate::error::PrefixError;
use crate::pixmap::tiling::TileSides;

const LOOKUP_WGSL: &str = include_str!("../../shaders/pixmap.wgsl");

/// Longest prefix: longer names make no shader easier to read.
const MAX_PREFIX_BYTES: usize = 32;

/// The text with the prefix `pixmap`: the lookup of `shaders/pixmap.wgsl` in bind group `group`, and the page textures.
pub(super) fn wgsl(group: u32, plan: &AtlasPlan) -> String {
    let (arrays, page_side, table) = (plan.arrays.count, plan.page_side, plan.table());
    let (table_width, id_rows) = (table.width, table.id_rows);
    let tile_side = TileSides::new(page_side, plan.max_tiles).tile;
    let has_tiles = plan.max_tiles > 0;
    let is_linear = plan.filter == wgpu::FilterMode::Linear;
    let lookup = LOOKUP_WGSL.replace("@group(0)", &format!("@group({group})"));
    let bindings: String = (0..arrays)
        .map(|array| {
            let binding = FIRST_PAGES_BINDING + array;
            format!("@group({group}) @binding({binding}) var pixmap_pages_{array}: texture_2d_array<f32>;\n")
        })
        .collect();
    let sample =
        |array| format!("textureSampleLevel(pixmap_pages_{array}, pixmap_sampler, at, page & 0xffffu, 0.0)");
    // One texture needs no switch: software rasterizers run every case of it.
    let cases: String = (1..arrays)
        .map(|array| format!("        case {array}u: {{ return {}; }}\n", sample(array)))
        .collect();
    let first = sample(0);
    let body = if cases.is_empty() {
        format!("    return {first};\n")
    } else {
        format!("    switch (page >> 16u) & 0xfu {{\n{cases}        default: {{ return {first}; }}\n    }}\n")
    };
    format!(
        "const PIXMAP_TABLE_WIDTH: u32 = {table_width}u;\n\
         const PIXMAP_ID_ROWS: u32 = {id_rows}u;\n\
         const PIXMAP_PAGE_SIDE: f32 = {page_side}.0;\n\
         const PIXMAP_TILE_SIDE: f32 = {tile_side}.0;\n\
         const PIXMAP_HAS_TILES: bool = {has_tiles};\n\
         const PIXMAP_FILTER_IS_LINEAR: bool = {is_linear};\n\n\
         {lookup}\n\
         {bindings}\n\
         fn pixmap_sample_page(page: u32, at: vec2<f32>) -> vec4<f32> {{\n{body}}}\n"
    )
}

/// Replaces the prefix of all names in a text.
pub(super) fn rename(text: &str, prefix: &str) -> Result<String, PrefixError> {
    check(prefix)?;
    Ok(text
        .replace("pixmap_", &format!("{prefix}_"))
        .replace("PIXMAP_", &format!("{}_", prefix.to_ascii_uppercase()))
        .replace("PixmapRegion", &format!("{}Region", camel_case(prefix))))
}

/// Checks that a prefix gives valid WGSL names that no other prefix gives.
fn check(prefix: &str) -> Result<(), PrefixError> {
    let length = prefix.len();
    if length == 0 {
        return Err(PrefixError::Empty);
    }
    if length > MAX_PREFIX_BYTES {
        let limit = MAX_PREFIX_BYTES;
        return Err(PrefixError::TooLong { length, limit });
    }
    let mut word_begins = true;
    for (at, character) in prefix.char_indices() {
        // Words begin with a letter: `a_1` and `a1` would both be `A1` in camel case.
        let allowed = match character {
            'a'..='z' => true,
            '0'..='9' => !word_begins,
            '_' => !word_begins && at + 1 < length,
            _ => false,
        };
        if !allowed {
            return Err(PrefixError::Character { at, character });
        }
        word_begins = character == '_';
    }
    Ok(())
}

/// Converts `glyph_mask` to `GlyphMask`.
fn camel_case(prefix: &str) -> String {
    let words = prefix.split('_').filter_map(|word| word.split_at_checked(1));
    words
        .map(|(first, rest)| first.to_ascii_uppercase() + rest)
        .collect()
}

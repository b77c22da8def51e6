//! Checks what is on the screen: every visible picture is resident, and its texels equal its source's.

use std::collections::HashMap;
use std::path::Path;

use image::DynamicImage;
use pixmap_cache::{PageIndex, PixmapBuf, Tile};
use rayon::prelude::*;

use crate::rasterizers::Rasterizers;
use kit::pictures::texels;
use kit::wall::live::Live;
use kit::wall::pixmaps::PixmapName;

/// Levels by which a filtered texel may differ: 1 if filter weights are exact, more if they have 8 bits and the texel is
/// dark. A wrong picture differs by far more.
const MAX_ROUNDING: u8 = 8;

/// Compares every texel of every picture in the last view with a fresh rasterization, and returns the number of pictures.
/// The error names the missing or wrong ones. Waits for the GPU.
pub fn exact(live: &mut Live, rasterizers: &Rasterizers) -> Result<usize, String> {
    let pictures = resident(live)?;
    let tiles = pictures.iter().flat_map(|(_, tiles)| tiles);
    let pages = read_pages(live, tiles.map(|tile| tile.region.page))?;
    let (source, format) = (&rasterizers.source, rasterizers.format);
    let wrong: Vec<u32> = rasterizers.pool.install(|| {
        let wrong = pictures.par_iter().filter(|(name, tiles)| {
            let expected = texels::to_pixmap(source.rasterize(name.picture, name.side), format);
            let covered: u64 = tiles.iter().map(|tile| tile.covers.size().texels()).sum();
            covered != expected.size.texels()
                || !tiles
                    .iter()
                    .all(|tile| same_texels(&expected, &pages[&tile.region.page], tile))
        });
        wrong.map(|(name, _)| name.picture).collect()
    });
    match (pictures.len(), wrong.len()) {
        (0, _) => Err("no picture is visible, so nothing was checked.".to_owned()),
        (all, 0) => Ok(all),
        (all, count) => Err(format!(
            "{count} of {all} pictures have wrong texels: {}.",
            some(&wrong)
        )),
    }
}

/// Compares two PNGs. Rounding may differ, since the same texels can be at other places of an atlas.
pub fn same_picture(one: &Path, other: &Path) -> Result<(), String> {
    let open = |path: &Path| {
        let image = image::open(path).map(DynamicImage::into_rgba8);
        image.map_err(|error| format!("{} cannot be read: {error}.", path.display()))
    };
    let (one_image, other_image) = (open(one)?, open(other)?);
    let names = format!("{} and {}", one.display(), other.display());
    if one_image.dimensions() != other_image.dimensions() {
        return Err(format!("{names} have different sizes."));
    }
    let texels = one_image.as_raw().iter().zip(other_image.as_raw());
    match texels.map(|(one, other)| one.abs_diff(*other)).max() {
        Some(most) if most > MAX_ROUNDING => Err(format!("{names} differ by up to {most} of 255.")),
        _ => Ok(()),
    }
}

/// Returns where the visible pictures lie.
fn resident(live: &mut Live) -> Result<Vec<(PixmapName, Vec<Tile>)>, String> {
    let mut pictures = Vec::new();
    let mut missing = Vec::new();
    for name in &live.names {
        match live.cache.find(name) {
            Some(key) => pictures.push((*name, live.cache.tiles(key).collect())),
            None => missing.push(name.picture),
        }
    }
    match missing.len() {
        0 => Ok(pictures),
        count => {
            let all = live.names.len();
            Err(format!(
                "{count} of {all} visible pictures are missing: {}.",
                some(&missing)
            ))
        }
    }
}

/// Returns the first numbers, for a message.
fn some(pictures: &[u32]) -> String {
    let more = if pictures.len() > 8 { ", ..." } else { "" };
    let some = pictures.iter().take(8).map(u32::to_string);
    "numbers ".to_owned() + &some.collect::<Vec<_>>().join(", ") + more
}

fn read_pages(
    live: &mut Live,
    pages: impl Iterator<Item = PageIndex>,
) -> Result<HashMap<PageIndex, PixmapBuf>, String> {
    let mut read = HashMap::new();
    for page in pages {
        if let std::collections::hash_map::Entry::Vacant(vacant) = read.entry(page) {
            let texels = live.cache.read_page(page);
            vacant.insert(texels.map_err(|error| format!("a page cannot be read back: {error}."))?);
        }
    }
    Ok(read)
}

/// Compares all texels that a tile stores with the picture's.
fn same_texels(expected: &PixmapBuf, page: &PixmapBuf, tile: &Tile) -> bool {
    let texel_bytes = expected.format.bytes_per_texel() as usize;
    let Tile { stored, region, .. } = tile;
    let row_bytes = texel_bytes * stored.width as usize;
    let row = |pixels: &PixmapBuf, x: u32, y: u32| {
        let start = y as usize * pixels.bytes_per_row as usize + x as usize * texel_bytes;
        pixels.bytes[start..start + row_bytes].to_vec()
    };
    stored.size() == region.rect.size()
        && (0..stored.height).all(|down| {
            row(expected, stored.x, stored.y + down) == row(page, region.rect.x, region.rect.y + down)
        })
}

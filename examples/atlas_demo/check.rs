//! Checks what is on the screen: every visible picture is resident, and its texels equal its source's.

use std::collections::HashMap;
use std::path::Path;

use image::DynamicImage;
use pixmap_cache::{PageIndex, PixmapBuf, Region};
use rayon::prelude::*;

use crate::live::Live;
use crate::scene::PixmapName;
use kit::pictures::texels;

/// Levels by which a filtered texel may differ: 1 if filter weights are exact, more if they have 8 bits and the texel is
/// dark. A wrong picture differs by far more.
const MAX_ROUNDING: u8 = 8;

/// Compares every texel of every picture in the last view with a fresh rasterization, and returns the number of pictures.
/// The error names the missing or wrong ones. Waits for the GPU.
pub fn exact(live: &mut Live) -> Result<usize, String> {
    let regions = resident(live)?;
    let pages = read_pages(live, regions.iter().map(|(_, region)| region.page))?;
    let (source, format) = (&live.source, live.format);
    let wrong: Vec<u32> = live.pool.install(|| {
        let wrong = regions.par_iter().filter(|(name, region)| {
            let expected = texels::to_pixmap(source.rasterize(name.picture, name.side), format);
            !same_texels(&expected, &pages[&region.page], region)
        });
        wrong.map(|(name, _)| name.picture).collect()
    });
    match (regions.len(), wrong.len()) {
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

fn resident(live: &mut Live) -> Result<Vec<(PixmapName, Region)>, String> {
    let mut regions = Vec::new();
    let mut missing = Vec::new();
    for name in &live.names {
        let key = live.cache.find(name);
        match key.and_then(|key| live.cache.region(key)) {
            Some(region) => regions.push((*name, region)),
            None => missing.push(name.picture),
        }
    }
    match missing.len() {
        0 => Ok(regions),
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

fn same_texels(expected: &PixmapBuf, page: &PixmapBuf, region: &Region) -> bool {
    let texel_bytes = expected.bytes_per_row as usize / expected.size.width as usize;
    let row_bytes = texel_bytes * region.rect.width as usize;
    let rows = expected.bytes.chunks_exact(row_bytes);
    let sizes_agree = (region.rect.width, region.rect.height) == (expected.size.width, expected.size.height);
    sizes_agree
        && rows.zip(region.rect.y as usize..).all(|(row, y)| {
            let start = y * page.bytes_per_row as usize + region.rect.x as usize * texel_bytes;
            row == &page.bytes[start..start + row_bytes]
        })
}

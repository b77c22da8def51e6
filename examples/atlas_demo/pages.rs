//! The pages of the atlas as PNGs, and a map of them as SVG.

use image::{Rgba, RgbaImage};
use pixmap_cache::{PageIndex, PixmapCache, Rect};

use crate::options::Options;
use kit::draw::offscreen::save;
use kit::pictures::texels;
use kit::wall::pixmaps::PixmapName;

/// Background of resident pixmaps, and of texels that belong to none.
const LIVE: [u8; 3] = [250, 250, 251];
const DEAD: [u8; 3] = [186, 191, 201];

/// Writes a map of the pages, and each page. Returns how many pages there are.
pub fn write_pages(cache: &mut PixmapCache<PixmapName>, options: &Options) -> Result<u32, String> {
    let map = options.out().join("atlas.svg");
    std::fs::write(&map, cache.inspect().to_svg()).map_err(|error| {
        format!(
            "{} cannot be written ({error}): give another --out.",
            map.display()
        )
    })?;
    let pages = cache.page_count();
    for page in 0..pages {
        let pixmap = cache
            .read_page(PageIndex(page))
            .map_err(|error| format!("page {page} of the atlas cannot be read back: {error}"))?;
        let texels = texels::to_image(pixmap, options.format);
        let live = live_regions(cache, PageIndex(page));
        save(
            &on_backdrop(&texels, &live),
            &options.out().join(format!("page-{page:02}.png")),
        )?;
    }
    Ok(pages)
}

/// With the mip levels, which lie beside their pixmaps.
fn live_regions(cache: &PixmapCache<PixmapName>, page: PageIndex) -> Vec<Rect> {
    let inspection = cache.inspect();
    inspection
        .regions_on(page)
        .map(|entry| entry.region.rect)
        .collect()
}

/// Draws live pixmaps on a light ground. Leftovers of evicted ones show faintly until they are overwritten.
fn on_backdrop(texels: &RgbaImage, live: &[Rect]) -> RgbaImage {
    let mut image = RgbaImage::from_fn(texels.width(), texels.height(), |x, y| {
        Rgba(over(texels.get_pixel(x, y).0, DEAD, 0.12))
    });
    for rect in live {
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                image.put_pixel(x, y, Rgba(over(texels.get_pixel(x, y).0, LIVE, 1.0)));
            }
        }
    }
    image
}

fn over([r, g, b, a]: [u8; 4], ground: [u8; 3], opacity: f32) -> [u8; 4] {
    let cover = f32::from(a) / 255.0 * opacity;
    let mix = |top: u8, under: u8| (f32::from(top) * cover + f32::from(under) * (1.0 - cover)).round() as u8;
    [mix(r, ground[0]), mix(g, ground[1]), mix(b, ground[2]), 255]
}

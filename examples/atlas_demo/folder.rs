//! A folder's images as pictures: found, decoded once, kept as large as they are of use, scaled to the sizes asked for.
//!
//! A file that is named like an image but can't be shown is reported on stderr in one line and skipped; one that is
//! damaged is reported and shown as far as it goes. Other files and subfolders are ignored.

use std::path::{Path, PathBuf};

use image::RgbaImage;
use image::imageops::{self, FilterType};
use indicatif::{ProgressBar, ProgressStyle};
use kit::pictures::files::{self, Decoded, ImageFiles, Skipped};
use kit::pictures::texels;
use kit::terminal::printable;
use kit::wall::MAX_SIDE;
use pixmap_cache::Size;

const MAX_IMAGES: usize = 10_000;

/// Images stay in memory: all together in about so many bytes, but each in at least 100 KiB.
const KEPT_BYTES: u64 = 256 << 20;
const MIN_KEPT_TEXELS: u64 = (MAX_SIDE * MAX_SIDE) as u64;

/// One picture may take a quarter of the cache: what was drawn last is still protected when it comes.
const BUDGET_SHARE: u64 = 4;
/// Bytes per texel of a pixmap, its mip levels included.
const TEXEL_BYTES: u64 = 6;

pub struct Folder {
    name: String,
    /// Premultiplied, sRGB-encoded.
    images: Vec<RgbaImage>,
    scaled_down: usize,
}

impl Folder {
    pub fn open(path: &Path, budget_bytes: u64) -> Result<Self, String> {
        let name = path.display().to_string();
        let paths = image_files(path)?;
        let max_texels = max_texels(paths.len(), budget_bytes);
        let bar = progress_bar(paths.len());
        let mut images = Vec::new();
        let mut scaled_down = 0;
        for path in &paths {
            match Picture::load(path, max_texels) {
                Ok(picture) => {
                    if picture.is_partial {
                        bar.suspend(|| eprintln!("atlas_demo: {}", printable(files::damaged(path))));
                    }
                    scaled_down += usize::from(picture.is_scaled_down);
                    images.push(picture.image);
                }
                Err(reason) => {
                    let path = path.clone();
                    let skipped = Skipped { path, reason };
                    bar.suspend(|| eprintln!("atlas_demo: {}", printable(skipped)));
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        if images.is_empty() {
            return Err(format!(
                "there is no readable image in {name}: give a folder with PNG, JPEG, WebP, GIF or BMP files, \
                 or none to see emoji."
            ));
        }
        Ok(Self {
            name,
            images,
            scaled_down,
        })
    }

    /// The path as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// The number of images that were larger than they are kept.
    pub fn scaled_down(&self) -> usize {
        self.scaled_down
    }

    pub fn pixmap_size(&self, index: usize, side: u32) -> Size {
        let (width, height) = self.images[index].dimensions();
        let (longer, shorter) = (f64::from(width.max(height)), f64::from(width.min(height)));
        // A sliver is drawn from at least one texel across.
        let scale = (f64::from(side) / longer).max(1.0 / shorter);
        scaled(width, height, scale)
    }

    pub fn scale(&self, index: usize, side: u32) -> RgbaImage {
        let image = &self.images[index];
        let size = self.pixmap_size(index, side);
        if image.dimensions() == (size.width, size.height) {
            return image.clone();
        }
        // Triangle has no negative lobes: it can't make a color brighter than its alpha.
        imageops::resize(image, size.width, size.height, FilterType::Triangle)
    }
}

/// Lists the images of a folder, at most `MAX_IMAGES`. Prints which files are skipped.
fn image_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let ImageFiles { mut paths, skipped } = ImageFiles::list(folder)?;
    for skipped in &skipped {
        eprintln!("atlas_demo: {}", printable(skipped));
    }
    if paths.len() > MAX_IMAGES {
        let all = paths.len();
        eprintln!("atlas_demo: showing the first {MAX_IMAGES} of {all} images.");
        paths.truncate(MAX_IMAGES);
    }
    Ok(paths)
}

/// A picture, as small as the demo needs it.
struct Picture {
    image: RgbaImage,
    is_partial: bool,
    is_scaled_down: bool,
}

impl Picture {
    /// Decodes and premultiplies a file, and shrinks it if it has more texels. The error is the reason in one line.
    fn load(path: &Path, max_texels: u64) -> Result<Self, String> {
        let Decoded { image, is_partial } = files::decode(path)?;
        let mut image = image.into_rgba8();
        texels::premultiply(&mut image);
        let (width, height) = image.dimensions();
        let texels = Size::new(width, height).texels();
        let is_scaled_down = texels > max_texels;
        if is_scaled_down {
            let size = scaled(width, height, (max_texels as f64 / texels as f64).sqrt());
            image = imageops::thumbnail(&image, size.width, size.height);
        }
        Ok(Self {
            image,
            is_partial,
            is_scaled_down,
        })
    }
}

/// Returns how many texels of each of `count` images are kept.
fn max_texels(count: usize, budget_bytes: u64) -> u64 {
    let of_memory = KEPT_BYTES / 4 / count.max(1) as u64;
    let of_cache = budget_bytes / BUDGET_SHARE / TEXEL_BYTES;
    of_memory.min(of_cache).max(MIN_KEPT_TEXELS)
}

/// Returns a size of these proportions, at most the image itself and at least one texel each way.
fn scaled(width: u32, height: u32, scale: f64) -> Size {
    let along = |length: u32| ((f64::from(length) * scale.min(1.0)).round() as u32).max(1);
    Size::new(along(width), along(height))
}

fn progress_bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("decoding   {bar:40} {pos}/{len} images")
        .expect("BUG: the template is fixed");
    ProgressBar::new(files as u64).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(width: u32, height: u32) -> Folder {
        Folder {
            name: String::new(),
            images: vec![RgbaImage::new(width, height)],
            scaled_down: 0,
        }
    }

    #[test]
    fn a_sliver_of_one_texel_goes_in_as_it_is() {
        let folder = folder_of(1, 10_000);
        for side in [16, 160, 2560] {
            assert_eq!(
                folder.pixmap_size(0, side),
                Size::new(1, 10_000),
                "in a box of {side}"
            );
        }
    }

    /// A picture's name is its longer side, and has to lead to the same pixmap.
    #[test]
    fn the_longer_side_of_a_size_leads_to_that_size() {
        for (width, height) in [(3, 10_001), (10, 9_999), (7, 640), (1000, 3), (320, 200), (1, 1)] {
            let folder = folder_of(width, height);
            for side in [16, 20, 96, 160, 640, 5120] {
                let size = folder.pixmap_size(0, side);
                assert_eq!(
                    folder.pixmap_size(0, size.longer_side()),
                    size,
                    "{width}x{height} in a box of {side}"
                );
            }
        }
    }

    #[test]
    fn what_is_kept_fits_the_cache_and_the_memory() {
        let few = max_texels(1, 16 << 20);
        assert_eq!(
            few,
            (16 << 20) / 24,
            "a quarter of the budget, mip levels included"
        );
        assert_eq!(
            max_texels(10_000, 16 << 30),
            MIN_KEPT_TEXELS,
            "memory for all of them"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_named_as_it_was_given() {
        let refused = Folder::open(Path::new("no\u{1b}such"), 16 << 20)
            .err()
            .expect("there is none");
        assert!(
            refused.contains("no\u{1b}such"),
            "escaped where it is printed: {refused:?}"
        );
    }
}

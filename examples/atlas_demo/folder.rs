//! A folder's images as pictures: found, decoded once, kept as thumbnails, scaled to the sizes asked for.
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

/// Thumbnails stay in memory, at up to 100 KiB each.
const MAX_IMAGES: usize = 10_000;

pub struct Folder {
    name: String,
    /// Premultiplied, sRGB-encoded; no side above `MAX_SIDE`.
    thumbnails: Vec<RgbaImage>,
}

impl Folder {
    pub fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let paths = image_files(path)?;
        let bar = progress_bar(paths.len());
        let mut thumbnails = Vec::new();
        for path in &paths {
            match Thumbnail::load(path) {
                Ok(thumbnail) => {
                    if thumbnail.is_partial {
                        bar.suspend(|| eprintln!("atlas_demo: {}", printable(files::damaged(path))));
                    }
                    thumbnails.push(thumbnail.image);
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
        if thumbnails.is_empty() {
            return Err(format!(
                "there is no readable image in {name}: give a folder with PNG, JPEG, WebP, GIF or BMP files, \
                 or none to see emoji."
            ));
        }
        Ok(Self { name, thumbnails })
    }

    /// The path as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn len(&self) -> usize {
        self.thumbnails.len()
    }

    pub fn pixmap_size(&self, index: usize, side: u32) -> Size {
        let (width, height) = self.thumbnails[index].dimensions();
        fit(width, height, side)
    }

    pub fn scale(&self, index: usize, side: u32) -> RgbaImage {
        let thumbnail = &self.thumbnails[index];
        let size = self.pixmap_size(index, side);
        if thumbnail.dimensions() == (size.width, size.height) {
            return thumbnail.clone();
        }
        // Triangle has no negative lobes: it can't make a color brighter than its alpha.
        imageops::resize(thumbnail, size.width, size.height, FilterType::Triangle)
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
struct Thumbnail {
    image: RgbaImage,
    is_partial: bool,
}

impl Thumbnail {
    /// Decodes, premultiplies and shrinks a file. The error is the reason in one line.
    fn load(path: &Path) -> Result<Self, String> {
        let Decoded { image, is_partial } = files::decode(path)?;
        let mut image = image.into_rgba8();
        texels::premultiply(&mut image);
        let size = fit(image.width(), image.height(), MAX_SIDE);
        if image.dimensions() != (size.width, size.height) {
            image = imageops::thumbnail(&image, size.width, size.height);
        }
        Ok(Self { image, is_partial })
    }
}

/// Returns the largest size of these proportions that fits in a box of `side` and does not exceed the image itself.
fn fit(width: u32, height: u32, side: u32) -> Size {
    let longest = width.max(height);
    let scale = f64::from(side.min(longest)) / f64::from(longest);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    Size::new(scaled(width), scaled(height))
}

fn progress_bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("decoding   {bar:40} {pos}/{len} images")
        .expect("BUG: the template is fixed");
    ProgressBar::new(files as u64).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_named_as_it_was_given() {
        let refused = Folder::open(Path::new("no\u{1b}such"))
            .err()
            .expect("there is none");
        assert!(
            refused.contains("no\u{1b}such"),
            "escaped where it is printed: {refused:?}"
        );
    }
}

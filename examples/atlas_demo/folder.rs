//! A folder's images as pictures: found, decoded once, kept as thumbnails, scaled to the sizes asked for.
//!
//! A file that isn't a readable image of sensible size is named on stderr in one line and skipped. Files that don't
//! even claim to be images, and subfolders, are passed over in silence.

use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage};
use indicatif::{ProgressBar, ProgressStyle};
use pixmap_cache::Size;

use kit::pictures::texels;
use kit::terminal::printable;
use kit::wall::MAX_SIDE;

/// Beyond these a file is absurd for a thumbnail: a few bytes may claim gigabytes.
const MAX_IMAGE_SIDE: u32 = 20_000;
const MAX_IMAGE_BYTES: u64 = 512 << 20;
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
        let files = image_files(path)?;
        let bar = progress_bar(files.len());
        let mut thumbnails = Vec::new();
        for file in &files {
            match load_thumbnail(file) {
                Ok(thumbnail) => thumbnails.push(thumbnail),
                Err(reason) => bar.suspend(|| {
                    eprintln!("atlas_demo: {}", skipped(file, &reason));
                }),
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

fn skipped(file: &Path, reason: &str) -> String {
    printable(format!("skipped {}: {reason}", file.display()))
}

/// The files that are images by their first bytes or their extension, by name.
fn image_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error| {
        let folder = folder.display();
        format!("the folder {folder} can't be read ({error}): give one with images, or none to see emoji.")
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && claims_to_be_image(&path) {
            files.push(path);
        }
    }
    files.sort();
    if files.len() > MAX_IMAGES {
        let all = files.len();
        eprintln!("atlas_demo: showing the first {MAX_IMAGES} of {all} images.");
        files.truncate(MAX_IMAGES);
    }
    Ok(files)
}

fn claims_to_be_image(path: &Path) -> bool {
    ImageFormat::from_path(path).is_ok()
        || ImageReader::open(path)
            .and_then(ImageReader::with_guessed_format)
            .is_ok_and(|reader| reader.format().is_some())
}

/// Decodes, turns upright, premultiplies, shrinks; the reason in one line when that can't be.
fn load_thumbnail(path: &Path) -> Result<RgbaImage, String> {
    let image = decode(path).map_err(|error| match error {
        ImageError::Limits(_) => format!(
            "it claims a side above {MAX_IMAGE_SIDE} texels or more than {} MiB of pixels",
            MAX_IMAGE_BYTES >> 20
        ),
        error => error.to_string().replace('\n', " ").trim().to_owned(),
    })?;
    let mut image = image.into_rgba8();
    texels::premultiply(&mut image);
    let size = fit(image.width(), image.height(), MAX_SIDE);
    if image.dimensions() == (size.width, size.height) {
        return Ok(image);
    }
    Ok(imageops::thumbnail(&image, size.width, size.height))
}

fn decode(path: &Path) -> Result<DynamicImage, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_IMAGE_SIDE);
    limits.max_image_height = Some(MAX_IMAGE_SIDE);
    limits.max_alloc = Some(MAX_IMAGE_BYTES);
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // The image's own pixels count too, which decoders of some formats leave to their caller.
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The largest size of these proportions that fits in a box of `side` and doesn't exceed the image itself.
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
    fn a_skipped_file_is_named_without_its_control_characters() {
        let line = skipped(Path::new("in/\u{1b}[31mred\n.png"), "not an image\u{7}");
        assert_eq!(line, "skipped in/\\u{1b}[31mred\\n.png: not an image\\u{7}");
    }

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

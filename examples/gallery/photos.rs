//! What the threads do: read or make a photo, scale it down, cut it to a thumbnail's shape.
//!
//! Everything slow is here, and nothing of the cache. Thumbnails are opaque and sRGB-encoded, so there is nothing to
//! premultiply: what is transparent in a file lies on white.

use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbaImage};
use pixmap_cache::Size;

use crate::landscape;

/// Landscapes there are when no folder is given, and one of them that fails, as a damaged file would.
const LANDSCAPES: u32 = 96;
const DAMAGED: u32 = 3;

pub enum Photos {
    Files(Vec<PathBuf>),
    MadeUp,
}

impl Photos {
    pub fn made_up() -> Self {
        Self::MadeUp
    }

    /// The files that are images by their extensions, by name. None is read yet.
    pub fn folder(path: &Path) -> Result<Self, String> {
        let folder = path.display();
        let entries = std::fs::read_dir(path)
            .map_err(|error| format!("the folder {folder} can't be read ({error}): give another one."))?;
        let mut files: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|file| ImageFormat::from_path(file).is_ok())
            .collect();
        files.sort();
        match files.is_empty() {
            true => Err(format!(
                "there is no image in {folder}: give another folder, or none."
            )),
            false => Ok(Self::Files(files)),
        }
    }

    pub fn len(&self) -> u32 {
        match self {
            Self::Files(files) => u32::try_from(files.len()).unwrap_or(u32::MAX),
            Self::MadeUp => LANDSCAPES,
        }
    }

    /// A thumbnail of exactly this size, which the photo covers: what is too much of it is cut off.
    pub fn thumbnail(&self, photo: u32, size: Size) -> Result<RgbaImage, String> {
        let image = match self {
            Self::Files(files) => decode(&files[photo as usize])?,
            Self::MadeUp if photo == DAMAGED => return Err("this photo is damaged, on purpose".to_owned()),
            Self::MadeUp => landscape::paint(photo).into(),
        };
        // Triangle and not Lanczos: no ringing at edges, and less work.
        let mut thumbnail = image
            .resize_to_fill(size.width, size.height, FilterType::Triangle)
            .into_rgba8();
        if image.color().has_alpha() {
            let mut white = RgbaImage::from_pixel(size.width, size.height, image::Rgba([255; 4]));
            imageops::overlay(&mut white, &thumbnail, 0, 0);
            thumbnail = white;
        }
        Ok(thumbnail)
    }
}

/// The image as its camera was held.
fn decode(file: &Path) -> Result<DynamicImage, String> {
    let failure = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let mut decoder = ImageReader::open(file)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| failure(&error))?
        .into_decoder()
        .map_err(|error| failure(&error))?;
    let orientation = decoder.orientation().map_err(|error| failure(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| failure(&error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

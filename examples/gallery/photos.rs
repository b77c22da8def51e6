//! The threads' work: read or make a photo, scale it down, crop it to a thumbnail's shape.
//!
//! Everything slow is here; the cache is not. Thumbnails are opaque and sRGB-encoded, so nothing has to be premultiplied:
//! transparent images are laid on white.

use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{DynamicImage, RgbaImage};
use kit::pictures::files::{self, ImageFiles};
use kit::terminal::printable;
use pixmap_cache::Size;

use crate::landscape;

/// Number of landscapes shown when no folder is given, and the one that fails as a damaged file would.
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

    /// Lists the images of a folder, by name. Prints which files are skipped. None is decoded yet.
    pub fn folder(path: &Path) -> Result<Self, String> {
        let files = ImageFiles::list(path)?;
        for skipped in &files.skipped {
            eprintln!("gallery: {}", printable(skipped));
        }
        if files.paths.is_empty() {
            let folder = path.display();
            return Err(format!(
                "there is no image in {folder}: give another folder, or none."
            ));
        }
        Ok(Self::Files(files.paths))
    }

    pub fn len(&self) -> u32 {
        match self {
            Self::Files(files) => u32::try_from(files.len()).unwrap_or(u32::MAX),
            Self::MadeUp => LANDSCAPES,
        }
    }

    /// Returns a thumbnail of exactly this size. The photo covers it; the excess is cropped.
    pub fn thumbnail(&self, photo: u32, size: Size) -> Result<RgbaImage, String> {
        let image = match self {
            Self::Files(files) => decode(&files[photo as usize])?,
            Self::MadeUp if photo == DAMAGED => return Err("this photo is damaged, on purpose".to_owned()),
            Self::MadeUp => landscape::paint(photo).into(),
        };
        // Triangle, not Lanczos: no ringing at edges, and less work.
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

/// Decodes a file. A damaged one is reported and shown as far as it goes.
fn decode(path: &Path) -> Result<DynamicImage, String> {
    let name = path.display();
    let decoded = files::decode(path).map_err(|reason| format!("{name}: {reason}"))?;
    if decoded.is_partial {
        eprintln!("gallery: {}", printable(files::damaged(path)));
    }
    Ok(decoded.image)
}

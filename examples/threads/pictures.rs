//! What the pool decodes: the emoji set, or the files of a folder, numbered from 0.
//!
//! Nothing is read or decoded before it is asked for, and then in whatever thread asks.

use std::path::{Path, PathBuf};

use image::{ImageFormat, ImageReader, RgbaImage};
use pixmap_cache::PixmapBuf;
use wgpu::TextureFormat;

use kit::pictures::emoji::EmojiSet;
use kit::pictures::texels;

pub enum Pictures {
    Emoji(EmojiSet),
    Files(Vec<PathBuf>),
}

impl Pictures {
    pub fn emoji() -> Self {
        Self::Emoji(EmojiSet::shuffled(1))
    }

    /// The files that are images by their extensions, by name.
    pub fn folder(path: &Path) -> Result<Self, String> {
        let folder = path.display();
        let entries = std::fs::read_dir(path)
            .map_err(|error| format!("the folder {folder} can't be read ({error}): give another one."))?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut files: Vec<PathBuf> = paths
            .filter(|file| ImageFormat::from_path(file).is_ok())
            .collect();
        files.sort();
        match files.is_empty() {
            true => Err(format!(
                "there is no image in {folder}: give another folder, or none to see emoji."
            )),
            false => Ok(Self::Files(files)),
        }
    }

    pub fn len(&self) -> u32 {
        let len = match self {
            Self::Emoji(set) => set.len(),
            Self::Files(files) => files.len(),
        };
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// The picture, at most `side` texels wide and high. The slow part, which no frame should wait for.
    pub fn decode(&self, picture: u32, side: u32, format: TextureFormat) -> Result<PixmapBuf, String> {
        let image = match self {
            Self::Emoji(set) => set.rasterise(picture as usize, side),
            Self::Files(files) => thumbnail(&files[picture as usize], side)?,
        };
        Ok(texels::to_pixmap(image, format))
    }
}

fn thumbnail(file: &Path, side: u32) -> Result<RgbaImage, String> {
    let reader = ImageReader::open(file).and_then(ImageReader::with_guessed_format);
    let reader = reader.map_err(|error| format!("{}: {error}", file.display()))?;
    let image = reader.decode();
    let image = image.map_err(|error| format!("{}: {error}", file.display()))?;
    let mut image = image.thumbnail(side, side).into_rgba8();
    texels::premultiply(&mut image);
    Ok(image)
}

//! The pictures that the pool decodes: the emoji set or the files of a folder, numbered from 0.
//!
//! A picture is read and decoded in the thread that asks for it.

use std::path::{Path, PathBuf};

use image::RgbaImage;
use pixmap_cache::PixmapBuf;
use wgpu::TextureFormat;

use kit::pictures::emoji::EmojiSet;
use kit::pictures::files::{self, ImageFiles};
use kit::pictures::texels;
use kit::terminal::printable;

pub enum Pictures {
    Emoji(EmojiSet),
    Files(Vec<PathBuf>),
}

impl Pictures {
    pub fn emoji() -> Self {
        Self::Emoji(EmojiSet::shuffled(1))
    }

    /// Lists the images of a folder, by name. Prints which files are skipped.
    pub fn folder(path: &Path) -> Result<Self, String> {
        let files = ImageFiles::list(path)?;
        for skipped in &files.skipped {
            eprintln!("threads: {}", printable(skipped));
        }
        if files.paths.is_empty() {
            let folder = path.display();
            return Err(format!(
                "there is no image in {folder}: give another folder, or none to see emoji."
            ));
        }
        Ok(Self::Files(files.paths))
    }

    pub fn len(&self) -> u32 {
        let len = match self {
            Self::Emoji(set) => set.count(),
            Self::Files(files) => files.len(),
        };
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// Decodes a picture, at most `side` texels wide and high. This is the slow part, which no frame should wait for.
    pub fn decode(&self, picture: u32, side: u32, format: TextureFormat) -> Result<PixmapBuf, String> {
        let image = match self {
            Self::Emoji(set) => set.rasterize(picture as usize, side),
            Self::Files(files) => thumbnail(&files[picture as usize], side)?,
        };
        Ok(texels::to_pixmap(image, format))
    }
}

fn thumbnail(path: &Path, side: u32) -> Result<RgbaImage, String> {
    let decoded = files::decode(path).map_err(|reason| format!("{}: {reason}", path.display()))?;
    if decoded.is_partial {
        eprintln!("threads: {}", printable(files::damaged(path)));
    }
    let mut image = decoded.image.thumbnail(side, side).into_rgba8();
    texels::premultiply(&mut image);
    Ok(image)
}

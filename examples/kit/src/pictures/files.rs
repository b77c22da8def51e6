//! Image files: which ones a folder has, and their pixels.
//!
//! A folder may hold anything. Only regular files are ever opened: opening a named pipe waits for a writer, and a
//! device may never end.

use std::fmt;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A few bytes may claim gigabytes of pixels; images beyond these limits are refused.
const MAX_SIDE: u32 = 65_535;
const MAX_BYTES: u64 = 512 << 20;

/// The images of a folder, sorted by name.
pub struct ImageFiles {
    pub paths: Vec<PathBuf>,
    /// Named like images, but not regular files.
    pub skipped: Vec<Skipped>,
}

/// A file that is not shown, and why. Displayed as one sentence; the path may contain control characters.
pub struct Skipped {
    pub path: PathBuf,
    pub reason: String,
}

/// An image file's pixels, turned upright.
pub struct Decoded {
    pub image: DynamicImage,
    /// Whether the file is damaged, so that some of the pixels are made up.
    pub is_partial: bool,
}

impl ImageFiles {
    /// Lists the files that are images by their extension or their first bytes.
    pub fn list(folder: &Path) -> Result<Self, String> {
        let unreadable = |error| {
            let folder = folder.display();
            format!("the folder {folder} cannot be read ({error}): give another one.")
        };
        let mut files = Self {
            paths: Vec::new(),
            skipped: Vec::new(),
        };
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            files.sort_in(entry.map_err(unreadable)?.path());
        }
        files.paths.sort();
        files.skipped.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    fn sort_in(&mut self, path: PathBuf) {
        let is_named_image = ImageFormat::from_path(&path).is_ok();
        match check_regular(&path) {
            Ok(()) if is_named_image || starts_as_image(&path) => self.paths.push(path),
            Err(reason) if is_named_image => self.skipped.push(Skipped { path, reason }),
            // Files and folders that do not look like images are ignored.
            _ => {}
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "skipped {}: {}", self.path.display(), self.reason)
    }
}

/// Returns a sentence about a file that was decoded in part.
pub fn damaged(path: &Path) -> String {
    format!(
        "{} is damaged: only a part of it could be decoded",
        path.display()
    )
}

/// Decodes an image file. The error is the reason in one line, without the path.
pub fn decode(path: &Path) -> Result<Decoded, String> {
    // Again: the folder may have changed since it was listed.
    check_regular(path)?;
    decode_regular(path).map_err(|error| match error {
        ImageError::Limits(_) => format!(
            "it claims a side above {MAX_SIDE} texels or more than {} MiB of pixels",
            MAX_BYTES >> 20
        ),
        error => error.to_string().replace('\n', " ").trim().to_owned(),
    })
}

fn decode_regular(path: &Path) -> Result<Decoded, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    reader.limits(limits.clone());
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let mut decoder = reader.into_decoder()?;
    // The image's own pixels count too; decoders of some formats leave that to the caller.
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let strict = if is_jpeg { decode_strictly(path) } else { None };
    let is_partial = is_jpeg && strict.is_none();
    let mut image = match strict {
        Some(image) => image,
        None => DynamicImage::from_decoder(decoder)?,
    };
    image.apply_orientation(orientation);
    Ok(Decoded { image, is_partial })
}

/// Decodes a JPEG, or returns `None` if it is damaged. `image` fills what is missing with gray and reports nothing; its
/// decoders of other formats return an error.
fn decode_strictly(path: &Path) -> Option<DynamicImage> {
    let bytes = fs::read(path).ok()?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    let image = image::RgbImage::from_raw(u32::try_from(width).ok()?, u32::try_from(height).ok()?, pixels)?;
    Some(image.into())
}

fn starts_as_image(path: &Path) -> bool {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    reader.is_ok_and(|reader| reader.format().is_some())
}

/// Follows links. Returns what the file is instead of a regular file.
fn check_regular(path: &Path) -> Result<(), String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if metadata.is_file() {
        Ok(())
    } else {
        Err(format!(
            "it is {}, not a regular file",
            kind(metadata.file_type())
        ))
    }
}

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if file_type.is_fifo() {
        "a named pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else if file_type.is_block_device() || file_type.is_char_device() {
        "a device"
    } else {
        "a folder"
    }
}

#[cfg(not(unix))]
fn kind(_: FileType) -> &'static str {
    "a folder"
}

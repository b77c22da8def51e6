//! What the examples share does what they rely on.

use std::cell::Cell;
use std::error::Error;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage, RgbaImage};
use kit::draw::{Frame, Gpu};
use kit::pictures::files::{self, ImageFiles, Skipped};
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use pixmap_cache::Size;

const WHITE: [u8; 4] = [255; 4];

/// Clears to white, and loses the device in that many tries after the first frame.
struct Loser<'a> {
    tries: &'a Cell<u32>,
}

impl Show for Loser<'_> {
    const TITLE: &'static str = "Loser";

    fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: frame.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::WHITE),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        gpu.queue.submit([encoder.finish()]);
        if !frame.time.is_zero() && self.tries.get() > 0 {
            self.tries.set(self.tries.get() - 1);
            gpu.device.destroy();
        }
        Ok(Next::Frame)
    }
}

/// Draws two frames, and loses the device that many times in the second.
fn picture_after(losses: u32, name: &str) -> Result<RgbaImage, Box<dyn Error>> {
    let out = std::env::temp_dir().join(format!("kit-{name}-{}.png", std::process::id()));
    let options = StageOptions {
        headless: true,
        size: Size::new(64, 64),
        frames: Some(2),
        out: Some(out.clone()),
        ..Default::default()
    };
    let tries = Cell::new(losses);
    stage::run(&options, |_, _| Ok(Loser { tries: &tries }))?;
    let picture = image::open(&out)?.into_rgba8();
    std::fs::remove_file(&out)?;
    Ok(picture)
}

#[test]
fn a_frame_whose_device_is_lost_is_drawn_again() {
    let picture = picture_after(1, "once").expect("a new device draws it");
    assert!(
        picture.pixels().all(|pixel| pixel.0 == WHITE),
        "the frame is drawn on the new device"
    );
}

#[test]
fn a_frame_that_loses_every_device_ends_the_run() {
    let failure = picture_after(u32::MAX, "always").expect_err("every device is lost");
    assert!(failure.to_string().contains("was lost"), "{failure}");
}

#[test]
fn no_control_character_reaches_a_terminal() {
    let name = "a\u{1b}]0;title\u{7}\u{1b}[2J\r\n\u{9b}1m\u{7f}\u{202e}gnp.b";
    let shown = printable(name);
    assert_eq!(
        shown,
        "a\\u{1b}]0;title\\u{7}\\u{1b}[2J\\r\\n\\u{9b}1m\\u{7f}\\u{202e}gnp.b"
    );
    assert!(
        !shown.chars().any(char::is_control) && !shown.contains('\u{202e}'),
        "no control character is left: {shown:?}"
    );
}

#[test]
fn names_in_any_script_and_paths_of_any_system_are_printed_as_they_are() {
    for name in [r#"C:\Bilder\Grüße 'n' "co".png"#, "e\u{301}té/夏/☃.png", ""] {
        assert_eq!(printable(name), name);
    }
}

/// A folder of its own for one test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kit-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The test's own failure is what counts.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Noise, so that no format can make it short.
fn encoded(format: ImageFormat) -> Vec<u8> {
    let noise = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761).to_le_bytes();
    let image = RgbImage::from_fn(64, 64, |x, y| {
        let [_, r, g, b] = noise(x, y);
        image::Rgb([r, g, b])
    });
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, format)
        .expect("an image can be encoded");
    bytes.into_inner()
}

#[cfg(unix)]
fn named_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo runs").success(), "a named pipe can be made");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_skipped_and_named() {
    let folder = Folder::new("irregular");
    let image = folder.file("image.png", &encoded(ImageFormat::Png));
    let unnamed = folder.file("without extension", &encoded(ImageFormat::Gif));
    folder.file("notes.txt", b"no image");
    let at = |name: &str| folder.0.join(name);
    named_pipe(&at("pipe.png"));
    named_pipe(&at("pipe"));
    std::fs::create_dir(at("folder.png")).expect("a folder can be made");
    std::fs::create_dir(at("folder")).expect("a folder can be made");
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.gif")).expect("a socket can be made");
    std::os::unix::fs::symlink("/dev/zero", at("device.bmp")).expect("a link can be made");
    std::os::unix::fs::symlink("nowhere", at("broken.jpg")).expect("a link can be made");
    std::os::unix::fs::symlink(&image, at("link.png")).expect("a link can be made");

    let files = ImageFiles::list(&folder.0).expect("the folder can be read");
    assert_eq!(
        files.paths,
        [image, at("link.png"), unnamed],
        "regular files that are images are listed by name, links to them too"
    );
    let skipped: Vec<String> = files.skipped.iter().map(ToString::to_string).collect();
    let expected = [
        ("broken.jpg", "No such file"),
        ("device.bmp", "a device"),
        ("folder.png", "a folder"),
        ("pipe.png", "a named pipe"),
        ("socket.gif", "a socket"),
    ];
    assert_eq!(skipped.len(), expected.len(), "named like images: {skipped:?}");
    for (line, (name, kind)) in skipped.iter().zip(expected) {
        assert!(
            line.contains(name) && line.contains(kind),
            "{line:?} tells {name} and {kind}"
        );
    }
}

/// The pipe has a writer and an image in it, so that reading it would not wait.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_decoded() {
    use std::io::Write;
    let folder = Folder::new("pipe");
    let path = folder.0.join("pipe.png");
    named_pipe(&path);
    let mut ends = std::fs::File::options();
    let mut ends = ends
        .read(true)
        .write(true)
        .open(&path)
        .expect("a pipe can be opened");
    ends.write_all(&encoded(ImageFormat::Png))
        .expect("an image fits in a pipe");
    let refused = files::decode(&path).map(|decoded| decoded.image.width());
    let reason = refused.expect_err("a named pipe is refused, whatever is in it");
    assert!(reason.contains("a named pipe"), "{reason:?} says what it is");
}

#[test]
fn a_damaged_image_is_refused_or_called_partial() {
    let folder = Folder::new("damaged");
    let formats = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ];
    for format in formats {
        let bytes = encoded(format);
        let whole = files::decode(&folder.file("whole", &bytes)).expect("a whole image is decoded");
        assert!(!whole.is_partial, "a whole {format:?} is not partial");
        for tenths in [3, 5, 7, 9] {
            let cut = files::decode(&folder.file("cut", &bytes[..bytes.len() * tenths / 10]));
            assert!(
                cut.as_ref().map_or(true, |cut| cut.is_partial),
                "{tenths} tenths of a {format:?} are refused or partial"
            );
        }
    }
    let mut bytes = encoded(ImageFormat::Jpeg);
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xff);
    let spoiled = files::decode(&folder.file("spoiled", &bytes)).expect("the first rows are decoded");
    assert!(
        spoiled.is_partial,
        "a JPEG that is spoiled in the middle is partial"
    );
}

#[test]
fn a_skipped_file_is_printed_without_its_control_characters() {
    let skipped = Skipped {
        path: "in/\u{1b}[31mred\n.png".into(),
        reason: "not an image\u{7}".to_owned(),
    };
    assert_eq!(
        printable(skipped),
        "skipped in/\\u{1b}[31mred\\n.png: not an image\\u{7}"
    );
    assert_eq!(
        printable(files::damaged(Path::new("\u{9b}1m.jpg"))),
        "\\u{9b}1m.jpg is damaged: only a part of it could be decoded"
    );
}

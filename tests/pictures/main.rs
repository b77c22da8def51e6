//! The examples draw what they should: each runs off screen on every available backend, and its picture is compared with
//! the one stored in this folder, within the tolerance of `compare.rs`.
//!
//! After an intended change, `PIXMAP_CACHE_RENEW_PICTURES=1 cargo test --test pictures` stores new pictures. Look at
//! them. When a test fails, `target/pictures` has what was drawn and where it differs.
//! `PIXMAP_CACHE_REQUIRE_BACKENDS` names backends that must be present (`vulkan`, `gl`, separated by commas).

mod compare;

use std::path::{Path, PathBuf};
use std::process::Command;

use compare::{Difference, difference_picture};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, Rgba, RgbaImage};

const RENEW: &str = "PIXMAP_CACHE_RENEW_PICTURES";
const REQUIRED: &str = "PIXMAP_CACHE_REQUIRE_BACKENDS";

/// Stored pictures are part of every clone, so they stay small.
const MAX_BYTES: u64 = 60_000;

/// Larger pictures are shrunk to a third before they are stored and compared.
const MAX_PIXELS: u32 = 480 * 320;

const BACKENDS: [(&str, wgpu::Backend); 4] = [
    ("vulkan", wgpu::Backend::Vulkan),
    ("gl", wgpu::Backend::Gl),
    ("metal", wgpu::Backend::Metal),
    ("dx12", wgpu::Backend::Dx12),
];

/// Runs an example on every backend and compares what it draws. An example without `args` takes only the picture's path;
/// the others are run with `--headless` and `--out`.
fn check(example: &str, args: &[&str]) {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pictures/{example}.png"));
    let mut renew = std::env::var_os(RENEW).is_some();
    for backend in backends() {
        let drawn = run(example, args, backend);
        if std::mem::take(&mut renew) {
            store(&drawn, &stored);
        }
        let expected = image::open(&stored)
            .unwrap_or_else(|error| panic!("{}: {error}; {RENEW}=1 makes it", stored.display()))
            .into_rgba8();
        if let Err(how) = compare(&drawn, &expected) {
            let folder = folder();
            let path = |what: &str| folder.join(format!("{example}-{backend}-{what}.png"));
            let saved = drawn
                .save(path("drawn"))
                .and_then(|()| difference_picture(&expected, &drawn).save(path("difference")));
            saved.expect("pictures can be written beside the tests");
            panic!(
                "{example} on {backend} draws something else: {how}. See {} and {}; if it is what it should be, \
                 {RENEW}=1 stores it",
                path("drawn").display(),
                path("difference").display()
            );
        }
    }
}

fn compare(drawn: &RgbaImage, expected: &RgbaImage) -> Result<(), String> {
    let Some(difference) = Difference::between(drawn, expected) else {
        let (drawn, expected) = (drawn.dimensions(), expected.dimensions());
        return Err(format!("its size is {drawn:?} where {expected:?} is stored"));
    };
    if difference.is_tolerable() {
        Ok(())
    } else {
        Err(difference.to_string())
    }
}

/// Returns the backends of this machine. Having none, or lacking a required one, is a failure.
fn backends() -> Vec<&'static str> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let there = |backend| {
        adapters
            .iter()
            .any(|adapter| adapter.get_info().backend == backend)
    };
    let names = BACKENDS.iter().filter(|(_, backend)| there(*backend));
    let names: Vec<&str> = names.map(|(name, _)| *name).collect();
    assert!(
        !names.is_empty(),
        "there is no adapter: install a driver, such as Mesa's lavapipe or llvmpipe"
    );
    for required in std::env::var(REQUIRED).unwrap_or_default().split_terminator(',') {
        assert!(
            names.contains(&required.trim()),
            "{REQUIRED} asks for {required} too"
        );
    }
    names
}

fn run(example: &str, args: &[&str], backend: &str) -> RgbaImage {
    let out = folder().join(format!("{example}-{backend}.png"));
    // The picture of an earlier run must not pass for this one's.
    if out.exists() {
        std::fs::remove_file(&out).expect("a picture of an earlier run can be removed");
    }
    let mut command = Command::new(binary(example));
    command.args(args).env("WGPU_BACKEND", backend);
    if args.is_empty() {
        command.arg(&out);
    } else {
        command.arg("--headless").arg("--out").arg(&out);
    }
    let output = command.output().expect("an example that was built can be run");
    assert!(
        output.status.success(),
        "{example} on {backend} ends with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let drawn = image::open(&out)
        .expect("the picture that the example wrote")
        .into_rgba8();
    let (width, height) = drawn.dimensions();
    if width * height > MAX_PIXELS {
        image::imageops::thumbnail(&drawn, width / 3, height / 3)
    } else {
        drawn
    }
}

/// Returns the path of an example's binary, which must be no older than its sources.
fn binary(example: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a test's own path");
    let profile = this.ancestors().nth(2).expect("deps is in the profile's folder");
    let name = format!("{example}{}", std::env::consts::EXE_SUFFIX);
    let binary = profile.join("examples").join(name);
    let built = modified(&binary).unwrap_or_else(|| {
        panic!(
            "{} is missing: `cargo build --examples` makes it",
            binary.display()
        )
    });
    let list = binary.with_extension("d");
    let sources = std::fs::read_to_string(&list)
        .unwrap_or_else(|error| panic!("{}: {error}; cargo writes it beside the binary", list.display()));
    let sources = sources_in(&sources);
    let main = Path::new("examples").join(example).join("main.rs");
    assert!(
        sources.iter().any(|source| source.ends_with(&main)),
        "{} doesn't name {}, so it can't tell whether the binary is old",
        list.display(),
        main.display()
    );
    let newer = sources
        .iter()
        .find(|source| modified(source).is_some_and(|source| source > built));
    assert_eq!(
        newer,
        None,
        "{} is older than this source: `cargo build --examples` rebuilds it",
        binary.display()
    );
    binary
}

/// Returns the paths after the colon of cargo's list, in which a space within a path is escaped by a backslash.
fn sources_in(list: &str) -> Vec<PathBuf> {
    const SPACE: &str = "\0";
    let (_, sources) = list.split_once(": ").unwrap_or_default();
    sources
        .replace("\\ ", SPACE)
        .split_whitespace()
        .map(|source| source.replace(SPACE, " ").into())
        .collect()
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Returns the folder for pictures of this run.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures");
    std::fs::create_dir_all(&folder).expect("a folder can be made in target");
    folder
}

fn store(picture: &RgbaImage, path: &Path) {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive)
        .write_image(picture, width, height, image::ExtendedColorType::Rgba8)
        .expect("a picture can be encoded");
    let length = bytes.len() as u64;
    assert!(
        length <= MAX_BYTES,
        "{} has {length} bytes, more than {MAX_BYTES}: draw a smaller picture",
        path.display()
    );
    std::fs::write(path, bytes).expect("a picture can be stored");
}

#[test]
fn minimal_draws_its_picture() {
    check("minimal", &[]);
}

#[test]
fn custom_shader_draws_its_picture() {
    check("custom_shader", &["--size", "320x240", "--frames", "30"]);
}

/// The frames before the last one change the size, so that the cache has seen some churn.
#[test]
fn glyphs_draws_its_picture() {
    check("glyphs", &["--size", "480x320", "--frames", "80"]);
}

#[test]
fn gallery_draws_its_picture() {
    check("gallery", &["--complete", "--size", "330x250", "--frames", "30"]);
}

#[test]
fn two_caches_draws_its_picture() {
    check("two_caches", &["--size", "480x320", "--frames", "40"]);
}

#[test]
fn egui_panel_draws_its_picture() {
    check("egui_panel", &["--size", "400x345", "--frames", "30"]);
}

/// Three scales of one picture in tiles with mip levels, after some frames in which it was painted on.
#[test]
fn canvas_draws_its_picture() {
    check("canvas", &["--size", "256x168", "--frames", "9"]);
}

/// Checks that every stored picture is told apart from itself after a visible change.
fn check_told_apart(what: &str, change: impl Fn(&RgbaImage) -> RgbaImage) {
    let mut checked = 0;
    for file in std::fs::read_dir("tests/pictures").expect("the stored pictures") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "png") {
            continue;
        }
        let stored = image::open(&path).expect("a stored picture").into_rgba8();
        assert_eq!(
            compare(&stored, &stored),
            Ok(()),
            "{} is like itself",
            path.display()
        );
        assert!(
            compare(&change(&stored), &stored).is_err(),
            "{what} in {} goes unseen",
            path.display()
        );
        checked += 1;
    }
    assert!(checked >= 7, "there are {checked} stored pictures");
}

#[test]
fn a_picture_moved_by_a_pixel_is_told_apart() {
    check_told_apart("a pixel to the right", |stored| {
        let (width, height) = stored.dimensions();
        RgbaImage::from_fn(width, height, |x, y| *stored.get_pixel(x.saturating_sub(1), y))
    });
}

#[test]
fn a_missing_corner_is_told_apart() {
    check_told_apart("a blank of 24 pixels in the middle", |stored| {
        let mut blank = stored.clone();
        let (left, top) = (stored.width() / 2 - 12, stored.height() / 2 - 12);
        let color = stored.get_pixel(left, top).0.map(|channel| 255 - channel);
        for (x, y) in (0..24 * 24).map(|at| (left + at % 24, top + at / 24)) {
            blank.put_pixel(x, y, Rgba(color));
        }
        blank
    });
}

/// Encoding twice or not at all is the classic mistake with sRGB.
#[test]
fn another_gamma_is_told_apart() {
    check_told_apart("another gamma", |stored| {
        let mut brighter = stored.clone();
        for Rgba([r, g, b, _]) in brighter.pixels_mut() {
            for channel in [r, g, b] {
                *channel = ((f32::from(*channel) / 255.0).powf(1.0 / 1.3) * 255.0).round() as u8;
            }
        }
        brighter
    });
}

#[test]
fn a_source_with_a_space_in_its_path_is_found() {
    let list = "/my\\ target/examples/glyphs: /my\\ crate/examples/glyphs/main.rs /my\\ crate/src/lib.rs\n";
    let expected = ["/my crate/examples/glyphs/main.rs", "/my crate/src/lib.rs"];
    assert_eq!(sources_in(list), expected.map(PathBuf::from));
}

#[test]
fn noise_of_two_steps_is_tolerated() {
    let stored = image::open("tests/pictures/glyphs.png")
        .expect("a stored picture")
        .into_rgba8();
    let mut noisy = stored.clone();
    for (x, y, Rgba(pixel)) in noisy.enumerate_pixels_mut() {
        let step = ((x * 7 + y * 13) % 5) as u8;
        *pixel = pixel.map(|channel| channel.saturating_add(step).saturating_sub(2));
    }
    assert_ne!(noisy, stored);
    assert_eq!(compare(&noisy, &stored), Ok(()));
}

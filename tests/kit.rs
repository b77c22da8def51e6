//! What the examples share does what they rely on.

use std::cell::Cell;
use std::error::Error;

use image::RgbaImage;
use kit::draw::{Frame, Gpu};
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

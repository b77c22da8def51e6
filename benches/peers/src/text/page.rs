//! The text, shaped, and what each frame shows of it.

use std::sync::Arc;

use glyphon::cosmic_text::PhysicalGlyph;
use glyphon::fontdb::{Database, Source};
use glyphon::{
    Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache, SwashImage, TextArea, TextBounds,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::VIEWPORT;

const LINES: u32 = 200;
const LINE_HEIGHT: f32 = 20.0;
/// Letters and symbols that the fonts have, by script.
const SCRIPTS: [(u32, u32); 7] = [
    (0x61, 0x7a),       // Latin
    (0x41, 0x5a),       // capitals
    (0xc0, 0x17e),      // accented Latin
    (0x3b1, 0x3c9),     // Greek
    (0x410, 0x44f),     // Cyrillic
    (0x2190, 0x21ff),   // arrows
    (0x1f400, 0x1f4ff), // emoji
];
/// Sizes, each for some frames. Between them, the size changes a little in each of a few frames.
const SCALES: [f32; 5] = [1.0, 1.5, 1.25, 0.75, 2.0];
const FRAMES_PER_SCALE: u32 = 100;
const ZOOM_FRAMES: u32 = 5;
const FRAMES_PER_JUMP: u32 = 40;
const SCROLLED_PER_FRAME: u32 = 3;

pub struct Page {
    pub fonts: FontSystem,
    pub rasterizer: SwashCache,
    text: Buffer,
}

impl Page {
    pub fn new() -> Self {
        let mut database = Database::new();
        for font in [
            epaint_default_fonts::UBUNTU_LIGHT,
            epaint_default_fonts::HACK_REGULAR,
            epaint_default_fonts::NOTO_EMOJI_REGULAR,
        ] {
            database.load_font_source(Source::Binary(Arc::new(font)));
        }
        let mut fonts = FontSystem::new_with_locale_and_db("en-US".into(), database);
        let mut text = Buffer::new(&mut fonts, Metrics::new(16.0, LINE_HEIGHT));
        text.set_size(None, None);
        let attributes = Attrs::new().family(Family::Name("Ubuntu"));
        text.set_text(&words(), &attributes, Shaping::Advanced, None);
        text.shape_until_scroll(&mut fonts, false);
        Self {
            fonts,
            rasterizer: SwashCache::new(),
            text,
        }
    }

    pub fn glyph_count(&self) -> usize {
        self.text.layout_runs().map(|run| run.glyphs.len()).sum()
    }

    pub fn line_count(&self) -> usize {
        self.text.layout_runs().count()
    }

    /// What glyphon is given.
    pub fn parts(&mut self, frame: u32) -> (&mut FontSystem, &mut SwashCache, TextArea<'_>) {
        let View { top, scale } = View::of(frame);
        let area = TextArea {
            buffer: &self.text,
            left: 4.0,
            top,
            scale,
            bounds: TextBounds {
                left: 0,
                top: 0,
                right: VIEWPORT.width as i32,
                bottom: VIEWPORT.height as i32,
            },
            default_color: Color::rgb(255, 255, 255),
            custom_glyphs: &[],
        };
        (&mut self.fonts, &mut self.rasterizer, area)
    }

    /// Calls `each` for every glyph on a visible line, with the y of the line's baseline in pixels.
    pub fn visible(&mut self, frame: u32, mut each: impl FnMut(&mut Rasterizer<'_>, PhysicalGlyph, i32)) {
        let View { top, scale } = View::of(frame);
        let mut rasterizer = Rasterizer {
            fonts: &mut self.fonts,
            cache: &mut self.rasterizer,
        };
        for run in self.text.layout_runs() {
            let first = (top + run.line_top * scale) as i32;
            let last = first + (run.line_height * scale) as i32;
            if last < 0 {
                continue;
            }
            if first > VIEWPORT.height as i32 {
                break;
            }
            let baseline = (run.line_y * scale).round() as i32;
            for glyph in run.glyphs {
                each(&mut rasterizer, glyph.physical((4.0, top), scale), baseline);
            }
        }
    }
}

pub struct Rasterizer<'p> {
    fonts: &'p mut FontSystem,
    cache: &'p mut SwashCache,
}

impl Rasterizer<'_> {
    pub fn image(&mut self, key: glyphon::CacheKey) -> Option<SwashImage> {
        self.cache.get_image_uncached(self.fonts, key)
    }
}

/// What part of the text a frame shows.
struct View {
    top: f32,
    scale: f32,
}

impl View {
    fn of(frame: u32) -> Self {
        let scale_of = |index: u32| SCALES[index as usize % SCALES.len()];
        let (index, at) = (frame / FRAMES_PER_SCALE, frame % FRAMES_PER_SCALE);
        let progress = ((at + 1) as f32 / ZOOM_FRAMES as f32).min(1.0);
        let before = if index == 0 {
            scale_of(0)
        } else {
            scale_of(index - 1)
        };
        let scale = before + (scale_of(index) - before) * progress;
        let jump = frame / FRAMES_PER_JUMP;
        let line = jump * 7919 % (LINES - 60);
        let scrolled = frame % FRAMES_PER_JUMP * SCROLLED_PER_FRAME;
        let top = -(line as f32 * LINE_HEIGHT * scale + scrolled as f32);
        Self {
            top: top.round(),
            scale,
        }
    }
}

/// Lines of words, each word in one script.
fn words() -> String {
    let mut random = Pcg64::seed_from_u64(5);
    let mut text = String::new();
    for _ in 0..LINES {
        for _ in 0..12 {
            // Half of the words are plain.
            let script = random.random_range(0..2 * SCRIPTS.len());
            let (first, last) = SCRIPTS.get(script).copied().unwrap_or(SCRIPTS[0]);
            for _ in 0..random.random_range(2..9) {
                text.extend(char::from_u32(random.random_range(first..=last)));
            }
            text.push(' ');
        }
        text.push('\n');
    }
    text
}

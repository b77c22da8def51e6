//! The text of the page, and the font, size and ink of each paragraph.

/// Fonts of the page, as indices in the list that the page is made with.
pub const TEXT: u8 = 0;
pub const CODE: u8 = 1;

/// A paragraph of one style.
pub struct Paragraph {
    pub font: u8,
    /// Relative to the body's size.
    pub size: f32,
    /// Linear, as the shader blends.
    pub ink: [f32; 3],
    /// Space above, in lines.
    pub above: f32,
    pub text: &'static str,
}

const INK: [f32; 3] = [0.016, 0.018, 0.027];
const GREY: [f32; 3] = [0.13, 0.14, 0.17];
const ACCENT: [f32; 3] = [0.38, 0.055, 0.022];
const BLUE: [f32; 3] = [0.012, 0.09, 0.24];

const fn title(text: &'static str) -> Paragraph {
    set(TEXT, 2.4, INK, text)
}

const fn heading(text: &'static str) -> Paragraph {
    set(TEXT, 1.5, ACCENT, text)
}

const fn body(text: &'static str) -> Paragraph {
    set(TEXT, 1.0, INK, text)
}

const fn note(text: &'static str) -> Paragraph {
    set(TEXT, 0.78, GREY, text)
}

const fn code(text: &'static str) -> Paragraph {
    set(CODE, 0.86, BLUE, text)
}

const fn set(font: u8, size: f32, ink: [f32; 3], text: &'static str) -> Paragraph {
    Paragraph {
        font,
        size,
        ink,
        above: 0.4,
        text,
    }
}

pub const PAGE: &[Paragraph] = &[
    title("A page of glyphs"),
    note("Set in Ubuntu Light and Hack, drawn in one call from one cache of masks."),
    body(
        "Every letter you see was rasterized once, and then kept: as a mask that says how much of each pixel the letter \
         covers. The next time it is needed, at the same size and the same place within a pixel, only its number goes \
         to the graphics card.",
    ),
    heading("Four of each"),
    body(
        "Letters rarely begin where a pixel begins. If they were moved there, words would look uneven: rill, lilt, \
         million, minimum, Wavy AVATAR Tofu. So there are four masks of a letter, a quarter of a pixel apart, each made \
         when it is first met.",
    ),
    code("name = (font, glyph, size, quarter)"),
    heading("When the size changes"),
    body(
        "A zoom asks for new masks in every frame, and the old ones are of no more use. A cache that only grows would \
         take more and more memory; one that is emptied when it is full would stutter. This one has a budget. It lets \
         go what has not been seen for longest, a page at a time, and moves together what is still on screen.",
    ),
    code("cache.begin_frame(); cache.find(&name); cache.insert_named(name, &mask)?; cache.flush();"),
    body(
        "Nothing that was recorded goes stale: the instances name their masks, and a table on the card knows where each \
         lies. An office of affluent fjords, the quick fox, five dozen liquor jugs, 0123456789, (a, b) {c} [d]; what? \
         Yes!",
    ),
    note(
        "Masks are blended in linear light. Thin dark strokes on light paper then look lighter than readers are used \
         to, so the shader raises their cover a little. That is a matter of taste, and one line of WGSL.",
    ),
];

//! A cache as an SVG picture: its pages as squares, each region a rectangle in the color of its age.
//!
//! Regions are in texels of their page, scaled as a group, so that the picture can be measured. Writing to a string
//! never fails.

mod header;
mod xml;

use std::fmt::{Debug, Write};
use std::hash::Hash;

use self::xml::Escaped;
use super::age::age_color;
use super::{InspectedPage, InspectedRegion, Inspection, VramBytes};
use crate::inspect::figures::{count, share};
use crate::layout::PageCondition;

const PADDING: u32 = 24;
const HEADER: u32 = 206;
/// Below each page, for two lines.
const CAPTION: u32 = 34;
const GAP: u32 = 14;

/// Label and color of a kind of bytes, and how many of them there are.
type Share = (&'static str, &'static str, fn(&VramBytes) -> u64);

const SHARES: [Share; 5] = [
    ("live", "#70a0d0", |bytes| bytes.live),
    ("dead", "#b05462", |bytes| bytes.dead),
    ("waste", "#6c7382", |bytes| bytes.waste),
    ("free", "#3e4758", |bytes| bytes.free),
    ("table", "#bea670", |bytes| bytes.table),
];

/// The picture's measures in pixels.
struct Sheet {
    square: u32,
    columns: u32,
    width: u32,
    height: u32,
    /// Pixels per texel.
    scale: f64,
}

impl Sheet {
    fn new(pages: u32, page_side: u32) -> Self {
        let square = match pages {
            0..=4 => 513,
            5..=16 => 290,
            17..=64 => 180,
            _ => 140,
        };
        // About 1,200 pixels wide, and wider rather than much taller than wide.
        let least = 1240 / (square + GAP);
        let columns = least.max(pages.isqrt()).min(pages.max(1));
        let width = (columns * (square + GAP) - GAP).max(1040) + 2 * PADDING;
        let rows = pages.div_ceil(columns);
        Self {
            square,
            columns,
            width,
            height: HEADER + rows * (square + CAPTION + GAP) + PADDING,
            scale: f64::from(square) / f64::from(page_side),
        }
    }

    fn corner(&self, index: u32) -> (u32, u32) {
        let x = PADDING + index % self.columns * (self.square + GAP);
        let y = HEADER + index / self.columns * (self.square + CAPTION + GAP);
        (x, y)
    }

    /// Name of the hatching: maps of another scale, in the same HTML page, have another one.
    fn hatching(&self, page_side: u32) -> String {
        format!("lost-{}-{page_side}", self.square)
    }
}

impl<N: Hash + Eq + Debug> Inspection<'_, N> {
    /// The cache as an SVG picture: all pages, each region in the color of its age, framed when protected, with name,
    /// size, age and visits as its tooltip. Names are shown by `Debug`. A kilobyte for every seven entries or so.
    pub fn to_svg(&self) -> String {
        let sheet = Sheet::new(self.stats().pages, self.stats().page_side);
        let mut svg = String::new();
        // Writing to a string can't fail.
        let _ = self.write_svg(&mut svg, &sheet);
        svg
    }

    fn write_svg(&self, svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
        let Sheet { width, height, .. } = sheet;
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="Inter, Segoe UI, Roboto, DejaVu Sans, sans-serif" font-size="12" fill="#e2e5eb">"##
        )?;
        self.write_definitions(svg, sheet)?;
        writeln!(svg, r##"<rect width="100%" height="100%" fill="#0d0f14"/>"##)?;
        self.write_header(svg, sheet)?;
        for (index, page) in (0..).zip(self.pages()) {
            self.write_page(svg, sheet, (index, &page))?;
        }
        svg.push_str("</svg>\n");
        Ok(())
    }

    /// What can't be taken is hatched: six pixels wide, however large a texel is.
    fn write_definitions(&self, svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
        let hatching = sheet.hatching(self.stats().page_side);
        let step = 6.0 / sheet.scale;
        let line = 1.2 / sheet.scale;
        writeln!(
            svg,
            r##"<defs><pattern id="{hatching}" width="{step:.4}" height="{step:.4}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="{step:.4}" height="{step:.4}" fill="#2b303a"/><rect width="{line:.4}" height="{step:.4}" fill="#5c6472"/></pattern></defs>"##
        )
    }

    fn write_page(
        &self,
        svg: &mut String,
        sheet: &Sheet,
        (index, page): (u32, &InspectedPage),
    ) -> std::fmt::Result {
        let (x, y) = sheet.corner(index);
        let percent = |part: u64| part as f64 / page.bytes.total() as f64 * 100.0;
        let (side, scale) = (self.stats().page_side, sheet.scale);
        let hatching = sheet.hatching(side);
        writeln!(
            svg,
            r##"<g class="page" transform="translate({x} {y}) scale({scale:.6})"><rect class="lost" width="{side}" height="{side}" fill="url(#{hatching})"><title>page {}: {}</title></rect>"##,
            page.index.0,
            sums(&page.bytes)
        )?;
        for rect in self.free_rects(page.index) {
            writeln!(
                svg,
                r##"<rect class="free" x="{}" y="{}" width="{}" height="{}" fill="#181c24" shape-rendering="crispEdges"/>"##,
                rect.x, rect.y, rect.width, rect.height
            )?;
        }
        // The framed ones last: a neighbour's edge must not lie over a frame.
        for framed in [false, true] {
            for region in self.regions_on(page.index).filter(|r| r.is_protected() == framed) {
                write_region(svg, sheet, &region)?;
            }
        }
        writeln!(
            svg,
            r##"</g><text x="{x}" y="{}">page {} <tspan fill="#8c93a0">{}</tspan></text><text x="{x}" y="{}" font-size="11" fill="#8c93a0">{:.0} % live, {:.0} % dead</text>"##,
            y + sheet.square + 14,
            page.index.0,
            condition(page.condition),
            y + sheet.square + 28,
            percent(page.bytes.live),
            percent(page.bytes.dead)
        )
    }
}

fn write_region<N: Hash + Eq + Debug>(
    svg: &mut String,
    sheet: &Sheet,
    region: &InspectedRegion<'_, N>,
) -> std::fmt::Result {
    let rect = region.region.rect;
    let [red, green, blue] = age_color(region.age_frames);
    let (stroke, pixels) = match (region.pinned, region.is_protected()) {
        (true, _) => ("#4dd0e1", 1.6),
        (false, true) => ("#ffffff", 1.6),
        (false, false) => ("#0d0f14", 0.8),
    };
    // In texels; on regions of a few pixels no wider than what leaves them their color.
    let shorter = f64::from(rect.width.min(rect.height));
    let line = (pixels / sheet.scale).min(shorter / 4.0);
    write!(
        svg,
        r##"<rect class="region" x="{}" y="{}" width="{}" height="{}" fill="#{red:02x}{green:02x}{blue:02x}" stroke="{stroke}" stroke-width="{line:.3}"><title>"##,
        rect.x, rect.y, rect.width, rect.height
    )?;
    if let Some(name) = region.name() {
        write!(svg, "{}, ", Escaped(format_args!("{name:?}")))?;
    }
    let (age, visits) = (region.age_frames, region.visits);
    write!(
        svg,
        "{}, unseen for {} frames, {visits} visits",
        rect.size(),
        count(age)
    )?;
    if region.pinned {
        svg.push_str(", pinned");
    }
    svg.push_str("</title></rect>\n");
    Ok(())
}

fn sums(all: &VramBytes) -> String {
    let shares = SHARES[..4].iter().map(|(label, _, of)| {
        let part = of(all) as f64;
        format!("{} {label}", share(part, all.total() as f64))
    });
    shares.collect::<Vec<_>>().join(", ")
}

fn condition(condition: PageCondition) -> &'static str {
    match condition {
        PageCondition::Free => "free",
        PageCondition::Open => "open",
        PageCondition::Head => "newest",
        PageCondition::Draining => "draining",
        PageCondition::Sealed => "sealed",
    }
}

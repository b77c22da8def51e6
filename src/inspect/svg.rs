//! A cache as an SVG picture: its pages as squares, each region a rectangle in the colour of its age.
//!
//! Regions are in texels of their page, scaled as a group, so that the picture can be measured. Writing to a string
//! never fails.

use std::fmt::{Debug, Write};
use std::hash::Hash;

use super::age::age_colour;
use super::xml::Escaped;
use super::{InspectedPage, InspectedRegion, Inspection, VramBytes};
use crate::figures::{bytes, count, share};
use crate::layout::{EvictReason, PageCondition};

const PADDING: u32 = 24;
const HEADER: u32 = 206;
/// Below each page, for two lines.
const CAPTION: u32 = 34;
const GAP: u32 = 14;

const SHARES: [(&str, &str, fn(&VramBytes) -> u64); 5] = [
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
            0..=4 => 440,
            5..=16 => 290,
            17..=64 => 180,
            _ => 126,
        };
        // About 1,200 pixels wide, and wider rather than much taller than wide.
        let least = 1240 / (square + GAP);
        let columns = least.max(pages.isqrt()).min(pages.max(1));
        let width = (columns * (square + GAP) - GAP).max(900) + 2 * PADDING;
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
}

impl<N: Hash + Eq + Debug> Inspection<'_, N> {
    /// The cache as an SVG picture: all pages, each region in the colour of its age, framed when protected, with name,
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
        let step = 6.0 / sheet.scale;
        let line = 1.2 / sheet.scale;
        writeln!(
            svg,
            r##"<defs><pattern id="lost" width="{step:.4}" height="{step:.4}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="{step:.4}" height="{step:.4}" fill="#2b303a"/><rect width="{line:.4}" height="{step:.4}" fill="#5c6472"/></pattern></defs>"##
        )
    }

    fn write_header(&self, svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
        let stats = self.stats();
        let committed = (u64::from(stats.pages) * stats.page_bytes) as f64;
        let right = sheet.width - PADDING;
        writeln!(
            svg,
            r##"<text x="{PADDING}" y="42" font-size="20" fill="#ffce6e">pixmap-cache</text><text x="{right}" y="42" text-anchor="end" fill="#8c93a0">frame {}</text>"##,
            count(stats.frame)
        )?;
        let figures = [
            (
                "VRAM",
                format!(
                    "{} of {}",
                    bytes(stats.vram_bytes as f64),
                    bytes(stats.budget_bytes as f64)
                ),
            ),
            (
                "pages",
                format!("{} of {} x {}", stats.pages, stats.max_pages, stats.page_side),
            ),
            ("entries", count(stats.entries.into())),
            ("fill", share(stats.live_bytes as f64, committed)),
            ("protected", share(stats.protected_bytes as f64, committed)),
            (
                "hits",
                share(stats.hits as f64, (stats.hits + stats.misses) as f64),
            ),
            (
                "uploads",
                format!(
                    "{} ({})",
                    count(stats.uploads),
                    bytes(stats.uploaded_bytes as f64)
                ),
            ),
            (
                "moves",
                format!("{} ({})", count(stats.moves), bytes(stats.moved_bytes as f64)),
            ),
            ("evictions", count(stats.evictions)),
        ];
        let step = (sheet.width - 2 * PADDING) / 5;
        for (index, (label, value)) in (0..).zip(figures) {
            let (x, y) = (PADDING + index % 5 * step, 68 + index / 5 * 20);
            writeln!(
                svg,
                r##"<text x="{x}" y="{y}"><tspan fill="#8c93a0">{label}</tspan> {value}</text>"##
            )?;
        }
        self.write_bytes(svg, sheet)?;
        self.write_ages(svg)?;
        self.write_reasons(svg)
    }

    /// A bar of where the bytes are, and what its colours mean.
    fn write_bytes(&self, svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
        let all = self.bytes();
        let whole = self.stats().budget_bytes.max(all.total()).max(1) as f64;
        let width = sheet.width - 2 * PADDING;
        writeln!(
            svg,
            r##"<rect x="{PADDING}" y="104" width="{width}" height="8" fill="#14181f"/>"##
        )?;
        let mut left = f64::from(PADDING);
        for (index, (label, colour, of)) in (0..).zip(SHARES) {
            let part = of(&all);
            let wide = part as f64 / whole * f64::from(width);
            writeln!(
                svg,
                r##"<rect x="{left:.2}" y="104" width="{wide:.2}" height="8" fill="{colour}"/>"##
            )?;
            left += wide;
            let x = PADDING + index * width / 5;
            let part = part as f64;
            let amount = format!("{}, {}", bytes(part), share(part, all.total() as f64));
            writeln!(
                svg,
                r##"<rect x="{x}" y="122" width="10" height="10" fill="{colour}"/><text x="{}" y="131"><tspan fill="#8c93a0">{label}</tspan> {amount}</text>"##,
                x + 16
            )?;
        }
        Ok(())
    }

    /// What the colours of regions and pages mean.
    fn write_ages(&self, svg: &mut String) -> std::fmt::Result {
        let mut x = PADDING;
        writeln!(svg, r##"<text x="{x}" y="157" fill="#8c93a0">unseen for</text>"##)?;
        x += 70;
        for age in [0, 1, 4, 16, 64, 256, 1024] {
            let [red, green, blue] = age_colour(age);
            writeln!(
                svg,
                r##"<rect x="{x}" y="148" width="10" height="10" fill="#{red:02x}{green:02x}{blue:02x}"/><text x="{}" y="157" fill="#8c93a0">{age}</text>"##,
                x + 14
            )?;
            x += 48;
        }
        writeln!(svg, r##"<text x="{x}" y="157" fill="#8c93a0">frames</text>"##)?;
        x += 64;
        let legend = [
            ("protected", r##"fill="none" stroke="#ffffff""##),
            ("pinned", r##"fill="none" stroke="#4dd0e1""##),
            ("dead or waste", r##"fill="#2b303a" stroke="#5c6472""##),
            ("free", r##"fill="#181c24" stroke="#3e4758""##),
        ];
        for (label, paint) in legend {
            writeln!(
                svg,
                r##"<rect x="{x}.5" y="148.5" width="9" height="9" {paint}/><text x="{}" y="157" fill="#8c93a0">{label}</text>"##,
                x + 16
            )?;
            x += 44 + 6 * label.len() as u32;
        }
        Ok(())
    }

    /// Why the last entries went.
    fn write_reasons(&self, svg: &mut String) -> std::fmt::Result {
        let remembered = self.evictions().count();
        if remembered == 0 {
            return Ok(());
        }
        write!(
            svg,
            r##"<text x="{PADDING}" y="183"><tspan fill="#8c93a0">last {remembered} evictions</tspan>"##
        )?;
        for reason in EvictReason::ALL {
            let times = self
                .evictions()
                .filter(|eviction| eviction.reason == reason)
                .count();
            if times > 0 {
                write!(
                    svg,
                    r##" <tspan dx="8">{times}</tspan> <tspan fill="#8c93a0">{reason}</tspan>"##
                )?;
            }
        }
        svg.push_str("</text>\n");
        Ok(())
    }

    fn write_page(
        &self,
        svg: &mut String,
        sheet: &Sheet,
        (index, page): (u32, &InspectedPage),
    ) -> std::fmt::Result {
        let (x, y) = sheet.corner(index);
        let (side, scale) = (self.stats().page_side, sheet.scale);
        writeln!(
            svg,
            r##"<g class="page" transform="translate({x} {y}) scale({scale:.6})"><rect class="lost" width="{side}" height="{side}" fill="url(#lost)"><title>page {}: {}</title></rect>"##,
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
            r##"</g><text x="{x}" y="{}">page {} <tspan fill="#8c93a0">{}</tspan></text><text x="{x}" y="{}" font-size="11" fill="#8c93a0">{} live, {} dead</text>"##,
            y + sheet.square + 14,
            page.index.0,
            condition(page.condition),
            y + sheet.square + 28,
            share(page.bytes.live as f64, page.bytes.total() as f64),
            share(page.bytes.dead as f64, page.bytes.total() as f64)
        )
    }
}

fn write_region<N: Hash + Eq + Debug>(
    svg: &mut String,
    sheet: &Sheet,
    region: &InspectedRegion<'_, N>,
) -> std::fmt::Result {
    let rect = region.rect;
    let [red, green, blue] = age_colour(region.age_frames);
    let (stroke, pixels) = match (region.pinned, region.is_protected()) {
        (true, _) => ("#4dd0e1", 1.6),
        (false, true) => ("#ffffff", 1.6),
        (false, false) => ("#0d0f14", 0.8),
    };
    // In texels; on regions of a few pixels no wider than what leaves them their colour.
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
        PageCondition::Head => "open, newest",
        PageCondition::Spare => "spare",
        PageCondition::Sealed => "sealed",
    }
}

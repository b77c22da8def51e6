//! Top of the SVG picture: figures, bytes bar, legend, and why entries were evicted.

use std::fmt::{Result, Write};
use std::hash::Hash;

use super::sheet::{PADDING, Sheet};
use crate::inspect::figures::{bytes, counted, share};
use crate::inspect::legend::{AGE_STOPS, FRAMED};
use crate::inspect::palette::{ACCENT, Color, FREE, LABEL, LOST, LOST_LINE, TRACK, UNUSED};
use crate::inspect::summary::{Summary, TITLE};
use crate::inspect::{Inspection, age_color, bytes_bar};
use crate::layout::EvictReason;

/// What the top of a picture is drawn from.
pub(super) struct Header<'s, 'c, N> {
    pub(super) inspection: &'s Inspection<'c, N>,
    pub(super) sheet: &'s Sheet,
}

impl<N: Hash + Eq> Header<'_, '_, N> {
    pub(super) fn write(&self, svg: &mut String) -> Result {
        let summary = Summary(self.inspection.stats());
        write_title(svg, self.sheet, &summary.frame())?;
        self.write_figures(svg, summary)?;
        self.write_bytes(svg)?;
        write_legend(svg)?;
        self.write_reasons(svg)
    }

    fn write_figures(&self, svg: &mut String, summary: Summary<'_>) -> Result {
        let figures = [
            summary.vram(),
            summary.pages(),
            summary.entries(),
            summary.fill(),
            summary.protected(),
            summary.hits(),
            summary.uploads(),
            summary.moves(),
            summary.evictions(),
        ];
        let step = self.sheet.inner_width() / 5;
        for (index, (label, value)) in (0..).zip(figures) {
            let (x, y) = (PADDING + index % 5 * step, 68 + index / 5 * 20);
            writeln!(
                svg,
                r##"<text x="{x}" y="{y}"><tspan fill="{LABEL}">{label}</tspan> {value}</text>"##
            )?;
        }
        Ok(())
    }

    /// The bytes bar, and what its colors mean.
    fn write_bytes(&self, svg: &mut String) -> Result {
        let all = self.inspection.bytes();
        let width = self.sheet.inner_width();
        writeln!(
            svg,
            r##"<rect x="{PADDING}" y="104" width="{width}" height="8" fill="{TRACK}"/>"##
        )?;
        let budget = self.inspection.stats().budget_bytes;
        for (index, part) in (0..).zip(bytes_bar::parts(&all, budget)) {
            let (label, color) = (part.label, part.color);
            let left = f64::from(PADDING) + part.start * f64::from(width);
            let wide = (part.end - part.start) * f64::from(width);
            writeln!(
                svg,
                r##"<rect x="{left:.2}" y="104" width="{wide:.2}" height="8" fill="{color}"/>"##
            )?;
            let x = PADDING + index * width / 5;
            let amount = part.bytes as f64;
            let amount = format!("{}, {}", bytes(amount), share(amount, all.total() as f64));
            writeln!(
                svg,
                r##"<rect x="{x}" y="122" width="10" height="10" fill="{color}"/><text x="{}" y="131"><tspan fill="{LABEL}">{label}</tspan> {amount}</text>"##,
                x + 16
            )?;
        }
        Ok(())
    }

    /// Why the last entries were evicted, where evictions are recorded.
    fn write_reasons(&self, svg: &mut String) -> Result {
        let recorded = self.inspection.evictions().count() as u64;
        if recorded == 0 {
            return Ok(());
        }
        let evictions = counted(recorded, "eviction");
        write!(
            svg,
            r##"<text x="{PADDING}" y="183"><tspan fill="{LABEL}">last {evictions}</tspan>"##
        )?;
        for reason in EvictReason::ALL {
            let evictions = self.inspection.evictions();
            let times = evictions.filter(|eviction| eviction.reason == reason).count();
            if times > 0 {
                write!(
                    svg,
                    r##" <tspan dx="8">{times}</tspan> <tspan fill="{LABEL}">{reason}</tspan>"##
                )?;
            }
        }
        svg.push_str("</text>\n");
        Ok(())
    }
}

fn write_title(svg: &mut String, sheet: &Sheet, frame: &str) -> Result {
    let right = sheet.width - PADDING;
    writeln!(
        svg,
        r##"<text x="{PADDING}" y="42" font-size="20" fill="{ACCENT}">{TITLE}</text><text x="{right}" y="42" text-anchor="end" fill="{LABEL}">{frame}</text>"##
    )
}

/// What the colors of regions and pages mean.
fn write_legend(svg: &mut String) -> Result {
    let mut x = PADDING;
    writeln!(svg, r##"<text x="{x}" y="157" fill="{LABEL}">unseen for</text>"##)?;
    x += 70;
    for age in AGE_STOPS {
        let color = Color(age_color(age));
        writeln!(
            svg,
            r##"<rect x="{x}" y="148" width="10" height="10" fill="{color}"/><text x="{}" y="157" fill="{LABEL}">{age}</text>"##,
            x + 14
        )?;
        x += 48;
    }
    writeln!(svg, r##"<text x="{x}" y="157" fill="{LABEL}">frames</text>"##)?;
    x += 64;
    let framed = FRAMED.map(|framed| (framed.label, None, framed.color));
    let spaces = [
        ("dead or waste", Some(LOST), LOST_LINE),
        ("free", Some(FREE), UNUSED),
    ];
    for (label, fill, stroke) in framed.into_iter().chain(spaces) {
        let fill = fill.map_or("none".to_owned(), |color| color.to_string());
        writeln!(
            svg,
            r##"<rect x="{x}.5" y="148.5" width="9" height="9" fill="{fill}" stroke="{stroke}"/><text x="{}" y="157" fill="{LABEL}">{label}</text>"##,
            x + 16
        )?;
        x += 44 + 6 * label.len() as u32;
    }
    Ok(())
}

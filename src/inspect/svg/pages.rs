//! The map of the SVG picture: each page as a square, with its regions in the colors of their ages.

use std::fmt::{Debug, Result, Write};
use std::hash::Hash;

use super::sheet::Sheet;
use super::xml::Escaped;
use crate::inspect::figures::{counted, share};
use crate::inspect::legend::{fill_color, frame_color};
use crate::inspect::palette::{BACKGROUND, FREE, LABEL, LOST, LOST_LINE};
use crate::inspect::{InspectedPage, InspectedRegion, Inspection, VramBytes, bytes_bar};
use crate::layout::PageCondition;

/// What the pages of a picture are drawn from.
pub(super) struct Pages<'s, 'c, N> {
    pub(super) inspection: &'s Inspection<'c, N>,
    pub(super) sheet: &'s Sheet,
}

impl<N: Hash + Eq + Debug> Pages<'_, '_, N> {
    /// Writes the hatching of what can't be taken: its lines are six pixels apart at every scale.
    pub(super) fn write_definitions(&self, svg: &mut String) -> Result {
        let hatching = self.sheet.hatching();
        let step = 6.0 / self.sheet.scale();
        let line = 1.2 / self.sheet.scale();
        writeln!(
            svg,
            r##"<defs><pattern id="{hatching}" width="{step:.4}" height="{step:.4}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="{step:.4}" height="{step:.4}" fill="{LOST}"/><rect width="{line:.4}" height="{step:.4}" fill="{LOST_LINE}"/></pattern></defs>"##
        )
    }

    pub(super) fn write(&self, svg: &mut String) -> Result {
        for (index, page) in (0..).zip(self.inspection.pages()) {
            let corner = self.sheet.corner(index);
            self.write_page(svg, &page, corner)?;
            self.write_caption(svg, &page, corner)?;
        }
        Ok(())
    }

    fn write_page(&self, svg: &mut String, page: &InspectedPage, (x, y): (u32, u32)) -> Result {
        let (side, scale) = (self.inspection.stats().page_side, self.sheet.scale());
        let hatching = self.sheet.hatching();
        writeln!(
            svg,
            r##"<g class="page" transform="translate({x} {y}) scale({scale:.6})"><rect class="lost" width="{side}" height="{side}" fill="url(#{hatching})"><title>page {}: {}</title></rect>"##,
            page.index.0,
            shares(&page.bytes)
        )?;
        for rect in self.inspection.free_rects(page.index) {
            writeln!(
                svg,
                r##"<rect class="free" x="{}" y="{}" width="{}" height="{}" fill="{FREE}" shape-rendering="crispEdges"/>"##,
                rect.x, rect.y, rect.width, rect.height
            )?;
        }
        // Framed regions last: the edge of a neighbor must not lie over a frame.
        for framed in [false, true] {
            let regions = self.inspection.regions_on(page.index);
            for region in regions.filter(|region| region.is_protected() == framed) {
                self.write_region(svg, &region)?;
            }
        }
        svg.push_str("</g>");
        Ok(())
    }

    fn write_caption(&self, svg: &mut String, page: &InspectedPage, (x, y): (u32, u32)) -> Result {
        let percent = |part: u64| part as f64 / page.bytes.total() as f64 * 100.0;
        let below = y + self.sheet.square;
        writeln!(
            svg,
            r##"<text x="{x}" y="{}">page {} <tspan fill="{LABEL}">{}</tspan></text><text x="{x}" y="{}" font-size="11" fill="{LABEL}">{:.0} % live, {:.0} % dead</text>"##,
            below + 14,
            page.index.0,
            condition(page.condition),
            below + 28,
            percent(page.bytes.live),
            percent(page.bytes.dead)
        )
    }

    fn write_region(&self, svg: &mut String, region: &InspectedRegion<'_, N>) -> Result {
        let (rect, color) = (region.region.rect, fill_color(region));
        let (stroke, pixels) = frame_color(region).map_or((BACKGROUND, 0.8), |color| (color, 1.6));
        // In texels. On regions of a few pixels it is thin enough to leave their color visible.
        let shorter = f64::from(rect.width.min(rect.height));
        let line = (pixels / self.sheet.scale()).min(shorter / 4.0);
        write!(
            svg,
            r##"<rect class="region" x="{}" y="{}" width="{}" height="{}" fill="{color}" stroke="{stroke}" stroke-width="{line:.3}"><title>"##,
            rect.x, rect.y, rect.width, rect.height
        )?;
        write_tooltip(svg, region)?;
        svg.push_str("</title></rect>\n");
        Ok(())
    }
}

fn write_tooltip<N: Hash + Eq + Debug>(svg: &mut String, region: &InspectedRegion<'_, N>) -> Result {
    if let Some(name) = region.name() {
        write!(svg, "{}, ", Escaped(format_args!("{name:?}")))?;
    }
    let size = region.region.rect.size();
    let age = counted(region.age_frames, "frame");
    let visits = counted(region.visits.into(), "visit");
    write!(svg, "{size}, unseen for {age}, {visits}")?;
    if region.pinned {
        svg.push_str(", pinned");
    }
    Ok(())
}

/// What a page's bytes are used for, in percent.
fn shares(bytes: &VramBytes) -> String {
    let whole = bytes.total();
    let parts = bytes_bar::parts(bytes, whole);
    let shares = parts[..bytes_bar::PAGE_PARTS]
        .iter()
        .map(|part| format!("{} {}", share(part.bytes as f64, whole as f64), part.label));
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

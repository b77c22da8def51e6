//! The picture's head: figures, where the bytes are, what the colors mean, and why the last entries went.

use std::fmt::{Debug, Write};
use std::hash::Hash;

use super::{PADDING, SHARES, Sheet};
use crate::inspect::figures::{bytes, count, share};
use crate::inspect::{Inspection, age_color};
use crate::layout::EvictReason;

impl<N: Hash + Eq + Debug> Inspection<'_, N> {
    pub(super) fn write_header(&self, svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
        let stats = self.stats();
        let right = sheet.width - PADDING;
        writeln!(
            svg,
            r##"<text x="{PADDING}" y="42" font-size="20" fill="#ffce6e">pixmap-cache</text><text x="{right}" y="42" text-anchor="end" fill="#8c93a0">frame {}</text>"##,
            count(stats.frame)
        )?;
        let step = (sheet.width - 2 * PADDING) / 5;
        for (index, (label, value)) in (0..).zip(self.figures()) {
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

    /// Labels and values.
    fn figures(&self) -> [(&'static str, String); 9] {
        let stats = self.stats();
        let committed = (u64::from(stats.pages) * stats.page_bytes) as f64;
        [
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
        ]
    }

    /// A bar of where the bytes are, and what its colors mean.
    fn write_bytes(&self, svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
        let all = self.bytes();
        let whole = self.stats().budget_bytes.max(all.total()).max(1) as f64;
        let width = sheet.width - 2 * PADDING;
        writeln!(
            svg,
            r##"<rect x="{PADDING}" y="104" width="{width}" height="8" fill="#14181f"/>"##
        )?;
        let mut left = f64::from(PADDING);
        for (index, (label, color, of)) in (0..).zip(SHARES) {
            let part = of(&all);
            let wide = part as f64 / whole * f64::from(width);
            writeln!(
                svg,
                r##"<rect x="{left:.2}" y="104" width="{wide:.2}" height="8" fill="{color}"/>"##
            )?;
            left += wide;
            let x = PADDING + index * width / 5;
            let part = part as f64;
            let amount = format!("{}, {}", bytes(part), share(part, all.total() as f64));
            writeln!(
                svg,
                r##"<rect x="{x}" y="122" width="10" height="10" fill="{color}"/><text x="{}" y="131"><tspan fill="#8c93a0">{label}</tspan> {amount}</text>"##,
                x + 16
            )?;
        }
        Ok(())
    }

    /// What the colors of regions and pages mean.
    fn write_ages(&self, svg: &mut String) -> std::fmt::Result {
        let mut x = PADDING;
        writeln!(svg, r##"<text x="{x}" y="157" fill="#8c93a0">unseen for</text>"##)?;
        x += 70;
        for age in [0, 1, 4, 16, 64, 256, 1024] {
            let [red, green, blue] = age_color(age);
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
}

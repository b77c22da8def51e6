//! A cache as an SVG picture: its pages as squares, each region a rectangle in the color of its age.
//!
//! Regions are in texels of their page, and each page is a scaled group, so that sizes can be measured in the picture.

mod header;
mod pages;
mod sheet;
mod xml;

use std::fmt::{Debug, Result, Write};
use std::hash::Hash;

use self::header::Header;
use self::pages::Pages;
use self::sheet::Sheet;
use super::Inspection;
use super::palette::{BACKGROUND, TEXT};

impl<N: Hash + Eq + Debug> Inspection<'_, N> {
    /// Draws the cache as an SVG picture.
    ///
    /// The picture shows every page with each region in the color of its age, framed if it is in use or pinned. A region's
    /// tooltip has its name (as `Debug` writes it), size, age and visits. Above the pages are figures, what the video memory
    /// is used for, and why the last entries were evicted, if any evictions are recorded. The text takes about one kilobyte
    /// for every seven entries.
    pub fn to_svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a string can't fail.
        let _ = self.write_svg(&mut svg);
        svg
    }

    fn write_svg(&self, svg: &mut String) -> Result {
        let sheet = &Sheet::new(self.stats().pages, self.stats().page_side);
        let inspection = self;
        let (header, pages) = (Header { inspection, sheet }, Pages { inspection, sheet });
        let Sheet { width, height, .. } = sheet;
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="Inter, Segoe UI, Roboto, DejaVu Sans, sans-serif" font-size="12" fill="{TEXT}">"##
        )?;
        pages.write_definitions(svg)?;
        writeln!(svg, r##"<rect width="100%" height="100%" fill="{BACKGROUND}"/>"##)?;
        header.write(svg)?;
        pages.write(svg)?;
        svg.push_str("</svg>\n");
        Ok(())
    }
}

//! Where texels come from: emoji, SVG, fonts and image files. Nothing is drawn here.

pub mod emoji;
pub mod files;
pub mod font;
pub mod svg;
pub mod texels;

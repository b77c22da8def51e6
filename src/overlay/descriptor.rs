//! What an overlay is made for, and what it shows in one frame.

use std::time::Duration;

/// The pass that an overlay draws into. From a texture format alone for passes without depth and multisampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OverlayDescriptor {
    /// Format of the pass's one color attachment: any that can be blended. Default: `Bgra8UnormSrgb`.
    pub format: wgpu::TextureFormat,
    /// Format of the pass's depth and stencil attachment, if it has one. The overlay neither tests nor writes it.
    /// Default: none.
    pub depth_stencil: Option<wgpu::TextureFormat>,
    /// Samples per pixel of the attachments. Default: 1.
    pub sample_count: u32,
}

impl Default for OverlayDescriptor {
    fn default() -> Self {
        Self {
            format: wgpu::TextureFormat::Bgra8UnormSrgb,
            depth_stencil: None,
            sample_count: 1,
        }
    }
}

impl From<wgpu::TextureFormat> for OverlayDescriptor {
    fn from(format: wgpu::TextureFormat) -> Self {
        Self {
            format,
            ..Default::default()
        }
    }
}

/// A corner of the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Corner {
    #[default]
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// What the map of pages shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PageView {
    /// Each region in the color of its age.
    #[default]
    Ages,
    /// The pages' texels, premultiplied ones over black, dimmed, with the regions framed in the colors of their ages.
    Texels,
}

/// What an overlay shows in one frame. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverlayFrame<'a> {
    /// Width and height of the target in pixels. Default: 1280 by 720.
    pub viewport: [u32; 2],
    /// Where the panel goes. Default: top left.
    pub corner: Corner,
    /// Pixels per unit of length, `1..=4`; a whole number keeps the text crisp. Default: 1. For a window, its scale
    /// factor, rounded.
    pub scale: u32,
    /// What the map of pages shows. Default: ages.
    pub pages: PageView,
    /// Time that the frame took, for the plot. Default: none, and no plot of it.
    pub frame_time: Option<Duration>,
    /// More lines, each a label and a value in ASCII, at most [`OverlayFrame::MAX_LINES`]. Default: none.
    pub lines: &'a [(&'a str, &'a str)],
}

impl OverlayFrame<'_> {
    /// Lines of the caller's that are shown.
    pub const MAX_LINES: usize = 16;
}

impl Default for OverlayFrame<'_> {
    fn default() -> Self {
        Self {
            viewport: [1280, 720],
            corner: Corner::TopLeft,
            scale: 1,
            pages: PageView::Ages,
            frame_time: None,
            lines: &[],
        }
    }
}

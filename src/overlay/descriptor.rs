//! What an overlay is created for, and what it shows in one frame.

use std::time::Duration;

/// Describes the passes that an overlay draws in. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OverlayDescriptor<'a> {
    /// Debug label, which the label of every wgpu object of the overlay starts with. Default: none, which uses
    /// `pixmap-cache overlay`.
    pub label: wgpu::Label<'a>,
    /// Format of the pass's only color attachment. It must support blending. Default: `Bgra8UnormSrgb`.
    pub format: wgpu::TextureFormat,
    /// Format of the pass's depth and stencil attachment, if it has one. The overlay neither tests nor writes it.
    /// Default: none.
    pub depth_stencil: Option<wgpu::TextureFormat>,
    /// Samples per pixel of the attachments. Default: 1.
    pub sample_count: u32,
}

impl Default for OverlayDescriptor<'_> {
    fn default() -> Self {
        Self {
            label: None,
            format: wgpu::TextureFormat::Bgra8UnormSrgb,
            depth_stencil: None,
            sample_count: 1,
        }
    }
}

/// Selects the corner of the target that the panel goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Corner {
    #[default]
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// Selects what the map of pages shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageView {
    /// Each region in the color of its age.
    #[default]
    Ages,
    /// The pages' texels, dimmed, with a frame around each region in the color of its age. Premultiplied texels are
    /// shown over black.
    Texels,
}

/// Describes what an overlay shows in one frame. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverlayFrame<'a> {
    /// Width and height of the target in pixels. Default: 1280 by 720.
    pub viewport: [u32; 2],
    /// Corner of the target. Default: top left.
    pub corner: Corner,
    /// Pixels per unit of length, `1..=4`. For a window, use its scale factor, rounded: whole numbers keep the text
    /// crisp. Default: 1.
    pub scale: u32,
    /// What the map of pages shows. Default: ages.
    pub pages: PageView,
    /// Time that the frame took. Default: none, which leaves its plot out.
    pub frame_time: Option<Duration>,
    /// Additional lines, each a label and a value in ASCII. The first [`OverlayFrame::MAX_LINES`] are shown. Default:
    /// none.
    pub lines: &'a [(&'a str, &'a str)],
}

impl OverlayFrame<'_> {
    /// Maximum number of additional lines that are shown.
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

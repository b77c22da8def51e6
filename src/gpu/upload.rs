//! Moves and uploads in the order in which they must happen, the uploads in as few copies as can be.
//!
//! Small pixmaps that lie side by side are laid out in staging memory as they will lie on the page and go over in one
//! copy, a *run*. Invariant: a run overwrites nothing but its own pixmaps and texels that were nobody's.

use super::staging::{Staged, Staging};
use super::textures::Textures;
use crate::error::InsertError;
use crate::geometry::{Rect, Size};
use crate::layout::{Footing, PageIndex, Region};
use crate::pixmap::{PixelFormat, Pixmap};
use crate::plan::AtlasPlan;

/// Longest side of a pixmap that joins a run. Larger ones are faster one by one.
const RUN_SIDE: u32 = 64;

/// Pixmaps of the first one's width that a run has room for: longer ones would reserve memory that few fill.
const RUN_PIXMAPS: u32 = 16;

/// A run's height is a multiple of this, so that a slightly taller neighbour may join.
const RUN_ROWS: u32 = 16;

/// A step of the next flush.
enum Step {
    Move {
        from: Region,
        to: Region,
    },
    Upload {
        staged: Staged,
        pitch: u32,
        region: Region,
    },
}

/// The last upload on a page, as long as neighbours may join it.
struct Run {
    step: usize,
    /// Width and height that the staging memory has room for.
    reserved: Size,
}

pub(super) struct Uploads {
    pixels: PixelFormat,
    page_side: u32,
    staging: Staging,
    steps: Vec<Step>,
    /// At most one per page, and only its last upload: an earlier run may not grow over what came after it.
    runs: Vec<(PageIndex, Run)>,
}

impl Uploads {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan) -> Self {
        let chunk_bytes = (plan.budget_bytes / 64).clamp(256 << 10, 4 << 20);
        Self {
            pixels: plan.pixels,
            page_side: plan.page_side,
            staging: Staging::new(device, chunk_bytes.next_multiple_of(256), plan.staging_bytes()),
            steps: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Makes sure that a pixmap of this size can be staged, wherever it is placed.
    pub(super) fn reserve(&mut self, size: Size) -> Result<(), InsertError> {
        let reserved = match joins_runs(size) {
            true => run_size(size, self.page_side),
            false => size,
        };
        self.staging.reserve(self.bytes_of(reserved))
    }

    /// Copies a pixmap's rows into staging memory, beside its neighbours where it has some.
    pub(super) fn stage(&mut self, region: Region, footing: Footing, pixmap: &Pixmap<'_>) {
        let (step, column) = match self.join_run(region, footing) {
            Some(joined) => joined,
            None => (self.start_upload(region, footing), 0),
        };
        let Step::Upload { staged, pitch, .. } = self.steps[step] else {
            unreachable!("BUG: a run's step is a move");
        };
        let mut at = u64::from(column * self.pixels.bytes_per_texel());
        if pixmap.format == self.pixels && pixmap.bytes_per_row == pitch && column == 0 {
            let bytes = pixmap.row_bytes() + pitch as usize * (pixmap.size.height as usize - 1);
            self.staging.write(staged, at, &pixmap.bytes[..bytes]);
            return;
        }
        let mut swapped = Vec::new();
        for row in pixmap.rows() {
            let row = match pixmap.format == self.pixels {
                true => row,
                false => swap_red_and_blue(row, &mut swapped),
            };
            self.staging.write(staged, at, row);
            at += u64::from(pitch);
        }
    }

    /// The step of a run that `region` continues, grown by it, and the column in it.
    fn join_run(&mut self, region: Region, footing: Footing) -> Option<(usize, u32)> {
        if footing != Footing::Skyline || !joins_runs(region.rect.size()) {
            return None;
        }
        let (_, run) = self.runs.iter().find(|(page, _)| *page == region.page)?;
        let Step::Upload { region: open, .. } = &mut self.steps[run.step] else {
            return None;
        };
        let rect = region.rect;
        let continues = rect.y == open.rect.y && rect.x == open.rect.right();
        let grown = Size::new(
            rect.right() - open.rect.x.min(rect.x),
            rect.height.max(open.rect.height),
        );
        if !continues || !run.reserved.covers(grown) {
            return None;
        }
        let column = rect.x - open.rect.x;
        open.rect = Rect::new(open.rect.x, open.rect.y, grown);
        Some((run.step, column))
    }

    /// A new upload; a run, when neighbours may come.
    fn start_upload(&mut self, region: Region, footing: Footing) -> usize {
        let size = region.rect.size();
        let joins = footing == Footing::Skyline && joins_runs(size);
        let reserved = match joins {
            true => run_size(size, self.page_side - region.rect.x),
            false => size,
        };
        let staged = self.staging.take(self.bytes_of(reserved));
        let step = self.steps.len();
        self.steps.push(Step::Upload {
            staged,
            pitch: self.pitch(reserved),
            region,
        });
        self.runs.retain(|(page, _)| *page != region.page);
        if joins {
            self.runs.push((region.page, Run { step, reserved }));
        }
        step
    }

    /// A copy from page to page. What was staged before is written before it, what comes after it later.
    pub(super) fn push_move(&mut self, from: Region, to: Region) {
        self.runs.clear();
        self.steps.push(Step::Move { from, to });
    }

    /// Bytes per row of staging memory for a pixmap or run of this size.
    fn pitch(&self, size: Size) -> u32 {
        let row_bytes = size.width * self.pixels.bytes_per_texel();
        row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
    }

    fn bytes_of(&self, size: Size) -> u64 {
        u64::from(self.pitch(size)) * u64::from(size.height)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The memory that pixels and table rows share.
    pub(super) fn staging(&mut self) -> &mut Staging {
        &mut self.staging
    }

    pub(super) fn staged_bytes(&self) -> u64 {
        self.staging.taken_bytes()
    }

    pub(super) fn held_bytes(&self) -> u64 {
        self.staging.held_bytes()
    }

    /// Records every step, in order.
    pub(super) fn encode(&mut self, textures: &Textures, encoder: &mut wgpu::CommandEncoder) {
        self.runs.clear();
        for step in self.steps.drain(..) {
            match step {
                Step::Move { from, to } => encoder.copy_texture_to_texture(
                    textures.copy_target(from),
                    textures.copy_target(to),
                    extent(to.rect),
                ),
                Step::Upload {
                    staged,
                    pitch,
                    region,
                } => encoder.copy_buffer_to_texture(
                    wgpu::TexelCopyBufferInfo {
                        buffer: self.staging.buffer(staged),
                        layout: wgpu::TexelCopyBufferLayout {
                            offset: staged.offset,
                            bytes_per_row: Some(pitch),
                            rows_per_image: None,
                        },
                    },
                    textures.copy_target(region),
                    extent(region.rect),
                ),
            }
        }
    }
}

fn joins_runs(size: Size) -> bool {
    size.longer_side() <= RUN_SIDE
}

/// What a run that starts with a pixmap of `size` reserves; `room` is the width left on the page.
fn run_size(size: Size, room: u32) -> Size {
    let width = (RUN_PIXMAPS * size.width).min(room);
    Size::new(width, size.height.next_multiple_of(RUN_ROWS))
}

fn extent(rect: Rect) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: rect.width,
        height: rect.height,
        depth_or_array_layers: 1,
    }
}

/// RGBA as BGRA, or back.
fn swap_red_and_blue<'a>(row: &[u8], swapped: &'a mut Vec<u8>) -> &'a [u8] {
    swapped.clear();
    let (texels, _) = row.as_chunks::<4>();
    swapped.extend(texels.iter().flat_map(|[a, b, c, d]| [*c, *b, *a, *d]));
    swapped
}

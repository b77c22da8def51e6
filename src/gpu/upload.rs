//! Moves and uploads of the next flush, in the layout's order, with as few copies as possible.
//!
//! `runs.rs` decides which uploads share a copy, `moves.rs` which moves form a batch, and `move_plan.rs` how a batch is
//! copied. Invariant: the steps in order have the same result as the layout's ops in order.

use super::device::Device;
use super::move_plan::{Copies, Plan};
use super::moves::{Batch, Move};
use super::plan::AtlasPlan;
use super::rows::{ROW_ALIGNMENT, bands, extent, max_rows, pitch};
use super::runs::Runs;
use super::scratch::Scratch;
use super::staging::{Staged, Staging, Terms};
use super::textures::Textures;
use crate::error::InsertError;
use crate::geometry::{Rect, Size};
use crate::layout::{Footprint, Placement, Region};
use crate::pixmap::{PixelFormat, Pixmap, channels};

const ALIGNMENT: u64 = ROW_ALIGNMENT as u64;

/// Uploads that are looked through for one that a change of a part lies in.
const MAX_LOOKED_AT: usize = 64;

/// A step of the next flush.
enum Step {
    Moves(Batch),
    Upload(Upload),
}

/// A copy from staging memory.
#[derive(Clone, Copy)]
struct Upload {
    staged: Staged,
    pitch: u32,
    region: Region,
}

/// A pixmap, and where the layout has placed it.
pub(super) struct Placed<'a> {
    pub(super) region: Region,
    pub(super) placement: Placement,
    pub(super) pixmap: &'a Pixmap<'a>,
}

/// Where the rows of a pixmap go in staging memory: from a column of an upload on.
struct Target {
    staged: Staged,
    pitch: u32,
    row: u32,
    column: u32,
    /// Whether texels that were staged before lie beside it in the same rows.
    is_beside_others: bool,
}

impl Target {
    fn of(upload: &Upload) -> Self {
        Self {
            staged: upload.staged,
            pitch: upload.pitch,
            row: 0,
            column: 0,
            is_beside_others: false,
        }
    }
}

pub(super) struct Uploads {
    pixels: PixelFormat,
    page_side: u32,
    copies: Copies,
    scratch: Scratch,
    steps: Vec<Step>,
    runs: Runs,
    /// Plans of all batches in order, made by [`Uploads::prepare`].
    plans: Vec<Plan>,
    #[cfg(test)]
    move_copies: usize,
}

impl Uploads {
    pub(super) fn new(device: &Device, plan: &AtlasPlan) -> Self {
        let max_buffer_bytes = device.limits().max_buffer_size;
        Self {
            pixels: plan.pixels,
            page_side: plan.page_side,
            copies: Copies {
                backend: device.adapter_info().backend,
                texel_bytes: plan.pixels.bytes_per_texel(),
                max_buffer_bytes,
            },
            scratch: Scratch::new(device, &plan.label, max_buffer_bytes),
            steps: Vec::new(),
            runs: Runs::new(),
            plans: Vec::new(),
            #[cfg(test)]
            move_copies: 0,
        }
    }

    /// Makes sure that texels for these regions can be staged, wherever they are placed.
    pub(super) fn reserve(&self, footprints: &[Footprint], staging: &mut Staging) -> Result<(), InsertError> {
        let texel_bytes = self.pixels.bytes_per_texel();
        let max_buffer_bytes = staging.max_buffer_bytes();
        let pieces = footprints.iter().flat_map(move |footprint| {
            let size = footprint.size;
            let pitch = pitch(size.width, texel_bytes);
            let bands = bands(Rect::new(0, 0, size), max_rows(pitch, max_buffer_bytes));
            bands.map(move |band| u64::from(pitch) * u64::from(band.height))
        });
        staging.reserve(pieces, Terms::Alone)
    }

    /// Copies a pixmap's rows into staging memory, beside its neighbors if it joins a run.
    pub(super) fn stage(&mut self, placed: &Placed<'_>, staging: &mut Staging) {
        let &Placed {
            region,
            placement,
            pixmap,
        } = placed;
        if placement != Placement::Skyline || !Runs::takes(region.rect.size()) {
            if let Some(target) = self.target_over(region) {
                return self.write(target, pixmap, staging);
            }
            self.runs.close(region.page);
            self.start_uploads(placed, region.rect.size(), staging);
        } else if let Some(joined) = self.runs.join(region) {
            let Step::Upload(upload) = &mut self.steps[joined.step] else {
                unreachable!("BUG: a run's step is a move");
            };
            upload.region.rect = joined.rect;
            let target = Target {
                column: joined.column,
                ..Target::of(upload)
            };
            self.write(target, pixmap, staging);
        } else {
            let reserved = self.run_size(region, staging);
            self.runs.open(region, self.steps.len(), reserved);
            self.start_uploads(placed, reserved, staging);
        }
    }

    /// The place in an upload that waits and covers the region, so that it can be written over. Nothing may come in between
    /// that reads or writes a part of the region.
    fn target_over(&self, region: Region) -> Option<Target> {
        for step in self.steps.iter().rev().take(MAX_LOOKED_AT) {
            let Step::Upload(upload) = step else {
                return None;
            };
            let there = upload.region;
            if there.page == region.page && there.rect.contains(region.rect) {
                return Some(Target {
                    row: region.rect.y - there.rect.y,
                    column: region.rect.x - there.rect.x,
                    is_beside_others: region.rect.width < there.rect.width,
                    ..Target::of(upload)
                });
            }
            if there.page == region.page && there.rect.overlaps(region.rect) {
                return None;
            }
        }
        None
    }

    /// What a run that starts with `region` reserves: less than it wants where the page or the memory ends, but at least
    /// room for its first pixmap.
    fn run_size(&mut self, region: Region, staging: &Staging) -> Size {
        let size = region.rect.size();
        let wanted = self.runs.wanted(region);
        let room = staging.room_beside(self.bytes_of(size));
        let row_bytes = room / u64::from(wanted.height) / ALIGNMENT * ALIGNMENT;
        let in_memory = row_bytes / u64::from(self.pixels.bytes_per_texel());
        let on_page = self.page_side - region.rect.x;
        let width = u64::from(wanted.width.min(on_page)).min(in_memory) as u32;
        if width < size.width {
            size
        } else {
            Size::new(width, wanted.height)
        }
    }

    /// Starts an upload with memory for `reserved` texels, or as many uploads as the device's largest buffers require.
    fn start_uploads(&mut self, placed: &Placed<'_>, reserved: Size, staging: &mut Staging) {
        let &Placed { region, pixmap, .. } = placed;
        let pitch = self.pitch(reserved);
        // Only a run has spare rows, and it goes into one buffer.
        let spare_rows = reserved.height - region.rect.height;
        let mut bytes = pixmap.bytes;
        for rect in bands(region.rect, staging.max_rows(pitch)) {
            let rows = rect.height + spare_rows;
            let upload = Upload {
                staged: staging.take(u64::from(pitch) * u64::from(rows)),
                pitch,
                region: Region { rect, ..region },
            };
            self.steps.push(Step::Upload(upload));
            let band = Pixmap {
                size: rect.size(),
                bytes,
                ..*pixmap
            };
            self.write(Target::of(&upload), &band, staging);
            let band_bytes = pixmap.bytes_per_row as usize * rect.height as usize;
            bytes = bytes.get(band_bytes..).unwrap_or_default();
        }
    }

    fn write(&self, target: Target, pixmap: &Pixmap<'_>, staging: &mut Staging) {
        let Target {
            staged,
            pitch,
            row,
            column,
            is_beside_others,
        } = target;
        let height = pixmap.size.height as usize;
        // In one piece, with the bytes between its rows.
        let is_aligned = pixmap.format == self.pixels && pixmap.bytes_per_row == pitch;
        if is_aligned && column == 0 && !is_beside_others {
            let bytes = pixmap.row_bytes() + pitch as usize * (height - 1);
            let at = u64::from(row) * u64::from(pitch);
            staging.write(staged, at, &pixmap.bytes[..bytes]);
            return;
        }
        let mut at = u64::from(row) * u64::from(pitch) + u64::from(column * self.pixels.bytes_per_texel());
        let mut converted = Vec::new();
        for row in pixmap.rows().take(height) {
            let row = channels::row_as(row, (pixmap.format, self.pixels), &mut converted);
            staging.write(staged, at, row);
            at += u64::from(pitch);
        }
    }

    /// Starts a rebuild: the next `moves` moves go to one page, and all of them read before any writes.
    pub(super) fn push_rebuild(&mut self, moves: u32) {
        if moves > 0 {
            self.steps.push(Step::Moves(Batch::rebuild(moves)));
        }
    }

    /// Adds a move, after what was staged before and before what is staged later.
    pub(super) fn push_move(&mut self, from: Region, to: Region) {
        self.runs.close(from.page);
        self.runs.end_before(to);
        let next = Move { from, to };
        let taken = match self.steps.last_mut() {
            Some(Step::Moves(batch)) => batch.push(next),
            Some(Step::Upload(_)) | None => false,
        };
        if !taken {
            self.steps.push(Step::Moves(Batch::sequence(next)));
        }
    }

    /// Bytes per row of staging memory for a pixmap or run of this size.
    fn pitch(&self, size: Size) -> u32 {
        pitch(size.width, self.pixels.bytes_per_texel())
    }

    fn bytes_of(&self, size: Size) -> u64 {
        u64::from(self.pitch(size)) * u64::from(size.height)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Bytes of the scratch memory of moves.
    pub(super) fn scratch_bytes(&self) -> u64 {
        self.scratch.held_bytes()
    }

    /// Makes sure that every step can be recorded. False, and nothing has changed, when the device has no memory for the
    /// moves.
    #[must_use]
    pub(super) fn prepare(&mut self) -> bool {
        let batches = self.steps.iter().filter_map(|step| match step {
            Step::Moves(batch) => Some(Plan::new(batch, self.copies)),
            Step::Upload(_) => None,
        });
        self.plans = batches.collect();
        self.scratch.reserve(self.plans.iter().flat_map(Plan::stretches))
    }

    /// Records every step in order, after [`Uploads::prepare`]. `staging` must then be handed to the GPU with the encoder.
    pub(super) fn encode(
        &mut self,
        textures: &Textures,
        staging: &Staging,
        encoder: &mut wgpu::CommandEncoder,
    ) {
        self.runs.close_all();
        let mut plans = self.plans.drain(..);
        for step in self.steps.drain(..) {
            match step {
                Step::Moves(_) => {
                    let plan = plans.next().expect("BUG: a batch that wasn't prepared");
                    #[cfg(test)]
                    {
                        self.move_copies += plan.writes();
                    }
                    plan.encode(textures, &self.scratch, encoder);
                }
                Step::Upload(upload) => encoder.copy_buffer_to_texture(
                    wgpu::TexelCopyBufferInfo {
                        buffer: staging.buffer(upload.staged),
                        layout: wgpu::TexelCopyBufferLayout {
                            offset: upload.staged.offset,
                            bytes_per_row: Some(upload.pitch),
                            rows_per_image: None,
                        },
                    },
                    textures.copy_target(upload.region),
                    extent(upload.region.rect),
                ),
            }
        }
        self.scratch.finish();
    }

    /// Number of copies that have written moved texels.
    #[cfg(test)]
    pub(super) fn move_copies(&self) -> usize {
        self.move_copies
    }

    /// Makes the next reservations of scratch memory fail.
    #[cfg(test)]
    pub(super) fn refuse_scratch(&mut self, times: u32) {
        self.scratch.refusals_to_come = times;
    }

    /// Makes later moves copy as on another backend.
    #[cfg(test)]
    pub(super) fn copy_as_on(&mut self, backend: wgpu::Backend) {
        self.copies.backend = backend;
    }
}

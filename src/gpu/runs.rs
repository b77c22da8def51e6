//! Runs: small pixmaps side by side that share one upload. They are laid out in staging memory as on the page.
//!
//! A pixmap that joins a run is written with the run, before all steps since. Invariant: that makes no difference, since
//! none of those steps
//!
//! - uploads to the run's page: a run that isn't the last upload on its page is closed;
//! - reads from the page: a move closes the run of the page that it reads;
//! - writes texels that the pixmap covers: a move into the run's band ends the band there.
//!
//! The texels that a run writes around its pixmaps belonged to no entry when the pixmaps joined. A later move to that place
//! is recorded after the run, so its texels stay.

use crate::geometry::{Rect, Size};
use crate::layout::{PageIndex, Region};

/// Longest side of a pixmap that joins a run. Larger ones are faster on their own.
const RUN_SIDE: u32 = 64;

/// Most pixmaps of the first one's width that a run reserves room for.
const MAX_WIDTHS: u32 = 16;

/// A run's height is a multiple of this, so that a slightly taller neighbor may join.
const RUN_ROWS: u32 = 16;

/// The last upload on a page, as long as neighbors may join it.
struct Run {
    page: PageIndex,
    /// Index of its step.
    step: usize,
    /// What it covers so far.
    rect: Rect,
    /// Width and height that neighbors may fill.
    reserved: Size,
    /// Multiple of the first pixmap's width that it wanted to reserve.
    wanted_widths: u32,
    pixmaps: u32,
}

impl Run {
    fn continues(&self, rect: Rect) -> bool {
        rect.y == self.rect.y && rect.x == self.rect.right()
    }

    /// What the run covers with one more pixmap, if there is room for it.
    fn grown(&self, rect: Rect) -> Option<Rect> {
        let size = Size::new(
            rect.right().checked_sub(self.rect.x)?,
            rect.height.max(self.rect.height),
        );
        let fits = self.continues(rect) && self.reserved.covers(size);
        fits.then_some(Rect::new(self.rect.x, self.rect.y, size))
    }

    /// How many widths the next run, which begins at `rect`, should reserve: twice as many when this one was too short, and
    /// no more than this one filled when it had room left.
    fn next_widths(&self, rect: Rect) -> u32 {
        let room = self.reserved.width - self.rect.width;
        let has_room = room >= self.rect.width / self.pixmaps;
        if self.continues(rect) {
            (self.wanted_widths * 2).min(MAX_WIDTHS)
        } else if has_room {
            self.pixmaps.min(MAX_WIDTHS)
        } else {
            self.wanted_widths
        }
    }

    /// Ends the band before `rect`, which a later step writes.
    fn end_before(&mut self, rect: Rect) {
        let band = Rect::new(self.rect.x, self.rect.y, self.reserved);
        if band.overlaps(rect) && rect.right() > self.rect.right() {
            self.reserved.width = rect.x.max(self.rect.right()) - self.rect.x;
        }
    }
}

/// The run that a pixmap has joined.
pub(super) struct Joined {
    pub(super) step: usize,
    /// What the run covers now.
    pub(super) rect: Rect,
    /// Where the pixmap begins in it.
    pub(super) column: u32,
}

/// The open runs of the next flush.
pub(super) struct Runs {
    /// At most one per page.
    open: Vec<Run>,
    /// Widths that the next run on a page without one reserves: as many as a recent run used.
    widths: u32,
}

impl Runs {
    pub(super) fn new() -> Self {
        Self {
            open: Vec::new(),
            widths: MAX_WIDTHS,
        }
    }

    /// Whether pixmaps of this size join runs.
    pub(super) fn takes(size: Size) -> bool {
        size.longer_side() <= RUN_SIDE
    }

    /// Adds a pixmap to the run that it continues.
    pub(super) fn join(&mut self, region: Region) -> Option<Joined> {
        let run = self.open.iter_mut().find(|run| run.page == region.page)?;
        let rect = run.grown(region.rect)?;
        run.rect = rect;
        run.pixmaps += 1;
        Some(Joined {
            step: run.step,
            rect,
            column: region.rect.x - rect.x,
        })
    }

    /// What a run that starts with `region` should reserve, if there is memory for it. What it doesn't fill is wasted, so
    /// it gets no more than the page's previous run used.
    pub(super) fn wanted(&mut self, region: Region) -> Size {
        if let Some(before) = self.open.iter().find(|run| run.page == region.page) {
            self.widths = before.next_widths(region.rect);
        }
        let size = region.rect.size();
        Size::new(size.width * self.widths, size.height.next_multiple_of(RUN_ROWS))
    }

    /// Opens a run in place of the page's previous one.
    pub(super) fn open(&mut self, region: Region, step: usize, reserved: Size) {
        self.close(region.page);
        self.open.push(Run {
            page: region.page,
            step,
            rect: region.rect,
            reserved,
            wanted_widths: self.widths,
            pixmaps: 1,
        });
    }

    /// Closes the run on a page.
    pub(super) fn close(&mut self, page: PageIndex) {
        self.open.retain(|run| run.page != page);
    }

    pub(super) fn close_all(&mut self) {
        self.open.clear();
    }

    /// Ends the bands of runs before `to`, the target of the next step.
    pub(super) fn end_before(&mut self, to: Region) {
        for run in self.open.iter_mut().filter(|run| run.page == to.page) {
            run.end_before(to.rect);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(x: u32, y: u32, width: u32, height: u32) -> Region {
        Region {
            page: PageIndex(0),
            rect: Rect::new(x, y, Size::new(width, height)),
        }
    }

    fn run_at(first: Region, reserved: Size) -> Runs {
        let mut runs = Runs::new();
        runs.open(first, 0, reserved);
        runs
    }

    #[test]
    fn a_run_ends_where_a_move_has_written_since() {
        let mut runs = run_at(region(10, 20, 8, 8), Size::new(80, 16));
        runs.end_before(region(34, 0, 8, 21));
        assert!(
            runs.join(region(18, 20, 8, 8)).is_some(),
            "before the move's place"
        );
        assert!(
            runs.join(region(26, 20, 8, 8)).is_some(),
            "up to the move's place"
        );
        assert!(runs.join(region(34, 20, 8, 8)).is_none(), "the move's own place");
    }

    #[test]
    fn a_run_goes_on_past_a_move_beside_its_band() {
        for beside in [
            region(0, 20, 10, 8),
            region(90, 20, 8, 8),
            region(18, 36, 8, 8),
            region(18, 12, 8, 8),
            region(10, 28, 8, 4),
        ] {
            let mut runs = run_at(region(10, 20, 8, 8), Size::new(80, 16));
            runs.end_before(beside);
            assert!(runs.join(region(18, 20, 8, 12)).is_some(), "past {beside:?}");
        }
    }

    #[test]
    fn runs_get_as_long_as_they_were_of_use() {
        let mut runs = Runs {
            widths: 1,
            ..Runs::new()
        };
        runs.open(region(0, 0, 8, 8), 0, Size::new(8, 16));
        let mut widths = Vec::new();
        let mut next = region(8, 0, 8, 8);
        while widths.len() < 6 {
            if runs.join(next).is_none() {
                let wanted = runs.wanted(next);
                widths.push(wanted.width / 8);
                runs.open(next, 0, wanted);
            }
            next.rect.x += 8;
        }
        assert_eq!(widths, [2, 4, 8, 16, 16, 16], "twice as long each time");
        let below = region(0, 64, 8, 8);
        assert_eq!(runs.wanted(below).width, 8, "the last run used one pixmap");
        let mut full = run_at(region(120, 0, 8, 8), Size::new(8, 16));
        assert_eq!(
            full.wanted(below).width,
            8 * MAX_WIDTHS,
            "a run that the page's edge ended"
        );
    }
}

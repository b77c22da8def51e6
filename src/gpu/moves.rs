//! Moves of texels from page to page, and batches of moves that may all read before any of them writes.
//!
//! How they are copied is in `move_plan.rs`. Invariant: when all moves of a batch read first and then write in their order,
//! the result is that of the moves one after the other; for a rebuild, that of all moves at once.

use super::rows::bands;
use crate::geometry::{Rect, Size};
use crate::layout::{PageIndex, Region};

/// A rectangle of texels and the place that it goes to, of the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: Region,
    pub(super) to: Region,
}

impl Move {
    /// Extends this move by one that continues it to the right or downwards, at source and target. False if it doesn't.
    fn absorb(&mut self, next: &Move) -> bool {
        let (from, to) = (self.from.rect, self.to.rect);
        let (next_from, next_to) = (next.from.rect, next.to.rect);
        let same_pages = self.from.page == next.from.page && self.to.page == next.to.page;
        let right = continues_right(from, next_from) && continues_right(to, next_to);
        let down = continues_down(from, next_from) && continues_down(to, next_to);
        if !same_pages || !right && !down {
            return false;
        }
        let size = if right {
            Size::new(from.width + next_from.width, from.height)
        } else {
            Size::new(from.width, from.height + next_from.height)
        };
        self.from.rect = Rect::new(from.x, from.y, size);
        self.to.rect = Rect::new(to.x, to.y, size);
        true
    }

    /// The move in pieces of at most `max_rows` rows.
    pub(super) fn bands(self, max_rows: u32) -> impl Iterator<Item = Move> {
        let bands = bands(self.from.rect, max_rows).zip(bands(self.to.rect, max_rows));
        bands.map(move |(from, to)| Move {
            from: Region {
                page: self.from.page,
                rect: from,
            },
            to: Region {
                page: self.to.page,
                rect: to,
            },
        })
    }
}

fn continues_right(rect: Rect, next: Rect) -> bool {
    next.x == rect.right() && next.y == rect.y && next.height == rect.height
}

fn continues_down(rect: Rect, next: Rect) -> bool {
    next.y == rect.bottom() && next.x == rect.x && next.width == rect.width
}

/// Moves that may all read before any of them writes.
pub(super) enum Batch {
    /// One page is packed from scratch. No two moves write the same texel, so their order is free.
    Rebuild { moves: Vec<Move>, to_come: u32 },
    /// Moves to pages that no later move reads. They write in their order: an entry that an earlier one has moved may be
    /// dead, and its place taken.
    Sequence {
        moves: Vec<Move>,
        /// The pages that are written, each once.
        written: Vec<PageIndex>,
    },
}

impl Batch {
    pub(super) fn rebuild(moves: u32) -> Self {
        Batch::Rebuild {
            moves: Vec::new(),
            to_come: moves,
        }
    }

    pub(super) fn sequence(first: Move) -> Self {
        Batch::Sequence {
            moves: vec![first],
            written: vec![first.to.page],
        }
    }

    /// Adds a move if it may read before everything that the batch writes. False if it may not.
    pub(super) fn push(&mut self, next: Move) -> bool {
        match self {
            Batch::Rebuild { to_come: 0, .. } => return false,
            Batch::Rebuild { moves, to_come } => {
                *to_come -= 1;
                moves.push(next);
            }
            Batch::Sequence { moves, written } => {
                if written.contains(&next.from.page) {
                    return false;
                }
                if !written.contains(&next.to.page) {
                    written.push(next.to.page);
                }
                let absorbed = moves.last_mut().is_some_and(|last| last.absorb(&next));
                if !absorbed {
                    moves.push(next);
                }
            }
        }
        true
    }

    /// The moves, with those of neighbors that stay neighbors merged.
    pub(super) fn merged(&self) -> Vec<Move> {
        let mut merged = match self {
            Batch::Rebuild { moves, to_come } => {
                debug_assert_eq!(*to_come, 0, "BUG: a rebuild without all of its moves");
                moves.clone()
            }
            Batch::Sequence { moves, .. } => return moves.clone(),
        };
        merged.sort_unstable_by_key(|m| (m.from.page.0, m.from.rect.y, m.from.rect.x));
        merged.dedup_by(|next, last| last.absorb(next));
        merged.sort_unstable_by_key(|m| (m.from.page.0, m.from.rect.x, m.from.rect.y));
        merged.dedup_by(|next, last| last.absorb(next));
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(page: u32, x: u32, y: u32, size: (u32, u32)) -> Region {
        Region {
            page: PageIndex(page),
            rect: Rect::new(x, y, Size::new(size.0, size.1)),
        }
    }

    #[test]
    fn a_sequence_ends_before_it_reads_what_it_has_written() {
        let step = |from, to| Move {
            from: region(from, 0, 0, (8, 8)),
            to: region(to, 16, 0, (8, 8)),
        };
        let mut batch = Batch::sequence(step(0, 1));
        assert!(batch.push(step(2, 0)), "what has been read may be written over");
        assert!(!batch.push(step(1, 3)), "what has been written isn't read");
        assert!(batch.push(step(4, 3)), "other pages go on");
        let mut rebuild = Batch::rebuild(1);
        assert!(rebuild.push(step(3, 3)), "a rebuild takes its own moves");
        assert!(!rebuild.push(step(2, 3)), "and no others");
    }
}

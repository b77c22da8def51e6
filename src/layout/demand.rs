//! Requests for room, and those that found none.

use crate::geometry::Size;

/// How recent a texture may be for an entry to go there, as the number of its commit. An entry that a recorded pass may
/// draw can't go to a texture that the pass' bind group lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reach(u32);

impl Reach {
    /// For an entry that no pass has drawn yet.
    pub(super) const EVERYWHERE: Reach = Reach(u32::MAX);

    pub(super) fn up_to_commit(number: u32) -> Self {
        Self(number)
    }
}

/// A size that needs room, and how far it may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub(super) size: Size,
    pub(super) reach: Reach,
}

impl Demand {
    /// Whether it finds no room where `other` finds none.
    fn covers(&self, other: &Demand) -> bool {
        self.size.covers(other.size) && self.reach <= other.reach
    }
}

/// Demands that were refused since room may last have appeared. Invariant: none covers another.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals {
    demands: Vec<Demand>,
    /// Texels of the pixmap in tiles that was refused last, and how far it might go.
    tiled: Option<(u64, Reach)>,
}

impl Refusals {
    pub(super) fn foretell(&self, demand: &Demand) -> bool {
        self.demands.iter().any(|refused| demand.covers(refused))
    }

    pub(super) fn add(&mut self, demand: Demand) {
        self.demands.retain(|known| !known.covers(&demand));
        self.demands.push(demand);
    }

    pub(super) fn clear(&mut self) {
        self.demands.clear();
        self.tiled = None;
    }

    /// Whether a pixmap in tiles was refused that was no larger and might go as far.
    pub(super) fn foretell_tiled(&self, texels: u64, reach: Reach) -> bool {
        let covers = |(refused, as_far): (u64, Reach)| texels >= refused && reach <= as_far;
        self.tiled.is_some_and(covers)
    }

    pub(super) fn add_tiled(&mut self, texels: u64, reach: Reach) {
        self.tiled = Some((texels, reach));
    }
}

//! The built-in workloads: two families, *tabs* and *zipf*, each with five kinds of pixmaps.
//!
//! `sizes` draws the sizes of pixmaps and `scroll` scrolls a window over them. Each family has a file of its own that says
//! what it models. The same workload, page count and seed give the same trace (`rand_pcg`'s `Pcg64`, one stream per
//! workload). Frames stay below a third of the bytes. **Limitations**: these are models, not recordings of a renderer.

mod kind;
mod scroll;
mod sizes;
mod tabs;
mod zipf;

use rand_pcg::Pcg64;

use crate::pages::Pages;
use crate::trace::Trace;

pub use kind::Kind;

/// How pixmaps come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Tabs,
    Zipf,
}

impl Family {
    pub const ALL: [Family; 2] = [Family::Tabs, Family::Zipf];

    pub fn name(self) -> &'static str {
        match self {
            Family::Tabs => "tabs",
            Family::Zipf => "zipf",
        }
    }
}

/// A family of traces with one kind of pixmaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    pub family: Family,
    pub kind: Kind,
}

impl Workload {
    pub fn all() -> impl Iterator<Item = Workload> {
        Family::ALL
            .into_iter()
            .flat_map(|family| Kind::ALL.into_iter().map(move |kind| Workload { family, kind }))
    }

    /// Returns the name, such as `tabs-mixed`.
    pub fn name(self) -> String {
        format!("{}-{}", self.family.name(), self.kind.name())
    }

    pub fn from_name(name: &str) -> Option<Workload> {
        Workload::all().find(|workload| workload.name() == name)
    }

    /// Returns `count` pages of the kind's side.
    pub fn pages(self, count: u32) -> Pages {
        Pages {
            side: self.kind.page_side(),
            count,
        }
    }

    /// Makes the trace to replay on `self.pages(page_count)`. *Tabs* doesn't depend on the number of pages; *zipf* grows
    /// with it.
    pub fn trace(self, page_count: u32, seed: u64) -> Trace {
        let stream = Workload::all()
            .position(|workload| workload == self)
            .expect("BUG: all() has every workload");
        let mut random = Pcg64::new(u128::from(seed), stream as u128);
        let trace = match self.family {
            Family::Tabs => tabs::trace(self.kind, self.pages(16).texels(), &mut random),
            Family::Zipf => zipf::trace(self.kind, self.pages(page_count).texels(), &mut random),
        };
        trace.without_untouched()
    }
}

//! Whether the runs met what they are to check.

/// What the runs met: one that met nothing of it would check nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    pub refusals: u64,
    pub entries_trimmed: u64,
    pub frames_over_budget: u64,
    pub deliveries_set_aside: u64,
    pub threads: u64,
}

impl Met {
    pub fn and(self, more: Self) -> Self {
        Self {
            refusals: self.refusals + more.refusals,
            entries_trimmed: self.entries_trimmed + more.entries_trimmed,
            frames_over_budget: self.frames_over_budget + more.frames_over_budget,
            deliveries_set_aside: self.deliveries_set_aside + more.deliveries_set_aside,
            threads: self.threads + more.threads,
        }
    }

    pub fn is_enough(self) -> bool {
        self.refusals > 100
            && self.entries_trimmed > 100
            && self.frames_over_budget > 100
            && self.deliveries_set_aside > 100
            && self.threads > 100
    }
}

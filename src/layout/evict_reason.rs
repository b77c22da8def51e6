//! Why an entry was evicted, in terms of what can be done about it.

/// Explains why an entry was evicted. Entries used in the frame, and pinned ones, are never evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EvictReason {
    /// Others needed room, and it was among the entries least worth keeping. Raise the budget if it comes back soon.
    Capacity,
    /// The region table was full, and it was among the entries least worth keeping. Raise `max_entries`.
    TableFull,
    /// The budget was made smaller, and its page's texture had to go.
    Budget,
    /// The application asked for video memory back, and its page's texture went. Trim less, or pin what must stay.
    Trimmed,
    /// The cache was idle, and its page's texture went. Raise the times of the [`IdlePolicy`](crate::IdlePolicy).
    Idle,
}

impl EvictReason {
    /// All reasons, in a fixed order.
    pub const ALL: [EvictReason; 5] = [
        EvictReason::Capacity,
        EvictReason::TableFull,
        EvictReason::Budget,
        EvictReason::Trimmed,
        EvictReason::Idle,
    ];
}

impl std::fmt::Display for EvictReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EvictReason::Capacity => "made room for others",
            EvictReason::TableFull => "region table full",
            EvictReason::Budget => "smaller budget",
            EvictReason::Trimmed => "trimmed on request",
            EvictReason::Idle => "trimmed while idle",
        })
    }
}

//! Why an entry was evicted, in the words of the rule that did it.

/// Why an entry had to go. Entries in use in the frame, and pinned ones, never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EvictReason {
    /// Its page was drained, and it was not among the entries most worth keeping.
    LeastWorth,
    /// Its page was rebuilt, since entries in use needed the place: much of the atlas was protected.
    MadeWay,
    /// The region table was full, and it was among the entries least worth keeping. Raise `max_entries`.
    TableFull,
    /// The texture of its page was given back, for a smaller budget or by trimming, and no other page had room.
    Released,
    /// Trimmed on request, as unseen for long.
    Trimmed,
    /// Trimmed by a cache at rest, as unseen for longest.
    Idle,
}

impl EvictReason {
    /// All of them, in a fixed order.
    pub const ALL: [EvictReason; 6] = [
        EvictReason::LeastWorth,
        EvictReason::MadeWay,
        EvictReason::TableFull,
        EvictReason::Released,
        EvictReason::Trimmed,
        EvictReason::Idle,
    ];
}

impl std::fmt::Display for EvictReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EvictReason::LeastWorth => "least worth keeping on a drained page",
            EvictReason::MadeWay => "made way for entries in use",
            EvictReason::TableFull => "the region table was full",
            EvictReason::Released => "its page's texture was given back",
            EvictReason::Trimmed => "trimmed on request",
            EvictReason::Idle => "trimmed by a cache at rest",
        })
    }
}

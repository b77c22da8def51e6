//! The VRAM that every cache of a replay gets: square pages of one size, with four bytes per texel.

/// Bytes of a texel in every figure of a replay.
pub const BYTES_PER_TEXEL: u64 = 4;

/// Square pages of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    pub side: u32,
    pub count: u32,
}

impl Pages {
    /// Returns the pages that `budget_bytes` holds, with the side that the library picks: the largest power of two in
    /// 256..=2048 (4096 above 2 GiB) that gives at least 15 pages, else 256. Returns `None` if not even one page fits.
    pub fn of_budget(budget_bytes: u64) -> Option<Pages> {
        let largest = if budget_bytes > 2 << 30 { 4096 } else { 2048 };
        let sides = [4096, 2048, 1024, 512, 256];
        let gives_enough = |&side: &u32| side <= largest && budget_bytes / page_bytes(side) >= 15;
        Pages::of_side(budget_bytes, sides.into_iter().find(gives_enough).unwrap_or(256))
    }

    /// Returns as many pages of `side` as `budget_bytes` holds, or `None` if it holds none.
    pub fn of_side(budget_bytes: u64, side: u32) -> Option<Pages> {
        let count = u32::try_from(budget_bytes / page_bytes(side)).unwrap_or(u32::MAX);
        (count > 0).then_some(Pages { side, count })
    }

    pub fn texels(self) -> u64 {
        u64::from(self.side) * u64::from(self.side) * u64::from(self.count)
    }

    pub fn bytes(self) -> u64 {
        self.texels() * BYTES_PER_TEXEL
    }
}

/// Returns the bytes of one page of `side`.
pub fn page_bytes(side: u32) -> u64 {
    u64::from(side) * u64::from(side) * BYTES_PER_TEXEL
}

//! `PixmapKey`, the handle of a resident pixmap, and `PixmapId`, the same key as plain data for the GPU.
//!
//! Only this file knows how slotmap lays out a key: row (its index) and version. Invariant: a key and its id refer to the
//! same entry, and neither ever refers to a different one.

use slotmap::Key;

slotmap::new_key_type! {
    /// The handle of an entry. It is never reused: once the entry is evicted, removed or cleared, the key stays dead.
    ///
    /// A key belongs to one cache; another cache can't tell it from its own.
///
/// A dead key is harmless: methods return `None`, `false` or an error for it. (To be exact, the version of a row wraps
    /// after 2^31 entries in that row.)
    pub struct PixmapKey;
}

/// A [`PixmapKey`] as plain data for instance buffers: row of the region table, and version.
///
/// As a vertex attribute it is a `Uint32x2`. The GPU compares the version with the one in the table, so the id of an entry
/// that is gone draws transparent, even from an instance buffer that is never written again.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
pub struct PixmapId(pub [u32; 2]);

impl PixmapId {
    /// An id that no entry has. It draws transparent.
    pub const NONE: PixmapId = PixmapId([0, 0]);

    /// Row of the region table.
    pub(crate) const fn row(self) -> u32 {
        self.0[0]
    }

    /// What the row's version must be for the entry to be resident. Never 0 for a key of a cache.
    pub(crate) const fn version(self) -> u32 {
        self.0[1]
    }
}

impl Default for PixmapId {
    fn default() -> Self {
        Self::NONE
    }
}

impl PixmapKey {
    /// Returns the key as plain data for the GPU.
    pub fn id(self) -> PixmapId {
        let bits = self.data().as_ffi();
        PixmapId([bits as u32, (bits >> 32) as u32])
    }
}

impl From<PixmapKey> for PixmapId {
    fn from(key: PixmapKey) -> Self {
        key.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::SlotMap;

    /// slotmap doesn't guarantee the layout of `as_ffi`, which the region table relies on.
    #[test]
    fn rows_count_from_one_and_versions_are_odd_and_grow() {
        let mut map: SlotMap<PixmapKey, ()> = SlotMap::with_key();
        let first = map.insert(());
        let second = map.insert(());
        assert_eq!(first.id(), PixmapId([1, 1]));
        assert_eq!(second.id(), PixmapId([2, 1]));
        map.remove(first);
        let third = map.insert(());
        assert_eq!(
            third.id(),
            PixmapId([1, 3]),
            "the row is reused under a new version"
        );
    }

    #[test]
    fn no_key_has_the_id_none() {
        assert_ne!(PixmapKey::default().id(), PixmapId::NONE);
        assert_eq!(PixmapId::default(), PixmapId::NONE);
    }
}

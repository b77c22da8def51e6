//! Pins: entries kept for as long as a value lives, without being touched in each frame.
//!
//! A pin is a counted token without a way back to the cache, so it may be dropped on any thread, and outlive the cache.
//! The owner looks for dropped ones at the start of a frame, and before it refuses an insertion.

use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use slotmap::SecondaryMap;

use super::PixmapCache;
use crate::key::PixmapKey;

/// Keeps an entry from eviction, trimming and smaller budgets for as long as the pin or a clone of it lives.
///
/// A pin may be dropped on any thread; that takes effect at the next [`begin_frame`](PixmapCache::begin_frame). An entry
/// that is removed, cleared or replaced by name is gone in spite of its pins.
#[derive(Clone, Debug)]
#[must_use = "an entry is pinned only as long as the pin lives"]
pub struct Pin {
    _token: Arc<Token>,
}

/// Counts itself as dropped when the last pin of an entry goes.
#[derive(Debug)]
struct Token {
    dropped: Arc<AtomicUsize>,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Release);
    }
}

#[derive(Debug, Default)]
pub(super) struct Pins {
    tokens: SecondaryMap<PixmapKey, Weak<Token>>,
    dropped: Arc<AtomicUsize>,
    /// What `dropped` was when the tokens were last looked through.
    dropped_seen: usize,
}

impl Pins {
    pub(super) fn remove(&mut self, key: PixmapKey) {
        self.tokens.remove(key);
    }

    fn token(&mut self, key: PixmapKey) -> Arc<Token> {
        if let Some(token) = self.tokens.get(key).and_then(Weak::upgrade) {
            return token;
        }
        let token = Arc::new(Token {
            dropped: Arc::clone(&self.dropped),
        });
        self.tokens.insert(key, Arc::downgrade(&token));
        token
    }

    /// Returns the keys whose last pin has gone since the last call.
    fn take_dropped(&mut self) -> Vec<PixmapKey> {
        let dropped = self.dropped.load(Ordering::Acquire);
        if dropped == self.dropped_seen {
            return Vec::new();
        }
        self.dropped_seen = dropped;
        let gone = |(_, token): &(PixmapKey, &Weak<Token>)| token.strong_count() == 0;
        let keys: Vec<PixmapKey> = self.tokens.iter().filter(gone).map(|(key, _)| key).collect();
        for &key in &keys {
            self.tokens.remove(key);
        }
        keys
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Pins an entry, which keeps it for as long as the pin lives, whether it is touched or not. `None` if the key is dead.
    ///
    /// A pinned entry counts as protected: its bytes are not available to insertions.
    pub fn pin(&mut self, key: PixmapKey) -> Option<Pin> {
        if !self.layout.set_pinned(key, true) {
            return None;
        }
        let _token = self.pins.token(key);
        Some(Pin { _token })
    }

    /// Ends the protection of entries whose pins have gone. Returns whether there were any.
    pub(super) fn unpin_dropped(&mut self) -> bool {
        let dropped = self.pins.take_dropped();
        for &key in &dropped {
            self.layout.set_pinned(key, false);
        }
        !dropped.is_empty()
    }
}

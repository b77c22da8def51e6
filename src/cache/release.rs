//! Textures released, or swapped for others: their pages are emptied first.
//!
//! When, and how far, is decided in `budget.rs` and `trim.rs`. Invariant: the layout and the atlas agree on the pages
//! that have a texture, whatever the device refuses.

use std::hash::Hash;

use super::PixmapCache;
use crate::gpu::SwapFault;
use crate::layout::{EvictReason, MIN_PAGES, PageIndex, ReleaseTerms};

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns the terms on which textures are released within a frame: what the frame before used is likely to be used
    /// again, and stays.
    pub(super) fn terms_within_frame(&self, reason: EvictReason) -> ReleaseTerms {
        ReleaseTerms {
            reason,
            keep_since_frame: self.layout.frame() - 1,
            max_evicted_texels: u64::MAX,
        }
    }

    /// Releases textures until at most `pages` pages are left, as far as the terms allow.
    pub(super) fn release_down_to(&mut self, pages: u32, terms: &ReleaseTerms) {
        for pages in largest_to_release(self.atlas.page_lists(), pages) {
            self.release(&pages, terms);
        }
        // If one of these can't be released, another may.
        let mut lists = self.atlas.page_lists();
        lists.sort_by_key(|list| std::cmp::Reverse(list.len()));
        for list in lists {
            if self.page_count() > pages {
                self.release(&list, terms);
            }
        }
    }

    /// Empties the pages of one texture and releases it. Returns false if that isn't possible on these terms.
    pub(super) fn release(&mut self, pages: &[u32], terms: &ReleaseTerms) -> bool {
        self.release_together(&[pages.to_vec()], terms)
    }

    /// Empties the pages of several textures and releases them: all or none, so that nothing moves from one to another.
    pub(super) fn release_together(&mut self, lists: &[Vec<u32>], terms: &ReleaseTerms) -> bool {
        if !self.give_up_pages(&lists.concat(), terms) {
            return false;
        }
        let mut released = true;
        for pages in lists {
            if !self.atlas.release(pages) {
                self.commit_pages(pages);
                released = false;
            }
        }
        self.limit_pages();
        released
    }

    /// Returns false, and changes nothing, if that isn't possible on these terms.
    fn give_up_pages(&mut self, pages: &[u32], terms: &ReleaseTerms) -> bool {
        let given_up = self.layout.release_pages(pages.iter().copied(), terms);
        self.apply_ops();
        given_up
    }

    pub(super) fn commit_pages(&mut self, pages: &[u32]) {
        self.layout.commit_pages(pages.iter().copied());
    }

    /// Gives an Upfront cache `pages` pages instead of those it has.
    pub(super) fn swap_to(&mut self, pages: u32, terms: &ReleaseTerms) {
        if self.page_count() > 0 && (self.is_empty() || pages < MIN_PAGES) {
            self.release_down_to(0, terms);
        }
        // What is in use keeps the smallest texture, for as long as it is.
        let pages = pages.max(MIN_PAGES);
        if self.page_count() == 0 {
            self.commit_all();
            return;
        }
        let lists = self.atlas.page_lists();
        let Some(last) = lists.into_iter().next_back() else {
            return;
        };
        let others = self.page_count() - last.len() as u32;
        if pages < others + MIN_PAGES {
            if self.release(&last, terms) {
                self.swap_to(pages, terms);
            }
            return;
        }
        let layers = self.atlas.plan().layers_within(pages - others);
        self.swap(&last, layers, terms);
    }

    /// Commits every texture that the budget has room for, after waiting for released ones.
    fn commit_all(&mut self) {
        while let Some(layers) = self.atlas.next_layers() {
            if self.atlas.is_in_the_way(layers)
                && let Err(fault) = self.atlas.wait_for_released()
            {
                self.postpone_commit(fault);
                return;
            }
            if !self.commit_next() {
                return;
            }
        }
    }

    /// Swaps the texture of `pages` for one with another number of layers.
    pub(super) fn swap(&mut self, pages: &[u32], layers: u32, terms: &ReleaseTerms) {
        let kept = pages.len().min(layers as usize);
        if layers as usize == pages.len() || !self.give_up_pages(&pages[kept..], terms) {
            return;
        }
        let swapped = self.atlas.swap(pages, layers);
        self.watch_owed();
        match swapped {
            Ok((swapped, fault)) => {
                self.commit_pages(&swapped);
                match fault {
                    Some(fault) => self.postpone_commit(fault),
                    None => self.backoff.succeed(),
                }
                self.limit_pages();
            }
            // The old texture is still there, with all its pages.
            Err(SwapFault::Kept(fault)) => {
                self.commit_pages(pages);
                self.postpone_commit(fault);
            }
            Err(SwapFault::Lost(fault)) => {
                self.lose_pages(pages);
                self.postpone_commit(fault);
            }
        }
    }

    /// Removes the entries of pages whose texture is gone, and gives up the pages.
    pub(super) fn lose_pages(&mut self, pages: &[u32]) {
        let layout = &self.layout;
        let on_page = |page: &u32| layout.regions_on(PageIndex(*page)).map(|region| region.key);
        let lost: Vec<_> = pages.iter().flat_map(on_page).collect();
        for key in lost {
            self.counts.lost_entries += u32::from(self.layout.remove(key));
        }
        let terms = self.terms_within_frame(EvictReason::Budget);
        let empty = self.give_up_pages(pages, &terms);
        debug_assert!(empty, "BUG: an entry on a page without a texture");
    }
}

/// Returns which textures to release so that at most `pages` pages stay, and as many as possible.
fn largest_to_release(lists: Vec<Vec<u32>>, pages: u32) -> Vec<Vec<u32>> {
    let is_kept = |kept: u32, index: usize| kept & 1 << index != 0;
    let kept_pages = |kept: u32| -> u32 {
        let in_kept = lists
            .iter()
            .enumerate()
            .filter(|(index, _)| is_kept(kept, *index));
        in_kept.map(|(_, list)| list.len() as u32).sum()
    };
    // At most four textures: sixteen subsets.
    let subsets = (0..1u32 << lists.len()).filter(|kept| kept_pages(*kept) <= pages);
    let kept = subsets.max_by_key(|kept| kept_pages(*kept)).unwrap_or(0);
    let mut index = 0..;
    let released = lists
        .into_iter()
        .filter(|_| !index.next().is_some_and(|index| is_kept(kept, index)));
    released.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_pages_stay_as_the_budget_holds() {
        let lists = [0..2, 2..4, 4..8, 8..16].map(|pages| pages.collect::<Vec<u32>>());
        let [a, b, c, d] = lists.clone();
        let released = |pages| largest_to_release(lists.to_vec(), pages);
        assert_eq!(released(16), Vec::<Vec<u32>>::new());
        assert_eq!(released(8), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(released(7), [a.clone(), d.clone()]);
        assert_eq!(released(1), [a, b, c, d]);
    }
}

//! How many array textures an atlas has, and how many layers each.
//!
//! The one place that knows which layer counts work. Invariant: each count is at least 2 and no multiple of 6, since
//! wgpu's GL backend takes such textures for plain and for cube textures.

/// Most array textures: each is a binding, and GL has 16 texture slots for all stages together.
pub(super) const MAX_ARRAYS: u32 = 4;

/// Bounds of the array textures of one atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gpu) struct ArrayRules {
    /// Array textures that there are bindings for.
    pub(in crate::gpu) count: u32,
    /// Most layers of an array texture.
    pub(in crate::gpu) max_layers: u32,
    /// Whether all textures are committed at creation.
    pub(in crate::gpu) upfront: bool,
}

impl ArrayRules {
    /// The rules for an atlas of `pages` pages.
    pub(super) fn new(pages: u32, max_layers: u32, upfront: bool) -> Self {
        let count = if upfront {
            pages.div_ceil(max_layers)
        } else {
            MAX_ARRAYS
        };
        Self {
            count,
            max_layers,
            upfront,
        }
    }

    pub(super) fn max_pages(self) -> u64 {
        u64::from(self.count) * u64::from(self.max_layers)
    }

    /// Layers of the next array texture of an atlas of at most `max_pages` pages, of which `committed` have a texture, with
    /// `free` unused bindings.
    ///
    /// One texture for all pages, or steps: an eighth, an eighth, a quarter, a half.
    pub(super) fn next_layers(self, max_pages: u32, committed: u32, free: u32) -> Option<u32> {
        let spare = max_pages.checked_sub(committed).filter(|spare| *spare >= 2)?;
        let later = free.checked_sub(1)?.saturating_mul(self.max_layers);
        let step = committed.max(max_pages / 8).max(2);
        let wanted = if self.upfront || later == 0 || spare < step + 2 {
            spare
        } else {
            step.max(spare.saturating_sub(later))
        };
        Some(self.layers_within(wanted))
    }

    /// Layers of the texture that replaces one of `layers` layers when every binding is in use and `spare` more pages
    /// have room, since both exist for a time. `None` when that isn't more than before.
    pub(in crate::gpu) fn swapped_layers(self, layers: u32, spare: u32) -> Option<u32> {
        let larger = self.layers_within(spare);
        (!self.upfront && larger > layers).then_some(larger)
    }

    /// Pages there will be when textures with these layers, and every texture to come, are committed. One less than
    /// `max_pages` where the last one would be alone in its texture, or would make a multiple of six.
    pub(super) fn reachable_pages(self, max_pages: u32, mut layers: Vec<u32>, mut free: u32) -> u32 {
        while let Some(next) = self.next_layers(max_pages, layers.iter().sum(), free) {
            layers.push(next);
            free -= 1;
        }
        let spare = |layers: &[u32]| max_pages.saturating_sub(layers.iter().sum());
        while free == 0
            && let Some(smallest) = smallest_of(&layers)
            && let Some(larger) = self.swapped_layers(layers[smallest], spare(&layers))
        {
            layers[smallest] = larger;
        }
        layers.iter().sum()
    }

    /// The most layers that a texture for at most `pages` pages can have.
    pub(super) fn layers_within(self, pages: u32) -> u32 {
        usable_layers(pages.min(self.max_layers))
    }

    /// About half of `layers`, for a device that has no memory for as many. `None` when half isn't a texture.
    pub(super) fn fewer_layers(self, layers: u32) -> Option<u32> {
        (layers >= 4).then(|| usable_layers(layers / 2))
    }
}

fn smallest_of(layers: &[u32]) -> Option<usize> {
    (0..layers.len()).min_by_key(|index| layers[*index])
}

/// Most layers of an array texture: the device's limit, as far as 16 bits of a row of the region table go.
pub(super) fn max_layers(limits: &wgpu::Limits) -> u32 {
    limits.max_texture_array_layers.min(1 << 16)
}

/// The largest count up to `layers` that GL takes for an array of plain layers.
fn usable_layers(layers: u32) -> u32 {
    if layers > 0 && layers.is_multiple_of(6) {
        layers - 1
    } else {
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layers of all textures of an atlas of `pages` pages, committed one after the other.
    fn layer_counts(pages: u32, max_layers: u32, upfront: bool) -> Vec<u32> {
        let rules = ArrayRules::new(pages, max_layers, upfront);
        let mut counts: Vec<u32> = Vec::new();
        while let Some(layers) =
            rules.next_layers(pages, counts.iter().sum(), rules.count - counts.len() as u32)
        {
            counts.push(layers);
        }
        counts
    }

    fn is_usable(layers: u32, max_layers: u32) -> bool {
        (2..=max_layers).contains(&layers) && !layers.is_multiple_of(6)
    }

    #[test]
    fn layer_counts_are_what_gl_takes_for_arrays() {
        for max_layers in [8, 256, 2048] {
            for upfront in [false, true] {
                for pages in 2..=4 * max_layers {
                    let counts = layer_counts(pages, max_layers, upfront);
                    let usable = counts.iter().all(|layers| is_usable(*layers, max_layers));
                    assert!(usable, "{pages} of {max_layers}: {counts:?}");
                    assert!(
                        counts.len() <= MAX_ARRAYS as usize,
                        "no more than there are bindings"
                    );
                    let total: u32 = counts.iter().sum();
                    let lost = if pages > max_layers { 4 } else { 1 };
                    assert!(total <= pages && total + lost >= pages, "{pages}: {counts:?}");
                }
            }
        }
    }

    #[test]
    fn fewer_layers_are_what_gl_takes_for_arrays_and_end() {
        for layers in 2..=2048 {
            let rules = ArrayRules::new(layers, 2048, false);
            let mut left = layers;
            while let Some(fewer) = rules.fewer_layers(left) {
                assert!(fewer < left, "fewer than {left}: {fewer}");
                assert!(is_usable(fewer, 2048), "half of {left}: {fewer}");
                left = fewer;
            }
        }
    }

    #[test]
    fn stepwise_commits_in_growing_steps_and_upfront_in_one() {
        assert_eq!(layer_counts(16, 256, false), [2, 2, 4, 8]);
        assert_eq!(layer_counts(15, 256, false), [2, 2, 4, 7]);
        assert_eq!(layer_counts(64, 256, false), [8, 8, 16, 32]);
        assert_eq!(layer_counts(15, 256, true), [15]);
        assert_eq!(layer_counts(12, 256, true), [11]);
        assert_eq!(layer_counts(2, 256, false), [2]);
    }
}

//! The labels of wgpu objects: the cache's own label, and what the object is.
//!
//! They appear in validation errors, allocator reports and graphics debuggers. Invariant: every wgpu object of a cache has
//! a label made by `Label::of`; a test reads this folder's source for it.

use std::sync::Arc;

/// The label of a cache that the user gives none.
const DEFAULT: &str = "pixmap-cache";

/// The label of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label(Arc<str>);

impl Label {
    pub(super) fn new(label: wgpu::Label<'_>) -> Self {
        Self(label.unwrap_or(DEFAULT).into())
    }

    /// The label of an object of the cache, such as "icons: staging".
    pub(super) fn of(&self, object: &str) -> String {
        format!("{}: {object}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::descriptor::{CacheDescriptor, CommitPolicy};
    use crate::gpu::Atlas;
    use crate::gpu::plan::AtlasPlan;

    /// Calls that create something with a descriptor, and so with a label.
    const CREATIONS: [&str; 7] = [
        ".create_bind_group(",
        ".create_bind_group_layout(",
        ".create_buffer(",
        ".create_command_encoder(",
        ".create_sampler(",
        ".create_texture(",
        ".create_view(",
    ];

    /// The source of this folder without its tests, by file.
    fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
        for file in std::fs::read_dir(folder).expect("the source is here") {
            let path = file.expect("the source can be read").path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    sources(&path, into);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("the source is text");
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            into.push((path.display().to_string(), text.to_owned()));
        }
    }

    #[test]
    fn a_label_names_the_cache_and_the_object() {
        assert_eq!(Label::new(Some("icons")).of("staging"), "icons: staging");
        assert_eq!(Label::new(None).of("staging"), "pixmap-cache: staging");
    }

    #[test]
    fn a_validation_error_names_the_cache_and_its_objects() {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = CacheDescriptor {
            label: Some("icons"),
            commit: CommitPolicy::Stepwise,
            ..Default::default()
        };
        let plan = AtlasPlan::new(&descriptor, &device).expect("a sound descriptor");
        let mut atlas = Atlas::new(&device, &queue, plan).expect("an atlas");
        let layers = atlas.next_layers().expect("room for a texture");
        atlas.faults().unbindable = 1;
        let fault = atlas.commit(layers).expect_err("a destroyed texture");
        let words = fault.into_words();
        for object in ["icons: view at binding 2", "icons: pages 0"] {
            assert!(words.contains(&format!("'{object}'")), "{object} in: {words}");
        }
    }

    #[test]
    fn every_wgpu_object_is_created_with_the_caches_label() {
        let mut files = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gpu");
        sources(&folder, &mut files);
        let mut creations = 0;
        for (file, text) in files {
            let any = text.matches(".create_").count();
            let starts = CREATIONS.iter().flat_map(|call| text.match_indices(call));
            let starts: Vec<usize> = starts.map(|(at, _)| at).collect();
            assert_eq!(starts.len(), any, "{file}: a call that this test doesn't know");
            for start in starts {
                let call = text[start..].lines().take(2).collect::<Vec<_>>().join(" ");
                assert!(
                    call.contains("label: Some(&") && call.contains("label.of("),
                    "{file}: created without the cache's label: {call}"
                );
                creations += 1;
            }
        }
        assert!(creations >= 12, "only {creations} creations were found");
    }
}

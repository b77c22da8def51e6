//! `--record`: what the demo used in which frame, as a trace for the `replay` example.
//!
//! A window may be closed at any moment, so the trace is finished when the recording is dropped with its scene.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use pixmap_cache::PixmapCache;

use crate::scene::PixmapName;

/// Starts writing a trace to `path`, if there is one.
pub fn start(cache: &mut PixmapCache<PixmapName>, path: Option<&Path>) -> Result<(), String> {
    let Some(path) = path else {
        return Ok(());
    };
    let file =
        File::create(path).map_err(|error| format!("{} can't be written: {error}.", path.display()))?;
    cache.record_trace(BufWriter::new(file));
    Ok(())
}

/// Writes the last frame. A trace that was cut short is said, and is no failure of the demo.
pub fn finish(cache: &mut PixmapCache<PixmapName>) {
    if let Some(Err(error)) = cache.finish_trace() {
        eprintln!("atlas_demo: the trace ends early: {error}.");
    }
}

//! `--record`: which pictures the demo used in which frame, as a trace for the `replay` example.
//!
//! A window may be closed at any time, so the trace is finished when the scene is dropped.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use pixmap_cache::PixmapCache;

use kit::wall::pixmaps::PixmapName;

/// Starts writing a trace to `path`, if one is given.
pub fn start(cache: &mut PixmapCache<PixmapName>, path: Option<&Path>) -> Result<(), String> {
    let Some(path) = path else {
        return Ok(());
    };
    let file =
        File::create(path).map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    cache.record_trace(BufWriter::new(file));
    Ok(())
}

/// Writes the last frame. A trace that ends early is reported, but is not a failure of the demo.
pub fn finish(cache: &mut PixmapCache<PixmapName>) {
    if let Some(Err(error)) = cache.finish_trace() {
        eprintln!("atlas_demo: the trace ends early: {error}.");
    }
}

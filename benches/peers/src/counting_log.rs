//! Counts the calls of `Queue::write_texture` in wgpu's own log, since glyphon doesn't count its uploads.

use std::sync::atomic::{AtomicU64, Ordering};

static WRITES: AtomicU64 = AtomicU64::new(0);

struct Counter;

impl log::Log for Counter {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.args().as_str() == Some("Queue::write_texture") {
            WRITES.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {}
}

pub fn install() {
    log::set_logger(&Counter).expect("the only logger");
}

/// Returns how many textures `work` has written to. Slow: wgpu logs every call meanwhile.
pub fn writes_of(work: impl FnOnce()) -> u64 {
    let before = WRITES.load(Ordering::Relaxed);
    log::set_max_level(log::LevelFilter::Trace);
    work();
    log::set_max_level(log::LevelFilter::Off);
    WRITES.load(Ordering::Relaxed) - before
}

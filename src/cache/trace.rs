//! Traces: what was used, written frame by frame, for the `replay` example and other tools to try budgets with.
//!
//! Hits are read from the layout when their frame ends, so `find` and `touch` cost the same while recording. Invariant:
//! a frame's lines are written whole, before its protection ends.

use std::collections::HashSet;
use std::fmt::{Debug, Display, Write as _};
use std::hash::Hash;
use std::io::{self, Write};

use super::PixmapCache;
use crate::key::PixmapKey;
use crate::layout::Layout;
use crate::names::Names;

/// Column names, a comment in the format of traces.
const HEAD: &str = "# frame,key,width,height[,levels]\n";

pub(super) struct Recorder<N> {
    out: Box<dyn Write + Send + Sync>,
    write_name: fn(&N, &mut String),
    /// Entries inserted or replaced during this frame, whose lines are in `text` already.
    arrived: HashSet<PixmapKey>,
    /// Lines of this frame.
    text: String,
    head_written: bool,
    /// Why the recording ended early.
    failure: Option<io::Error>,
}

impl<N> Debug for Recorder<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Starts to record a trace: which entries are used in which frame, from this frame until
    /// [`finish_trace`](Self::finish_trace). A recording under way is finished first.
    ///
    /// The `replay` example reads the trace and shows what other budgets and page sizes would have cost, and what other
    /// caches upload. Each line is one entry used in one frame, `frame,key,width,height`, in texels: first the entries
    /// found, by row of the region table, then those inserted, in order. A fifth column, `levels`, is the number of mip
    /// levels, the base included, where there is more than one. An entry in tiles is one line like any other, with the size
    /// of its pixmap: how it is cut up depends on the pages. The key is the name, with each byte of `%`,
    /// commas and control characters written as `%` and two hexadecimal digits. An entry without a name has a key of its
    /// own, also when the same pixels are inserted again after an eviction: give a name to what should be recognized.
    ///
    /// Three things are not in the trace: entries that were found and then removed in the same frame; misses of `find`
    /// without an insertion, whose size isn't known; and that pixels were replaced, by key or by inserting their name again.
    /// A replacement is one more use and replays as a hit, so that a trace of animated pixmaps promises too few uploads.
    ///
    /// Each frame is written to `out` when it ends, in one call: pass a file. While recording, the end of a frame looks at
    /// every resident entry. A cache that is dropped while recording loses its last frame.
    pub fn record_trace(&mut self, out: impl Write + Send + Sync + 'static)
    where
        N: Display,
    {
        // The outcome of the recording before is of no use to a caller who starts another.
        let _ = self.finish_trace();
        self.recorder = Some(Recorder {
            out: Box::new(out),
            write_name: |name, text| escape(&name.to_string(), text),
            arrived: HashSet::new(),
            text: String::new(),
            head_written: false,
            failure: None,
        });
    }

    /// Finishes the recording of a trace, with the present frame as its last. `None` if there was none.
    ///
    /// # Errors
    ///
    /// Returns the first failure to write. What was written before it is whole frames.
    pub fn finish_trace(&mut self) -> Option<io::Result<()>> {
        self.record_frame();
        let recorder = self.recorder.take()?;
        Some(recorder.finish())
    }

    /// Writes the frame that ends.
    #[inline]
    pub(super) fn record_frame(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.write_frame(&self.layout, &self.names);
        }
    }

    /// Records an insertion or replacement, once the entry has its name.
    #[inline]
    pub(super) fn record_arrival(&mut self, key: PixmapKey) {
        if let Some(recorder) = &mut self.recorder
            && recorder.arrived.insert(key)
        {
            recorder.add(&self.layout, &self.names, key);
        }
    }
}

impl<N: Hash + Eq> Recorder<N> {
    fn write_frame(&mut self, layout: &Layout, names: &Names<N>) {
        if self.failure.is_none() {
            let arrivals = std::mem::take(&mut self.text);
            if !std::mem::replace(&mut self.head_written, true) {
                self.text.push_str(HEAD);
            }
            let frame = layout.frame();
            for key in layout.keys() {
                if layout.last_frame(key) == Some(frame) && !self.arrived.contains(&key) {
                    self.add(layout, names, key);
                }
            }
            self.text.push_str(&arrivals);
            self.failure = self.out.write_all(self.text.as_bytes()).err();
        }
        self.text.clear();
        self.arrived.clear();
    }

    fn add(&mut self, layout: &Layout, names: &Names<N>, key: PixmapKey) {
        let (Some(size), Some(levels)) = (layout.size(key), layout.levels(key)) else {
            return;
        };
        let frame = layout.frame();
        let text = &mut self.text;
        let _ = write!(text, "{frame},");
        match names.name_of(key) {
            Some(name) => (self.write_name)(name, text),
            None => {
                let [row, version] = key.id().0;
                // No name is written like this: a `%` of a name is `%25`.
                let _ = write!(text, "%{row}.{version}");
            }
        }
        let _ = write!(text, ",{},{}", size.width, size.height);
        let _ = if levels > 1 {
            writeln!(text, ",{levels}")
        } else {
            writeln!(text)
        };
    }

    fn finish(mut self) -> io::Result<()> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.out.flush(),
        }
    }
}

/// Writes a name as a field of a line; an empty one is a lone `%`.
fn escape(name: &str, text: &mut String) {
    if name.is_empty() {
        text.push('%');
    }
    for letter in name.chars() {
        if letter == '%' || letter == ',' || letter.is_control() {
            let mut utf8 = [0; 4];
            for byte in letter.encode_utf8(&mut utf8).bytes() {
                let _ = write!(text, "%{byte:02X}");
            }
        } else {
            text.push(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_name_is_one_field_and_no_two_names_are_the_same() {
        let escaped = |name: &str| {
            let mut text = String::new();
            escape(name, &mut text);
            text
        };
        assert_eq!(escaped("icons/save 2x.png"), "icons/save 2x.png");
        assert_eq!(escaped("a,b\n\r100 %"), "a%2Cb%0A%0D100 %25");
        assert_eq!(escaped("\u{85}"), "%C2%85");
        assert_eq!(escaped(""), "%");
    }
}

//! A trace: which pixmaps a renderer touched in which frame, and its text format.
//!
//! The text has one touch per line, `frame,key,width,height[,levels]`, with ascending frames. A line that starts with `#` is
//! a comment. A key is any text without commas. `levels` is the number of mip levels, the base among them; without it there
//! is one. A key with a different size or number of levels is a different pixmap, since its pixels can't be the same. In
//! older traces the fifth column is a cost: a number with a fraction there is read as one, and ignored.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead, Write};

use pixmap_cache::Size;

use crate::pages::BYTES_PER_TEXEL;

/// The longest side in texels, longer than that of any texture.
const MAX_SIDE: u32 = u16::MAX as u32;

/// Touches of numbered pixmaps, in order.
///
/// Invariants: frame numbers ascend strictly, frame ends ascend, and every touch is below the number of
/// pixmaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    names: Vec<String>,
    sizes: Vec<Size>,
    levels: Vec<u8>,
    touches: Vec<u32>,
    frames: Vec<TracedFrame>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct TracedFrame {
    number: u64,
    /// Index after this frame's last touch.
    end: usize,
}

/// The reason why a text is not a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceError {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for TraceError {}

impl Trace {
    /// Adds a pixmap without mip levels and returns its number. No pixmap of the same name and size has been added before.
    pub fn add_pixmap(&mut self, name: String, size: Size) -> u32 {
        self.add(name, size, 1)
    }

    /// Adds a pixmap with `levels` mip levels, the base included, and returns its number.
    pub fn add(&mut self, name: String, size: Size, levels: u8) -> u32 {
        self.names.push(name);
        self.sizes.push(size);
        self.levels.push(levels);
        self.sizes.len() as u32 - 1
    }

    /// Begins frame `number`. Panics if it is not greater than the number of the frame before.
    pub fn begin_frame(&mut self, number: u64) {
        assert!(
            self.frames.last().is_none_or(|last| last.number < number),
            "frames ascend"
        );
        self.frames.push(TracedFrame {
            number,
            end: self.touches.len(),
        });
    }

    /// Adds a touch to the last frame. Panics if there is none.
    pub fn touch(&mut self, pixmap: u32) {
        self.touches.push(pixmap);
        self.frames.last_mut().expect("a touch belongs to a frame").end = self.touches.len();
    }

    /// Drops pixmaps that no frame touches and numbers the others by their first touch, as reading the text does.
    pub fn without_untouched(mut self) -> Trace {
        const UNNUMBERED: u32 = u32::MAX;
        let mut numbers = vec![UNNUMBERED; self.sizes.len()];
        let (mut names, mut sizes, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        for touch in &mut self.touches {
            let old = *touch as usize;
            if numbers[old] == UNNUMBERED {
                numbers[old] = sizes.len() as u32;
                names.push(std::mem::take(&mut self.names[old]));
                sizes.push(self.sizes[old]);
                levels.push(self.levels[old]);
            }
            *touch = numbers[old];
        }
        Trace {
            names,
            sizes,
            levels,
            ..self
        }
    }

    /// Returns each frame's number and touches.
    pub fn frames(&self) -> impl Iterator<Item = (u64, &[u32])> {
        let starts = std::iter::once(0).chain(self.frames.iter().map(|frame| frame.end));
        starts
            .zip(&self.frames)
            .map(|(start, frame)| (frame.number, &self.touches[start..frame.end]))
    }

    /// Returns all touches in order. A pixmap's number is its index in [`Trace::sizes`].
    pub fn touches(&self) -> &[u32] {
        &self.touches
    }

    pub fn sizes(&self) -> &[Size] {
        &self.sizes
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the number of mip levels of each pixmap, the base among them.
    pub fn levels(&self) -> &[u8] {
        &self.levels
    }

    /// Returns the texels of a pixmap and of its smaller levels, which is less than they take on pages.
    pub fn texels_of(&self, pixmap: u32) -> u64 {
        let size = self.sizes[pixmap as usize];
        let level = |level| Size::new(size.width >> level, size.height >> level);
        (0..self.levels[pixmap as usize])
            .map(|number| level(number).texels())
            .sum()
    }

    /// Returns the bytes of a pixmap and of its smaller levels.
    pub fn bytes_of(&self, pixmap: u32) -> u64 {
        self.texels_of(pixmap) * BYTES_PER_TEXEL
    }

    /// Returns the bytes of all pixmaps, each counted once.
    pub fn distinct_bytes(&self) -> u64 {
        (0..self.sizes.len() as u32)
            .map(|pixmap| self.bytes_of(pixmap))
            .sum()
    }

    /// Returns the bytes of the largest frame, with each of its pixmaps counted once, and as many bytes as `bytes_of` says.
    pub fn largest_frame_bytes(&self, bytes_of: impl Fn(u32) -> u64) -> u64 {
        let mut last_frames = vec![None; self.sizes.len()];
        let distinct = |(number, touches): (u64, &[u32])| {
            let is_first = |&&pixmap: &&u32| last_frames[pixmap as usize].replace(number) != Some(number);
            touches
                .iter()
                .filter(is_first)
                .map(|&pixmap| bytes_of(pixmap))
                .sum()
        };
        self.frames().map(distinct).max().unwrap_or(0)
    }

    /// Writes the text format.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "# frame,key,width,height[,levels]")?;
        for (frame, touches) in self.frames() {
            for &pixmap in touches {
                let (name, size) = (&self.names[pixmap as usize], self.sizes[pixmap as usize]);
                write!(out, "{frame},{name},{},{}", size.width, size.height)?;
                match self.levels[pixmap as usize] {
                    1 => writeln!(out)?,
                    levels => writeln!(out, ",{levels}")?,
                }
            }
        }
        Ok(())
    }

    /// Reads the text format. The error names the first bad line.
    pub fn read(text: impl BufRead) -> Result<Trace, TraceError> {
        let mut reader = Reader::default();
        let mut line_number = 0;
        for line in text.lines() {
            line_number += 1;
            let read = line
                .map_err(|error| error.to_string())
                .and_then(|line| reader.read_line(&line));
            read.map_err(|what| TraceError {
                line: line_number,
                what,
            })?;
        }
        if reader.trace.touches.is_empty() {
            return Err(TraceError {
                line: line_number.max(1),
                what: "the trace has no touches".into(),
            });
        }
        Ok(reader.trace)
    }
}

#[derive(Default)]
struct Reader {
    trace: Trace,
    /// The pixmaps' numbers by `key,width,height,levels`.
    numbers: HashMap<String, u32>,
    /// Reused for lookups in `numbers`, which saves an allocation per line.
    lookup: String,
}

impl Reader {
    fn read_line(&mut self, line: &str) -> Result<(), String> {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            return Ok(());
        }
        let fields: Vec<&str> = line.split(',').collect();
        let (frame, key, width, height, levels) = match *fields.as_slice() {
            [frame, key, width, height] => (frame, key, width, height, "1"),
            [frame, key, width, height, levels] => (frame, key, width, height, levels),
            ref other => {
                return Err(format!(
                    "{} fields, expected frame,key,width,height[,levels]",
                    other.len()
                ));
            }
        };
        if key.is_empty() {
            return Err("the key is empty".into());
        }
        self.begin_frame(parse_frame(frame)?)?;
        let size = Size {
            width: parse_side("width", width)?,
            height: parse_side("height", height)?,
        };
        let levels = parse_levels(levels, size)?;
        let pixmap = self.number(key, size, levels);
        self.trace.touch(pixmap);
        Ok(())
    }

    fn begin_frame(&mut self, number: u64) -> Result<(), String> {
        match self.trace.frames.last() {
            Some(last) if last.number > number => Err(format!(
                "frame {number} follows frame {}: frames must ascend",
                last.number
            )),
            Some(last) if last.number == number => Ok(()),
            _ => {
                self.trace.begin_frame(number);
                Ok(())
            }
        }
    }

    /// Returns the pixmap's number, which its first touch assigns.
    fn number(&mut self, key: &str, size: Size, levels: u8) -> u32 {
        self.lookup.clear();
        write!(self.lookup, "{key},{},{},{levels}", size.width, size.height)
            .expect("BUG: a String takes any text");
        if let Some(&number) = self.numbers.get(&self.lookup) {
            return number;
        }
        let number = self.trace.add(key.to_owned(), size, levels);
        self.numbers.insert(self.lookup.clone(), number);
        number
    }
}

fn parse_frame(text: &str) -> Result<u64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("the frame is `{text}`, expected an integer from 0"))
}

fn parse_side(what: &str, text: &str) -> Result<u32, String> {
    let side = text
        .trim()
        .parse()
        .ok()
        .filter(|side| (1..=MAX_SIDE).contains(side));
    side.ok_or_else(|| format!("the {what} is `{text}`, expected an integer from 1 to {MAX_SIDE}"))
}

fn parse_levels(text: &str, size: Size) -> Result<u8, String> {
    if is_cost(text) {
        return Ok(1);
    }
    let limit = size.width.min(size.height).ilog2() + 1;
    let levels = text.trim().parse().ok();
    let levels = levels.filter(|levels| (1..=limit).contains(&u32::from(*levels)));
    levels.ok_or_else(|| {
        format!("the levels are `{text}`, expected an integer from 1 to {limit}, as many as {size} has")
    })
}

/// Whether a fifth column is the cost of an older trace.
fn is_cost(text: &str) -> bool {
    let cost = text.trim().parse();
    text.contains('.') && cost.is_ok_and(|cost: f32| cost.is_finite() && cost >= 0.0)
}

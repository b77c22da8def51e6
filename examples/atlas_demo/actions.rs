//! What keys and commands do, and what the panels show about it.

use std::time::Duration;

use pixmap_cache::Trim;
use pixmap_cache::overlay::{Corner, OverlayFrame, PageView};

use crate::bindings::{Action, BINDINGS};
use crate::check;
use crate::report::mib;
use crate::script::Command;
use crate::show::AtlasDemo;
use crate::text::{Letters, Line, Tone};
use kit::draw::Frame;
use kit::wall::live::LiveCosts;
use kit::wall::renderer::Sampling;

/// How long a notice stays.
const NOTICE: Duration = Duration::from_secs(4);
/// The largest budget that the keys set.
const MAX_BUDGET: u64 = 4 << 30;

/// How the atlas is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Atlas {
    Ages,
    Texels,
    Large,
    Off,
}

/// How much of the keys is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Help {
    Bar,
    List,
    Off,
    /// Notices only, in an animation.
    Notices,
}

/// A line about what has just happened.
pub(crate) struct Notice {
    text: String,
    /// The frame's time when it appeared.
    since: Duration,
}

impl Atlas {
    fn next(self) -> (Self, &'static str) {
        match self {
            Self::Ages => (Self::Texels, "the atlas: texels"),
            Self::Texels => (Self::Large, "the atlas: large"),
            Self::Large => (Self::Off, "the atlas: off"),
            Self::Off => (Self::Ages, "the atlas: ages"),
        }
    }

    pub(crate) fn overlay_frame<'a>(
        self,
        frame: &Frame,
        lines: &'a [(&'a str, &'a str)],
    ) -> Option<OverlayFrame<'a>> {
        let scale = (frame.scale_factor.round() as u32).clamp(1, 4);
        let (pages, scale) = match self {
            Self::Ages => (PageView::Ages, scale),
            Self::Texels => (PageView::Texels, scale),
            Self::Large => (PageView::Texels, (scale * 2).min(4)),
            Self::Off => return None,
        };
        Some(OverlayFrame {
            viewport: [frame.size.width, frame.size.height],
            corner: Corner::TopRight,
            scale,
            pages,
            lines,
            ..Default::default()
        })
    }
}

impl Help {
    fn next(self) -> Self {
        match self {
            Self::Bar => Self::List,
            Self::List => Self::Off,
            Self::Off | Self::Notices => Self::Bar,
        }
    }
}

impl AtlasDemo {
    pub(crate) fn perform(&mut self, command: Command) {
        let middle = [self.screen.width as f32 / 2.0, self.screen.height as f32 / 2.0];
        match command {
            Command::Act(action) => self.act(action),
            Command::Budget(bytes) => self.set_budget(bytes),
            Command::Drag(right, down) => self.pilot.drag(right, down),
            Command::Wheel(notches) => self.pilot.zoom(&self.live.wall, notches, middle),
            Command::Settle => self.playback.wait(false),
            Command::Check => self.playback.wait(true),
            Command::Screenshot(file) => self.playback.picture = Some(self.out.join(file)),
            Command::Same(one, other) => {
                let same = check::same_picture(&self.out.join(one), &self.out.join(other));
                self.playback.failures.extend(same.err());
            }
            Command::Quit => self.playback.quits = true,
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::HalveBudget => self.set_budget((self.live.cache.budget() / 2).max(self.min_budget())),
            Action::DoubleBudget => self.set_budget((self.live.cache.budget() * 2).min(MAX_BUDGET)),
            Action::Pause => {
                let now = self.pilot.pause();
                self.say(now.to_owned());
            }
            Action::Trim => {
                let (entries, bytes) = (self.live.cache.len(), self.live.cache.trim(Trim::All));
                let evicted = entries - self.live.cache.len();
                self.say(format!(
                    "trim: {evicted} pictures evicted, {} released",
                    mib(bytes)
                ));
            }
            Action::Clear => {
                let entries = self.live.cache.len();
                self.live.cache.clear();
                self.say(format!("clear: {entries} pictures removed"));
            }
            Action::Sampling => self.toggle_sampling(),
            Action::Atlas => {
                let (next, now) = self.atlas.next();
                self.atlas = next;
                self.say(now.to_owned());
            }
            Action::Help => self.help = self.help.next(),
            Action::Picture => {
                let path = self.out.join("window.png");
                self.say(format!("wrote {}", path.display()));
                self.playback.picture = Some(path);
            }
            Action::LoseDevice => self.lose_device = true,
        }
    }

    fn toggle_sampling(&mut self) {
        let (sampling, now) = match self.live.view.sampling {
            Sampling::Linear => (Sampling::Nearest, "nearest filtering"),
            Sampling::Nearest => (Sampling::Linear, "linear filtering"),
        };
        self.live.view.sampling = sampling;
        self.say(now.to_owned());
    }

    fn set_budget(&mut self, bytes: u64) {
        let (before, evictions) = (self.live.cache.budget(), self.live.cache.stats().evictions);
        let unreleased = self.live.cache.set_budget(bytes).is_err();
        // Pictures that were refused may fit now.
        self.live.cache.retry_all();
        let evicted = self.live.cache.stats().evictions - evictions;
        let effect = if unreleased {
            "more is in use until the next frame".to_owned()
        } else {
            format!("{evicted} evicted")
        };
        self.say(format!("budget {} -> {}: {effect}", mib(before), mib(bytes)));
    }

    /// Returns the size of two pages plus the fixed part: less would show almost nothing.
    fn min_budget(&self) -> u64 {
        let stats = self.live.cache.stats();
        let fixed = stats.vram_bytes - u64::from(stats.pages) * stats.page_bytes;
        fixed + 2 * stats.page_bytes
    }

    pub(crate) fn say(&mut self, text: String) {
        let since = self.time;
        self.notice = Some(Notice { text, since });
    }

    /// Returns the overlay's lines about the demo itself.
    pub(crate) fn overlay_values(&self, costs: &LiveCosts) -> [(&'static str, String); 4] {
        let sampling = match self.live.view.sampling {
            Sampling::Linear => "linear",
            Sampling::Nearest => "nearest",
        };
        let drawn = self.live.view.pitch * kit::wall::PICTURE_SHARE;
        let LiveCosts {
            ready,
            pending,
            failed,
            caching,
        } = costs;
        [
            (
                "visible",
                format!("{ready} ready, {pending} pending, {failed} refused"),
            ),
            (
                "pictures",
                format!("{} px, drawn at {drawn:.0} px, {sampling}", self.live.side),
            ),
            ("cache CPU", format!("{:.2} ms", caching.as_secs_f64() * 1e3)),
            ("adapter", self.adapter.name.chars().take(34).collect()),
        ]
    }

    /// Returns the panels' texts, the lowest first.
    pub(crate) fn texts(&mut self, frame: &Frame) -> Vec<Vec<Line>> {
        let mut texts = match self.help {
            Help::Bar => vec![bar(frame)],
            Help::List => vec![list()],
            Help::Notices => vec![],
            // The bare wall, without notices.
            Help::Off => return vec![],
        };
        let now = self.time;
        self.notice
            .take_if(|notice| now.saturating_sub(notice.since) > NOTICE);
        let notice = self.notice.iter();
        texts.extend(notice.map(|notice| vec![vec![(Tone::Plain, notice.text.clone())]]));
        texts
    }
}

/// Returns the keys, in as many lines as the window's width requires.
fn bar(frame: &Frame) -> Vec<Line> {
    let letters = Letters::at_scale(frame.scale_factor);
    let room = frame.size.width.saturating_sub(4 * letters.margin()) / letters.advance();
    let mouse = [("drag", "move"), ("wheel", "zoom")];
    let keys = BINDINGS.iter().map(|binding| (binding.keys[0], binding.short));
    let mut lines: Vec<Line> = vec![vec![]];
    let mut used = 0;
    for (key, what) in mouse.into_iter().chain(keys) {
        let length = (key.len() + what.len() + 3) as u32;
        if used > 0 && used + length > room {
            lines.push(vec![]);
            used = 0;
        }
        used += length;
        let line = lines.last_mut().expect("BUG: there is a first line");
        line.push((Tone::Accent, key.to_uppercase()));
        line.push((Tone::Plain, format!(" {what}  ")));
    }
    // No trailing blanks: the panel has a margin.
    for line in &mut lines {
        if let Some((_, text)) = line.last_mut() {
            text.truncate(text.trim_end().len());
        }
    }
    lines
}

fn list() -> Vec<Line> {
    let mouse = [("drag".to_owned(), "move the wall"), ("wheel".to_owned(), "zoom")];
    let keys = BINDINGS
        .iter()
        .map(|binding| (binding.keys.join("  "), binding.long));
    let quit = [("esc".to_owned(), "quit")];
    let line = |(keys, what): (String, &str)| {
        vec![
            (Tone::Accent, format!("{:<9}", keys.to_uppercase())),
            (Tone::Plain, what.to_owned()),
        ]
    };
    let title = vec![(Tone::Dim, "An atlas under a budget that you change".to_owned())];
    let lines = mouse.into_iter().chain(keys).chain(quit).map(line);
    std::iter::once(title).chain(lines).collect()
}

//! Replays a renderer's trace through pixmap-cache and through the caches that renderers use today, and prints what each
//! would have uploaded.
//!
//! Run it with `cargo run --release --example replay -- --workload tabs-mixed`, or with a file that
//! `PixmapCache::record_trace` wrote. It needs no GPU.
//!
//! What to look at: the column `missed`, the bytes that each cache would have uploaded, and the curve over the budget
//! (`--curve FILE`). The caches and their rules are in `benches/kit`. `table`, `json` and `curve` print and plot the
//! figures; command line and exit codes are in `arguments`.

mod arguments;
mod bytes;
mod curve;
mod json;
mod table;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::process::ExitCode;

use arguments::{Arguments, Command, Source};
use bench_kit::outcome::Outcome;
use bench_kit::pages::{Pages, page_bytes};
use bench_kit::reference::Cache;
use bench_kit::trace::Trace;
use bytes::show_bytes;
use kit::terminal::printable;

/// Exit code if the trace or a file is bad.
const FAILED: u8 = 1;
/// Exit code if the command line is bad.
const MISUSED: u8 = 2;

/// An atlas that evacuates pages needs another page to evacuate to.
const MIN_PAGES: u64 = 2;
const MIN_PAGE_SIDE: u32 = 256;
/// Far more than the layers of any device.
const MAX_PAGES: u32 = 16_384;

fn main() -> ExitCode {
    let (text, code) = match arguments::parse() {
        Ok(Command::Help) => (arguments::HELP.to_owned(), ExitCode::SUCCESS),
        Ok(Command::Replay(arguments)) => match run(&arguments) {
            Ok(text) => (text, ExitCode::SUCCESS),
            Err(what) => return fail(&what, FAILED),
        },
        Err(what) => return fail(&format!("{what}; see --help"), MISUSED),
    };
    // A reader that closes the pipe early (`replay … | head`) is no failure.
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("can't write the output: {error}"), FAILED)
        }
        _ => code,
    }
}

fn fail(what: &str, code: u8) -> ExitCode {
    eprintln!("replay: {}", printable(what));
    ExitCode::from(code)
}

/// Does what the command line asks for, and returns the text to print.
fn run(arguments: &Arguments) -> Result<String, String> {
    let trace = load(arguments)?;
    if let Some(path) = &arguments.export {
        write_file(path, |out| trace.write(out))?;
        if arguments.curve.is_none() && !arguments.json {
            return Ok(format!(
                "wrote {} touches in {} frames to {}\n",
                trace.touches().len(),
                trace.frames().count(),
                printable(path)
            ));
        }
    }
    let pages = choose_pages(arguments, &trace)?;
    let outcomes = Cache::ALL.map(|cache| (cache, cache.replay(&trace, pages)));
    if let Some(path) = &arguments.curve {
        let svg = curve::draw(&trace, arguments.page_side);
        write_file(path, |out| out.write_all(svg.as_bytes()))?;
    }
    let mut text = show(arguments, &trace, pages, &outcomes);
    if let (Some(path), false) = (&arguments.curve, arguments.json) {
        text.push_str(&format!("\nwrote {}\n", printable(path)));
    }
    Ok(text)
}

fn load(arguments: &Arguments) -> Result<Trace, String> {
    match &arguments.source {
        Source::Workload(workload) => Ok(workload.trace(arguments::WORKLOAD_PAGES, arguments.seed)),
        Source::File(path) => {
            let file = File::open(path).map_err(|error| format!("can't read {path}: {error}"))?;
            Trace::read(BufReader::new(file)).map_err(|error| format!("{path}, {error}"))
        }
    }
}

/// Returns the pages to replay on: those of the budget given, else the workload's own, else those of a quarter of the
/// distinct bytes.
fn choose_pages(arguments: &Arguments, trace: &Trace) -> Result<Pages, String> {
    let own_pages = match &arguments.source {
        Source::Workload(workload) => Some(workload.pages(arguments::WORKLOAD_PAGES)),
        Source::File(_) => None,
    };
    if let (Some(pages), None, None) = (own_pages, arguments.budget_bytes, arguments.page_side) {
        return Ok(pages);
    }
    let min_bytes = MIN_PAGES * page_bytes(arguments.page_side.unwrap_or(MIN_PAGE_SIDE));
    let by_default = || {
        own_pages
            .map_or(trace.distinct_bytes() / 4, Pages::bytes)
            .max(min_bytes)
    };
    let budget_bytes = arguments.budget_bytes.unwrap_or_else(by_default);
    if budget_bytes < min_bytes {
        return Err(format!(
            "a budget of {} is too small: {MIN_PAGES} pages need {}",
            show_bytes(budget_bytes),
            show_bytes(min_bytes)
        ));
    }
    let pages = match arguments.page_side {
        Some(side) => Pages::of_side(budget_bytes, side),
        None => Pages::of_budget(budget_bytes),
    };
    let pages = pages.expect("BUG: the minimum holds a page");
    if pages.count > MAX_PAGES {
        return Err(format!(
            "{} pages exceed the maximum of {MAX_PAGES}; raise --page",
            pages.count
        ));
    }
    Ok(pages)
}

fn show(arguments: &Arguments, trace: &Trace, pages: Pages, outcomes: &[(Cache, Outcome)]) -> String {
    if arguments.json {
        json::object(outcomes)
    } else {
        table::text(trace, pages, outcomes)
    }
}

fn write_file(path: &str, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), String> {
    let written = File::create(path).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|error| format!("can't write {path}: {error}"))
}

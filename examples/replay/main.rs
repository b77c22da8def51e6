//! `replay`: what would this renderer's trace have cost with pixmap-cache, and with what is used today?
//!
//! Reads or makes a trace, replays it through the caches of `benches/reference`, and shows the figures: as a
//! table (`table`), as JSON (`json`), as curves over the budget (`curve`). Command line and exit codes are in
//! `arguments`. No GPU is needed.

mod arguments;
mod curve;
mod json;
mod table;
#[path = "../stage/terminal.rs"]
mod terminal;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::process::ExitCode;

use arguments::{Arguments, Command, Source};
use bench_kit::outcome::Outcome;
use bench_kit::pages::{Pages, page_bytes};
use bench_kit::reference::Cache;
use bench_kit::trace::Trace;
use terminal::printable;

/// The replay could not be done, in one sentence.
const FAILED: u8 = 1;
/// The command line makes no sense, in one sentence.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let (text, code) = match arguments::parse() {
        Ok(Command::Help) => (arguments::HELP.to_owned(), ExitCode::SUCCESS),
        Ok(Command::Replay(arguments)) => match run(&arguments) {
            Ok(text) => (text, ExitCode::SUCCESS),
            Err(what) => return fail(&what, FAILED),
        },
        Err(what) => return fail(&format!("{what}; --help lists the options"), MISUSED),
    };
    // A reader that has seen enough (`replay … | head`) is no failure.
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("the output can't be written: {error}"), FAILED)
        }
        _ => code,
    }
}

fn fail(what: &str, code: u8) -> ExitCode {
    eprintln!("replay: {}", printable(what));
    ExitCode::from(code)
}

/// What to print.
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
            let file = File::open(path).map_err(|error| format!("{path} can't be read: {error}"))?;
            Trace::read(BufReader::new(file)).map_err(|error| format!("{path}, {error}"))
        }
    }
}

/// The pages to replay on: of the budget given, else of the workload's own or of a quarter of the distinct
/// bytes.
fn choose_pages(arguments: &Arguments, trace: &Trace) -> Result<Pages, String> {
    let own_pages = match &arguments.source {
        Source::Workload(workload) => Some(workload.pages(arguments::WORKLOAD_PAGES)),
        Source::File(_) => None,
    };
    if let (Some(pages), None, None) = (own_pages, arguments.budget_bytes, arguments.page_side) {
        return Ok(pages);
    }
    let min_bytes = MIN_PAGES * page_bytes(arguments.page_side.unwrap_or(SMALLEST_PAGE));
    let by_default = || {
        own_pages
            .map_or(trace.distinct_bytes() / 4, Pages::bytes)
            .max(min_bytes)
    };
    let budget_bytes = arguments.budget_bytes.unwrap_or_else(by_default);
    if budget_bytes < min_bytes {
        let (budget, least) = (
            arguments::show_bytes(budget_bytes),
            arguments::show_bytes(min_bytes),
        );
        return Err(format!(
            "a budget of {budget} is too small: the pages need {least}"
        ));
    }
    let pages = match arguments.page_side {
        Some(side) => Pages::of_side(budget_bytes, side),
        None => Pages::of_budget(budget_bytes),
    };
    let pages = pages.expect("BUG: the least budget holds a page");
    if pages.count > MAX_PAGES {
        return Err(format!(
            "{} pages are more than the {MAX_PAGES} that can be replayed; raise --page",
            pages.count
        ));
    }
    Ok(pages)
}

/// An atlas that evacuates pages needs somewhere to evacuate to.
const MIN_PAGES: u64 = 2;
const SMALLEST_PAGE: u32 = 256;
/// Far more layers than any device has.
const MAX_PAGES: u32 = 16_384;

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
    written.map_err(|error| format!("{path} can't be written: {error}"))
}

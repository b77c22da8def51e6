//! The command line: its help and its parser.

use lexopt::prelude::*;

use super::bytes::parse_bytes;
use bench_kit::workload::Workload;

pub const HELP: &str = "\
Replays a trace of pixmap uses through pixmap-cache and other caches, and
compares their uploads. Needs no GPU.

usage: replay TRACE.csv [options]
       replay --workload NAME [options]

A trace is text with one use per line: frame,key,width,height[,levels]
Frames ascend, # starts a comment line, and a key is any text without commas.
levels is the number of mip levels; in older traces, a number with a fraction
there is a cost, and ignored.

Bytes are those that a cache uploads. In pixmap-cache a pixmap with mip levels
is 1.5 times as large, and one longer than half a page is cut into tiles with
borders. etagere-lru and guillotiere-lru place the same rectangles, and cut only
what no page can hold. ideal-lru and belady count the texels of all levels.

  --budget BYTES    VRAM for pages, such as 16MiB or 500000
                    (default: a quarter of the bytes of all pixmaps,
                    mip levels included)
  --page SIDE       side of a page in texels (default: as the library picks it,
                    the largest power of two in 256..=2048, or 4096 above 2 GiB,
                    that gives at least 15 pages)
  --curve FILE.svg  also plot misses against budget
  --json            print a JSON object instead of tables
  --workload NAME   generate a trace instead of reading one: tabs-KIND or
                    zipf-KIND, where KIND is glyphs, icons, thumbnails, tiles
                    or mixed (default budget: the 16 pages it is made for)
  --seed NUMBER     seed of the workload (default: 1)
  --export FILE     write the trace to a file, and replay it only if --curve or
                    --json is given
  --help            print this help

exit code: 0 success, 1 bad trace or file, 2 bad command line
";

/// Pages that `--workload` makes a trace for.
pub const WORKLOAD_PAGES: u32 = 16;
const PAGE_SIDES: std::ops::RangeInclusive<u32> = 64..=16_384;

pub enum Command {
    Help,
    Replay(Arguments),
}

pub struct Arguments {
    pub source: Source,
    pub budget_bytes: Option<u64>,
    pub page_side: Option<u32>,
    pub curve: Option<String>,
    pub json: bool,
    pub seed: u64,
    pub export: Option<String>,
}

pub enum Source {
    File(String),
    Workload(Workload),
}

pub fn parse() -> Result<Command, String> {
    read(lexopt::Parser::from_env())
}

fn read(mut parser: lexopt::Parser) -> Result<Command, String> {
    let (mut sources, mut budget_bytes, mut page_side, mut curve, mut export) =
        (Vec::new(), None, None, None, None);
    let (mut json, mut seed) = (false, 1);
    while let Some(argument) = parser.next().map_err(message)? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("json") => json = true,
            Long("budget") => budget_bytes = Some(parse_bytes(&text(&mut parser)?)?),
            Long("page") => page_side = Some(parse_page_side(&text(&mut parser)?)?),
            Long("curve") => curve = Some(text(&mut parser)?),
            Long("export") => export = Some(text(&mut parser)?),
            Long("seed") => seed = parse_seed(&text(&mut parser)?)?,
            Long("workload") => sources.push(Source::Workload(parse_workload(&text(&mut parser)?)?)),
            Value(path) => sources.push(Source::File(path.string().map_err(message)?)),
            other => return Err(message(other.unexpected())),
        }
    }
    if sources.len() > 1 {
        return Err("more than one trace or --workload given".into());
    }
    let source = sources.pop().ok_or("no trace given")?;
    Ok(Command::Replay(Arguments {
        source,
        budget_bytes,
        page_side,
        curve,
        json,
        seed,
        export,
    }))
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    parser.value().and_then(|value| value.string()).map_err(message)
}

fn message(error: lexopt::Error) -> String {
    error.to_string()
}

fn parse_page_side(text: &str) -> Result<u32, String> {
    let side = text.parse().ok().filter(|side| PAGE_SIDES.contains(side));
    side.ok_or_else(|| {
        format!(
            "`{text}` is not a page side; expected {} to {}",
            PAGE_SIDES.start(),
            PAGE_SIDES.end()
        )
    })
}

fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a seed; expected an integer from 0"))
}

fn parse_workload(name: &str) -> Result<Workload, String> {
    let names = || Workload::all().map(Workload::name).collect::<Vec<_>>().join(", ");
    Workload::from_name(name).ok_or_else(|| format!("unknown workload `{name}`; expected one of {}", names()))
}

//! The command line: what it says, and how it is read. What is done with it is in `main`.

use lexopt::prelude::*;

use bench_kit::workload::Workload;

pub const HELP: &str = "\
Replays a trace of pixmap uses through pixmap-cache and its references. Needs no GPU.

usage: replay TRACE.csv [options]
       replay --workload NAME [options]

A trace is text, one touch a line: frame,key,width,height[,cost]
Frames ascend, # starts a comment line, keys are any text without commas.

  --budget BYTES    VRAM for pages, like 16MiB or 500000; by default 25 % of the trace's distinct bytes
  --page SIDE       side of a page in texels; by default as the library picks it: the largest power of two in
                    256..=2048 (4096 above 2 GiB) that gives at least 15 pages
  --curve FILE.svg  also draw misses against budget
  --json            print one JSON object instead of tables
  --workload NAME   make a trace instead of reading one: tabs-KIND or zipf-KIND, where KIND is glyphs, icons,
                    thumbnails, tiles or mixed; by default on the 16 pages it was made for
  --seed NUMBER     of the workload; by default 1
  --export FILE     write the trace, and replay it only for --curve or --json
  --help            print this

exit code: 0 done, 1 the trace or a file is bad, 2 the command line is
";

/// Pages that `--workload` makes its trace for.
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
    while let Some(argument) = parser.next().map_err(lower)? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("json") => json = true,
            Long("budget") => budget_bytes = Some(parse_bytes(&text(&mut parser)?)?),
            Long("page") => page_side = Some(parse_page_side(&text(&mut parser)?)?),
            Long("curve") => curve = Some(text(&mut parser)?),
            Long("export") => export = Some(text(&mut parser)?),
            Long("seed") => seed = parse_seed(&text(&mut parser)?)?,
            Long("workload") => sources.push(Source::Workload(parse_workload(&text(&mut parser)?)?)),
            Value(path) => sources.push(Source::File(path.string().map_err(lower)?)),
            other => return Err(lower(other.unexpected())),
        }
    }
    if sources.len() > 1 {
        return Err("one trace or one --workload at a time".into());
    }
    let source = sources.pop().ok_or("there is no trace to replay")?;
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
    parser.value().and_then(|value| value.string()).map_err(lower)
}

fn lower(error: lexopt::Error) -> String {
    error.to_string()
}

/// `16MiB`, `512 KiB`, `1.5GiB`, `64MB`, `4096`.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let number_end = text
        .find(|c: char| c != '.' && !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let unit_bytes = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1_024.0,
        "m" | "mib" => 1_048_576.0,
        "g" | "gib" => 1_073_741_824.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => {
            return Err(format!("`{text}` is no number of bytes: write it like 16MiB"));
        }
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no number of bytes: write it like 16MiB"))?;
    Ok((number * unit_bytes) as u64)
}

/// In the largest unit that leaves at least 1.
pub fn show_bytes(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|&(_, bits)| bytes >> bits > 0) {
        Some((unit, bits)) => format!("{:.1} {unit}", bytes as f64 / f64::from(1_u32 << bits)),
        None => format!("{bytes} bytes"),
    }
}

fn parse_page_side(text: &str) -> Result<u32, String> {
    let side = text.parse().ok().filter(|side| PAGE_SIDES.contains(side));
    side.ok_or_else(|| {
        format!(
            "`{text}` is no page side: sides go from {} to {}",
            PAGE_SIDES.start(),
            PAGE_SIDES.end()
        )
    })
}

fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no seed: write a whole number"))
}

fn parse_workload(name: &str) -> Result<Workload, String> {
    let names = || Workload::all().map(Workload::name).collect::<Vec<_>>().join(", ");
    Workload::from_name(name).ok_or_else(|| format!("there is no workload `{name}`, only {}", names()))
}

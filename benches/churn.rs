//! *Churn*: every built-in workload on 16 and 32 pages with two seeds, through our layout and the caches that it is
//! compared with.
//!
//! Ratios are geometric means over the seeds. `targets` defines each target. Checked: all caches see the same requests, no
//! LRU atlas beats the ideal LRU, no pixmap is refused, and fills and byte counts are consistent.

mod run;
mod targets;

use crate::report::{Report, geometric_mean, largest, mean};
use bench_kit::columns::aligned;
use bench_kit::reference::Cache;
use bench_kit::versions::version_of;
use bench_kit::workload::Workload;

use run::Run;

const PAGE_COUNTS: [u32; 2] = [16, 32];
/// Not the seeds that the rule of survival was tuned on (1 to 3).
const SEEDS: [u64; 2] = [101, 102];

pub fn run(report: &mut Report) {
    let (etagere, guillotiere) = (version_of("etagere"), version_of("guillotiere"));
    println!("etagere {etagere}, guillotiere {guillotiere}; seeds {SEEDS:?}");
    println!("ours: pixmap-cache, e: etagere + LRU, g: guillotiere + LRU, i: ideal LRU, b: Belady\n");
    let mut runs = Vec::new();
    let mut lines = vec![headings()];
    for workload in Workload::all() {
        for page_count in PAGE_COUNTS {
            let of_seeds = SEEDS.map(|seed| Run::measure(workload, page_count, seed));
            of_seeds.iter().for_each(Run::check);
            lines.push(line(&of_seeds));
            runs.extend(of_seeds);
        }
    }
    println!("{}", aligned(&lines));
    targets::add(report, &runs);
}

fn headings() -> Vec<String> {
    let headings = [
        "workload",
        "pages",
        "requests",
        "misses i",
        "misses ours/i",
        "ours/e",
        "e/i",
        "g/i",
        "b/i",
        "bytes ours/i",
        "ours/e",
        "ours/g",
        "b/i",
        "fill ours",
        "e",
        "g",
        "moved/missed",
        "max pages moved/frame",
        "ns/request ours",
        "e",
        "g",
        "ns/placing ours",
        "e",
        "g",
        "refused ours",
    ];
    headings.map(str::to_owned).to_vec()
}

fn line(runs: &[Run]) -> Vec<String> {
    use Cache::{Belady, EtagereLru, GuillotiereLru, IdealLru, Ours};
    let misses = |a, b| format!("{:.3}", geometric_mean(runs.iter().map(|run| run.misses(a, b))));
    let bytes = |a, b| {
        format!(
            "{:.3}",
            geometric_mean(runs.iter().map(|run| run.missed_bytes(a, b)))
        )
    };
    let average = |figure: &dyn Fn(&Run) -> f64| mean(runs.iter().map(figure));
    let fill = |cache| format!("{:.3}", average(&|run| run.of(cache).fill));
    let ns = |cache| format!("{:.1}", average(&|run| run.of(cache).ns_per_request));
    let placing = |cache| format!("{:.0}", average(&|run| run.ns_per_placing(cache)));
    vec![
        runs[0].workload.name(),
        runs[0].pages.count.to_string(),
        format!("{:.0}", average(&|run| run.of(IdealLru).requests as f64)),
        format!("{:.0}", average(&|run| run.of(IdealLru).misses as f64)),
        misses(Ours, IdealLru),
        misses(Ours, EtagereLru),
        misses(EtagereLru, IdealLru),
        misses(GuillotiereLru, IdealLru),
        misses(Belady, IdealLru),
        bytes(Ours, IdealLru),
        bytes(Ours, EtagereLru),
        bytes(Ours, GuillotiereLru),
        bytes(Belady, IdealLru),
        fill(Ours),
        fill(EtagereLru),
        fill(GuillotiereLru),
        format!("{:.3}", average(&|run| run.of(Ours).moved_per_missed_byte())),
        format!("{:.2}", largest(runs.iter().map(Run::max_pages_moved_in_a_frame))),
        ns(Ours),
        ns(EtagereLru),
        ns(GuillotiereLru),
        placing(Ours),
        placing(EtagereLru),
        placing(GuillotiereLru),
        runs.iter()
            .map(|run| run.of(Ours).refused)
            .sum::<u64>()
            .to_string(),
    ]
}

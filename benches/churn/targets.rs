//! The targets of *churn*, each reduced to one figure.
//!
//! Ratios are reduced by geometric mean, over seeds and over kinds. Targets for every workload are judged by the worst one.

use super::run::Run;
use crate::report::{Report, Row, Target, geometric_mean, largest, mean, smallest};
use bench_kit::reference::Cache::{self, EtagereLru, GuillotiereLru, IdealLru, Ours};
use bench_kit::workload::{Family, Kind, Workload};

pub fn add(report: &mut Report, runs: &[Run]) {
    add_misses(report, runs);
    add_missed_bytes(report, runs);
    add_missed_bytes_against_atlases(report, runs);
    add_fill(report, runs);
    add_moves(report, runs);
    add_time(report, runs);
}

/// The runs of one workload with all seeds.
struct Seeds<'r> {
    workload: Workload,
    page_count: u32,
    runs: Vec<&'r Run>,
}

impl Seeds<'_> {
    fn ratio(&self, figure: impl Fn(&Run) -> f64) -> f64 {
        geometric_mean(self.runs.iter().map(|run| figure(run)))
    }

    fn mean(&self, figure: impl Fn(&Run) -> f64) -> f64 {
        mean(self.runs.iter().map(|run| figure(run)))
    }

    fn name(&self) -> String {
        format!("{} at {}", self.workload.name(), self.page_count)
    }
}

fn by_workload<'r>(runs: &'r [Run], page_counts: &[u32]) -> Vec<Seeds<'r>> {
    let each = page_counts
        .iter()
        .flat_map(|&page_count| Workload::all().map(move |workload| (workload, page_count)));
    let of = |(workload, page_count): (Workload, u32)| {
        let runs = runs
            .iter()
            .filter(|run| run.workload == workload && run.pages.count == page_count)
            .collect();
        Seeds {
            workload,
            page_count,
            runs,
        }
    };
    each.map(of).collect()
}

/// Returns the largest figure and the name of its workload.
fn worst(all: &[Seeds], figure: impl Fn(&Seeds) -> f64) -> (f64, String) {
    let largest = largest(all.iter().map(&figure));
    let workload = all.iter().find(|seeds| figure(seeds) == largest).map(Seeds::name);
    (largest, workload.unwrap_or_default())
}

fn row(what: &str, target: Target, reached: f64, note: String) -> Row {
    Row {
        what: what.to_owned(),
        on: "CPU".to_owned(),
        target,
        reached,
        unit: "x",
        note,
    }
}

fn add_misses(report: &mut Report, runs: &[Run]) {
    let sixteen = by_workload(runs, &[16]);
    let mixed = Workload {
        family: Family::Tabs,
        kind: Kind::Mixed,
    };
    let tabs = sixteen.iter().find(|seeds| seeds.workload == mixed);
    let tabs = tabs.expect("BUG: every workload is run");
    for (cache, limit) in [(EtagereLru, 0.45), (IdealLru, 0.70)] {
        let what = format!("misses, {} / {}", tabs.name(), cache.name());
        let reached = tabs.ratio(|run| run.misses(Ours, cache));
        report.add(row(&what, Target::AtMost(limit), reached, String::new()));
    }
    let zipf: Vec<Seeds> = sixteen
        .into_iter()
        .filter(|seeds| seeds.workload.family == Family::Zipf)
        .collect();
    for (cache, limit) in [(EtagereLru, 0.90), (IdealLru, 0.97)] {
        let of = |seeds: &Seeds| seeds.ratio(|run| run.misses(Ours, cache));
        let what = format!("misses, zipf at 16 / {}", cache.name());
        report.add(row(
            &what,
            Target::AtMost(limit),
            geometric_mean(zipf.iter().map(of)),
            mean_note(worst(&zipf, of)),
        ));
    }
}

fn mean_note((figure, workload): (f64, String)) -> String {
    format!("mean of the kinds; worst {figure:.3}, {workload}")
}

fn add_missed_bytes(report: &mut Report, runs: &[Run]) {
    let against_ideal = |seeds: &Seeds| seeds.ratio(|run| run.missed_bytes(Ours, IdealLru));
    let all = by_workload(runs, &[16, 32]);
    for (family, limit) in [(Family::Tabs, 1.02), (Family::Zipf, 1.05)] {
        for page_count in [16, 32] {
            let mut kinds = by_workload(runs, &[page_count]);
            kinds.retain(|seeds| seeds.workload.family == family);
            let what = format!("missed bytes, {} at {page_count} / ideal-lru", family.name());
            let reached = geometric_mean(kinds.iter().map(against_ideal));
            report.add(row(
                &what,
                Target::AtMost(limit),
                reached,
                mean_note(worst(&kinds, against_ideal)),
            ));
        }
    }
    let (reached, workload) = worst(&all, against_ideal);
    report.add(row(
        "missed bytes, worst workload / ideal-lru",
        Target::AtMost(1.08),
        reached,
        workload,
    ));
}

fn add_missed_bytes_against_atlases(report: &mut Report, runs: &[Run]) {
    let all = by_workload(runs, &[16, 32]);
    let is_tiles = |seeds: &Seeds| seeds.workload.kind == Kind::Tiles;
    let (tiles, others): (Vec<Seeds>, Vec<Seeds>) = all.into_iter().partition(is_tiles);
    let against = |cache: Cache| move |seeds: &Seeds| seeds.ratio(|run| run.missed_bytes(Ours, cache));
    let mut add = |what: &str, seeds: &[Seeds], limit: f64, cache: Cache| {
        let (reached, workload) = worst(seeds, against(cache));
        let what = format!("missed bytes, worst of {what} / {}", cache.name());
        report.add(row(&what, Target::AtMost(limit), reached, workload));
    };
    add("all but tiles", &others, 1.0, EtagereLru);
    add("all but tiles", &others, 1.0, GuillotiereLru);
    add("tiles", &tiles, 1.0, EtagereLru);
    add("tiles", &tiles, 1.03, GuillotiereLru);
}

fn add_fill(report: &mut Report, runs: &[Run]) {
    let sixteen = by_workload(runs, &[16]);
    let fill = |seeds: &Seeds| seeds.mean(|run| run.of(Ours).fill);
    let kinds = [
        ([Kind::Mixed, Kind::Thumbnails], 0.85),
        ([Kind::Icons, Kind::Glyphs], 0.90),
    ];
    for (kinds, limit) in kinds {
        let of_kinds = || {
            sixteen
                .iter()
                .filter(|seeds| kinds.contains(&seeds.workload.kind))
        };
        let least = smallest(of_kinds().map(fill));
        let worst = of_kinds().find(|seeds| fill(seeds) == least);
        let what = format!("fill at 16, worst of {} and {}", kinds[0].name(), kinds[1].name());
        let row = row(
            &what,
            Target::AtLeast(limit),
            least,
            worst.map(Seeds::name).unwrap_or_default(),
        );
        report.add(Row { unit: "", ..row });
    }
}

fn add_moves(report: &mut Report, runs: &[Run]) {
    let all = by_workload(runs, &[16, 32]);
    let moved = |seeds: &Seeds| seeds.mean(|run| run.of(Ours).moved_per_missed_byte());
    let (max, workload) = worst(&all, moved);
    let note = format!(
        "mean of the workloads {:.3}; worst is {workload}",
        mean(all.iter().map(moved))
    );
    report.add(row(
        "moved bytes per missed byte, worst workload",
        Target::AtMost(0.30),
        max,
        note,
    ));
    let in_a_frame = |seeds: &Seeds| largest(seeds.runs.iter().map(|run| run.max_pages_moved_in_a_frame()));
    let (max, workload) = worst(&all, in_a_frame);
    let row = row(
        "moved in one frame, worst of all frames",
        Target::AtMost(2.0),
        max,
        workload,
    );
    report.add(Row {
        unit: " pages",
        ..row
    });
}

fn add_time(report: &mut Report, runs: &[Run]) {
    let all = by_workload(runs, &[16, 32]);
    let time = |run: &Run, cache: Cache| run.of(cache).ns_per_request;
    let against_etagere = |seeds: &Seeds| seeds.ratio(|run| time(run, Ours) / time(run, EtagereLru));
    let reached = geometric_mean(all.iter().map(against_etagere));
    let note = mean_note(worst(&all, against_etagere));
    report.add(row(
        "time per request / etagere-lru",
        Target::AtMost(0.5),
        reached,
        note,
    ));
    let against_guillotiere =
        |seeds: &Seeds| seeds.ratio(|run| run.ns_per_placing(Ours) / run.ns_per_placing(GuillotiereLru));
    let (max, workload) = worst(&all, against_guillotiere);
    let note = format!(
        "{workload}; mean {:.3}",
        geometric_mean(all.iter().map(against_guillotiere))
    );
    report.add(row(
        "placing, worst workload / guillotiere-lru",
        Target::AtMost(1.0),
        max,
        note,
    ));
}

//! A plot of misses against budget for every cache, as an SVG, from which a user can choose a budget.
//!
//! Both axes are logarithmic, because budgets double and misses differ by orders of magnitude. The rules of a replay are in
//! `bench_kit::replay`.

use std::fmt::Write;

use super::bytes::show_bytes;
use bench_kit::pages::Pages;
use bench_kit::reference::Cache;
use bench_kit::trace::Trace;

/// Budgets from a 32nd of the distinct bytes to all of them, four to a doubling.
const DOUBLINGS: u32 = 5;
const POINTS_PER_DOUBLING: u32 = 4;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 600.0;
/// The plot's edges in the picture.
const LEFT: f64 = 96.0;
const RIGHT: f64 = 760.0;
const TOP: f64 = 72.0;
const BOTTOM: f64 = 520.0;

struct Curve {
    cache: Cache,
    /// Bytes and misses, ascending by bytes.
    points: Vec<(u64, u64)>,
}

/// Replays the trace at every budget and returns the plot.
pub fn draw(trace: &Trace, page_side: Option<u32>) -> String {
    let sizes = budgets(trace, page_side);
    let replay = |cache: Cache| {
        let points = sizes
            .iter()
            .map(|&pages| (pages.bytes(), cache.replay(trace, pages).misses))
            .collect();
        Curve { cache, points }
    };
    svg(trace, &Cache::ALL.map(replay))
}

/// Returns the pages of each budget, without repetitions and without those of fewer than two pages.
fn budgets(trace: &Trace, page_side: Option<u32>) -> Vec<Pages> {
    let mut sizes: Vec<Pages> = Vec::new();
    for step in (0..=DOUBLINGS * POINTS_PER_DOUBLING).rev() {
        let share = f64::exp2(-f64::from(step) / f64::from(POINTS_PER_DOUBLING));
        let bytes = (trace.distinct_bytes() as f64 * share) as u64;
        let pages = page_side.map_or_else(|| Pages::of_budget(bytes), |side| Pages::of_side(bytes, side));
        sizes.extend(pages.filter(|pages| pages.count >= 2 && sizes.last() != Some(pages)));
    }
    if sizes.is_empty() {
        sizes.push(Pages {
            side: page_side.unwrap_or(256),
            count: 2,
        });
    }
    sizes
}

/// Maps a range of values to a range of the picture, by logarithm.
struct Axis {
    values: (f64, f64),
    picture: (f64, f64),
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        let share = (value / self.values.0).ln() / (self.values.1 / self.values.0).ln();
        self.picture.0 + share * (self.picture.1 - self.picture.0)
    }
}

fn svg(trace: &Trace, curves: &[Curve]) -> String {
    let (budget_axis, miss_axis) = axes(curves);
    let mut svg = String::new();
    _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"14\" fill=\"#222\">"
    );
    _ = writeln!(svg, "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>");
    write_titles(&mut svg, trace);
    write_budget_ticks(&mut svg, &budget_axis);
    write_miss_ticks(&mut svg, &miss_axis, trace.touches().len() as u64);
    _ = writeln!(
        svg,
        "<path d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\" fill=\"none\" stroke=\"#222\"/>"
    );
    for curve in curves {
        write_curve(&mut svg, curve, &budget_axis, &miss_axis);
    }
    write_legend(&mut svg, curves);
    svg.push_str("</svg>\n");
    svg
}

/// Returns axes that hold every point and are never empty.
fn axes(curves: &[Curve]) -> (Axis, Axis) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let min = |value: fn(&(u64, u64)) -> u64| points().map(value).min().unwrap_or(1).max(1) as f64;
    let max = |value: fn(&(u64, u64)) -> u64| points().map(value).max().unwrap_or(1).max(1) as f64;
    let (bytes, misses) = (|point: &(u64, u64)| point.0, |point: &(u64, u64)| point.1);
    let budget_axis = Axis {
        values: (min(bytes) * 0.93, max(bytes) * 1.07),
        picture: (LEFT, RIGHT),
    };
    let miss_axis = Axis {
        values: (min(misses) * 0.9, max(misses) * 1.1),
        picture: (BOTTOM, TOP),
    };
    (budget_axis, miss_axis)
}

fn write_titles(svg: &mut String, trace: &Trace) {
    let (requests, pixmaps) = (trace.touches().len(), trace.sizes().len());
    let distinct = show_bytes(trace.distinct_bytes());
    let (middle, left) = ((LEFT + RIGHT) / 2.0, 24.0);
    _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"30\" font-size=\"18\">Misses (uploads) against budget</text>"
    );
    _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"52\" fill=\"#555\">{requests} requests of {pixmaps} pixmaps, {distinct}</text>"
    );
    _ = writeln!(
        svg,
        "<text x=\"{middle}\" y=\"572\" text-anchor=\"middle\">budget: bytes of all pages (logarithmic)</text>"
    );
    let height = (TOP + BOTTOM) / 2.0;
    _ = writeln!(
        svg,
        "<text transform=\"translate({left} {height}) rotate(-90)\" text-anchor=\"middle\">misses (logarithmic)</text>"
    );
}

/// Writes a tick at every power of two.
fn write_budget_ticks(svg: &mut String, axis: &Axis) {
    for bits in 10..40 {
        let bytes = 1_u64 << bits;
        if (axis.values.0..=axis.values.1).contains(&(bytes as f64)) {
            let (x, label) = (axis.at(bytes as f64), show_bytes(bytes).replace(".0", ""));
            _ = writeln!(svg, "<path d=\"M{x:.1} {TOP}V{BOTTOM}\" stroke=\"#e4e4e4\"/>");
            _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
                BOTTOM + 22.0
            );
        }
    }
}

/// Writes ticks at 1, 2 and 5 times the powers of ten.
fn write_miss_ticks(svg: &mut String, axis: &Axis, requests: u64) {
    let decades = (0..18).map(|exponent| 10_u64.pow(exponent));
    for misses in decades.flat_map(|decade| [decade, 2 * decade, 5 * decade]) {
        if misses <= requests && (axis.values.0..=axis.values.1).contains(&(misses as f64)) {
            let y = axis.at(misses as f64);
            _ = writeln!(svg, "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#e4e4e4\"/>");
            _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 5.0,
                grouped(misses)
            );
        }
    }
}

/// Returns the number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns the color and style of a line: colors that color-blind people can tell apart (Okabe and Ito), dashes for the
/// bounds.
fn stroke(cache: Cache) -> (&'static str, &'static str) {
    match cache {
        Cache::Ours => ("#0072b2", "stroke-width=\"3\""),
        Cache::EtagereLru => ("#d55e00", "stroke-width=\"2\""),
        Cache::GuillotiereLru => ("#e69f00", "stroke-width=\"2\""),
        Cache::IdealLru => ("#555555", "stroke-width=\"2\" stroke-dasharray=\"7 4\""),
        Cache::Belady => ("#999999", "stroke-width=\"2\" stroke-dasharray=\"2 4\""),
    }
}

fn write_curve(svg: &mut String, curve: &Curve, budget_axis: &Axis, miss_axis: &Axis) {
    let (color, style) = stroke(curve.cache);
    let place =
        |&(bytes, misses): &(u64, u64)| (budget_axis.at(bytes as f64), miss_axis.at(misses.max(1) as f64));
    let places: Vec<(f64, f64)> = curve.points.iter().map(place).collect();
    let corners: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" {style}/>",
        corners.join(" ")
    );
    for (x, y) in places {
        _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{color}\"/>"
        );
    }
}

/// Writes the legend in the order of the curves' left ends, most misses first.
fn write_legend(svg: &mut String, curves: &[Curve]) {
    let mut ordered: Vec<&Curve> = curves.iter().collect();
    ordered.sort_by_key(|curve| std::cmp::Reverse(curve.points.first().map(|point| point.1)));
    for (index, curve) in ordered.into_iter().enumerate() {
        let ((color, style), y) = (stroke(curve.cache), TOP + 20.0 + 28.0 * index as f64);
        let (from, to) = (RIGHT + 24.0, RIGHT + 64.0);
        _ = writeln!(
            svg,
            "<path d=\"M{from} {y:.1}H{to}\" stroke=\"{color}\" {style}/>"
        );
        _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\">{}</text>",
            to + 10.0,
            y + 5.0,
            curve.cache.name()
        );
    }
}

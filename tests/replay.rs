//! What `replay` and the benches are built on: the trace format, the references on cases small enough to work out by
//! hand, and the workloads.

use bench_kit::outcome::Outcome;
use bench_kit::pages::Pages;
use bench_kit::reference::Cache;
use bench_kit::trace::Trace;
use bench_kit::workload::{Family, Kind, Workload};

fn read(text: &str) -> Trace {
    Trace::read(text.as_bytes()).expect("a good trace")
}

fn error_of(text: &str) -> String {
    Trace::read(text.as_bytes()).expect_err("a bad trace").to_string()
}

/// One page of 64: two pixmaps of 64 x 32 fill it.
const TWO_FIT: Pages = Pages { side: 64, count: 1 };

/// A frame for each word, a touch of a 64 x 32 pixmap for each of its letters.
fn letters(words: &str) -> Trace {
    let mut text = String::new();
    for (frame, word) in words.split(' ').enumerate() {
        word.chars()
            .for_each(|letter| text.push_str(&format!("{frame},{letter},64,32\n")));
    }
    read(&text)
}

fn misses_evictions_refusals(outcome: Outcome) -> [u64; 3] {
    [outcome.misses, outcome.evictions, outcome.refused]
}

#[test]
fn a_trace_reads_comments_costs_and_gaps_between_frames() {
    let trace = read("# a comment\n\n0,a b,8,4\n 7 ,c,1,2,0.5\r\n7,a b,8,4\n");
    assert_eq!(trace.names(), ["a b", "c"]);
    let frames: Vec<_> = trace
        .frames()
        .map(|(number, touches)| (number, touches.to_vec()))
        .collect();
    assert_eq!(frames, [(0, vec![0]), (7, vec![1, 0])]);
    assert_eq!(trace.distinct_bytes(), (8 * 4 + 2) * 4);
}

#[test]
fn a_key_with_a_different_size_is_a_different_pixmap() {
    assert_eq!(read("0,a,8,8\n1,a,9,8\n2,a,8,8\n").touches(), [0, 1, 0]);
}

#[test]
fn a_written_trace_reads_back_equal() {
    let trace = read("3,a,8,8,2.5\n3,b,1,65535\n4,a,8,8,2.5\n");
    let mut text = Vec::new();
    trace.write(&mut text).expect("a Vec takes any text");
    assert_eq!(Trace::read(text.as_slice()), Ok(trace));
}

#[test]
fn a_bad_line_is_named_by_number_and_fault() {
    let cases = [
        ("0,a,8,8\n1,b,8\n", "line 2: 3 fields"),
        ("0,a,8,8,1,1\n", "line 1: 6 fields"),
        ("# one\n\nx,a,8,8\n", "line 3: the frame is `x`"),
        ("-1,a,8,8\n", "line 1: the frame is `-1`"),
        ("0,a,0,8\n", "line 1: the width is `0`"),
        ("0,a,8,65536\n", "line 1: the height is `65536`"),
        ("0,a,8,8,much\n", "line 1: the cost is `much`"),
        ("0,a,8,8,-1\n", "line 1: the cost is `-1`"),
        ("0,,8,8\n", "line 1: the key is empty"),
        ("5,a,8,8\n4,a,8,8\n", "line 2: frame 4 follows frame 5"),
        ("# nothing\n", "line 1: the trace has no touches"),
    ];
    for (text, start) in cases {
        let error = error_of(text);
        assert!(error.starts_with(start), "{text:?} says {error:?}, not {start:?}");
    }
    let not_text = Trace::read(&b"0,a,8,8\n0,\xff,8,8\n"[..]).expect_err("not UTF-8");
    assert_eq!(not_text.line, 2);
}

#[test]
fn the_largest_frame_counts_each_of_its_pixmaps_once() {
    let trace = read("0,a,3,3\n1,a,3,3\n1,b,2,2\n1,a,3,3\n2,b,2,2\n");
    assert_eq!(trace.largest_frame_bytes(), (9 + 4) * 4);
}

#[test]
fn the_last_possible_frame_counts_like_any_other() {
    let trace = read(&format!("0,b,2,2\n{},a,3,3\n", u64::MAX));
    assert_eq!(
        trace.largest_frame_bytes(),
        9 * 4,
        "no frame number stands for a pixmap that was never seen"
    );
    for cache in Cache::ALL {
        let outcome = cache.replay(&trace, Pages { side: 64, count: 2 });
        assert_eq!(
            misses_evictions_refusals(outcome),
            [2, 0, 0],
            "{}: both are placed",
            cache.name()
        );
    }
}

#[test]
fn the_ideal_lru_evicts_what_was_unused_longest() {
    let outcome = Cache::IdealLru.replay(&letters("a b a c a b"), TWO_FIT);
    // c evicts b, the last b evicts c.
    assert_eq!(misses_evictions_refusals(outcome), [4, 2, 0]);
    assert_eq!(outcome.missed_bytes, 4 * 64 * 32 * 4);
    assert_eq!(outcome.fill, 1.0);
}

#[test]
fn belady_evicts_what_is_used_again_last() {
    let trace = letters("a b c a b c");
    // LRU always evicts the pixmap that is needed next.
    assert_eq!(
        misses_evictions_refusals(Cache::IdealLru.replay(&trace, TWO_FIT)),
        [6, 4, 0]
    );
    // c evicts b (used later than a), then b evicts a (never used again), and c is there.
    assert_eq!(
        misses_evictions_refusals(Cache::Belady.replay(&trace, TWO_FIT)),
        [4, 2, 0]
    );
}

#[test]
fn belady_places_even_what_is_never_used_again() {
    let outcome = Cache::Belady.replay(&letters("ab c ab"), TWO_FIT);
    assert_eq!(
        misses_evictions_refusals(outcome),
        [4, 2, 0],
        "c takes the place of b, b that of c"
    );
}

#[test]
fn what_the_current_frame_uses_is_never_evicted() {
    let trace = letters("abc abc");
    for cache in Cache::ALL.into_iter().filter(|cache| *cache != Cache::Ours) {
        let outcome = cache.replay(&trace, TWO_FIT);
        assert_eq!(
            misses_evictions_refusals(outcome),
            [4, 0, 2],
            "{}: c finds no room, a and b stay",
            cache.name()
        );
    }
}

#[test]
fn a_pixmap_larger_than_a_page_is_refused_by_atlases_only() {
    let trace = read("0,wide,100,8\n");
    let pages = Pages { side: 64, count: 2 };
    for cache in Cache::ALL {
        let has_pages = !matches!(cache, Cache::IdealLru | Cache::Belady);
        assert_eq!(
            cache.replay(&trace, pages).refused,
            u64::from(has_pages),
            "{}",
            cache.name()
        );
    }
}

#[test]
fn atlases_lose_nothing_to_geometry_where_there_is_none() {
    let squares = "abcd efgh abcd abij efkl mnop abcd";
    let text: Vec<String> = squares
        .split(' ')
        .enumerate()
        .flat_map(|(frame, word)| {
            word.chars()
                .map(move |letter| format!("{frame},{letter},64,64\n"))
        })
        .collect();
    let trace = read(&text.concat());
    let pages = Pages { side: 64, count: 8 };
    let ideal = misses_evictions_refusals(Cache::IdealLru.replay(&trace, pages));
    for atlas in [Cache::EtagereLru, Cache::GuillotiereLru] {
        assert_eq!(
            misses_evictions_refusals(atlas.replay(&trace, pages)),
            ideal,
            "{}",
            atlas.name()
        );
    }
}

#[test]
fn on_a_workload_the_bounds_hold_and_nothing_is_refused() {
    let workload = Workload {
        family: Family::Zipf,
        kind: Kind::Tiles,
    };
    let (trace, pages) = (workload.trace(16, 1), workload.pages(16));
    let outcomes = Cache::ALL.map(|cache| cache.replay(&trace, pages));
    let [ours, etagere, guillotiere, ideal, belady] = outcomes;
    assert!(
        etagere.misses >= ideal.misses && guillotiere.misses >= ideal.misses,
        "no LRU atlas beats the ideal LRU"
    );
    assert!(belady.misses <= ideal.misses, "knowing the future does no harm");
    assert!(
        ours.moved_bytes > 0 && ours.moved_bytes < ours.missed_bytes,
        "ours moves some bytes, and fewer than it uploads"
    );
    for outcome in outcomes {
        assert_eq!((outcome.requests, outcome.refused), (ideal.requests, 0));
        assert!(
            outcome.fill > 0.8 && outcome.fill <= 1.0,
            "fill is {}",
            outcome.fill
        );
        assert!(outcome.fill_p5 <= outcome.fill);
    }
}

#[test]
fn equal_seeds_give_equal_traces_and_others_do_not() {
    let workload = Workload {
        family: Family::Tabs,
        kind: Kind::Mixed,
    };
    assert_eq!(workload.trace(16, 5), workload.trace(16, 5));
    assert_ne!(workload.trace(16, 5).touches(), workload.trace(16, 6).touches());
    assert_eq!(Workload::from_name(&workload.name()), Some(workload));
}

#[test]
fn the_page_side_follows_the_budget() {
    let side = |mib: u64| Pages::of_budget(mib << 20).map(|pages| (pages.side, pages.count));
    assert_eq!(side(4), Some((256, 16)));
    assert_eq!(side(15), Some((512, 15)));
    assert_eq!(side(64), Some((1024, 16)));
    assert_eq!(side(2048), Some((2048, 128)));
    assert_eq!(side(4096), Some((4096, 64)));
    assert_eq!(Pages::of_budget(1), None);
}

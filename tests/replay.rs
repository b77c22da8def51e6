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
fn a_trace_reads_comments_and_gaps_between_frames() {
    let trace = read("# a comment\n\n0,a b,8,4\n 7 ,c,1,2\r\n7,a b,8,4\n");
    assert_eq!(trace.names(), ["a b", "c"]);
    assert_eq!(
        trace.levels(),
        [1, 1],
        "without a fifth column there is one level"
    );
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
fn a_fifth_column_is_the_number_of_mip_levels() {
    let trace = read("0,a,8,4,3\n1,a,8,4\n2,a,8,4, 1 \n3,a,8,4,3\n");
    assert_eq!(
        trace.touches(),
        [0, 1, 1, 0],
        "other levels make another pixmap, and one level is none too many"
    );
    assert_eq!(trace.levels(), [3, 1]);
    assert_eq!(trace.texels_of(0), 8 * 4 + 4 * 2 + 2, "all levels count");
    assert_eq!(trace.texels_of(1), 8 * 4);
    assert_eq!(trace.distinct_bytes(), (42 + 32) * 4);
}

#[test]
fn a_cost_in_the_fifth_column_of_an_older_trace_is_ignored() {
    let trace = read("0,a,8,4,2.5\n1,a,8,4\n2,a,8,4,0.0\n");
    assert_eq!((trace.touches(), trace.levels()), (&[0, 0, 0][..], &[1][..]));
}

#[test]
fn a_written_trace_reads_back_equal() {
    let trace = read("3,a,8,8,4\n3,b,1,65535\n4,a,8,8,4\n");
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
        ("0,a,8,8,many\n", "line 1: the levels are `many`"),
        ("0,a,8,8,0\n", "line 1: the levels are `0`"),
        (
            "0,a,8,9,5\n",
            "line 1: the levels are `5`, expected an integer from 1 to 4",
        ),
        ("0,a,8,8,-1.5\n", "line 1: the levels are `-1.5`"),
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

fn largest_frame_bytes(trace: &Trace) -> u64 {
    trace.largest_frame_bytes(|pixmap| trace.bytes_of(pixmap))
}

#[test]
fn the_largest_frame_counts_each_of_its_pixmaps_once() {
    let trace = read("0,a,3,3\n1,a,3,3\n1,b,2,2\n1,a,3,3\n2,b,2,2\n");
    assert_eq!(largest_frame_bytes(&trace), (9 + 4) * 4);
}

#[test]
fn the_last_possible_frame_counts_like_any_other() {
    let trace = read(&format!("0,b,2,2\n{},a,3,3\n", u64::MAX));
    assert_eq!(
        largest_frame_bytes(&trace),
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

fn has_pages(cache: Cache) -> bool {
    !matches!(cache, Cache::IdealLru | Cache::Belady)
}

/// Tiles of 16 on pages of 64 cover 14 texels and store their neighbors: 15 in the first of eight, 3 in the last.
#[test]
fn a_pixmap_larger_than_a_page_is_cut_into_tiles_by_atlases() {
    let trace = read("0,wide,100,8\n1,wide,100,8\n");
    let pages = Pages { side: 64, count: 2 };
    for cache in Cache::ALL {
        let outcome = cache.replay(&trace, pages);
        assert_eq!(
            misses_evictions_refusals(outcome),
            [1, 0, 0],
            "{}: placed whole, and still there",
            cache.name()
        );
        let stored = if has_pages(cache) { 15 + 6 * 16 + 3 } else { 100 };
        assert_eq!(
            outcome.missed_bytes,
            stored * 8 * 4,
            "{}: borders count where tiles have them",
            cache.name()
        );
        let live_bytes = outcome.fill * pages.bytes() as f64;
        assert_eq!(live_bytes as u64, outcome.missed_bytes, "{}", cache.name());
    }
}

#[test]
fn a_pixmap_of_half_a_page_and_more_is_cut_up_by_this_cache_only() {
    let trace = read("0,wide,33,1\n");
    let pages = Pages { side: 64, count: 2 };
    let missed_texels = Cache::ALL.map(|cache| cache.replay(&trace, pages).missed_bytes / 4);
    assert_eq!(missed_texels, [15 + 16 + 6, 33, 33, 33, 33]);
}

#[test]
fn mip_levels_count_as_they_are_stored() {
    let trace = read("0,a,40,20,3\n");
    let pages = Pages { side: 256, count: 2 };
    for cache in Cache::ALL {
        let texels = if has_pages(cache) {
            (40 + 20) * 20
        } else {
            40 * 20 + 20 * 10 + 10 * 5
        };
        let outcome = cache.replay(&trace, pages);
        assert_eq!(outcome.missed_bytes, texels * 4, "{}", cache.name());
    }
}

#[test]
fn a_pixmap_larger_than_all_pages_is_refused_by_all_and_costs_no_entry() {
    let trace = read("0,a,20,20\n1,huge,65535,65535\n2,large,300,30\n3,a,20,20\n");
    let pages = Pages { side: 64, count: 2 };
    for cache in Cache::ALL {
        let outcome = cache.replay(&trace, pages);
        assert_eq!(
            (outcome.misses, outcome.refused),
            (3, 2),
            "{}: the small one stays",
            cache.name()
        );
    }
}

/// A frame needs most of the pages: what is placed of a pixmap goes again when its last tile finds no room.
#[test]
fn tiles_are_placed_all_or_none() {
    let trace = read("0,a,60,60\n0,b,60,60\n0,c,90,60\n0,d,20,20\n1,d,20,20\n");
    let pages = Pages { side: 64, count: 3 };
    for cache in Cache::ALL.into_iter().filter(|cache| has_pages(*cache)) {
        let outcome = cache.replay(&trace, pages);
        assert_eq!(
            (outcome.misses, outcome.refused),
            (4, 1),
            "{}: room that the refused one left is used",
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

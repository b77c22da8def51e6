//! A new budget loses nothing in use, and holds while the GPU is busy with released textures.

use pixmap_cache::{CommitPolicy, InsertError, PixmapKey};

use crate::watched::each_case;

#[test]
fn an_empty_cache_takes_another_budget_within_it() {
    each_case(|mut watched, commit| {
        for pages in [15, 9, 31, 4, 16] {
            watched.submit_long_pass();
            watched.cache.begin_frame();
            watched.cache.clear();
            let _ = watched.set_budget(pages);
            for _ in 0..20 {
                let inserted = watched.insert();
                // Nothing is in use, so the error must not claim that something is.
                let later = matches!(inserted, Err(InsertError::NextFrame { .. }));
                let cut = watched.cache.stats().vram_bytes > watched.cache.budget();
                assert!(inserted.is_ok() || later && cut, "{commit:?}: {inserted:?}");
                watched.check("inserted");
            }
            watched.settle();
            watched.fill(40);
            watched.check("filled");
            watched.check_pixels();
        }
    });
}

#[test]
fn a_smaller_budget_loses_nothing_in_use_and_holds_when_the_gpu_is_done() {
    each_case(|mut watched, commit| {
        watched.cache.begin_frame();
        let used: Vec<PixmapKey> = watched.cache.keys().step_by(4).collect();
        assert!(used.iter().all(|key| watched.cache.touch(*key)));
        watched.submit_long_pass();
        let held = watched.set_budget(9);
        if let Err(unreleased) = held {
            let stats = watched.cache.stats();
            assert_eq!(unreleased.releasing_bytes, stats.releasing_bytes);
            assert_eq!(unreleased.vram_bytes, stats.vram_bytes);
            assert!(
                commit == CommitPolicy::Stepwise,
                "Upfront has waited: {unreleased}"
            );
        }
        for key in &used {
            assert!(
                watched.cache.contains(*key),
                "{commit:?}: an entry in use is gone"
            );
        }
        watched.check_pixels();
        watched.check("read back");
        watched.settle();
        assert!(watched.cache.stats().pages >= 8, "{:?}", watched.cache.stats());
        watched.fill(100);
        watched.check("filled");
        watched.check_pixels();
    });
}

#[test]
fn a_larger_budget_evicts_nothing_in_any_mode() {
    each_case(|mut watched, commit| {
        let evictions = watched.cache.stats().evictions;
        let before: Vec<PixmapKey> = watched.cache.keys().collect();
        watched.submit_long_pass();
        assert_eq!(watched.set_budget(32), Ok(()), "{commit:?}");
        assert!(before.iter().all(|key| watched.cache.contains(*key)));
        // Thirteen pages more than before, in the same frame.
        for _ in 0..13 * 16 {
            watched.insert().expect("room");
            watched.check("inserted");
        }
        watched.cache.flush();
        let stats = watched.cache.stats();
        assert_eq!(stats.evictions, evictions, "{commit:?}: {stats:?}");
        assert!(before.iter().all(|key| watched.cache.contains(*key)));
        watched.check_pixels();
        watched.settle();
        watched.fill(200);
        watched.check("filled");
        watched.check_pixels();
        let stats = watched.cache.stats();
        assert!(stats.pages >= 29, "the budget is used: {stats:?}");
    });
}

#[test]
fn budgets_up_and_down_keep_pixels_and_bytes_right() {
    each_case(|mut watched, commit| {
        for pages in [5, 32, 10, 11, 40, 2, 16] {
            watched.submit_long_pass();
            watched.cache.begin_frame();
            let _ = watched.set_budget(pages);
            for frame in 0..20 {
                watched.cache.begin_frame();
                watched.check(&format!("{commit:?}, {pages} pages, frame {frame}"));
                for _ in 0..4 {
                    let _ = watched.insert();
                }
                watched.cache.flush();
            }
            watched.check_pixels();
            watched.settle();
        }
    });
}

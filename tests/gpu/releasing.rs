//! Trimmed textures count until the GPU is done with them, and can be taken back until then.

use pixmap_cache::Trim;

use crate::busy::InFlight;
use crate::watched::each_case;

#[test]
fn trimmed_textures_count_until_the_gpu_is_done_and_are_taken_back_at_once() {
    each_case(|mut watched, commit| {
        watched.submit_long_pass();
        watched.use_nothing();
        let pages = watched.cache.page_count();
        let before = watched.cache.stats().vram_bytes;
        let released = watched.cache.trim(Trim::All);
        watched.check("trimmed");
        let stats = watched.cache.stats();
        assert_eq!(watched.cache.page_count(), 0, "{commit:?}: nothing is in use");
        assert_eq!((stats.releasing_bytes, stats.vram_bytes), (released, before));
        // As many as the budget holds, all in this frame.
        for number in 0..u64::from(pages) * 16 {
            watched
                .insert()
                .expect("a released texture is no reason to refuse");
            watched.check(&format!("{commit:?}: {number} inserted again"));
        }
        watched.cache.flush();
        watched.check("flushed");
        assert_eq!(watched.check_pixels(), pages as usize * 16);
        watched.settle();
    });
}

#[test]
fn trimmed_textures_are_taken_back_in_later_frames() {
    each_case(|mut watched, commit| {
        let pass = watched.submit_long_pass();
        watched.use_nothing();
        assert!(watched.cache.trim(Trim::All) > 0, "{commit:?}: nothing is in use");
        for frame in 0..40 {
            watched.cache.begin_frame();
            watched.check(&format!("{commit:?}, frame {frame}"));
            for _ in 0..4 {
                watched.insert().expect("room");
                watched.check(&format!("{commit:?}, frame {frame}, inserted"));
            }
            watched.cache.flush();
        }
        watched.gpu.wait();
        assert!(pass.is_done());
        watched.check_pixels();
        watched.settle();
    });
}

#[test]
fn trimmed_textures_are_gone_once_the_gpu_is_done() {
    each_case(|mut watched, commit| {
        watched.submit_long_pass();
        watched.use_nothing();
        let released = watched.cache.trim(Trim::All);
        assert!(released > 0, "{commit:?}: nothing is in use");
        let before = watched.cache.stats().vram_bytes;
        // The fence is set here: until now a pass with the older bind group might have been submitted.
        watched.cache.begin_frame();
        watched.check("a frame later");
        watched.gpu.wait();
        watched.check("the GPU is done, and nothing was collected yet");
        watched.cache.begin_frame();
        let stats = watched.cache.stats();
        assert_eq!(stats.vram_bytes, before - released, "dropped by begin_frame");
        watched.check("gone");
    });
}

/// The documented contract: what is recorded in a frame may be submitted until the next one begins.
#[test]
fn a_pass_recorded_before_a_release_and_submitted_after_it_counts_as_well() {
    each_case(|mut watched, commit| {
        watched.use_nothing();
        let pass = watched.busy.record(watched.gpu, &watched.cache);
        assert!(watched.cache.trim(Trim::All) > 0, "{commit:?}: nothing is in use");
        watched.check("trimmed while a pass is recorded");
        watched.gpu.wait();
        watched.check("nothing was submitted yet");
        let pass = InFlight::submit(watched.gpu, pass);
        watched.cache.begin_frame();
        watched.check("submitted");
        watched.gpu.wait();
        assert!(pass.is_done());
        watched.settle();
    });
}

//! `record_trace`: what is written for what was used, and that `replay` can read it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use pixmap_cache::PixmapCache;

use crate::noop::{Noop, rgba};

/// A file that the test can look into.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8")
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk that is full after this many writes.
struct Limited(u32);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(1)
            .ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn recording() -> (PixmapCache, Shared) {
    recording_in(Noop::new().small_cache())
}

fn recording_in(mut cache: PixmapCache) -> (PixmapCache, Shared) {
    let file = Shared::default();
    cache.record_trace(file.clone());
    (cache, file)
}

/// Without the comment and the frame numbers before the first frame recorded.
fn lines(file: &Shared) -> Vec<String> {
    let text = file.text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_trace_has_a_line_for_each_entry_used_in_a_frame() {
    let (mut cache, file) = recording();
    cache.insert_named("a".into(), &rgba(8, 4)).expect("room");
    cache.insert_named("b".into(), &rgba(2, 3)).expect("room");
    assert!(cache.find("a").is_some(), "used again in its frame");
    let first = cache.stats().frame;
    cache.begin_frame();
    cache.begin_frame();
    cache.insert_named("c,%".into(), &rgba(1, 1)).expect("room");
    assert!(cache.find("b").is_some());
    assert!(cache.find("b").is_some(), "a second time in the same frame");
    assert!(cache.find("nowhere").is_none());
    let last = cache.stats().frame;
    let finished = cache.finish_trace().expect("under way");
    finished.expect("written");
    assert_eq!(
        lines(&file),
        [
            format!("{first},a,8,4"),
            format!("{first},b,2,3"),
            format!("{last},b,2,3"),
            format!("{last},c%2C%25,1,1"),
        ],
        "hits first, then arrivals in order"
    );
    cache.begin_frame();
    assert!(cache.find("a").is_some());
    assert!(cache.finish_trace().is_none(), "nothing under way any more");
    assert_eq!(lines(&file).len(), 4);
}

#[test]
fn a_trace_has_what_other_threads_deliver_and_what_is_replaced_or_unnamed() {
    let (mut cache, file) = recording();
    let uploader = cache.uploader();
    uploader.upload("far".to_owned(), rgba(7, 7)).expect("delivered");
    let key = cache.insert(&rgba(5, 5)).expect("room");
    let frame = cache.stats().frame;
    cache.begin_frame();
    assert_eq!(cache.replace(key, &rgba(6, 5)), Ok(()));
    cache.begin_frame();
    let [row, version] = key.id().0;
    assert_eq!(
        lines(&file),
        [
            format!("{frame},%{row}.{version},5,5"),
            format!("{frame},far,7,7"),
            format!("{},%{row}.{version},6,5", frame + 1),
        ]
    );
}

#[test]
fn a_tiled_pixmap_is_one_line_with_its_size_and_mip_levels_are_a_fifth_column() {
    let (mut cache, file) = recording_in(Noop::new().tiled_cache());
    cache
        .insert_named("tiled".into(), &rgba(90, 40))
        .expect("the pages hold it");
    cache
        .insert_named("mipmapped".into(), rgba(8, 5).as_pixmap().with_mipmaps())
        .expect("room");
    let both = rgba(70, 20);
    let both = cache.insert_named("both".into(), both.as_pixmap().with_mipmaps());
    both.expect("room");
    assert!(
        cache
            .find("tiled")
            .is_some_and(|key| cache.tiles(key).count() > 1),
        "it is in tiles"
    );
    let first = cache.stats().frame;
    cache.begin_frame();
    for name in ["tiled", "mipmapped", "both"] {
        assert!(cache.find(name).is_some());
    }
    let key = cache.find("mipmapped").expect("there");
    assert_eq!(cache.replace(key, &rgba(50, 8)), Ok(()), "larger, without levels");
    assert_eq!(
        cache.update(key, (1, 1), &rgba(2, 2)),
        Ok(()),
        "no line of its own"
    );
    cache.finish_trace().expect("under way").expect("written");
    let last = first + 1;
    assert_eq!(
        lines(&file),
        [
            format!("{first},tiled,90,40"),
            format!("{first},mipmapped,8,5,3"),
            format!("{first},both,70,20,5"),
            format!("{last},tiled,90,40"),
            format!("{last},both,70,20,5"),
            format!("{last},mipmapped,50,8"),
        ],
        "tiles have no lines of their own"
    );
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_cache() {
    let mut cache = Noop::new().small_cache();
    cache.record_trace(Limited(1));
    for frame in 0..5u32 {
        cache
            .insert_named(frame.to_string(), &rgba(8, 8))
            .expect("recording costs no insertion");
        cache.begin_frame();
    }
    let error = cache
        .finish_trace()
        .expect("under way")
        .expect_err("the disk is full");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(cache.len(), 5);
}

#[test]
fn a_second_recording_starts_over() {
    let (mut cache, first) = recording();
    cache.insert_named("a".into(), &rgba(8, 4)).expect("room");
    let second = Shared::default();
    cache.record_trace(second.clone());
    assert_eq!(lines(&first).len(), 1, "the frame it ended in is written");
    cache.begin_frame();
    assert!(cache.find("a").is_some());
    cache.finish_trace().expect("under way").expect("written");
    let frame = cache.stats().frame;
    assert_eq!(
        lines(&second),
        [format!("{},a,8,4", frame - 1), format!("{frame},a,8,4")]
    );
}

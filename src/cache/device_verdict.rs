//! `DeviceVerdict`: a future of what the device says of everything that a cache has created.
//!
//! What the cache does about a refusal is in `verdicts.rs`; the tasks that wait are in `gpu/device.rs`. Invariant: a task that
//! waits is woken when the device owes nothing any more, also if a frame has looked before.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::PixmapCache;
use crate::error::CreateError;
use crate::gpu::Owed;

/// A future of what the device says of everything that a cache has created, from
/// [`PixmapCache::device_verdict`]. It borrows nothing.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct DeviceVerdict {
    owed: Owed,
    /// Refusals before it was asked for.
    refused: u64,
}

impl Future for DeviceVerdict {
    type Output = Result<(), CreateError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.owed.poll(self.refused, context)
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns a future of what the device says of everything that the cache has created so far: an error if it refuses any of
    /// it.
    ///
    /// Native devices refuse at once: [`new`](Self::new) returns the error, and the future is ready. WebGPU says later whether
    /// it has accepted an object, so await this after `new` to learn whether the cache can be used, for instance with a smaller
    /// budget otherwise. To go on without is safe: [`begin_frame`](Self::begin_frame) looks at what has become known. A page
    /// texture that was refused is given up together with the entries that were written meanwhile, and another one is tried
    /// later, as after a lack of memory; frames that were drawn until then may show nothing. If the device refuses anything
    /// else, [`needs_recreate`](Self::needs_recreate) returns true.
    pub fn device_verdict(&self) -> DeviceVerdict {
        DeviceVerdict {
            owed: self.atlas.owed().clone(),
            refused: self.told_refusals,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Wake, Waker};

    use super::*;
    use crate::cache::verdicts::tests::{cache, insert, memory};

    #[derive(Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    type Waiting = (Arc<Woken>, Pin<Box<DeviceVerdict>>);

    /// A task that waits for a verdict.
    fn waiting(cache: &PixmapCache<u32>) -> Waiting {
        let (woken, mut verdict) = (Arc::new(Woken::default()), Box::pin(cache.device_verdict()));
        let waker = Waker::from(Arc::clone(&woken));
        assert!(polled(&mut verdict, &waker).is_pending(), "nothing is known yet");
        (woken, verdict)
    }

    fn polled(verdict: &mut Pin<Box<DeviceVerdict>>, waker: &Waker) -> Poll<Result<(), CreateError>> {
        verdict.as_mut().poll(&mut Context::from_waker(waker))
    }

    fn times(woken: &Woken) -> u32 {
        woken.0.load(Ordering::Relaxed)
    }

    #[test]
    fn a_task_learns_of_the_verdict_even_if_a_frame_has_looked_before() {
        let mut cache = cache();
        let told = cache.atlas.owed().hold_next();
        insert(&mut cache);
        let (woken, mut verdict) = waiting(&cache);
        told.tell(memory());
        cache.begin_frame();
        assert_eq!(times(&woken), 1, "the task is woken");
        let Poll::Ready(Err(CreateError::OutOfMemory { bytes })) = polled(&mut verdict, Waker::noop()) else {
            panic!("the refusal is an error");
        };
        assert!(bytes >= 2 * 128 * 128 * 4, "{bytes} bytes of the texture");
        let ready = polled(&mut Box::pin(cache.device_verdict()), Waker::noop());
        assert_eq!(ready, Poll::Ready(Ok(())), "what was told before is past");
    }

    #[test]
    fn all_tasks_that_await_a_verdict_are_woken() {
        let mut cache = cache();
        let told = cache.atlas.owed().hold_next();
        insert(&mut cache);
        let tasks = [(); 3].map(|()| waiting(&cache));
        told.tell(memory());
        cache.begin_frame();
        for (woken, mut verdict) in tasks {
            assert_eq!(times(&woken), 1, "each task is woken");
            let told = polled(&mut verdict, Waker::noop());
            assert!(matches!(told, Poll::Ready(Err(_))), "{told:?}");
        }
    }

    #[test]
    fn a_task_that_is_told_tells_the_others() {
        let mut cache = cache();
        let told = cache.atlas.owed().hold_next();
        insert(&mut cache);
        let (woken, _waiting) = waiting(&cache);
        told.tell(memory());
        let ready = polled(&mut Box::pin(cache.device_verdict()), Waker::noop());
        assert!(ready.is_ready(), "{ready:?}");
        assert_eq!(times(&woken), 1, "nothing is owed any more");
    }

    #[test]
    fn a_task_that_was_told_is_forgotten() {
        let cache = cache();
        let woken = Arc::new(Woken::default());
        for _ in 0..100 {
            let waker = Waker::from(Arc::clone(&woken));
            let ready = polled(&mut Box::pin(cache.device_verdict()), &waker);
            assert!(ready.is_ready());
        }
        assert_eq!(Arc::strong_count(&woken), 1, "no waker is kept");
    }

    #[test]
    fn a_verdict_natively_is_ready_at_once() {
        let ready = polled(&mut Box::pin(cache().device_verdict()), Waker::noop());
        assert_eq!(ready, Poll::Ready(Ok(())));
    }
}

//! Pixels back from the GPU: for tests, screenshots and inspection.
//!
//! A `Reading` is a copy on its way into a buffer of its own, so that nothing of a cache is borrowed meanwhile. Its end
//! can be waited for, or polled as a future. Invariant: a reading always ends, with an error at the least.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Waker;
#[cfg(feature = "image")]
use std::task::{Context, Poll};
use std::time::Duration;

use crate::error::ReadBackError;
use crate::geometry::Size;
use crate::pixmap::{PixelFormat, PixmapBuf};

/// How long another thread may take between ending a poll and calling what it has taken from the device. It is
/// microseconds, unless that thread is stopped meanwhile.
const MOST_TELLING: Duration = Duration::from_secs(10);

/// A rectangle of one layer.
pub(super) struct Source<'a> {
    pub(super) texels: wgpu::TexelCopyTextureInfo<'a>,
    pub(super) size: Size,
    pub(super) format: PixelFormat,
}

/// A copy that has been submitted.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Polled, so that nobody else has to.
    device: wgpu::Device,
    buffer: wgpu::Buffer,
    /// Bytes from row to row in the buffer.
    pitch: u32,
    size: Size,
    format: PixelFormat,
    outcome: Arc<Outcome>,
}

/// Shared by a reading and the callback of its buffer.
#[derive(Debug, Default)]
struct Outcome {
    told: Mutex<Told>,
    /// Somebody may wait for `told`.
    now_told: Condvar,
}

/// Whether the buffer is mapped, and who wants to know.
#[derive(Debug, Default)]
struct Told {
    mapped: Option<Result<(), ReadBackError>>,
    waker: Option<Waker>,
}

/// The callback's end: when it is dropped unused, because its device is gone, that is an outcome, too.
struct Teller(Arc<Outcome>);

impl Outcome {
    /// The first outcome holds.
    fn tell(&self, outcome: Result<(), ReadBackError>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.mapped.get_or_insert(outcome);
        let waker = told.waker.take();
        // Whoever is woken may ask at once.
        drop(told);
        self.now_told.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until another thread has told; `None` when it doesn't.
    fn wait(&self) -> Option<Result<(), ReadBackError>> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let untold = |told: &mut Told| told.mapped.is_none();
        let waited = self.now_told.wait_timeout_while(told, MOST_TELLING, untold);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        told.mapped
    }

    fn poll(&self, waker: Option<&Waker>) -> Option<Result<(), ReadBackError>> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.mapped.is_none() {
            told.waker = waker.cloned();
        }
        told.mapped
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.0.tell(Err(ReadBackError::Device));
    }
}

impl Reading {
    /// Submits the copy and asks for its buffer.
    pub(super) fn start(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        source: &Source<'_>,
    ) -> Result<Self, ReadBackError> {
        let row_bytes = source.size.width * source.format.bytes_per_texel();
        let pitch = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = super::scope::with_error_scope(device, || {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("pixmap-cache read back"),
                size: u64::from(pitch) * u64::from(source.size.height),
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            })
        })
        .map_err(|_| ReadBackError::Device)?;
        let outcome = Arc::new(Outcome::default());
        // A lost device refuses the buffer only when it is mapped.
        let mapping = super::scope::with_error_scope(device, || {
            let teller = Teller(Arc::clone(&outcome));
            queue.submit([encode(device, source, &buffer, pitch)]);
            buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
                teller.0.tell(mapped.map_err(|_| ReadBackError::Device));
            });
        });
        mapping.map_err(|_| ReadBackError::Device)?;
        Ok(Self {
            device: device.clone(),
            buffer,
            pitch,
            size: source.size,
            format: source.format,
            outcome,
        })
    }

    /// Waits for the GPU.
    pub(super) fn wait(self) -> Result<PixmapBuf, ReadBackError> {
        let mapped = loop {
            // A wait on GL ends after two seconds with a time-out that means nothing; a lost device answers the
            // callback.
            let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
            match (self.outcome.poll(None), polled) {
                (Some(mapped), _) => break mapped,
                (None, Err(wgpu::PollError::Timeout)) => continue,
                // Another thread polls, too: it has taken our callback from the device, and calls it next.
                (None, Ok(_)) => break self.outcome.wait().unwrap_or(Err(ReadBackError::Device)),
                (None, Err(_)) => return Err(ReadBackError::Device),
            }
        };
        mapped.and_then(|()| self.pixels())
    }

    /// Whether the pixels are there, which the device is asked; if not, the task is woken when somebody has heard that
    /// they are.
    #[cfg(feature = "image")]
    pub(crate) fn poll(&self, context: &Context<'_>) -> Poll<Result<PixmapBuf, ReadBackError>> {
        let waker = Some(context.waker());
        let told = self.outcome.poll(waker).or_else(|| {
            // A failure has called the callback, or dropped it.
            let _ = self.device.poll(wgpu::PollType::Poll);
            self.outcome.poll(waker)
        });
        match told {
            Some(mapped) => Poll::Ready(mapped.and_then(|()| self.pixels())),
            None => Poll::Pending,
        }
    }

    /// The rows without their padding.
    fn pixels(&self) -> Result<PixmapBuf, ReadBackError> {
        let view = self.buffer.get_mapped_range(..);
        let padded = view.map_err(|_| ReadBackError::Device)?;
        let row_bytes = self.size.width as usize * self.format.bytes_per_texel() as usize;
        let mut bytes = Vec::with_capacity(row_bytes * self.size.height as usize);
        for row in padded.chunks(self.pitch as usize) {
            bytes.extend_from_slice(&row[..row_bytes]);
        }
        Ok(PixmapBuf::new(self.format, self.size, bytes))
    }
}

fn encode(
    device: &wgpu::Device,
    source: &Source<'_>,
    buffer: &wgpu::Buffer,
    pitch: u32,
) -> wgpu::CommandBuffer {
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
        label: Some("pixmap-cache read back"),
    });
    encoder.copy_texture_to_buffer(
        source.texels,
        wgpu::TexelCopyBufferInfo {
            buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pitch),
                rows_per_image: None,
            },
        },
        wgpu::Extent3d {
            width: source.size.width,
            height: source.size.height,
            depth_or_array_layers: 1,
        },
    );
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// wgpu may drop a callback that it can't call any more.
    #[test]
    fn a_callback_that_is_never_called_ends_a_reading_with_an_error() {
        let outcome = Arc::new(Outcome::default());
        let teller = Teller(Arc::clone(&outcome));
        assert_eq!(outcome.poll(None), None, "not yet");
        drop(teller);
        assert_eq!(outcome.poll(None), Some(Err(ReadBackError::Device)));
    }

    #[test]
    fn an_outcome_is_waited_for_that_another_thread_tells() {
        let outcome = Arc::new(Outcome::default());
        let teller = Teller(Arc::clone(&outcome));
        std::thread::scope(|scope| {
            scope.spawn(move || teller.0.tell(Ok(())));
            assert_eq!(outcome.wait(), Some(Ok(())));
        });
    }

    #[test]
    fn dropping_a_callback_that_was_called_changes_nothing() {
        let outcome = Arc::new(Outcome::default());
        let teller = Teller(Arc::clone(&outcome));
        teller.0.tell(Ok(()));
        drop(teller);
        assert_eq!(outcome.poll(None), Some(Ok(())));
    }
}

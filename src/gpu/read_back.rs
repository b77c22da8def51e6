//! Pixels back from the GPU: for tests, screenshots and inspection.
//!
//! A `Reading` is a copy on its way into buffers of its own, so that nothing of a cache is borrowed meanwhile. Its end
//! can be waited for, or polled as a future. Invariant: a reading always ends, with an error at the least.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Waker;
#[cfg(feature = "image")]
use std::task::{Context, Poll};
use std::time::Duration;

use super::label::Label;
use super::rows::{bands, extent, pitch};
use crate::error::ReadBackError;
use crate::geometry::{Rect, Size};
use crate::pixmap::{PixelFormat, PixmapBuf};

/// How long another thread may take between ending a poll and calling what it has taken from the device. It is
/// microseconds, unless that thread is stopped meanwhile.
const MAX_TELLING: Duration = Duration::from_secs(10);

/// A rectangle of one layer.
pub(super) struct Source<'a> {
    /// The cache's.
    pub(super) label: &'a Label,
    pub(super) texels: wgpu::TexelCopyTextureInfo<'a>,
    pub(super) size: Size,
    pub(super) format: PixelFormat,
}

/// A copy that has been submitted.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Polled, so that nobody else has to.
    device: wgpu::Device,
    /// The rows from top to bottom: one buffer, or as many as the device's largest ones ask for.
    buffers: Vec<wgpu::Buffer>,
    /// Bytes from row to row in the buffers.
    pitch: u32,
    size: Size,
    format: PixelFormat,
    outcome: Arc<Outcome>,
}

/// Shared by a reading and the callbacks of its buffers.
#[derive(Debug)]
struct Outcome {
    told: Mutex<Told>,
    /// Somebody may wait for `told`.
    now_told: Condvar,
}

/// Whether the buffers are mapped, and who wants to know.
#[derive(Debug)]
struct Told {
    /// Buffers that nothing is known of yet.
    left: usize,
    /// Once all are mapped, or one can't be.
    mapped: Option<Result<(), ReadBackError>>,
    waker: Option<Waker>,
}

/// The callback's end: when it is dropped unused, because its device is gone, that is an outcome, too.
struct Teller {
    outcome: Arc<Outcome>,
    mapped: Result<(), ReadBackError>,
}

impl Teller {
    fn new(outcome: &Arc<Outcome>) -> Self {
        Self {
            outcome: Arc::clone(outcome),
            mapped: Err(ReadBackError::Device),
        }
    }

    fn tell(mut self, mapped: Result<(), ReadBackError>) {
        self.mapped = mapped;
    }
}

impl Outcome {
    fn of(buffers: usize) -> Self {
        Self {
            told: Mutex::new(Told {
                left: buffers,
                mapped: None,
                waker: None,
            }),
            now_told: Condvar::new(),
        }
    }

    /// One more buffer. The first failure holds.
    fn tell(&self, outcome: Result<(), ReadBackError>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.left -= 1;
        if outcome.is_ok() && told.left > 0 {
            return;
        }
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
        let waited = self.now_told.wait_timeout_while(told, MAX_TELLING, untold);
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
        self.outcome.tell(self.mapped);
    }
}

impl Reading {
    /// Submits the copy and asks for its buffer.
    pub(super) fn start(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        source: &Source<'_>,
    ) -> Result<Self, ReadBackError> {
        let pitch = pitch(source.size.width, source.format.bytes_per_texel());
        let max_rows = (device.limits().max_buffer_size / u64::from(pitch)).max(1);
        let max_rows = u32::try_from(max_rows).unwrap_or(u32::MAX);
        let bands: Vec<Rect> = bands(Rect::new(0, 0, source.size), max_rows).collect();
        let buffers = super::scope::with_error_scope(device, || {
            let buffers = bands
                .iter()
                .map(|band| create(device, source.label, (pitch, band.height)));
            buffers.collect::<Vec<_>>()
        })
        .map_err(|_| ReadBackError::Device)?;
        let outcome = Arc::new(Outcome::of(buffers.len()));
        // A lost device refuses the buffers only when they are mapped.
        let mapping = super::scope::with_error_scope(device, || {
            queue.submit([encode(device, source, bands.iter().zip(&buffers), pitch)]);
            for buffer in &buffers {
                let teller = Teller::new(&outcome);
                buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
                    teller.tell(mapped.map_err(|_| ReadBackError::Device));
                });
            }
        });
        mapping.map_err(|_| ReadBackError::Device)?;
        Ok(Self {
            device: device.clone(),
            buffers,
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
        let row_bytes = self.size.width as usize * self.format.bytes_per_texel() as usize;
        let mut bytes = Vec::with_capacity(row_bytes * self.size.height as usize);
        for buffer in &self.buffers {
            let view = buffer.get_mapped_range(..);
            let padded = view.map_err(|_| ReadBackError::Device)?;
            for row in padded.chunks(self.pitch as usize) {
                bytes.extend_from_slice(&row[..row_bytes]);
            }
        }
        Ok(PixmapBuf::new(self.format, self.size, bytes))
    }
}

fn create(device: &wgpu::Device, label: &Label, (pitch, rows): (u32, u32)) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(&label.of("read back")),
        size: u64::from(pitch) * u64::from(rows),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    })
}

fn encode<'a>(
    device: &wgpu::Device,
    source: &Source<'_>,
    bands: impl Iterator<Item = (&'a Rect, &'a wgpu::Buffer)>,
    pitch: u32,
) -> wgpu::CommandBuffer {
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
        label: Some(&source.label.of("read back")),
    });
    for (band, buffer) in bands {
        let mut texels = source.texels;
        texels.origin.y += band.y;
        encoder.copy_texture_to_buffer(
            texels,
            wgpu::TexelCopyBufferInfo {
                buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(pitch),
                    rows_per_image: None,
                },
            },
            extent(*band),
        );
    }
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// wgpu may drop a callback that it can't call any more.
    #[test]
    fn a_callback_that_is_never_called_ends_a_reading_with_an_error() {
        let outcome = Arc::new(Outcome::of(1));
        let teller = Teller::new(&outcome);
        assert_eq!(outcome.poll(None), None, "not yet");
        drop(teller);
        assert_eq!(outcome.poll(None), Some(Err(ReadBackError::Device)));
    }

    #[test]
    fn an_outcome_is_waited_for_that_another_thread_tells() {
        let outcome = Arc::new(Outcome::of(1));
        let teller = Teller::new(&outcome);
        std::thread::scope(|scope| {
            scope.spawn(move || teller.tell(Ok(())));
            assert_eq!(outcome.wait(), Some(Ok(())));
        });
    }

    #[test]
    fn a_reading_ends_with_the_last_buffer_or_the_first_failure() {
        let outcome = Arc::new(Outcome::of(2));
        Teller::new(&outcome).tell(Ok(()));
        assert_eq!(outcome.poll(None), None, "one buffer is missing");
        Teller::new(&outcome).tell(Ok(()));
        assert_eq!(outcome.poll(None), Some(Ok(())), "both are mapped");
        let outcome = Arc::new(Outcome::of(2));
        let failure = Err(ReadBackError::Device);
        Teller::new(&outcome).tell(failure);
        assert_eq!(outcome.poll(None), Some(failure), "one can't be mapped");
        Teller::new(&outcome).tell(Ok(()));
        assert_eq!(outcome.poll(None), Some(failure), "and that holds");
    }
}

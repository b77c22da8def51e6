//! Reading pixels back from the GPU, for tests, screenshots and inspection.
//!
//! A `Reading` is a copy on its way into buffers of its own, so that nothing of a cache is borrowed meanwhile. It is a
//! future; to wait for it is to block on that. Invariant: a reading always ends, if only with an error.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::label::Label;
use super::rows::{bands, extent, max_rows, pitch};
use crate::error::ReadBackError;
use crate::geometry::{Rect, Size};
use crate::pixmap::{PixelFormat, PixmapBuf};

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
    /// Polled with the future, and kept alive until it ends.
    device: wgpu::Device,
    /// The rows from top to bottom: one buffer, or as many as the device's largest ones ask for.
    buffers: Vec<wgpu::Buffer>,
    /// Bytes from row to row in the buffers.
    pitch: u32,
    size: Size,
    format: PixelFormat,
    mapping: Arc<Mapping>,
}

/// What is known of a reading's buffers, shared with the callbacks that map them.
#[derive(Debug)]
struct Mapping {
    state: Mutex<MappingState>,
}

#[derive(Debug)]
struct MappingState {
    /// Buffers whose callbacks were neither called nor dropped yet.
    pending: usize,
    /// Whether one of the others can't be mapped.
    failed: bool,
    /// The task to wake when none is pending any more.
    waker: Option<Waker>,
}

/// Held by the callback of one buffer. A callback that is dropped uncalled, because its device is gone, is a failure.
struct Notifier {
    mapping: Arc<Mapping>,
    is_mapped: bool,
}

impl Mapping {
    fn of(buffers: usize) -> Self {
        Self {
            state: Mutex::new(MappingState {
                pending: buffers,
                failed: false,
                waker: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, MappingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all buffers are mapped; if some are pending, the task is woken after the last.
    fn poll(&self, context: &Context<'_>) -> Poll<Result<(), ReadBackError>> {
        let mut state = self.lock();
        if state.pending > 0 {
            state.waker = Some(context.waker().clone());
            Poll::Pending
        } else if state.failed {
            Poll::Ready(Err(ReadBackError::Device))
        } else {
            Poll::Ready(Ok(()))
        }
    }
}

impl Notifier {
    fn new(mapping: &Arc<Mapping>) -> Self {
        Self {
            mapping: Arc::clone(mapping),
            is_mapped: false,
        }
    }

    fn notify(mut self, is_mapped: bool) {
        self.is_mapped = is_mapped;
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        let mut state = self.mapping.lock();
        state.pending -= 1;
        state.failed |= !self.is_mapped;
        let waker = if state.pending == 0 {
            state.waker.take()
        } else {
            None
        };
        // A task that is woken may poll at once, under the same lock.
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
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
        let max_rows = max_rows(pitch, device.limits().max_buffer_size);
        let bands: Vec<Rect> = bands(Rect::new(0, 0, source.size), max_rows).collect();
        let buffers = super::scope::with_error_scope(device, || {
            let buffers = bands
                .iter()
                .map(|band| create(device, source.label, (pitch, band.height)));
            buffers.collect::<Vec<_>>()
        })
        .map_err(|_| ReadBackError::Device)?;
        let mapping = Arc::new(Mapping::of(buffers.len()));
        // A lost device refuses the buffers only when they are mapped.
        let mapped = super::scope::with_error_scope(device, || {
            queue.submit([encode(device, source, bands.iter().zip(&buffers), pitch)]);
            for buffer in &buffers {
                let notifier = Notifier::new(&mapping);
                buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
                    notifier.notify(mapped.is_ok());
                });
            }
        });
        mapped.map_err(|_| ReadBackError::Device)?;
        Ok(Self {
            device: device.clone(),
            buffers,
            pitch,
            size: source.size,
            format: source.format,
            mapping,
        })
    }

    /// Waits for the GPU.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wait(self) -> Result<PixmapBuf, ReadBackError> {
        // A wait on GL ends after two seconds with a time-out that means nothing.
        while let Err(wgpu::PollError::Timeout) = self.device.poll(wgpu::PollType::wait_indefinitely()) {}
        // Done, unless another thread polls the device, too, and is about to call the callbacks: it wakes this one.
        pollster::block_on(self)
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

impl Future for Reading {
    type Output = Result<PixmapBuf, ReadBackError>;

    /// Polls the device as well: between polls, something else has to.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.mapping.poll(context).is_pending() {
            // A failure has called the callbacks, or dropped them.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        let mapped = self.mapping.poll(context);
        mapped.map(|mapped| mapped.and_then(|()| self.pixels()))
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

    fn poll(mapping: &Mapping) -> Poll<Result<(), ReadBackError>> {
        mapping.poll(&Context::from_waker(Waker::noop()))
    }

    /// wgpu may drop a callback that it can't call any more.
    #[test]
    fn a_callback_that_is_never_called_ends_a_reading_with_an_error() {
        let mapping = Arc::new(Mapping::of(1));
        let notifier = Notifier::new(&mapping);
        assert_eq!(poll(&mapping), Poll::Pending, "not yet");
        drop(notifier);
        assert_eq!(poll(&mapping), Poll::Ready(Err(ReadBackError::Device)));
    }

    #[test]
    fn a_task_is_woken_by_a_callback_on_another_thread() {
        let mapping = Arc::new(Mapping::of(1));
        let notifier = Notifier::new(&mapping);
        std::thread::scope(|scope| {
            scope.spawn(move || notifier.notify(true));
            let mapped = pollster::block_on(std::future::poll_fn(|context| mapping.poll(context)));
            assert_eq!(mapped, Ok(()));
        });
    }

    #[test]
    fn a_reading_ends_with_the_last_buffer_and_fails_with_any() {
        let mapping = Arc::new(Mapping::of(2));
        Notifier::new(&mapping).notify(true);
        assert_eq!(poll(&mapping), Poll::Pending, "one buffer is missing");
        Notifier::new(&mapping).notify(true);
        assert_eq!(poll(&mapping), Poll::Ready(Ok(())), "both are mapped");
        let mapping = Arc::new(Mapping::of(2));
        Notifier::new(&mapping).notify(false);
        Notifier::new(&mapping).notify(true);
        let failure = Poll::Ready(Err(ReadBackError::Device));
        assert_eq!(poll(&mapping), failure, "one can't be mapped");
    }
}

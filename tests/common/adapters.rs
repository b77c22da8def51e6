//! A device on every adapter of this machine.
//!
//! Each test runs on all of them. It fails if there is no adapter, or if a backend is missing that
//! `PIXMAP_CACHE_REQUIRE_BACKENDS` (`vulkan`, `gl`, `metal`, `dx12`, separated by commas) names. In a browser, WebGL2 and
//! WebGPU must be there.

#[cfg(not(target_arch = "wasm32"))]
#[path = "platform_native.rs"]
pub mod platform;
#[cfg(target_arch = "wasm32")]
#[path = "platform_web.rs"]
pub mod platform;

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// Environment variable with the names of backends that must be present.
const REQUIRED: &str = "PIXMAP_CACHE_REQUIRE_BACKENDS";

/// A device that one test has for itself.
pub struct Gpu {
    pub name: String,
    pub backend: wgpu::Backend,
    pub software: bool,
    adapter: wgpu::Adapter,
    /// Errors that no scope was for. Natively wgpu panics on them, WebGPU only logs them.
    errors: Arc<Mutex<Vec<String>>>,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// Runs a test on every adapter, within the narrowest limits.
#[cfg(not(target_arch = "wasm32"))]
pub fn each_gpu(test: impl Fn(&Gpu)) {
    each_gpu_within(wgpu::Limits::downlevel_webgl2_defaults(), test);
}

/// Runs a test on every adapter that has these limits, on a device that has no more.
#[cfg(not(target_arch = "wasm32"))]
pub fn each_gpu_within(limits: wgpu::Limits, test: impl Fn(&Gpu)) {
    pollster::block_on(on_each_gpu_within(limits, async |gpu| test(gpu)));
}

/// Runs a test that awaits the GPU on every adapter, in a browser too, within the narrowest limits.
pub async fn on_each_gpu(test: impl AsyncFn(&Gpu)) {
    on_each_gpu_within(wgpu::Limits::downlevel_webgl2_defaults(), test).await;
}

/// Runs a test that awaits the GPU on every adapter that has these limits, on a device that has no more.
pub async fn on_each_gpu_within(limits: wgpu::Limits, test: impl AsyncFn(&Gpu)) {
    let mut tested = wgpu::Backends::empty();
    for adapter in platform::adapters().await {
        if !limits.check_limits(&adapter.limits()) {
            continue;
        }
        let gpu = Gpu::new(&adapter, limits.clone()).await;
        // Shown when the test fails, to tell on which adapter.
        println!("on {}", gpu.name);
        gpu.run(test(&gpu)).await;
        gpu.check_errors().await;
        tested |= wgpu::Backends::from(gpu.backend);
    }
    assert!(
        !tested.is_empty(),
        "no adapter has these limits: install a driver; for example Mesa's lavapipe and llvmpipe"
    );
    let missing = required_backends() - tested;
    assert!(missing.is_empty(), "{REQUIRED} asks for {missing:?} too");
}

/// The narrowest limits, with buffers of 256 KiB.
pub fn small_buffers() -> wgpu::Limits {
    wgpu::Limits {
        max_buffer_size: 256 << 10,
        max_uniform_buffer_binding_size: 16 << 10,
        max_storage_buffer_binding_size: 0,
        ..wgpu::Limits::downlevel_webgl2_defaults()
    }
}

impl Gpu {
    async fn new(adapter: &wgpu::Adapter, required_limits: wgpu::Limits) -> Self {
        let adapter_info = adapter.get_info();
        let (device, queue) = request_device(adapter, required_limits).await;
        let errors = Arc::<Mutex<Vec<String>>>::default();
        if adapter_info.backend == wgpu::Backend::BrowserWebGpu {
            let errors = Arc::clone(&errors);
            device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
                errors.lock().expect("one thread").push(error.to_string());
            }));
        }
        Self {
            errors,
            adapter: adapter.clone(),
            name: format!("{}, {}", adapter_info.backend, adapter_info.name),
            backend: adapter_info.backend,
            software: adapter_info.device_type == wgpu::DeviceType::Cpu,
            device,
            queue,
        }
    }

    /// Whether it is a browser's WebGL2.
    pub fn is_webgl(&self) -> bool {
        cfg!(target_arch = "wasm32") && self.backend == wgpu::Backend::Gl
    }

    /// Whether it is a browser's WebGPU.
    pub fn is_webgpu(&self) -> bool {
        self.backend == wgpu::Backend::BrowserWebGpu
    }

    /// Creates another device on the same adapter.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn another_device(&self, required_limits: wgpu::Limits) -> (wgpu::Device, wgpu::Queue) {
        pollster::block_on(request_device(&self.adapter, required_limits))
    }

    /// Creates a device on another adapter of the same backend: on GL two devices of one adapter share a context.
    pub async fn device_elsewhere(&self) -> (wgpu::Device, wgpu::Queue) {
        self.device_of(self.backend).await
    }

    /// Creates a device on another adapter, of any backend, within the limits of this one.
    pub async fn device_of(&self, backend: wgpu::Backend) -> (wgpu::Device, wgpu::Queue) {
        for adapter in platform::adapters().await {
            if adapter.get_info().backend == backend {
                return request_device(&adapter, self.device.limits()).await;
            }
        }
        panic!("the adapter is gone");
    }

    /// Waits until the GPU has done everything submitted.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn wait(&self) {
        platform::wait(&self.device);
    }

    /// Ready when the GPU has done everything submitted.
    pub async fn finish(&self) {
        finish(&self.device, &self.queue).await;
    }

    /// Forgets the errors so far: the test provoked them.
    #[cfg(target_arch = "wasm32")]
    pub async fn forget_errors(&self) {
        let _ = self.take_errors().await;
    }

    /// Fails if there was an error that no scope was for.
    async fn check_errors(&self) {
        let errors = self.take_errors().await;
        assert!(errors.is_empty(), "on {}: {errors:?}", self.name);
    }

    async fn take_errors(&self) -> Vec<String> {
        // Errors come in order: earlier ones are told before this scope's verdict.
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let _ = self.run(scope.pop()).await;
        std::mem::take(&mut self.errors.lock().expect("one thread"))
    }

    /// Maps a buffer to be read.
    pub async fn map(&self, buffer: &wgpu::Buffer) {
        let (done, is_done) = std::sync::mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
            mapped.expect("a buffer that can be read");
            let _ = done.send(());
        });
        while is_done.try_recv().is_err() {
            platform::turn(&self.device, &self.queue).await;
        }
    }

    /// Polls a future, and the device in between, until it is ready. Nothing else polls a device.
    pub async fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return output;
            }
            platform::turn(&self.device, &self.queue).await;
        }
    }
}

/// Ready when the GPU has done everything submitted to a queue.
pub async fn finish(device: &wgpu::Device, queue: &wgpu::Queue) {
    let (done, is_done) = std::sync::mpsc::channel();
    queue.on_submitted_work_done(move || {
        let _ = done.send(());
    });
    while is_done.try_recv().is_err() {
        platform::turn(device, queue).await;
    }
}

async fn request_device(
    adapter: &wgpu::Adapter,
    required_limits: wgpu::Limits,
) -> (wgpu::Device, wgpu::Queue) {
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("pixmap-cache tests"),
        required_limits,
        ..Default::default()
    };
    let device = adapter.request_device(&descriptor).await;
    device.expect("an adapter gives a device within its own limits")
}

fn required_backends() -> wgpu::Backends {
    let names = platform::required_backends(REQUIRED);
    let names = names.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| match name {
            "vulkan" => wgpu::Backends::VULKAN,
            "gl" => wgpu::Backends::GL,
            "metal" => wgpu::Backends::METAL,
            "dx12" => wgpu::Backends::DX12,
            "webgpu" => wgpu::Backends::BROWSER_WEBGPU,
            _ => panic!("{REQUIRED} names no backend: {name}"),
        })
        .collect()
}

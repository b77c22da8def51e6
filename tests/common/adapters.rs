//! A device on every adapter of this machine.
//!
//! Each test runs on all of them. It fails if there is no adapter, or if a backend is missing that
//! `PIXMAP_CACHE_REQUIRE_BACKENDS` (`vulkan`, `gl`, `metal`, `dx12`, separated by commas) names.

use pollster::block_on;

/// Environment variable with the names of backends that must be present.
const REQUIRED: &str = "PIXMAP_CACHE_REQUIRE_BACKENDS";

/// A device that one test has for itself.
pub struct Gpu {
    pub name: String,
    pub backend: wgpu::Backend,
    pub software: bool,
    adapter: wgpu::Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// Runs a test on every adapter, within the narrowest limits.
pub fn each_gpu(test: impl Fn(&Gpu)) {
    each_gpu_within(wgpu::Limits::downlevel_webgl2_defaults(), test);
}

/// Runs a test on every adapter that has these limits, on a device that has no more.
pub fn each_gpu_within(limits: wgpu::Limits, test: impl Fn(&Gpu)) {
    // An instance per test: tests run on different threads, and a GL context belongs to one thread at a time.
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let mut tested = wgpu::Backends::empty();
    for adapter in block_on(instance.enumerate_adapters(wgpu::Backends::all())) {
        if !limits.check_limits(&adapter.limits()) {
            continue;
        }
        let gpu = Gpu::new(&adapter, limits.clone());
        // Shown when the test fails, to tell on which adapter.
        println!("on {}", gpu.name);
        test(&gpu);
        tested |= wgpu::Backends::from(gpu.backend);
    }
    assert!(
        !tested.is_empty(),
        "no adapter has these limits: install a driver; for example Mesa's lavapipe and llvmpipe"
    );
    let missing = required_backends() - tested;
    assert!(missing.is_empty(), "{REQUIRED} asks for {missing:?} too");
}

impl Gpu {
    fn new(adapter: &wgpu::Adapter, required_limits: wgpu::Limits) -> Self {
        let adapter_info = adapter.get_info();
        let (device, queue) = request_device(adapter, required_limits);
        Self {
            adapter: adapter.clone(),
            name: format!("{}, {}", adapter_info.backend, adapter_info.name),
            backend: adapter_info.backend,
            software: adapter_info.device_type == wgpu::DeviceType::Cpu,
            device,
            queue,
        }
    }

    /// Creates another device on the same adapter.
    pub fn another_device(&self, required_limits: wgpu::Limits) -> (wgpu::Device, wgpu::Queue) {
        request_device(&self.adapter, required_limits)
    }

    /// Waits until the GPU has done everything submitted.
    pub fn wait(&self) {
        // On GL a wait ends after two seconds with a time-out that means nothing.
        while let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            assert!(matches!(error, wgpu::PollError::Timeout), "{error}");
        }
    }
}

fn request_device(adapter: &wgpu::Adapter, required_limits: wgpu::Limits) -> (wgpu::Device, wgpu::Queue) {
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("pixmap-cache tests"),
        required_limits,
        ..Default::default()
    };
    block_on(adapter.request_device(&descriptor)).expect("an adapter gives a device within its own limits")
}

fn required_backends() -> wgpu::Backends {
    let names = std::env::var(REQUIRED).unwrap_or_default();
    let names = names.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| match name {
            "vulkan" => wgpu::Backends::VULKAN,
            "gl" => wgpu::Backends::GL,
            "metal" => wgpu::Backends::METAL,
            "dx12" => wgpu::Backends::DX12,
            _ => panic!("{REQUIRED} names no backend: {name}"),
        })
        .collect()
}

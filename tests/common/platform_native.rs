//! Adapters and waiting on a machine of its own.

/// All adapters, of an instance per test: tests run on different threads, and a GL context belongs to one thread at a time.
pub async fn adapters() -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    instance.enumerate_adapters(wgpu::Backends::all()).await
}

pub fn required_backends(variable: &str) -> String {
    std::env::var(variable).unwrap_or_default()
}

/// Waits until the GPU has done everything submitted.
pub fn wait(device: &wgpu::Device) {
    // On GL a wait ends after two seconds with a time-out that means nothing.
    while let Err(error) = device.poll(wgpu::PollType::wait_indefinitely()) {
        assert!(matches!(error, wgpu::PollError::Timeout), "{error}");
    }
}

/// Lets the GPU and its callbacks go on.
pub async fn turn(device: &wgpu::Device, _: &wgpu::Queue) {
    wait(device);
}

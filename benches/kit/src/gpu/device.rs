//! A device on every adapter of this machine.

use pollster::block_on;

use crate::versions::version_of;

/// The format of every texture. Noise keeps its bytes in it.
pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A device on one adapter.
pub struct Gpu {
    /// Backend and adapter, for the table of targets.
    pub name: String,
    pub backend: wgpu::Backend,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// Runs a bench on every adapter, on a device with all of the adapter's limits.
pub fn each_gpu(mut bench: impl FnMut(&Gpu)) {
    each_adapter(|adapter| bench(&Gpu::new(adapter, adapter.limits())));
}

/// Runs a bench on every adapter, for benches that open several devices.
pub fn each_adapter(mut bench: impl FnMut(&wgpu::Adapter)) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let wgpu = version_of("wgpu");
    println!("{cores} cores, {}, wgpu {wgpu}", std::env::consts::ARCH);
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    assert!(
        !adapters.is_empty(),
        "no adapter found: install a driver, such as Mesa's lavapipe (Vulkan) or llvmpipe (GL)"
    );
    for adapter in adapters {
        let about = adapter.get_info();
        println!(
            "\n## {} ({:?}; {} {})\n",
            name_of(&about),
            about.device_type,
            about.driver,
            about.driver_info
        );
        bench(&adapter);
    }
}

/// Backend and adapter.
fn name_of(about: &wgpu::AdapterInfo) -> String {
    // Adapter names end with compiler versions in parentheses.
    let name = about.name.split(" (").next().unwrap_or_default();
    format!("{}, {name}", about.backend)
}

impl Gpu {
    /// Opens a device with these limits, within the adapter's own.
    pub fn new(adapter: &wgpu::Adapter, limits: wgpu::Limits) -> Self {
        let about = adapter.get_info();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("benches"),
            required_limits: limits,
            ..Default::default()
        };
        let device = block_on(adapter.request_device(&descriptor));
        let (device, queue) = device.expect("an adapter gives a device within its own limits");
        Self {
            name: name_of(&about),
            backend: about.backend,
            device,
            queue,
        }
    }

    /// Waits until all submitted work is done.
    pub fn wait(&self) {
        // On GL, a wait times out after two seconds even if nothing is wrong.
        while let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            assert!(matches!(error, wgpu::PollError::Timeout), "{error}");
        }
    }

    /// Creates a square array texture.
    pub fn texture(&self, side: u32, layers: u32, usage: wgpu::TextureUsages) -> wgpu::Texture {
        self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("benches"),
            size: wgpu::Extent3d {
                width: side,
                height: side,
                depth_or_array_layers: layers,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage,
            view_formats: &[],
        })
    }
}

//! A device on every adapter of this machine.

use pollster::block_on;

use crate::versions::version_of;

/// Every texture's; noise keeps its bytes in it.
pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

pub struct Gpu {
    /// Backend and adapter, for the table of targets.
    pub name: String,
    pub backend: wgpu::Backend,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// Runs a bench on every adapter, each with a device of its own that has all the adapter can do.
pub fn each_gpu(mut bench: impl FnMut(&Gpu)) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let wgpu = version_of("wgpu");
    println!("{cores} cores, {}, wgpu {wgpu}", std::env::consts::ARCH);
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    assert!(
        !adapters.is_empty(),
        "no adapter: install a driver; Mesa's lavapipe and llvmpipe will do"
    );
    for adapter in adapters {
        let gpu = Gpu::new(&adapter);
        let about = adapter.get_info();
        println!(
            "\n## {} ({:?}; {} {})\n",
            gpu.name, about.device_type, about.driver, about.driver_info
        );
        bench(&gpu);
    }
}

impl Gpu {
    fn new(adapter: &wgpu::Adapter) -> Self {
        let about = adapter.get_info();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("benches"),
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let device = block_on(adapter.request_device(&descriptor));
        let (device, queue) = device.expect("an adapter gives a device within its own limits");
        // Adapters' names go on about compilers in brackets.
        let name = about.name.split(" (").next().unwrap_or_default();
        Self {
            name: format!("{}, {name}", about.backend),
            backend: about.backend,
            device,
            queue,
        }
    }

    /// Waits until the GPU has done everything submitted.
    pub fn wait(&self) {
        // On GL a wait ends after two seconds with a time-out that means nothing.
        while let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            assert!(matches!(error, wgpu::PollError::Timeout), "{error}");
        }
    }

    /// A texture to sample, copy and draw to.
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

//! Chooses the adapter, opens the device, and says what to do where there is none.

use wgpu::{Adapter, AdapterInfo, DeviceType};

use crate::options::Options;

pub struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub adapter: AdapterInfo,
}

pub fn open(options: &Options) -> Result<Gpu, String> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: options.backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = pollster::block_on(instance.enumerate_adapters(options.backends));
    let adapter = choose(&adapters, options)?;
    // All the adapter has: the cache and the wall need no more than WebGL2's limits, but large budgets and targets do.
    let request = adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("atlas_demo"),
        required_limits: adapter.limits(),
        ..Default::default()
    });
    let adapter = adapter.get_info();
    let (device, queue) = pollster::block_on(request).map_err(|error| {
        format!(
            "the adapter {} gives no device ({error}): try another --backend.",
            adapter.name
        )
    })?;
    Ok(Gpu {
        device,
        queue,
        adapter,
    })
}

fn choose<'a>(adapters: &'a [Adapter], options: &Options) -> Result<&'a Adapter, String> {
    if adapters.is_empty() {
        return Err(none_at_all(options));
    }
    let wanted = options.adapter.as_deref().unwrap_or("").to_lowercase();
    adapters
        .iter()
        .filter(|adapter| adapter.get_info().name.to_lowercase().contains(&wanted))
        .min_by_key(|adapter| rank(adapter.get_info().device_type))
        .ok_or_else(|| {
            let names: Vec<String> = adapters
                .iter()
                .map(|adapter| describe(&adapter.get_info()))
                .collect();
            let names = names.join("; ");
            format!("no adapter has {wanted:?} in its name: give --adapter a part of one of these: {names}.")
        })
}

/// Fastest kind first; among equals the instance's order holds, native interfaces before GL.
fn rank(kind: DeviceType) -> u32 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

/// `Intel UHD 620, Vulkan, integrated GPU`.
pub fn describe(adapter: &AdapterInfo) -> String {
    let kind = match adapter.device_type {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => "software",
        DeviceType::Other => "unknown kind",
    };
    format!("{}, {}, {kind}", adapter.name, adapter.backend)
}

fn none_at_all(options: &Options) -> String {
    let remedy = if cfg!(target_os = "linux") {
        "install a driver (on Debian and Ubuntu, `apt-get install mesa-vulkan-drivers libegl1 libgl1-mesa-dri` \
         brings software ones that need no GPU)"
    } else {
        "install or update the graphics driver"
    };
    if options.backends == Options::default().backends {
        format!("there is no graphics adapter: {remedy}.")
    } else {
        format!("there is no adapter for this --backend: leave the option out, or {remedy}.")
    }
}

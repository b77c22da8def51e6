//! Chooses the adapter, opens the device, and says what to do where there is none.

use std::sync::{Arc, OnceLock};

use wgpu::{Adapter, AdapterInfo, Backends, DeviceType, Instance, Surface};

use super::StageOptions;

pub struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub adapter: AdapterInfo,
    loss: Arc<OnceLock<String>>,
}

impl Gpu {
    /// A device that needs no window.
    pub fn open(options: &StageOptions) -> Result<Self, String> {
        let instance = Instance::new(wgpu::InstanceDescriptor {
            backends: options.backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        Self::on(&choose(&instance, options, None)?)
    }

    pub fn on(adapter: &Adapter) -> Result<Self, String> {
        // All the adapter has: the examples need no more than WebGL2's limits, but large budgets and targets do.
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("stage"),
            required_limits: adapter.limits(),
            ..Default::default()
        });
        let adapter = adapter.get_info();
        let (device, queue) = pollster::block_on(request).map_err(|error| {
            let name = &adapter.name;
            format!("the adapter {name} gives no device ({error}): try another --backend.")
        })?;
        let loss = Arc::new(OnceLock::new());
        let reported = Arc::clone(&loss);
        device.set_device_lost_callback(move |reason, message| {
            // Told once; later reports of the same loss add nothing.
            let _ = reported.set(format!("{reason:?} {message}").trim().to_owned());
        });
        Ok(Self {
            device,
            queue,
            adapter,
            loss,
        })
    }

    /// Why the device was lost, once it is. From then on wgpu's calls silently do nothing.
    pub fn loss(&self) -> Option<&str> {
        self.loss.get().map(String::as_str)
    }

    /// Until the GPU has done all that was submitted. GL caps one wait at about two seconds.
    pub fn wait(&self) -> Result<(), String> {
        loop {
            match self.device.poll(wgpu::PollType::wait_indefinitely()) {
                Ok(_) => return Ok(()),
                Err(wgpu::PollError::Timeout) => {}
                Err(error) => return Err(format!("the GPU doesn't answer: {error}.")),
            }
        }
    }
}

/// The adapter asked for, or the fastest there is, that can present on `surface` if one is given.
pub fn choose(
    instance: &Instance,
    options: &StageOptions,
    surface: Option<&Surface>,
) -> Result<Adapter, String> {
    let mut adapters = pollster::block_on(instance.enumerate_adapters(options.backends));
    if adapters.is_empty() {
        return Err(none_at_all(options));
    }
    if let Some(surface) = surface {
        adapters.retain(|adapter| adapter.is_surface_supported(surface));
        if adapters.is_empty() {
            return Err(
                "no adapter can draw into a window on this display: give another --backend, or --headless to \
                 draw off screen."
                    .to_owned(),
            );
        }
    }
    let wanted = options.adapter.as_deref().unwrap_or("").to_lowercase();
    let named = |adapter: &&Adapter| adapter.get_info().name.to_lowercase().contains(&wanted);
    let fastest = adapters
        .iter()
        .filter(named)
        .min_by_key(|adapter| rank(adapter.get_info().device_type));
    fastest.cloned().ok_or_else(|| {
        let names = adapters.iter().map(|adapter| describe(&adapter.get_info()));
        let names = names.collect::<Vec<_>>().join("; ");
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

fn none_at_all(options: &StageOptions) -> String {
    let remedy = if cfg!(target_os = "linux") {
        "install a driver (on Debian and Ubuntu, `apt-get install mesa-vulkan-drivers libegl1 libgl1-mesa-dri` \
         brings software ones that need no GPU)"
    } else {
        "install or update the graphics driver"
    };
    if options.backends == Backends::PRIMARY | Backends::SECONDARY {
        format!("there is no graphics adapter: {remedy}.")
    } else {
        format!("there is no adapter for this --backend (or WGPU_BACKEND): leave it out, or {remedy}.")
    }
}

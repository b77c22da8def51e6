//! Chooses the adapter and opens the device. Every failure names a remedy.

use std::sync::{Arc, OnceLock};

use wgpu::{Adapter, AdapterInfo, Backends, DeviceType};
#[cfg(not(target_arch = "wasm32"))]
use wgpu::{Instance, Surface};

/// Which adapter is wanted.
#[derive(Clone, Debug)]
pub struct AdapterChoice {
    pub backends: Backends,
    /// Part of the adapter's name, in any case.
    pub name: Option<String>,
}

impl Default for AdapterChoice {
    fn default() -> Self {
        Self {
            backends: Backends::from_env().unwrap_or(Backends::PRIMARY | Backends::SECONDARY),
            name: None,
        }
    }
}

/// A device with its queue.
pub struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub adapter: AdapterInfo,
    loss: Arc<OnceLock<String>>,
}

impl Gpu {
    /// Opens a device that needs no window.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(wanted: &AdapterChoice) -> Result<Self, String> {
        let instance = Instance::new(wgpu::InstanceDescriptor {
            backends: wanted.backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        Self::on(&choose(&instance, wanted, None)?)
    }

    /// Opens a device on this adapter.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn on(adapter: &Adapter) -> Result<Self, String> {
        pollster::block_on(Self::request(adapter))
    }

    /// Opens a device on this adapter, without waiting for it.
    pub async fn request(adapter: &Adapter) -> Result<Self, String> {
        // All limits of the adapter: the examples work within those of WebGL2, but large budgets and targets don't.
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("stage"),
            required_limits: adapter.limits(),
            ..Default::default()
        });
        let adapter = adapter.get_info();
        let (device, queue) = request.await.map_err(|error| {
            let name = &adapter.name;
            format!("the adapter {name} refuses a device ({error}): try another --backend.")
        })?;
        let loss = Arc::new(OnceLock::new());
        let reported = Arc::clone(&loss);
        device.set_device_lost_callback(move |reason, message| {
            // Only the first report counts; later ones are about the same loss.
            let _ = reported.set(format!("{reason:?} {message}").trim().to_owned());
        });
        Ok(Self {
            device,
            queue,
            adapter,
            loss,
        })
    }

    /// Returns why the device was lost, or `None` while it works. On a lost device wgpu's calls silently do nothing.
    pub fn loss(&self) -> Option<&str> {
        self.loss.get().map(String::as_str)
    }

    /// Waits until the GPU has done everything submitted.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn wait(&self) -> Result<(), String> {
        // GL caps one wait at about two seconds.
        loop {
            match self.device.poll(wgpu::PollType::wait_indefinitely()) {
                Ok(_) => return Ok(()),
                Err(wgpu::PollError::Timeout) => {}
                Err(error) => return Err(format!("the GPU does not respond: {error}.")),
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
/// Returns the fastest adapter that matches and can present on `surface`, if one is given.
pub fn choose(
    instance: &Instance,
    wanted: &AdapterChoice,
    surface: Option<&Surface>,
) -> Result<Adapter, String> {
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wanted.backends));
    if adapters.is_empty() {
        return Err(no_adapter(wanted.backends));
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
    let name = wanted.name.as_deref().unwrap_or("").to_lowercase();
    let named = |adapter: &&Adapter| adapter.get_info().name.to_lowercase().contains(&name);
    let fastest = adapters
        .iter()
        .filter(named)
        .min_by_key(|adapter| rank(adapter.get_info().device_type));
    fastest.cloned().ok_or_else(|| {
        let names = adapters.iter().map(|adapter| describe(&adapter.get_info()));
        let names = names.collect::<Vec<_>>().join("; ");
        format!("no adapter has {name:?} in its name: give --adapter part of one of these: {names}.")
    })
}

#[cfg(not(target_arch = "wasm32"))]
/// Fastest kind first. Equal ranks keep the instance's order: native backends before GL.
fn rank(kind: DeviceType) -> u32 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

/// Returns a description such as `Intel UHD 620, Vulkan, integrated GPU`.
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

#[cfg(not(target_arch = "wasm32"))]
fn no_adapter(backends: Backends) -> String {
    let remedy = if cfg!(target_os = "linux") {
        "install a driver (on Debian or Ubuntu, `apt-get install mesa-vulkan-drivers libegl1 libgl1-mesa-dri` \
         installs software drivers, which need no GPU)"
    } else {
        "install or update the graphics driver"
    };
    if backends == Backends::PRIMARY | Backends::SECONDARY {
        format!("there is no graphics adapter: {remedy}.")
    } else {
        format!("there is no adapter for this --backend (or WGPU_BACKEND): omit it, or {remedy}.")
    }
}

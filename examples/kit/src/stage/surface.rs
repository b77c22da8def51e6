//! A window's swapchain: configured when necessary, recreated when lost, and unavailable while the window has no
//! pixels.

use std::sync::Arc;
use std::time::Duration;

use wgpu::{Adapter, CurrentSurfaceTexture, Instance, Surface, SurfaceConfiguration, TextureFormat};
use winit::window::Window;

use crate::draw::Gpu;

/// Time until a hidden window is checked again: not every system reports that it became visible.
const HIDDEN_PAUSE: Duration = Duration::from_millis(250);
/// Time until a display that gave no texture is asked again.
const TIMEOUT_PAUSE: Duration = Duration::from_millis(10);

pub struct Screen {
    instance: Instance,
    window: Arc<Window>,
    /// `None` only while a lost one is replaced: a window takes one at a time.
    surface: Option<Surface<'static>>,
    configuration: SurfaceConfiguration,
    /// The format that is drawn in: the configuration's, with sRGB encoding.
    view_format: TextureFormat,
    /// Whether the configuration must be applied: it is new, or the window's size changed.
    stale: bool,
}

/// A texture to draw into and present, or how long to wait for one.
pub enum Acquired {
    Texture(wgpu::SurfaceTexture),
    NotFor(Duration),
}

impl Screen {
    pub fn new(
        (instance, window): (Instance, Arc<Window>),
        surface: Surface<'static>,
        adapter: &Adapter,
    ) -> Result<Self, String> {
        let mut configuration = surface
            .get_default_config(adapter, 1, 1)
            .ok_or("the adapter cannot draw into this window: give another --backend, or --headless.")?;
        let formats = surface.get_capabilities(adapter).formats;
        let encoded = formats.iter().copied().find(TextureFormat::is_srgb);
        configuration.format = encoded.unwrap_or(configuration.format);
        configuration.present_mode = wgpu::PresentMode::AutoVsync;
        let view_format = configuration.format.add_srgb_suffix();
        if view_format != configuration.format {
            configuration.view_formats.push(view_format);
        }
        Ok(Self {
            instance,
            window,
            surface: Some(surface),
            configuration,
            view_format,
            stale: true,
        })
    }

    pub fn view_format(&self) -> TextureFormat {
        self.view_format
    }

    /// Configures the surface before the next frame, as after a change of the window's size.
    pub fn configure_later(&mut self) {
        self.stale = true;
    }

    /// Returns the next texture. Waits at most for the display.
    pub fn acquire(&mut self, gpu: &Gpu) -> Result<Acquired, String> {
        // One more try after each remedy: outdated, then lost.
        for _ in 0..3 {
            if self.stale && !self.configure(gpu) {
                return Ok(Acquired::NotFor(HIDDEN_PAUSE));
            }
            let surface = self.surface.as_ref().expect("BUG: only acquire drops it");
            match surface.get_current_texture() {
                CurrentSurfaceTexture::Success(texture) => return Ok(Acquired::Texture(texture)),
                CurrentSurfaceTexture::Suboptimal(texture) => {
                    // Used as it is: a surface can't be configured while its texture is in use.
                    self.stale = true;
                    return Ok(Acquired::Texture(texture));
                }
                CurrentSurfaceTexture::Timeout => return Ok(Acquired::NotFor(TIMEOUT_PAUSE)),
                CurrentSurfaceTexture::Occluded => return Ok(Acquired::NotFor(HIDDEN_PAUSE)),
                CurrentSurfaceTexture::Outdated => self.stale = true,
                // A lost device shows up as either; the window replaces it.
                CurrentSurfaceTexture::Lost | CurrentSurfaceTexture::Validation if is_lost(gpu)? => {
                    return Ok(Acquired::NotFor(Duration::ZERO));
                }
                CurrentSurfaceTexture::Lost => self.renew(gpu)?,
                CurrentSurfaceTexture::Validation => {
                    return Err(
                        "the window's surface was used incorrectly; wgpu's message says how.".to_owned(),
                    );
                }
            }
        }
        Ok(Acquired::NotFor(TIMEOUT_PAUSE))
    }

    /// Returns false if the window has no pixels: minimised, or resized to nothing.
    fn configure(&mut self, gpu: &Gpu) -> bool {
        let size = self.window.inner_size();
        if size.width == 0 || size.height == 0 {
            return false;
        }
        let max_side = gpu.device.limits().max_texture_dimension_2d;
        self.configuration.width = size.width.min(max_side);
        self.configuration.height = size.height.min(max_side);
        let surface = self.surface.as_ref().expect("BUG: only acquire drops it");
        surface.configure(&gpu.device, &self.configuration);
        self.stale = false;
        true
    }

    /// Recreates the surface after its loss or the device's. `gpu` has drawn into it.
    pub fn renew(&mut self, gpu: &Gpu) -> Result<(), String> {
        // wgpu panics if a surface is dropped while a submission holds one of its textures.
        gpu.wait()?;
        self.surface = None;
        let surface = self.instance.create_surface(Arc::clone(&self.window));
        let surface = surface.map_err(|error| format!("the window can no longer be drawn into: {error}."))?;
        self.surface = Some(surface);
        self.stale = true;
        Ok(())
    }
}

/// A loss is reported once the GPU is done with its work.
fn is_lost(gpu: &Gpu) -> Result<bool, String> {
    if gpu.loss().is_none() {
        gpu.wait()?;
    }
    Ok(gpu.loss().is_some())
}

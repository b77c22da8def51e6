//! A window's swapchain: configured when it has to be, made anew when it is lost, and absent while there is nothing to
//! draw into.

use std::sync::Arc;
use std::time::Duration;

use wgpu::{Adapter, CurrentSurfaceTexture, Instance, Surface, SurfaceConfiguration, TextureFormat};
use winit::window::Window;

use super::Gpu;

/// Until a hidden window is looked at again: not every system says that it is seen again.
const HIDDEN_PAUSE: Duration = Duration::from_millis(250);
/// Until a display that gave no texture in time is asked again.
const TIMEOUT_PAUSE: Duration = Duration::from_millis(10);

pub struct Screen {
    instance: Instance,
    window: Arc<Window>,
    /// `None` only between dropping a lost one and making the next: a window takes one at a time.
    surface: Option<Surface<'static>>,
    configuration: SurfaceConfiguration,
    /// What is drawn in: the configuration's format, with sRGB encoding.
    view_format: TextureFormat,
    /// Whether the configuration isn't the surface's, or not the window's size.
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
            .ok_or("the adapter can't draw into this window: give another --backend, or --headless.")?;
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

    /// The window's size changed.
    pub fn configure_later(&mut self) {
        self.stale = true;
    }

    /// The next texture. Draws nothing and waits for nothing but, at most, the display.
    pub fn acquire(&mut self, gpu: &Gpu) -> Result<Acquired, String> {
        // Once more after each remedy: outdated, then lost, then it is as it should be or won't be for a while.
        for _ in 0..3 {
            if self.stale && !self.configure(gpu) {
                return Ok(Acquired::NotFor(HIDDEN_PAUSE));
            }
            let surface = self.surface.as_ref().expect("BUG: only acquire drops it");
            match surface.get_current_texture() {
                CurrentSurfaceTexture::Success(texture) => return Ok(Acquired::Texture(texture)),
                CurrentSurfaceTexture::Suboptimal(texture) => {
                    // Drawn into as it is; it can't be configured while its texture is out.
                    self.stale = true;
                    return Ok(Acquired::Texture(texture));
                }
                CurrentSurfaceTexture::Timeout => return Ok(Acquired::NotFor(TIMEOUT_PAUSE)),
                CurrentSurfaceTexture::Occluded => return Ok(Acquired::NotFor(HIDDEN_PAUSE)),
                CurrentSurfaceTexture::Outdated => self.stale = true,
                // The device's loss, which comes as either, is the window's to mend.
                CurrentSurfaceTexture::Lost | CurrentSurfaceTexture::Validation if is_lost(gpu)? => {
                    return Ok(Acquired::NotFor(Duration::ZERO));
                }
                CurrentSurfaceTexture::Lost => self.renew(gpu)?,
                CurrentSurfaceTexture::Validation => {
                    return Err("the window's surface was used wrongly; wgpu's message says how.".to_owned());
                }
            }
        }
        Ok(Acquired::NotFor(TIMEOUT_PAUSE))
    }

    /// False when the window has no pixels: minimised, or dragged to nothing.
    fn configure(&mut self, gpu: &Gpu) -> bool {
        let size = self.window.inner_size();
        if size.width == 0 || size.height == 0 {
            return false;
        }
        let most = gpu.device.limits().max_texture_dimension_2d;
        self.configuration.width = size.width.min(most);
        self.configuration.height = size.height.min(most);
        let surface = self.surface.as_ref().expect("BUG: only acquire drops it");
        surface.configure(&gpu.device, &self.configuration);
        self.stale = false;
        true
    }

    /// Makes the surface anew, after its loss or the device's; `gpu` is what has drawn into it.
    pub fn renew(&mut self, gpu: &Gpu) -> Result<(), String> {
        // wgpu panics when a surface goes while a submission holds one of its textures.
        gpu.wait()?;
        self.surface = None;
        let surface = self.instance.create_surface(Arc::clone(&self.window));
        let surface =
            surface.map_err(|error| format!("the window can't be drawn into any more: {error}."))?;
        self.surface = Some(surface);
        self.stale = true;
        Ok(())
    }
}

/// A loss is told when the GPU is through with what it had.
fn is_lost(gpu: &Gpu) -> Result<bool, String> {
    if gpu.loss().is_none() {
        gpu.wait()?;
    }
    Ok(gpu.loss().is_some())
}

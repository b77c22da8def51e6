//! A canvas as a target: its device, and its size.

use kit::draw::Gpu;
use pixmap_cache::Size;
use wgpu::{CurrentSurfaceTexture, Surface, SurfaceConfiguration, TextureFormat};

pub struct Canvas {
    surface: Surface<'static>,
    configuration: SurfaceConfiguration,
    /// The format that is drawn in: the configuration's, with sRGB encoding.
    pub format: TextureFormat,
}

impl Canvas {
    /// Opens a device that can draw on a canvas. `backend` is `webgl`, `webgpu`, or anything else for the best there is.
    pub async fn open(canvas: web_sys::HtmlCanvasElement, backend: &str) -> Result<(Gpu, Self), String> {
        let backends = match backend {
            "webgl" => wgpu::Backends::GL,
            "webgpu" => wgpu::Backends::BROWSER_WEBGPU,
            _ => wgpu::Backends::GL | wgpu::Backends::BROWSER_WEBGPU,
        };
        let descriptor = wgpu::InstanceDescriptor {
            backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        };
        // A canvas has one kind of context for its life: WebGPU is given up before the canvas is touched.
        let instance = wgpu::util::new_instance_with_webgpu_detection(descriptor).await;
        let surface = instance
            .create_surface(wgpu::SurfaceTarget::Canvas(canvas))
            .map_err(|error| format!("the canvas cannot be drawn on: {error}"))?;
        let options = wgpu::RequestAdapterOptions {
            compatible_surface: Some(&surface),
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await;
        let adapter = adapter.map_err(|error| format!("there is no graphics adapter: {error}"))?;
        let gpu = Gpu::request(&adapter).await?;
        let mut configuration = surface
            .get_default_config(&adapter, 1, 1)
            .ok_or("the adapter cannot draw on a canvas")?;
        let formats = surface.get_capabilities(&adapter).formats;
        let encoded = formats.iter().copied().find(TextureFormat::is_srgb);
        configuration.format = encoded.unwrap_or(configuration.format);
        let format = configuration.format.add_srgb_suffix();
        if format != configuration.format {
            configuration.view_formats.push(format);
        }
        let canvas = Self {
            surface,
            configuration,
            format,
        };
        Ok((gpu, canvas))
    }

    /// Returns the next texture, of this size or the largest that the device allows. `None` for a canvas without pixels.
    pub fn acquire(&mut self, gpu: &Gpu, size: Size) -> Option<wgpu::SurfaceTexture> {
        if size.is_empty() {
            return None;
        }
        let max_side = gpu.device.limits().max_texture_dimension_2d;
        let (width, height) = (size.width.min(max_side), size.height.min(max_side));
        if (self.configuration.width, self.configuration.height) != (width, height) {
            (self.configuration.width, self.configuration.height) = (width, height);
            self.surface.configure(&gpu.device, &self.configuration);
        }
        match self.surface.get_current_texture() {
            CurrentSurfaceTexture::Success(texture) | CurrentSurfaceTexture::Suboptimal(texture) => {
                Some(texture)
            }
            _ => {
                // Configured again before the next frame.
                self.configuration.width = 0;
                None
            }
        }
    }

    pub fn view(&self, texture: &wgpu::SurfaceTexture) -> wgpu::TextureView {
        texture.texture.create_view(&wgpu::TextureViewDescriptor {
            format: Some(self.format),
            ..Default::default()
        })
    }
}

//! Adapters and waiting in a browser.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// One adapter of WebGL2 and one of WebGPU.
pub async fn adapters() -> Vec<wgpu::Adapter> {
    let (webgl, webgpu) = (webgl().await, webgpu().await);
    webgl.into_iter().chain(webgpu).collect()
}

/// WebGL makes an adapter of a canvas. Each has one of its own: two devices of one context would be lost together.
async fn webgl() -> Option<wgpu::Adapter> {
    let document = web_sys::window().and_then(|window| window.document());
    let canvas = document.and_then(|document| document.create_element("canvas").ok());
    let canvas: web_sys::HtmlCanvasElement = canvas?.dyn_into().ok()?;
    let instance = instance(wgpu::Backends::GL);
    let surface = instance
        .create_surface(wgpu::SurfaceTarget::Canvas(canvas))
        .ok()?;
    let options = wgpu::RequestAdapterOptions {
        compatible_surface: Some(&surface),
        ..Default::default()
    };
    instance.request_adapter(&options).await.ok()
}

async fn webgpu() -> Option<wgpu::Adapter> {
    let instance = instance(wgpu::Backends::BROWSER_WEBGPU);
    instance.request_adapter(&Default::default()).await.ok()
}

fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

/// A browser has no environment variables.
pub fn required_backends(_variable: &str) -> String {
    "gl,webgpu".into()
}

/// Lets the GPU and its callbacks go on: back to the event loop for a moment. WebGL calls back only when it is polled.
pub async fn turn(device: &wgpu::Device, queue: &wgpu::Queue) {
    // Firefox looks at what WebGPU has done when something is submitted, and otherwise every 100 ms.
    queue.submit([]);
    let _ = device.poll(wgpu::PollType::Poll);
    let later = js_sys::Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a page");
        let timer = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0);
        timer.expect("a timer");
    });
    let _: Result<JsValue, JsValue> = JsFuture::from(later).await;
}

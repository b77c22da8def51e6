//! The browser's own objects: textures and staging buffers counted, and some textures refused.

use js_sys::eval;

const HOOKS: &str = r#"
    if (!globalThis.pixmapCacheHooks) {
        const hooks = globalThis.pixmapCacheHooks = { refused: "", left: 0, textures: 0, stagingBytes: 0 };
        const make = GPUDevice.prototype.createTexture;
        GPUDevice.prototype.createTexture = function (descriptor) {
            hooks.textures += 1;
            if (hooks.left > 0 && (descriptor.label || "").includes(hooks.refused)) {
                hooks.left -= 1;
                // No device has as many layers.
                descriptor = { ...descriptor, size: [1, 1, 100000] };
            }
            return make.call(this, descriptor);
        };
        const destroy = GPUTexture.prototype.destroy;
        GPUTexture.prototype.destroy = function () {
            if (!this.isDestroyed) { hooks.textures -= 1; this.isDestroyed = true; }
            return destroy.call(this);
        };
        const makeBuffer = GPUDevice.prototype.createBuffer;
        GPUDevice.prototype.createBuffer = function (descriptor) {
            const buffer = makeBuffer.call(this, descriptor);
            if ((descriptor.label || "").includes("staging")) {
                hooks.stagingBytes += buffer.size;
                buffer.isStaging = true;
            }
            return buffer;
        };
        const destroyBuffer = GPUBuffer.prototype.destroy;
        GPUBuffer.prototype.destroy = function () {
            if (this.isStaging) { hooks.stagingBytes -= this.size; this.isStaging = false; }
            return destroyBuffer.call(this);
        };
        const gl = WebGL2RenderingContext.prototype;
        const makeGl = gl.createTexture;
        gl.createTexture = function () { hooks.textures += 1; return makeGl.call(this); };
        const deleteGl = gl.deleteTexture;
        gl.deleteTexture = function (texture) {
            if (texture) { hooks.textures -= 1; }
            return deleteGl.call(this, texture);
        };
    }
"#;

fn run(script: &str) -> f64 {
    eval(HOOKS).expect("the hooks are sound");
    eval(script).expect("a sound script").as_f64().unwrap_or(0.0)
}

/// Has WebGPU refuse the next `count` textures with this in their labels: they are made with more layers than any device
/// has, and WebGPU says so later.
pub fn refuse_textures(label: &str, count: u32) {
    run(&format!(
        "pixmapCacheHooks.refused = \"{label}\"; pixmapCacheHooks.left = {count};"
    ));
}

/// Textures that were made and not destroyed, of all devices.
pub fn textures() -> f64 {
    run("pixmapCacheHooks.textures")
}

/// Bytes of the staging buffers that were made on WebGPU and not destroyed, of all devices.
pub fn staging_bytes() -> f64 {
    run("pixmapCacheHooks.stagingBytes")
}

/// Bytes of the module's memory.
pub fn memory_bytes() -> usize {
    core::arch::wasm32::memory_size(0) << 16
}

pub fn now_ms() -> f64 {
    run("performance.now()")
}

//! The paint callback: egui-wgpu calls `prepare` before its pass, and `paint` in it, with the viewport set.
//!
//! It holds only what one frame shows; cache, pipeline and buffers live in the renderer's resources.

use egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor};

use crate::wall::{View, Wall};

pub struct WallCallback(pub View);

impl WallCallback {
    /// Returns the shape that shows the wall in `rect`.
    pub fn shape(rect: egui::Rect, view: View) -> egui::Shape {
        egui_wgpu::Callback::new_paint_callback(rect, Self(view)).into()
    }
}

impl CallbackTrait for WallCallback {
    /// Runs the cache's frame. Its moves and uploads are submitted here, in a command buffer of their own, so they come
    /// before the pass, which egui submits later.
    fn prepare(
        &self,
        _: &wgpu::Device,
        _: &wgpu::Queue,
        _: &ScreenDescriptor,
        _: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(wall) = resources.get_mut::<Wall>() {
            wall.compose(self.0);
            wall.pipeline.write(&wall.sprites, self.0);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(wall) = resources.get::<Wall>() {
            // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
            wall.pipeline.paint(pass, wall.cache.bind_group());
        }
    }
}

//! The demo in a window: the tour, over and over.

use std::error::Error;

use wgpu::TextureFormat;

use crate::camera::Tour;
use crate::options::Options;
use crate::renderer::Renderer;
use crate::scene::Scene;
use crate::source::Source;
use crate::stage::{Frame, Gpu, Next, Show};

/// Seconds of one tour.
const TOUR_SECONDS: f32 = 30.0;

pub struct AtlasDemo {
    scene: Scene,
    renderer: Renderer,
    tour: Tour,
}

impl AtlasDemo {
    pub fn new(
        gpu: &Gpu,
        format: TextureFormat,
        (source, options): (Source, &Options),
    ) -> Result<Self, Box<dyn Error>> {
        let scene = Scene::new(gpu, source, options)?;
        Ok(Self {
            renderer: Renderer::new(gpu, &scene, format),
            tour: Tour::new(&scene.wall, options.stage.size, options.seed),
            scene,
        })
    }
}

impl Show for AtlasDemo {
    const TITLE: &'static str = "Atlas demo";

    fn frame(&mut self, _: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        let progress = (frame.time.as_secs_f32() / TOUR_SECONDS).fract();
        self.scene.compose(self.tour.camera_at(progress), frame.size);
        self.renderer.draw(&self.scene, frame);
        Ok(Next::Frame)
    }
}

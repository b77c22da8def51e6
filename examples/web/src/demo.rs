//! What the page's script sees: one object with the whole demo.

use image::RgbaImage;
use kit::draw::gpu::describe;
use kit::pictures::emoji::EmojiSet;
use kit::wall::camera::{Camera, Route};
use kit::wall::live::{Live, LiveCosts};
use kit::wall::pilot::Pilot;
use kit::wall::renderer::Sampling;
use pixmap_cache::{Instant, Size, Trim};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::canvas::Canvas;
use crate::check;
use crate::drawing::{Drawing, DrawnFrame};
use crate::rasterizer::{Rasterizer, create_cache};
use crate::source::Source;
use crate::versus::Versus;

const TOUR_SECONDS: f32 = 45.0;

/// Longest step of the camera, so that it doesn't jump after the page was hidden.
const MAX_STEP: f32 = 0.1;

/// Frames in which a check waits for the pictures in view.
const MAX_WAIT: u32 = 3000;

#[wasm_bindgen]
pub struct Demo {
    /// What was asked for: the canvas after a loss is opened with it, too.
    backend: String,
    drawing: Drawing,
    live: Live,
    rasterizer: Rasterizer,
    pilot: Pilot,
    shows_overlay: bool,
    versus: Versus,
    own: Vec<RgbaImage>,
    screen: Size,
    camera: Option<Camera>,
    /// Of the last frame.
    costs: LiveCosts,
    started: Instant,
    last: Option<Instant>,
    /// Frames drawn.
    frames: u32,
}

#[wasm_bindgen]
impl Demo {
    /// Opens the demo on a canvas. Waits until the device has accepted the cache.
    pub async fn open(
        canvas: web_sys::HtmlCanvasElement,
        backend: String,
        budget_bytes: f64,
        pack: String,
    ) -> Result<Demo, String> {
        let screen = Size::new(canvas.width().max(1), canvas.height().max(1));
        let (gpu, canvas) = Canvas::open(canvas, &backend).await?;
        let cache = create_cache(&gpu, budget_bytes as u64)?;
        cache.device_verdict().await.map_err(|error| error.to_string())?;
        let source = Source::Emoji(EmojiSet::from_pack(&pack));
        let live = Live::new(cache, source.wall(screen));
        Ok(Self {
            backend,
            drawing: Drawing::new((gpu, canvas), &live.cache)?,
            pilot: Pilot::new(&live.wall, screen, (Route::Tour, 1, TOUR_SECONDS)),
            versus: Versus::new(live.number, &source, &live.cache.stats()),
            rasterizer: Rasterizer::new(source),
            shows_overlay: false,
            own: Vec::new(),
            screen,
            camera: None,
            costs: LiveCosts::default(),
            started: Instant::now(),
            last: None,
            frames: 0,
            live,
        })
    }

    /// Continues on another canvas after the loss of the device: a lost canvas stays lost. Returns how many pictures are
    /// rasterized again.
    pub async fn recover(&mut self, canvas: web_sys::HtmlCanvasElement) -> Result<u32, String> {
        let (gpu, canvas) = Canvas::open(canvas, &self.backend).await?;
        let cache = &mut self.live.cache;
        let lost = cache.recreate(&gpu.device, &gpu.queue);
        let lost = lost.map_err(|error| error.to_string())?.len();
        cache.device_verdict().await.map_err(|error| error.to_string())?;
        self.drawing = Drawing::new((gpu, canvas), &self.live.cache)?;
        Ok(lost as u32)
    }

    /// Draws one frame of this size, in the display's own pixels. Returns why the device was lost, if it was.
    pub fn frame(&mut self, width: u32, height: u32, scale: f64) -> Option<String> {
        if let Some(loss) = self.drawing.loss() {
            return Some(loss);
        }
        let Some(texture) = self.drawing.acquire(Size::new(width, height)) else {
            self.rasterizer.run();
            return None;
        };
        self.screen = Size::new(texture.texture.width(), texture.texture.height());
        let now = Instant::now();
        let seconds = self.last.map_or(0.0, |last| (now - last).as_secs_f32());
        self.last = Some(now);
        let camera = self
            .pilot
            .advance(&self.live.wall, self.screen, seconds.min(MAX_STEP));
        self.camera = Some(camera);
        self.costs = self.live.compose(camera, self.screen, &mut self.rasterizer);
        let frame = DrawnFrame {
            size: self.screen,
            scale,
            time: now - self.started,
            shows_overlay: self.shows_overlay,
        };
        self.drawing.draw(texture, &self.live, &frame);
        self.frames += 1;
        self.versus.frame(&self.live.names, &self.live.cache.stats());
        self.rasterizer.run();
        None
    }

    pub fn drag(&mut self, right: f32, down: f32) {
        self.pilot.drag(right, down);
    }

    /// Zooms by notches of a wheel around a point.
    pub fn zoom(&mut self, notches: f32, x: f32, y: f32) {
        self.pilot.zoom(&self.live.wall, notches, [x, y]);
    }

    /// Starts, pauses or resumes the tour.
    pub fn pause(&mut self) -> String {
        self.pilot.pause().to_owned()
    }

    pub fn set_overlay(&mut self, shows: bool) {
        self.shows_overlay = shows;
    }

    pub fn set_nearest(&mut self, nearest: bool) {
        self.live.view.sampling = if nearest {
            Sampling::Nearest
        } else {
            Sampling::Linear
        };
    }

    /// Changes the budget, to at least two pages. Returns it.
    pub fn set_budget(&mut self, bytes: f64) -> f64 {
        let stats = self.live.cache.stats();
        let fixed_bytes = self.live.cache.inspect().bytes().table;
        let bytes = (bytes as u64).max(fixed_bytes + 2 * stats.page_bytes);
        // What is in use beyond it goes in the next frames.
        let _ = self.live.cache.set_budget(bytes);
        self.live.cache.retry_all();
        self.live.cache.stats().budget_bytes as f64
    }

    /// Evicts what isn't in view. Returns the bytes released.
    pub fn trim(&mut self) -> f64 {
        self.live.cache.trim(Trim::All) as f64
    }

    pub fn clear(&mut self) {
        self.live.cache.clear();
    }

    /// Destroys the device in one of the next frames. The frame after it says so.
    pub fn lose_device(&mut self) {
        self.drawing.destroy();
    }

    /// Adds a picture of the user's, as rows of RGBA.
    pub fn add_picture(&mut self, width: u32, height: u32, rgba: Vec<u8>) {
        self.own.extend(RgbaImage::from_raw(width, height, rgba));
    }

    /// Shows the pictures that were added. Returns how many there are.
    pub fn show_pictures(&mut self) -> u32 {
        let pictures = std::mem::take(&mut self.own);
        let count = pictures.len() as u32;
        if count > 0 {
            self.rasterizer = Rasterizer::new(Source::own(pictures));
            self.live.show(self.rasterizer.source.wall(self.screen));
            self.pilot = Pilot::new(&self.live.wall, self.screen, (Route::Tour, 1, TOUR_SECONDS));
            self.versus = Versus::new(
                self.live.number,
                &self.rasterizer.source,
                &self.live.cache.stats(),
            );
        }
        count
    }

    /// Returns the spot in the middle of the screen, across and down, and the pixels that a spot takes, as of the last frame.
    pub fn camera(&self) -> Vec<f32> {
        let camera = self.camera.iter();
        camera
            .flat_map(|camera| [camera.x, camera.y, camera.pitch])
            .collect()
    }

    /// Returns how many frames were drawn. None is drawn while the GPU is busy with two.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    pub fn adapter(&self) -> String {
        // Browsers may keep the name to themselves.
        describe(&self.drawing.gpu.adapter)
            .trim_start_matches(", ")
            .to_owned()
    }

    /// Returns the figures, as JSON.
    pub fn figures(&self) -> String {
        let stats = self.live.cache.stats();
        let [ours, shelf] = self.versus.figures();
        format!(
            r#"{{"budget":{},"vram":{},"pages":{},"maxPages":{},"pageSide":{},"entries":{},"uploads":{},"uploadedBytes":{},"moves":{},"hits":{},"misses":{},"evictions":{},"staging":{},"visible":{},"pending":{},"ours":{},"shelf":{},"shelfLeftOut":{}}}"#,
            stats.budget_bytes,
            stats.vram_bytes,
            stats.pages,
            stats.max_pages,
            stats.page_side,
            stats.entries,
            stats.uploads,
            stats.uploaded_bytes,
            stats.moves,
            stats.hits,
            stats.misses,
            stats.evictions,
            stats.staging_bytes,
            self.live.view.sprites.len(),
            self.costs.pending,
            ours.uploaded_bytes,
            shelf.uploaded_bytes,
            shelf.left_out,
        )
    }

    /// Waits for the pictures in view, and compares every pixel with what a cache without pressure draws. The page draws no
    /// frame meanwhile. Returns pixels compared and pixels that differ.
    pub async fn check(&mut self) -> Result<Vec<u32>, String> {
        let camera = self.camera.ok_or("nothing was drawn yet")?;
        for _ in 0..MAX_WAIT {
            self.costs = self.live.compose(camera, self.screen, &mut self.rasterizer);
            if self.costs.is_complete() {
                let gpu = &self.drawing.gpu;
                let wall = (&mut self.live, &self.rasterizer);
                let comparison = check::compare(gpu, wall, self.screen).await?;
                return Ok(vec![comparison.pixels as u32, comparison.different as u32]);
            }
            self.rasterizer.run();
            check::turn(&self.drawing.gpu).await;
        }
        let LiveCosts { pending, failed, .. } = self.costs;
        Err(format!(
            "{pending} pictures didn't arrive, and {failed} were refused"
        ))
    }
}

//! One frame of the wall: which cards there are, how they move, and the cache's part of it.
//!
//! Invariant: after `compose`, each card's id was found or inserted in this frame and flushed, so the pass may draw it,
//! or it is `NONE`, and the card is empty.

use std::f32::consts::PI;

use pixmap_cache::{CacheDescriptor, CreateError, InsertError, PixmapCache, PixmapId};
use wgpu::TextureFormat;

use kit::draw::{Frame, Gpu};
use kit::pictures::emoji::EmojiSet;
use kit::pictures::texels;

/// Sampled as linear colors, as tinting and blending need.
const FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// Distance from one card to the next, in pixels at scale 1; the card's share of it; the picture's share of the card.
const PITCH: f32 = 80.0;
const CARD_SHARE: f32 = 0.82;
const PICTURE_SHARE: f32 = 0.62;

/// Seconds from one turn of a card to the next, and the turn's share of that time.
const TURN_EVERY: f32 = 5.0;
const TURN_SHARE: f32 = 0.12;

/// Paper colors of the cards, linear.
const PAPERS: [[f32; 3]; 5] = [
    [0.92, 0.55, 0.42],
    [0.93, 0.76, 0.36],
    [0.46, 0.76, 0.52],
    [0.38, 0.66, 0.88],
    [0.69, 0.55, 0.88],
];

/// One card: the instance attributes of `card.wgsl`, in pixels.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Card {
    pub id: PixmapId,
    pub centre: [f32; 2],
    pub size: [f32; 2],
    /// Radians, clockwise.
    pub angle: f32,
    pub corner_radius: f32,
    pub paper: [f32; 3],
    /// Multiplies the picture's color.
    pub tint: [f32; 3],
    /// Of the card's width and height.
    pub picture_share: f32,
}

/// An emoji at one size. Each size is a pixmap of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureName {
    emoji: u32,
    side: u32,
}

pub struct Wall {
    pub cache: PixmapCache<PictureName>,
    /// Of the last frame. Kept, so that later frames do not allocate.
    pub cards: Vec<Card>,
    /// Cards of this frame whose pictures were not found.
    missing: Vec<(usize, PictureName)>,
    emoji: EmojiSet,
}

impl Wall {
    pub fn new(gpu: &Gpu) -> Result<Self, CreateError> {
        let descriptor = CacheDescriptor {
            // Several times what the largest screen shows at once.
            budget_bytes: 48 << 20,
            format: FORMAT,
            ..Default::default()
        };
        Ok(Self {
            cache: PixmapCache::new(&gpu.device, &gpu.queue, &descriptor)?,
            cards: Vec::new(),
            missing: Vec::new(),
            emoji: EmojiSet::shuffled(3),
        })
    }

    pub fn compose(&mut self, frame: &Frame) -> Result<(), InsertError> {
        self.cache.begin_frame();
        self.cards.clear();
        let pitch = PITCH * frame.scale_factor as f32;
        let (width, height) = (frame.size.width as f32, frame.size.height as f32);
        let (columns, rows) = ((width / pitch).ceil() as u32, (height / pitch).ceil() as u32);
        // The wall is centred and may go beyond the edges.
        let left = (width - columns as f32 * pitch) / 2.0;
        let top = (height - rows as f32 * pitch) / 2.0;
        for row in 0..rows {
            for column in 0..columns {
                let centre = [
                    left + (column as f32 + 0.5) * pitch,
                    top + (row as f32 + 0.5) * pitch,
                ];
                self.add_card([column, row], centre, (pitch, frame.time.as_secs_f32()));
            }
        }
        self.insert_missing()?;
        // Before the pass is recorded: moves and uploads are submitted here, and the bind group may be replaced.
        self.cache.flush();
        Ok(())
    }

    fn add_card(&mut self, [column, row]: [u32; 2], centre: [f32; 2], (pitch, time): (f32, f32)) {
        let wave = (column + row) as f32;
        // Each card turns at a time of its own.
        let turns = time / TURN_EVERY + 0.71 * column as f32 + 0.37 * row as f32;
        let turning = ((turns.fract() - 1.0 + TURN_SHARE) / TURN_SHARE).max(0.0);
        // The picture changes when the card stands on its edge.
        let shown = turns as u32 + u32::from(turning > 0.5);
        let emoji = (row * 613 + column * 89 + shown * 7) % self.emoji.count() as u32;
        let side = (pitch * CARD_SHARE * PICTURE_SHARE).round() as u32;
        let id = self.find(PictureName { emoji, side });
        let side = pitch * CARD_SHARE * (1.0 + 0.04 * (2.0 * time + wave).sin());
        let light = 0.5 + 0.5 * (1.1 * time - 0.55 * wave).sin();
        self.cards.push(Card {
            id,
            centre,
            size: [side * (turning * PI).cos().abs().max(0.02), side],
            angle: 0.16 * (1.3 * time + 0.8 * wave).sin(),
            corner_radius: 0.22 * side,
            paper: PAPERS[((column + 2 * row) % 5) as usize].map(|linear| linear * (0.7 + 0.3 * light)),
            tint: [1.0, 0.82 + 0.18 * light, 0.7 + 0.3 * light],
            picture_share: PICTURE_SHARE,
        });
    }

    /// Returns the picture's id, or `NONE` after noting that it is missing.
    fn find(&mut self, name: PictureName) -> PixmapId {
        match self.cache.find(&name) {
            Some(key) => key.id(),
            None => {
                self.missing.push((self.cards.len(), name));
                PixmapId::NONE
            }
        }
    }

    /// Inserts after everything visible was touched, so that no insertion evicts what this frame shows.
    fn insert_missing(&mut self) -> Result<(), InsertError> {
        for (card, name) in self.missing.drain(..) {
            // Looked up again: two cards may have missed the same picture.
            let key = match self.cache.find(&name) {
                Some(key) => key,
                None => {
                    // SVG renderers premultiply encoded colors; an sRGB texture wants linear ones premultiplied and
                    // then encoded.
                    let picture = self.emoji.rasterize(name.emoji as usize, name.side);
                    match self.cache.insert_named(name, &texels::to_pixmap(picture, FORMAT)) {
                        Ok(key) => key,
                        // The frame needs more than the budget: the remaining cards are drawn empty.
                        Err(InsertError::Full { .. }) => break,
                        Err(error) => return Err(error),
                    }
                }
            };
            self.cards[card].id = key.id();
        }
        Ok(())
    }
}

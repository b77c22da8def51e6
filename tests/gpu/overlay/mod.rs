//! The overlay: within its panel and nowhere else, in the right colors, in every kind of pass.

mod map;
mod panel;
mod passes;
mod scene;

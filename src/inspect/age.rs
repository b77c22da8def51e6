//! Colors of ages: bright for entries in use, dark for entries unseen for long.

/// Colors of the ages 0, 1, 4, 16, ... frames: each stop is four times as old as the one before. Lightness falls
/// evenly from stop to stop, so that the order can be read without telling hues apart.
const STOPS: [[u8; 3]; 7] = [
    [255, 224, 130],
    [250, 178, 90],
    [235, 126, 84],
    [204, 86, 103],
    [153, 66, 124],
    [99, 58, 128],
    [56, 52, 104],
];

/// Returns the color of an entry unseen for `age_frames` frames, as red, green and blue in sRGB.
///
/// The scale is logarithmic: bright yellow for an entry in use, then red, then dark violet from 1,024 frames on.
pub fn age_color(age_frames: u64) -> [u8; 3] {
    let last = STOPS.len() - 1;
    let position = match age_frames {
        0 => 0.0,
        age => 1.0 + (age as f32).log2() / 2.0,
    };
    let index = (position as usize).min(last);
    let next = (index + 1).min(last);
    let share = (position - index as f32).min(1.0);
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(STOPS[index][channel]), f32::from(STOPS[next][channel]));
        (from + (to - from) * share).round() as u8
    })
}

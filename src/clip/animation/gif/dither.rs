//! Mixes colours that a palette lacks from two that it has, in a fixed pattern, so that what rests does not flicker.

/// Pixels on a side of the pattern.
const SIDE: usize = 8;

/// Pixels of the pattern.
const PIXELS: i32 = 64;

/// Bits of each channel by which pairs of colours are kept.
const BITS: u32 = 6;

/// The order in which the pixels of a square get the second colour as its share grows.
const PATTERN: [[u8; SIDE]; SIDE] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

/// The places of two colours in a palette: the nearest, and the one to mix it with.
#[derive(Clone, Copy)]
struct ColorPair {
    nearest: u8,
    other: u8,
}

/// Finds colours in a palette.
pub(super) struct Ditherer {
    /// Red, green and blue of the colours, each by itself.
    channels: [Vec<i32>; 3],
    /// Pairs that were found, by the first bits of the colour.
    pairs: Vec<Option<ColorPair>>,
}

impl Ditherer {
    /// For a palette of at most 256 colours: red, green and blue of each.
    pub(super) fn new(palette: &[u8]) -> Self {
        let channel = |channel: usize| palette.iter().skip(channel).step_by(3).map(|value| i32::from(*value)).collect();
        Self { channels: [channel(0), channel(1), channel(2)], pairs: vec![None; 1 << (3 * BITS)] }
    }

    /// The place of the colour for a pixel of this colour at this place of the frame.
    pub(super) fn index(&mut self, color: [u8; 3], (x, y): (u32, u32)) -> u8 {
        let key = color.iter().fold(0, |key, value| key << BITS | usize::from(value >> (8 - BITS)));
        let color = color.map(i32::from);
        let pair = self.pairs[key].unwrap_or_else(|| self.pair(color));
        self.pairs[key] = Some(pair);
        let [nearest, other] = [pair.nearest, pair.other].map(|place| self.color(place));
        let (mut along, mut length) = (0, 0);
        for channel in 0..3 {
            let way = other[channel] - nearest[channel];
            along += (color[channel] - nearest[channel]) * way;
            length += way * way;
        }
        let threshold = i32::from(PATTERN[y as usize % SIDE][x as usize % SIDE]);
        let has_other = 2 * along * PIXELS > (2 * threshold + 1) * length;
        if has_other { pair.other } else { pair.nearest }
    }

    /// The nearest colour, and the one that is nearest on its other side.
    fn pair(&self, color: [i32; 3]) -> ColorPair {
        let nearest = self.nearest(color, None);
        let found = self.color(nearest);
        let opposite = [0, 1, 2].map(|channel| 2 * color[channel] - found[channel]);
        ColorPair { nearest, other: self.nearest(opposite, Some(nearest)) }
    }

    fn color(&self, place: u8) -> [i32; 3] {
        let place = usize::from(place);
        [self.channels[0][place], self.channels[1][place], self.channels[2][place]]
    }

    /// The nearest colour but for one.
    fn nearest(&self, [red, green, blue]: [i32; 3], but: Option<u8>) -> u8 {
        let [reds, greens, blues] = &self.channels;
        let colors = reds.iter().zip(greens).zip(blues);
        // Distance and place in one number, of which the smallest is easily found.
        let keys = colors.zip(0..).map(|(((r, g), b), place)| {
            let distance = (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue);
            if but.is_some_and(|but| i32::from(but) == place) { i32::MAX } else { distance << 8 | place }
        });
        keys.min().filter(|key| *key < i32::MAX).map_or(but.unwrap_or(0), |key| (key & 0xFF) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_colours_are_mixed_in_the_share_of_what_is_between_them() {
        let mut ditherer = Ditherer::new(&[0, 0, 0, 100, 100, 100, 255, 0, 0]);
        let mut count = |value: u8| {
            let pixels = (0..64).map(|at| ditherer.index([value; 3], (at % 8, at / 8)));
            pixels.filter(|index| *index == 1).count()
        };
        assert_eq!([0, 25, 50, 75, 100, 200].map(&mut count), [0, 16, 32, 48, 64, 64]);
    }
}

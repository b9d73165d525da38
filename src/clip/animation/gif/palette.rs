//! Chooses the colours of a palette: the pixels are divided into boxes of similar colours, of which always the one with
//! the largest differences is divided again. The same pixels always give the same palette.

/// Pixels from which a palette is chosen; more take longer without a better palette.
const SAMPLES: usize = 40_000;

/// Red, green and blue of at most `most` colours for these pixels.
pub(super) fn palette_of(pixels: &[[u8; 3]], most: usize) -> Vec<u8> {
    let step = pixels.len().div_ceil(SAMPLES).max(1);
    let mut boxes = vec![ColorBox::of(pixels.iter().copied().step_by(step).collect())];
    while boxes.len() < most {
        let largest = (0..boxes.len()).max_by(|one, other| boxes[*one].spread.total_cmp(&boxes[*other].spread));
        let Some(largest) = largest.filter(|largest| boxes[*largest].spread > 0.0) else { break };
        let halves = boxes.swap_remove(largest).halves();
        boxes.extend(halves);
    }
    boxes.iter().flat_map(|part| part.mean.map(|value| value.round() as u8)).collect()
}

/// Similar colours.
struct ColorBox {
    colors: Vec<[u8; 3]>,
    mean: [f64; 3],
    /// The channel in which the colours differ most.
    channel: usize,
    /// The sum of the squared differences from the mean in that channel.
    spread: f64,
}

impl ColorBox {
    fn of(colors: Vec<[u8; 3]>) -> Self {
        let (mut sums, mut squares) = ([0_u64; 3], [0_u64; 3]);
        for color in &colors {
            for channel in 0..3 {
                let value = u64::from(color[channel]);
                sums[channel] += value;
                squares[channel] += value * value;
            }
        }
        let mean = sums.map(|sum| sum as f64 / colors.len().max(1) as f64);
        let spreads = [0, 1, 2].map(|channel| squares[channel] as f64 - sums[channel] as f64 * mean[channel]);
        let channel = (0..3).max_by(|one, other| spreads[*one].total_cmp(&spreads[*other])).unwrap_or(0);
        let is_uniform = colors.iter().all(|color| color[channel] == colors[0][channel]);
        Self { colors, mean, channel, spread: if is_uniform { 0.0 } else { spreads[channel] } }
    }

    /// The colours below the mean, and the others.
    fn halves(self) -> [Self; 2] {
        let (channel, mean) = (self.channel, self.mean[self.channel]);
        let (low, high) = self.colors.into_iter().partition(|color| f64::from(color[channel]) < mean);
        [Self::of(low), Self::of(high)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_chosen_where_pixels_differ() {
        let pixels: Vec<[u8; 3]> = (0..=255).map(|value| [value, 7, 9]).collect();
        let palette = palette_of(&pixels, 4);
        let mut reds: Vec<u8> = palette.iter().copied().step_by(3).collect();
        reds.sort_unstable();
        assert_eq!((reds, palette[1], palette[2]), (vec![32, 96, 160, 224], 7, 9));
        assert_eq!(palette_of(&[[1, 2, 3], [1, 2, 3]], 9), [1, 2, 3]);
    }
}

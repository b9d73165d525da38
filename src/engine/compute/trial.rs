//! A processor to try things on where no graphics card is at hand: this thread computes as on a card, with candle's
//! operations alone, though its tensors are the CPU's; it rounds as tensor cores do, and fails, when it is told to. For
//! tests and benchmarks.

use std::cell::Cell;

use candle_core::{Device, Result, Tensor, bail};

/// A card that is none. By default it rounds as the CPU does, and never fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Bits of mantissa, 1 to 22, to which its convolutions round what they multiply, as tensor cores do (TF32 has 10,
    /// bf16 7); all 23 of f32 without.
    pub mantissa: Option<u32>,
    /// Convolutions that it does before it fails.
    pub fails_after: Option<u32>,
    /// Whether it then gives back nothing that it holds.
    pub loses_all: bool,
}

thread_local! {
    /// What this thread computes as on; without, on whatever its tensors' device is best at.
    static CARD: Cell<Option<Card>> = const { Cell::new(None) };
}

/// From now on this thread computes as on a card.
pub fn begin(card: Card) {
    CARD.set(Some(card));
}

/// From now on this thread computes as it does for people.
pub fn end() {
    CARD.set(None);
}

/// Whether operations on a device's tensors run on the project's own kernels.
pub(in crate::engine) fn has_own_kernels(device: &Device) -> bool {
    device.is_cpu() && CARD.get().is_none()
}

/// Counts a convolution.
pub(super) fn convolve() -> Result<()> {
    match CARD.get() {
        Some(Card { fails_after: Some(0), .. }) => bail!("out of memory, on purpose"),
        Some(card) => {
            CARD.set(Some(Card { fails_after: card.fails_after.map(|convolutions| convolutions - 1), ..card }));
            Ok(())
        }
        None => Ok(()),
    }
}

/// What a convolution multiplies: the tensor itself, or rounded to the nearest, halves away from zero.
pub(super) fn operand(tensor: &Tensor) -> Result<Tensor> {
    let Some(mantissa) = CARD.get().and_then(|card| card.mantissa) else { return Ok(tensor.clone()) };
    let last = 1 << (f32::MANTISSA_DIGITS - 1 - mantissa);
    let round = |number: f32| f32::from_bits((number.to_bits() + last / 2) & !(last - 1));
    let numbers = tensor.flatten_all()?.to_vec1()?.into_iter().map(round).collect();
    Tensor::from_vec(numbers, tensor.shape(), tensor.device())
}

/// Asked before numbers are read from a device.
pub(super) fn read() -> Result<()> {
    match CARD.get() {
        Some(Card { fails_after: Some(0), loses_all: true, .. }) => bail!("the card is lost, on purpose"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_rounded_to_the_nearest_of_so_many_bits() {
        let numbers =
            [1.0, -1.0, 1.0 + 1.0 / 2048.0, -1.0 - 1.0 / 2048.0, 1.0 + 1.0 / 2049.0, 3.0 + 1.0 / 7.0, 0.0, 1e-20];
        let tensor = Tensor::new(&numbers, &Device::Cpu).unwrap();
        begin(Card { mantissa: Some(10), ..Card::default() });
        let rounded = operand(&tensor).unwrap().to_vec1::<f32>().unwrap();
        begin(Card::default());
        let kept = operand(&tensor).unwrap().to_vec1::<f32>().unwrap();
        end();
        let above = 1.0 + 1.0 / 1024.0;
        assert_eq!(rounded[..7], [1.0, -1.0, above, -above, 1.0, 3.142_578_1, 0.0]);
        assert!((rounded[7] / 1e-20 - 1.0).abs() < 1.0 / 2048.0);
        assert_eq!(kept, numbers);
    }
}

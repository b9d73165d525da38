//! A processor to try things on where no graphics card is at hand: this thread computes as on a card, with candle's
//! operations alone, though its tensors are the CPU's; and it fails when it is told to. For tests.

use std::cell::Cell;

use candle_core::{Device, Result, bail};

/// How a thread's operations run.
#[derive(Clone, Copy)]
enum Mode {
    /// On whatever the tensors' device is best at.
    Own,
    /// As on a card.
    AsCard,
    /// As on a card that fails after so many more convolutions, and may take what it holds with it.
    Failing { convolutions: u32, loses_all: bool },
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Own) };
}

/// From now on this thread computes as on a card.
pub fn begin() {
    MODE.set(Mode::AsCard);
}

/// The same, on a card that fails after so many convolutions. One that `loses_all` then gives back nothing that it
/// holds.
pub fn begin_failing(convolutions: u32, loses_all: bool) {
    MODE.set(Mode::Failing { convolutions, loses_all });
}

/// From now on this thread computes as it does for people.
pub fn end() {
    MODE.set(Mode::Own);
}

/// Whether operations on a device's tensors run on the project's own kernels.
pub(in crate::engine) fn has_own_kernels(device: &Device) -> bool {
    device.is_cpu() && matches!(MODE.get(), Mode::Own)
}

/// Counts a convolution.
pub(super) fn convolve() -> Result<()> {
    match MODE.get() {
        Mode::Failing { convolutions: 0, .. } => bail!("out of memory, on purpose"),
        Mode::Failing { convolutions, loses_all } => {
            MODE.set(Mode::Failing { convolutions: convolutions - 1, loses_all });
            Ok(())
        }
        Mode::Own | Mode::AsCard => Ok(()),
    }
}

/// Asked before numbers are read from a device.
pub(super) fn read() -> Result<()> {
    match MODE.get() {
        Mode::Failing { convolutions: 0, loses_all: true } => bail!("the card is lost, on purpose"),
        _ => Ok(()),
    }
}

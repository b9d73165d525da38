//! How close pictures are to a painting, as the training of a style measures it.

use impasto::engine::balance::Balance;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::loss::StyleLoss;
use impasto::engine::loss::moments::{MomentSums, Moments};
use impasto::engine::loss::style::StyleTarget;
use impasto::engine::network::{Network, Tap};
use impasto::engine::pyramid::Size;
use impasto::engine::resample::resample_within;
use impasto::picture::Picture;

/// The taps whose statistics are compared, with their weights: those of the training.
const TAPS: [(Tap, f64); 4] = [
    (Tap::STYLE[0], 256.0 / 340.0),
    (Tap::STYLE[1], 64.0 / 340.0),
    (Tap::STYLE[2], 16.0 / 340.0),
    (Tap::STYLE[3], 4.0 / 340.0),
];

/// A picture as an image, with a long side of at most this.
pub(crate) fn image_of(picture: &Picture, side: usize) -> Tensor {
    let size = Size { width: picture.width() as usize, height: picture.height() as usize };
    let image = Tensor::from_vec(picture.to_planes(), (3, size.height, size.width), &Device::cpu()).expect("an image");
    let size = size.scaled((side as f64 / size.long_side() as f64).min(1.0));
    resample_within(&image, (size.height, size.width)).expect("an image")
}

pub(crate) fn size(image: &Tensor) -> Size {
    let (_, height, width) = image.dims3().expect("an image");
    Size { width, height }
}

/// Compares pictures with a painting.
pub(crate) struct Judge<'a> {
    network: &'a Network,
    targets: Vec<Moments>,
    control: Control,
}

impl<'a> Judge<'a> {
    /// With the statistics of a painting at this size.
    pub(crate) fn new(network: &'a Network, painting: &Tensor) -> Self {
        let control = Control::new(Balance::default());
        let mut pass = network.pass_until(TAPS[3].0, size(painting)).expect("a pass");
        let mut sums: Vec<(Tap, MomentSums)> = TAPS
            .iter()
            .map(|&(tap, _)| (tap, MomentSums::new(pass.shape(tap), network.device()).expect("memory")))
            .collect();
        let visit = pass.forward(painting, &control, |features| {
            if let Some((_, sums)) = sums.iter_mut().find(|(tap, _)| *tap == features.tap) {
                sums.add(features.values, None)?;
            }
            Ok(())
        });
        visit.expect("features");
        drop(pass);
        let targets = sums.iter().map(|(_, sums)| sums.moments().expect("moments")).collect();
        Self { network, targets, control }
    }

    /// The style loss of a picture.
    pub(crate) fn loss(&self, picture: &Tensor) -> f64 {
        let mut pass = self.network.pass_until(TAPS[3].0, size(picture)).expect("a pass");
        let targets = TAPS.iter().zip(&self.targets).map(|(&(tap, weight), moments)| {
            let shape = pass.shape(tap);
            let target = StyleTarget::new(StyleLoss::Wasserstein, moments, shape, weight, None);
            (tap, target.expect("a target"))
        });
        let mut targets: Vec<_> = targets.collect();
        for (_, target) in &mut targets {
            target.begin().expect("memory");
        }
        let visit = pass.forward(picture, &self.control, |features| {
            if let Some((_, target)) = targets.iter_mut().find(|(tap, _)| *tap == features.tap) {
                target.add_rows(&features.rows, features.values)?;
            }
            Ok(())
        });
        visit.expect("features");
        targets.iter_mut().map(|(_, target)| target.loss().expect("a loss").read().expect("a number")).sum()
    }
}

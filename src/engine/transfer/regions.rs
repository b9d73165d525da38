//! Which style applies where, and with which weight. Everything that a mask, a protection or a style's weight decides
//! is decided here: the compositor shows the photo where [`Regions::cover`] says so, and the targets blend and weigh
//! styles as [`Region`] says.

use super::super::balance::StyleBalance;
use super::super::compute::{ComputeError, ComputeResult, Device, Tensor};
use super::super::error::Result;
use super::super::extent::Extent;
use super::super::pyramid::Size;
use super::super::resample::resample_mask;
use super::job::{ContentSource, Job, StyleImage};

/// Where the styles of a job apply at one size, with the weights that they have now.
pub(in crate::engine) struct Regions {
    all: Vec<Region>,
    cover: Option<Tensor>,
    extent: Extent,
}

/// Styles that apply in the same place. Their statistics blend.
pub(in crate::engine) struct Region {
    /// Indices of the styles, with their weights. The weights need not sum to 1, but none is zero.
    pub(in crate::engine) styles: Vec<(usize, f32)>,
    /// The region's share of each pixel, where regions overlap: height x width; `None` for the only region.
    share: Option<Tensor>,
}

impl Regions {
    /// For a job at one size.
    pub(in crate::engine) fn new(job: &Job, balances: &[StyleBalance], size: Size) -> Result<Self> {
        let groups = groups(&job.styles, balances, size)?;
        let shares = shares(&groups, size)?;
        let cover = match &job.content {
            ContentSource::Photo { protect, .. } => cover(&groups, protect.as_ref(), size)?,
            ContentSource::Texture { .. } => None,
        };
        let regions = groups.into_iter().zip(shares).map(|(StyleGroup { styles, .. }, share)| Region { styles, share });
        Ok(Self { all: regions.collect(), cover, extent: job.extent(size) })
    }

    /// The regions; none where every style's weight is zero.
    pub(in crate::engine) fn iter(&self) -> std::slice::Iter<'_, Region> {
        self.all.iter()
    }

    /// How far each pixel is painted: height x width, from 0 (the photo stays) to 1, on the CPU; `None` where
    /// everything is painted.
    pub(in crate::engine) fn cover(&self) -> Option<&Tensor> {
        self.cover.as_ref()
    }

    /// How much each pixel that the network is shown counts for a region: height x width, with a seamless texture's
    /// margins, which count nothing. `None` where all count the same.
    pub(super) fn pixel_weights(&self, region: &Region, device: &Device) -> Result<Option<Tensor>> {
        let on_device = |tensor: Option<&Tensor>| tensor.map(|tensor| tensor.to_device(device)).transpose();
        let painted = match (on_device(region.share.as_ref())?, on_device(self.cover())?) {
            (Some(share), Some(cover)) => Some((share * cover)?),
            (share, cover) => share.or(cover),
        };
        if !self.extent.seamless {
            return Ok(painted);
        }
        let painted = match painted {
            Some(painted) => painted,
            None => Tensor::ones(self.extent.size.rows_and_columns(), device)?,
        };
        let (rows, columns) = self.extent.margins();
        Ok(Some(painted.pad_with_zeros(0, rows, rows)?.pad_with_zeros(1, columns, columns)?))
    }
}

impl Region {
    /// The region's share of each pixel, where regions overlap: height x width; `None` for the only region.
    pub(in crate::engine) fn share(&self) -> Option<&Tensor> {
        self.share.as_ref()
    }
}

/// The weights of all styles for a blend of their palettes. Where all are zero, all count the same: zeros have no mean,
/// and a style may be given a weight at any time.
pub(super) fn palette_weights(balances: &[StyleBalance]) -> Vec<f32> {
    let none_counts = balances.iter().all(|style| style.weight == 0.0);
    balances.iter().map(|style| if none_counts { 1.0 } else { style.weight }).collect()
}

/// Styles that apply in the same place: all without a mask, or one with its own.
struct StyleGroup {
    /// Indices and weights.
    styles: Vec<(usize, f32)>,
    /// Height x width; `None` is everywhere.
    mask: Option<Tensor>,
}

/// Groups the styles whose weight is not zero.
fn groups(styles: &[StyleImage], balances: &[StyleBalance], size: Size) -> Result<Vec<StyleGroup>> {
    let mut everywhere = StyleGroup { styles: Vec::new(), mask: None };
    let mut groups = Vec::new();
    for (index, (style, balance)) in styles.iter().zip(balances).enumerate() {
        match &style.mask {
            _ if balance.weight == 0.0 => {}
            None => everywhere.styles.push((index, balance.weight)),
            Some(mask) => {
                let mask = resample_mask(mask, size.rows_and_columns())?;
                groups.push(StyleGroup { styles: vec![(index, balance.weight)], mask: Some(mask) });
            }
        }
    }
    if !everywhere.styles.is_empty() {
        groups.push(everywhere);
    }
    Ok(groups)
}

/// How far each pixel is painted: height x width, from 0 (the photo stays) to 1; `None` where everything is painted.
/// Where masks are soft, so is the cover. The photo stays where `protect` (height x width, of any size) is 1, and
/// everywhere if no style has a weight.
fn cover(groups: &[StyleGroup], protect: Option<&Tensor>, size: Size) -> Result<Option<Tensor>> {
    let masks: Option<Vec<&Tensor>> = groups.iter().map(|group| group.mask.as_ref()).collect();
    let mut cover =
        if groups.is_empty() { Some(Tensor::zeros(size.rows_and_columns(), &Device::cpu())?) } else { None };
    if let Some([first, rest @ ..]) = masks.as_deref() {
        let mut sum = (*first).clone();
        for mask in rest {
            sum = (sum + *mask)?;
        }
        cover = Some(sum.clamp(0.0, 1.0)?);
    }
    if let Some(protect) = protect {
        let open = resample_mask(protect, size.rows_and_columns())?.affine(-1.0, 1.0)?;
        cover = Some(match cover {
            Some(cover) => (cover * open)?,
            None => open,
        });
    }
    Ok(cover)
}

/// The share of each group at each pixel: height x width, together 1 where any applies; `None` for the only group.
fn shares(groups: &[StyleGroup], size: Size) -> Result<Vec<Option<Tensor>>> {
    if let [_] = groups {
        return Ok(vec![None]);
    }
    let device = groups.iter().find_map(|group| group.mask.as_ref()).map(Tensor::device);
    let claims = groups
        .iter()
        .map(|group| {
            let weight: f32 = group.styles.iter().map(|(_, weight)| weight).sum();
            match (&group.mask, device) {
                (Some(mask), _) => mask.affine(f64::from(weight), 0.0),
                (None, Some(device)) => Tensor::full(weight, size.rows_and_columns(), device),
                (None, None) => Err(ComputeError::new("of several groups, all but one have masks")),
            }
        })
        .collect::<ComputeResult<Vec<_>>>()?;
    let mut sum: Option<Tensor> = None;
    for claim in &claims {
        sum = Some(match sum {
            Some(sum) => (sum + claim)?,
            None => claim.clone(),
        });
    }
    let Some(sum) = sum else { return Ok(Vec::new()) };
    let sum = sum.clamp(f32::MIN_POSITIVE, f32::MAX)?;
    Ok(claims.iter().map(|claim| (claim / &sum).map(Some)).collect::<ComputeResult<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 2, height: 1 };

    fn row(numbers: &[f32]) -> Tensor {
        Tensor::from_vec(numbers.to_vec(), (1, numbers.len()), &Device::cpu()).unwrap()
    }

    fn style(mask: Option<[f32; 2]>) -> StyleImage {
        StyleImage { image: Tensor::zeros((3, 4, 4), &Device::cpu()).unwrap(), mask: mask.map(|mask| row(&mask)) }
    }

    fn shares_and_cover(
        styles: &[StyleImage],
        weights: &[f32],
        protect: Option<[f32; 2]>,
    ) -> (Vec<Option<Vec<f32>>>, Option<Vec<f32>>) {
        let numbers = |tensor: Tensor| tensor.to_vec().unwrap();
        let balances: Vec<_> =
            weights.iter().map(|&weight| StyleBalance { weight, ..StyleBalance::default() }).collect();
        let groups = groups(styles, &balances, SIZE).unwrap();
        let protect = protect.map(|protect| row(&protect));
        let cover = cover(&groups, protect.as_ref(), SIZE).unwrap().map(numbers);
        (shares(&groups, SIZE).unwrap().into_iter().map(|share| share.map(numbers)).collect(), cover)
    }

    #[test]
    fn styles_without_masks_share_everything() {
        let (shares, cover) = shares_and_cover(&[style(None), style(None)], &[1.0, 3.0], None);
        assert_eq!((shares, cover), (vec![None], None));
    }

    #[test]
    fn a_soft_mask_lets_the_photo_through() {
        let (shares, cover) = shares_and_cover(&[style(Some([1.0, 0.25]))], &[2.0], None);
        assert_eq!((shares, cover), (vec![None], Some(vec![1.0, 0.25])));
    }

    #[test]
    fn overlapping_styles_share_by_weight() {
        let styles = [style(Some([0.5, 0.0])), style(None)];
        let (shares, cover) = shares_and_cover(&styles, &[2.0, 1.0], None);
        assert_eq!((shares, cover), (vec![Some(vec![0.5, 0.0]), Some(vec![0.5, 1.0])], None));
        let (shares, _) = shares_and_cover(&styles, &[0.0, 1.0], None);
        assert_eq!(shares, [None]);
    }

    #[test]
    fn the_photo_stays_where_no_style_has_a_weight() {
        for style in [style(None), style(Some([1.0, 0.5]))] {
            let (shares, cover) = shares_and_cover(&[style], &[0.0], None);
            assert_eq!((shares, cover), (vec![], Some(vec![0.0, 0.0])));
        }
    }

    #[test]
    fn the_photo_stays_where_it_is_protected() {
        let (_, cover) = shares_and_cover(&[style(None)], &[1.0], Some([1.0, 0.25]));
        assert_eq!(cover, Some(vec![0.0, 0.75]));
        let (_, cover) = shares_and_cover(&[style(Some([0.5, 0.5]))], &[1.0], Some([1.0, 0.5]));
        assert_eq!(cover, Some(vec![0.0, 0.25]));
    }

    #[test]
    fn pixels_count_by_share_and_cover_and_margins_count_nothing() {
        let weights = |share: Option<[f32; 2]>, cover: Option<[f32; 2]>, seamless| {
            let region = Region { styles: Vec::new(), share: share.map(|share| row(&share)) };
            let (cover, extent) = (cover.map(|cover| row(&cover)), Extent { size: SIZE, seamless });
            let regions = Regions { all: Vec::new(), cover, extent };
            let weights = regions.pixel_weights(&region, &Device::cpu()).unwrap();
            weights.map(|weights| (weights.dims().to_vec(), weights.to_vec().unwrap()))
        };
        let (half, quarter) = (Some([0.5, 1.0]), Some([0.25, 0.0]));
        assert_eq!(weights(None, None, false), None);
        assert_eq!(weights(half, None, false), Some((vec![1, 2], vec![0.5, 1.0])));
        assert_eq!(weights(None, quarter, false), Some((vec![1, 2], vec![0.25, 0.0])));
        assert_eq!(weights(half, quarter, false), Some((vec![1, 2], vec![0.125, 0.0])));
        let (dims, with_margins) = weights(None, None, true).unwrap();
        assert_eq!(dims, [3, 6]);
        assert_eq!(with_margins.iter().filter(|weight| **weight > 0.0).count(), 2);
        assert_eq!(with_margins[8..10], [1.0, 1.0]);
    }
}

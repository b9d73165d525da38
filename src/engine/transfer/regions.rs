//! Where each style applies, and how much of the picture is painted at all.

use candle_core::{DType, Device, Tensor};

use super::super::balance::StyleBalance;
use super::super::error::Result;
use super::super::pyramid::Size;
use super::super::resample::resample_mask;
use super::job::{Job, Style, Subject};

/// Where the styles of a job apply at one size, with the weights that they have now. The targets and the canvas are both
/// made from it, so that they cannot disagree.
pub(super) struct Regions {
    /// One for each group of styles that share a part of the picture.
    pub(super) regions: Vec<Region>,
    /// How far each pixel is painted: height x width, from 0 (the photo stays) to 1; `None` when that is everywhere.
    pub(super) cover: Option<Tensor>,
}

/// Styles that apply in the same place.
pub(super) struct Region {
    /// Indices of the styles; their moments blend.
    pub(super) styles: Vec<usize>,
    /// What the region counts at each pixel beside the others: height x width; `None` where it is alone.
    pub(super) share: Option<Tensor>,
}

impl Regions {
    pub(super) fn new(job: &Job, balances: &[StyleBalance], size: Size) -> Result<Self> {
        let parts = parts(&job.styles, balances, size)?;
        let shares = shares(&parts, balances, size)?;
        let cover = match &job.subject {
            Subject::Photo { protect, .. } => cover(&parts, protect.as_ref(), size)?,
            Subject::Texture { .. } => None,
        };
        let regions = parts.into_iter().zip(shares).map(|(Part { styles, .. }, share)| Region { styles, share });
        Ok(Self { regions: regions.collect(), cover })
    }
}

/// The styles that share a part of the picture: those without a mask, or one with its own.
struct Part {
    styles: Vec<usize>,
    /// Height x width; everywhere without.
    mask: Option<Tensor>,
}

/// Cuts the styles that count at all into parts.
fn parts(styles: &[Style], balances: &[StyleBalance], size: Size) -> Result<Vec<Part>> {
    let mut everywhere = Part { styles: Vec::new(), mask: None };
    let mut parts = Vec::new();
    for (index, (style, balance)) in styles.iter().zip(balances).enumerate() {
        match &style.mask {
            _ if balance.weight == 0.0 => {}
            None => everywhere.styles.push(index),
            Some(mask) => {
                let mask = resample_mask(mask, size.rows_and_columns())?;
                parts.push(Part { styles: vec![index], mask: Some(mask) });
            }
        }
    }
    if !everywhere.styles.is_empty() {
        parts.push(everywhere);
    }
    Ok(parts)
}

/// How far anything is to be painted: height x width, from 0 (the photo stays) to 1; `None` when that is everywhere.
/// Where masks are soft, so is this; where `protect` (height x width, of any size) is 1, the photo stays, and everywhere
/// where no style counts.
fn cover(parts: &[Part], protect: Option<&Tensor>, size: Size) -> Result<Option<Tensor>> {
    let masks: Option<Vec<&Tensor>> = parts.iter().map(|part| part.mask.as_ref()).collect();
    let mut cover =
        if parts.is_empty() { Some(Tensor::zeros(size.rows_and_columns(), DType::F32, &Device::Cpu)?) } else { None };
    if let Some([first, rest @ ..]) = masks.as_deref() {
        let mut sum = (*first).clone();
        for mask in rest {
            sum = (sum + *mask)?;
        }
        cover = Some(sum.clamp(0f32, 1f32)?);
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

/// What each part counts at each pixel beside the others: height x width, 1 in all where any applies; `None` for a
/// part that is alone.
fn shares(parts: &[Part], balances: &[StyleBalance], size: Size) -> Result<Vec<Option<Tensor>>> {
    if let [_] = parts {
        return Ok(vec![None]);
    }
    let device = parts.iter().find_map(|part| part.mask.as_ref()).map(Tensor::device);
    let claims = parts
        .iter()
        .map(|part| {
            let weight: f32 = part.styles.iter().map(|&style| balances[style].weight).sum();
            match (&part.mask, device) {
                (Some(mask), _) => mask.affine(f64::from(weight), 0.0),
                (None, Some(device)) => Tensor::full(weight, size.rows_and_columns(), device),
                (None, None) => candle_core::bail!("of several parts, all but one have masks"),
            }
        })
        .collect::<candle_core::Result<Vec<_>>>()?;
    let mut sum: Option<Tensor> = None;
    for claim in &claims {
        sum = Some(match sum {
            Some(sum) => (sum + claim)?,
            None => claim.clone(),
        });
    }
    let Some(sum) = sum else { return Ok(Vec::new()) };
    let sum = sum.clamp(f32::MIN_POSITIVE, f32::MAX)?;
    Ok(claims.iter().map(|claim| (claim / &sum).map(Some)).collect::<candle_core::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 2, height: 1 };

    fn style(mask: Option<[f32; 2]>) -> Style {
        let mask = mask.map(|mask| Tensor::new(&[mask], &Device::Cpu).unwrap());
        Style { image: Tensor::zeros((3, 4, 4), DType::F32, &Device::Cpu).unwrap(), mask }
    }

    fn shares_and_cover(
        styles: &[Style],
        weights: &[f32],
        protect: Option<[f32; 2]>,
    ) -> (Vec<Option<Vec<f32>>>, Option<Vec<f32>>) {
        let numbers = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let balances: Vec<_> =
            weights.iter().map(|&weight| StyleBalance { weight, ..StyleBalance::default() }).collect();
        let parts = parts(styles, &balances, SIZE).unwrap();
        let protect = protect.map(|protect| Tensor::new(&[protect], &Device::Cpu).unwrap());
        let cover = cover(&parts, protect.as_ref(), SIZE).unwrap().map(numbers);
        (shares(&parts, &balances, SIZE).unwrap().into_iter().map(|share| share.map(numbers)).collect(), cover)
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
    fn without_a_style_that_counts_the_photo_stays() {
        for style in [style(None), style(Some([1.0, 0.5]))] {
            let (shares, cover) = shares_and_cover(&[style], &[0.0], None);
            assert_eq!((shares, cover), (vec![], Some(vec![0.0, 0.0])));
        }
    }

    #[test]
    fn what_is_protected_stays() {
        let (_, cover) = shares_and_cover(&[style(None)], &[1.0], Some([1.0, 0.25]));
        assert_eq!(cover, Some(vec![0.0, 0.75]));
        let (_, cover) = shares_and_cover(&[style(Some([0.5, 0.5]))], &[1.0], Some([1.0, 0.5]));
        assert_eq!(cover, Some(vec![0.0, 0.25]));
    }
}

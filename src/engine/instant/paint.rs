//! Paints a job in one pass of the network for each region.

use std::sync::Arc;

use super::super::balance::StyleBalance;
use super::super::compute::{ComputeResult, Device, Tensor};
use super::super::control::Control;
use super::super::error::{EngineError, Result};
use super::super::pyramid::Size;
use super::super::resample::{resample, resample_within};
use super::super::transfer::{Job, Region, Regions};
use super::calm::{CALM_NUMBERS, calm};
use super::conditioner::Conditioner;
use super::conditioning::Conditioning;
use super::generator::Generator;
use super::held::HeldStatistics;
use super::layers::GeneratorWidths;
use super::parameters::GeneratorParameters;
use super::predictor::StylePredictor;
use super::style_vector::StyleVector;
use super::weights::InstantWeights;

/// The largest long side, in pixels, at which the network looks at a smaller photo to paint finer strokes.
const LARGEST_LOOK: usize = 2048;

/// Both networks on a device.
pub struct InstantNetworks {
    device: Device,
    predictor: StylePredictor,
    conditioner: Conditioner,
    parameters: GeneratorParameters,
    generator: Arc<Generator>,
}

/// How to paint in one pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstantSettings {
    /// How far the style goes from the photo's own (0) to the paintings' (1).
    pub style: f32,
    /// How far the photo is replaced by what the network makes of it at half the size, 0 to 1. More gives larger forms.
    pub forms: f32,
    /// How much the painted picture covers the photo, 0 to 1.
    pub cover: f32,
    /// How much of the photo's detail is added where the network looks at a smaller photo, 0 to 1.
    pub detail: f32,
    /// How much areas are calmed where the photo is flat: 0 is not at all, 1 hides the network's lattice in a sky.
    pub calm: f32,
}

impl InstantSettings {
    /// Whether pictures are painted partly in the photo's own style.
    pub fn needs_photo_style(&self) -> bool {
        self.style < 1.0
    }
}

/// What a frame of a shot takes from those before it.
pub struct FrameInShot<'a> {
    /// The statistics that channels are normalised with.
    pub held: &'a mut HeldStatistics,
    /// What the network is shown instead of the photo: the photo with some of the strokes of the frames before, which it
    /// then paints again where they are.
    pub guide: Option<&'a Tensor>,
}

/// The styles of a job's pictures.
#[derive(Clone, Debug)]
pub struct InstantStyles {
    /// That of the photo; `None` where pictures are painted wholly in the paintings' style.
    photo: Option<StyleVector>,
    paintings: Vec<InstantStyle>,
}

impl InstantStyles {
    /// The styles of the job's paintings, in their order.
    pub fn paintings(&self) -> &[InstantStyle] {
        &self.paintings
    }

    /// Replaces those of the paintings whose style is known.
    pub fn replace(&mut self, known: &[Option<InstantStyle>]) {
        for (own, known) in self.paintings.iter_mut().zip(known) {
            if let Some(known) = known {
                own.clone_from(known);
            }
        }
    }

    /// Whether they suffice for pictures with these settings.
    pub fn suffice(&self, settings: InstantSettings) -> bool {
        self.photo.is_some() || !settings.needs_photo_style()
    }
}

/// The style of one painting.
#[derive(Clone, Debug)]
pub enum InstantStyle {
    /// What the predictor makes of it.
    Predicted(Box<StyleVector>),
    /// That of a place on a style map: numbers that no painting was looked at for.
    Given(Box<StyleVector>),
    /// What a network learned from it.
    Trained(Arc<GeneratorParameters>),
}

impl InstantNetworks {
    /// The networks that are built into the program.
    pub fn built_in(device: &Device) -> Result<Self> {
        let weights = InstantWeights::built_in()?;
        let predictor = StylePredictor::new(&weights, device)?;
        let (conditioner, parameters) = (Conditioner::new(&weights)?, weights.generator()?);
        let generator = Arc::new(Generator::new(&parameters, device)?);
        Ok(Self { device: device.clone(), predictor, conditioner, parameters, generator })
    }

    /// The device that the networks are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The style of an image (3 x height x width, 0..1, of any size).
    pub fn style(&self, image: &Tensor) -> Result<StyleVector> {
        self.predictor.style(image)
    }

    /// As [`Self::style`], for a painting that no network was trained on.
    pub fn predicted(&self, painting: &Tensor) -> Result<InstantStyle> {
        self.style(painting).map(|style| InstantStyle::Predicted(Box::new(style)))
    }

    /// What a style does to the generator.
    pub fn conditioning(&self, style: &StyleVector) -> Conditioning {
        self.conditioner.conditioning(style)
    }

    /// The network that paints.
    pub fn generator(&self) -> &Generator {
        &self.generator
    }

    /// The parameters of the network that paints a style.
    pub fn parameters(&self, style: &StyleVector) -> GeneratorParameters {
        self.parameters.clone().with_conditioning(&self.conditioning(style))
    }

    /// The parameters of a network that paints a weighted mean of styles: parameters that were trained from the same start
    /// can be blended as vectors can. `None` where the weights sum to nothing.
    pub fn blended<'a>(
        &self,
        styles: impl IntoIterator<Item = (&'a InstantStyle, f32)>,
    ) -> Option<GeneratorParameters> {
        let parameters = styles.into_iter().map(|(style, weight)| match style {
            InstantStyle::Trained(parameters) => ((**parameters).clone(), weight),
            InstantStyle::Predicted(vector) | InstantStyle::Given(vector) => (self.parameters(vector), weight),
        });
        let parts: Vec<_> = parameters.collect();
        let widths = parts.iter().fold(GeneratorWidths::BUILT_IN, |widest, (own, _)| widest.max(own.widths()));
        let wide = parts.iter().map(|(parameters, weight)| Some((parameters.widened(widths)?, *weight)));
        let wide = wide.collect::<Option<Vec<_>>>()?;
        GeneratorParameters::blend(wide.iter().map(|(parameters, weight)| (parameters, *weight)))
    }

    /// The styles of a job's paintings, and that of a photo (3 x height x width) if pictures with these settings need it.
    /// `known` has the style of each painting that is known already, such as what a network learned from it.
    ///
    /// # Errors
    /// When the device fails.
    pub fn styles(
        &self,
        job: &Job,
        photo: &Tensor,
        settings: InstantSettings,
        known: Vec<Option<InstantStyle>>,
    ) -> Result<InstantStyles> {
        let photo = if settings.needs_photo_style() { Some(self.style(photo)?) } else { None };
        let paintings = job.styles.iter().zip(known).map(|(style, known)| match known {
            Some(known) => Ok(known),
            None => self.predicted(&style.image),
        });
        Ok(InstantStyles { photo, paintings: paintings.collect::<Result<_>>()? })
    }

    /// Paints a job, whose styles have these balances and suffice for the settings. Only its photo, masks and paintings count. `recolor` is applied to
    /// what trained networks and places on maps paint, whose colours do not follow a painting that was recoloured.
    /// Returns the picture on the CPU.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] after a stop; another error when the device fails or the job has no photo.
    pub fn paint(
        &self,
        job: &Job,
        settings: InstantSettings,
        balances: &[StyleBalance],
        styles: &InstantStyles,
        recolor: impl Fn(Tensor) -> ComputeResult<Tensor>,
        control: &Control,
    ) -> Result<Tensor> {
        self.paint_in_shot(job, settings, balances, (styles, None), recolor, control)
    }

    /// As [`Self::paint`], for a frame of a shot.
    ///
    /// # Errors
    /// As [`Self::paint`].
    pub fn paint_in_shot(
        &self,
        job: &Job,
        settings: InstantSettings,
        balances: &[StyleBalance],
        (styles, mut shot): (&InstantStyles, Option<FrameInShot>),
        recolor: impl Fn(Tensor) -> ComputeResult<Tensor>,
        control: &Control,
    ) -> Result<Tensor> {
        let (photo, size) = (photo_of(job)?, job.size()?);
        let regions = Regions::new(job, balances, size)?;
        let mut painted: Option<Tensor> = None;
        for region in regions.iter() {
            let own = region.styles.iter().map(|&(index, weight)| (&styles.paintings[index], weight));
            let Some(painter) = self.painter(styles.photo.as_ref(), &own.collect::<Vec<_>>(), settings)? else {
                continue;
            };
            let look = look(size, brush_scale(region, balances));
            let image = painter.paint_at(look, photo, &mut shot, control)?;
            let is_fixed = |index: usize| !matches!(styles.paintings[index], InstantStyle::Predicted(_));
            let is_fixed = region.styles.iter().any(|(index, _)| is_fixed(*index));
            let image = if is_fixed { recolor(image)? } else { image };
            let image = job.resized(&image, look, size, settings.detail)?;
            let part = match region.share() {
                Some(share) => image.broadcast_mul(&share.unsqueeze(0)?)?,
                None => image,
            };
            painted = Some(match painted {
                Some(sum) => (sum + part)?,
                None => part,
            });
        }
        let Some(painted) = painted else { return Ok(photo.clone()) };
        let cover = match regions.cover() {
            None if settings.cover >= 1.0 => return Ok(painted),
            None => Tensor::full(settings.cover, (1, 1, 1), photo.device())?,
            Some(cover) => cover.unsqueeze(0)?.affine(f64::from(settings.cover), 0.0)?,
        };
        Ok((photo + (painted - photo)?.broadcast_mul(&cover)?)?.clamp(0.0, 1.0)?)
    }

    /// What paints a weighted mean of styles; `None` where their weights sum to nothing.
    fn painter(
        &self,
        photo: Option<&StyleVector>,
        styles: &[(&InstantStyle, f32)],
        settings: InstantSettings,
    ) -> Result<Option<Painter<'_>>> {
        let vectors = styles.iter().map(|&(style, weight)| match style {
            InstantStyle::Predicted(vector) | InstantStyle::Given(vector) => Some((&**vector, weight)),
            InstantStyle::Trained(_) => None,
        });
        if let Some(vectors) = vectors.collect::<Option<Vec<_>>>() {
            let style = StyleVector::blend(vectors);
            let towards =
                |style: StyleVector| photo.map_or(style.clone(), |photo| photo.towards(&style, settings.style));
            return Ok(style.map(|style| Painter {
                conditioning: self.conditioning(&towards(style)),
                generator: Arc::clone(&self.generator),
                device: &self.device,
                settings,
            }));
        }
        let all: f32 = styles.iter().map(|(_, weight)| weight).sum();
        let is_predicted = |style: &InstantStyle| !matches!(style, InstantStyle::Trained(_));
        let predicted: f32 =
            styles.iter().filter(|(style, _)| is_predicted(style)).map(|(_, weight)| weight / all).sum();
        let photo = photo.map(|photo| InstantStyle::Predicted(Box::new(photo.clone())));
        let own = styles.iter().map(|&(style, weight)| (style, settings.style * weight / all));
        let blended = self.blended(own.chain(photo.iter().map(|photo| (photo, 1.0 - settings.style))));
        let Some(parameters) = blended else { return Ok(None) };
        // What the untrained network adds.
        let untrained = 1.0 - settings.style * (1.0 - predicted);
        Ok(Some(Painter {
            conditioning: parameters.conditioning(),
            generator: Arc::new(Generator::new(&parameters, &self.device)?),
            device: &self.device,
            // A trained network has no lattice, and its strokes in flat areas are the painting's.
            settings: InstantSettings { calm: settings.calm * untrained, ..settings },
        }))
    }
}

/// A generator with the style that it paints.
struct Painter<'a> {
    generator: Arc<Generator>,
    conditioning: Conditioning,
    device: &'a Device,
    settings: InstantSettings,
}

impl Painter<'_> {
    /// What the network makes of a photo that it sees at this size; on the CPU.
    fn paint_at(
        &self,
        look: Size,
        photo: &Tensor,
        shot: &mut Option<FrameInShot>,
        control: &Control,
    ) -> Result<Tensor> {
        let Self { generator, conditioning, settings, .. } = self;
        let (mut held, guide) = match shot {
            Some(FrameInShot { held, guide }) => (Some(&mut **held), *guide),
            None => (None, None),
        };
        let mut paint = |image: &Tensor| -> Result<Tensor> {
            let image = image.to_device(self.device)?;
            let painted = generator.paint_in_shot(&image, conditioning, held.as_deref_mut(), control)?;
            Ok(painted.to_device(&Device::cpu())?)
        };
        let seen = resample_within(photo, look.rows_and_columns())?;
        let guide = guide.map(|guide| resample_within(guide, look.rows_and_columns())).transpose()?;
        let shown = guide.as_ref().unwrap_or(&seen);
        let painted = if settings.forms > 0.0 {
            let smaller = resample_within(shown, look.scaled(0.5).rows_and_columns())?;
            // Only what painting changed, so that the detail which the smaller photo lacks stays.
            let change = resample(&(paint(&smaller)? - smaller)?, look.rows_and_columns())?;
            paint(&(shown + (change * f64::from(settings.forms))?)?.clamp(0.0, 1.0)?)?
        } else {
            paint(shown)?
        };
        // At this size, because the lattice has a size in pixels.
        Ok(calm(&painted, &seen, settings.calm)?)
    }
}

/// The photo of a job.
fn photo_of(job: &Job) -> Result<&Tensor> {
    job.photo().ok_or_else(|| EngineError::Device("a texture has no photo to paint in one pass".to_owned()))
}

/// The size at which the network looks at a photo: strokes have a size in pixels, so a smaller photo gives larger ones.
fn look(size: Size, brush_scale: f32) -> Size {
    let most = LARGEST_LOOK.max(size.long_side()) as f64 / size.long_side() as f64;
    size.scaled((1.0 / f64::from(brush_scale)).min(most))
}

/// The brush scale of a region, whose styles have weights of its own.
fn brush_scale(region: &Region, balances: &[StyleBalance]) -> f32 {
    let own = |&(index, weight): &(usize, f32)| StyleBalance { weight, ..balances[index] };
    StyleBalance::mean_brush_scale(region.styles.iter().map(own))
}

/// The least memory in bytes in which a picture of this size can be painted, apart from the networks' weights. For each
/// pixel at which the network looks: the photo where it is resized or painted over, a mirrored copy and what the
/// generator, the widest of the job's, needs, or what calming needs. For each pixel of the result: the photo; the resized picture and its detail;
/// and, where masks or several styles divide the picture, their sum, the last part, and the masks.
pub fn least_memory(
    size: Size,
    balances: &[StyleBalance],
    widths: GeneratorWidths,
    settings: InstantSettings,
    has_masks: bool,
) -> usize {
    let looks = || balances.iter().map(|style| look(size, style.brush_scale));
    let largest = looks().map(Size::pixels).max().unwrap_or(size.pixels());
    let is_resized = looks().any(|look| look != size);
    let seen = if is_resized { 3 } else { 0 } + if settings.forms > 0.0 { 3 } else { 0 };
    let one_pass = (Generator::memory(widths, largest) + 3 * NUMBER * largest).max(CALM_NUMBERS * NUMBER * largest);
    let resized = if is_resized { 9 } else { 0 };
    let parts = if has_masks { 3 + 3 + 2 + balances.len() } else { 0 };
    one_pass + seen * NUMBER * largest + (3 + resized + parts) * NUMBER * size.pixels()
}

/// Bytes of a number.
const NUMBER: usize = size_of::<f32>();

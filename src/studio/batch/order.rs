//! What a batch paints.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::dataset::DataSet;
use super::draw::{Draw, RangeError, SettingRange};
use super::error::BatchError;
use super::item::{BatchItem, ItemStyle, OutputName};
use super::path_text::path_text;
use super::shard::Shard;
use super::shelf::{BatchPainting, ShelfStyle, StyleShelf};
use crate::engine::balance::{Balance, StyleBalance};
use crate::engine::compute::Device;
use crate::engine::control::Control;
use crate::engine::instant::{InstantNetworks, StyleDistribution, StyleVector};
use crate::picture::encode::{Existing, Format};
use crate::picture::metadata::Disclosure;
use crate::picture::{Checksum, Picture, PictureError};
use crate::studio::hardware::Hardware;
use crate::studio::ingredients::{Ingredients, Subject};
use crate::studio::job::planes;
use crate::studio::recipe::{Recipe, RecipeError, check_styles, check_threads};
use crate::studio::settings::{Method, Palette, Settings, Start, check_style};
use crate::studio::sizes::Part;
use crate::studio::style::Style;
use crate::studio::trained::style_of_place;
use crate::studio::written::WrittenSource;

/// What a drawn style is called in the names of results.
const DRAWN: &str = "drawn";

/// What a mixture of several styles is called in the names of results.
const MIXED: &str = "mix";

/// How many paintings of a mixture are named one by one.
const NAMED: usize = 3;

/// Which paintings each photo is painted in the style of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pairing {
    /// Each photo in each style.
    #[default]
    Each,
    /// Each photo in a mixture of all styles by their weights.
    Mix,
    /// Each photo in one style, one after the other in the order of the photos.
    Cycle,
    /// Each photo in a style that is drawn; styles of larger weight more often.
    Random,
    /// Each photo in a style that no painting has, drawn from a normal distribution with the mean and the covariance of the
    /// paintings' styles (Jackson et al. 2019).
    Distribution,
}

/// How photos, paintings and settings are combined.
#[derive(Clone, Debug)]
pub struct BatchChoices {
    /// Which styles a photo gets.
    pub pairing: Pairing,
    /// Results of each photo and style.
    pub variants: u32,
    /// Settings that are drawn for each result.
    pub ranges: Vec<SettingRange>,
    /// The long side of results in pixels; that of each photo if `None`.
    pub size: Option<u32>,
    /// The share of the photos that is painted, as drawn.
    pub fraction: f64,
    /// Which part of the batch.
    pub shard: Shard,
}

impl Default for BatchChoices {
    /// All photos in each style, once, at their own size.
    fn default() -> Self {
        let (pairing, shard) = (Pairing::default(), Shard::default());
        Self { pairing, variants: 1, ranges: Vec::new(), size: None, fraction: 1.0, shard }
    }
}

/// Where a batch is painted to.
#[derive(Clone, Debug)]
pub struct BatchOutput {
    /// The folder, which is created if it does not exist.
    pub folder: PathBuf,
    /// The format of the results; that of each photo if `None`, or PNG where it cannot be written.
    pub format: Option<Format>,
    /// What is written in them beside the pixels.
    pub disclosure: Disclosure,
    /// Whether files that are there and not of a batch are replaced.
    pub may_replace: bool,
}

impl BatchOutput {
    /// What becomes of files that are there and not of a batch.
    pub(super) fn existing(&self) -> Existing {
        if self.may_replace { Existing::Replace } else { Existing::Refuse }
    }
}

/// A checked batch.
#[derive(Debug)]
pub struct BatchOrder {
    /// The photos of all shards.
    all: Vec<Content>,
    /// Indices of those of this shard.
    own: Vec<usize>,
    /// The data set that they are of.
    pub(super) data_set: Option<DataSet>,
    /// Photos that differ from another one of their folder by the ending only.
    alike: HashSet<PathBuf>,
    shelf: StyleShelf,
    distribution: Option<StyleDistribution>,
    /// What each painting is called in names of results.
    style_names: Vec<String>,
    choices: BatchChoices,
    settings: Settings,
    pub(super) hardware: Hardware,
    pub(super) output: BatchOutput,
}

impl BatchOrder {
    /// Reads the paintings and checks that all fits together. Their weights say how often each is drawn, or how much it counts
    /// in a mixture; they have no masks. Of a data set, only the photos for training are painted, unless it was found with other
    /// choices.
    ///
    /// # Errors
    /// When a painting cannot be read, a setting is outside its range, or two results would have the same name.
    pub fn new(
        (mut contents, data_set): (Vec<Content>, Option<DataSet>),
        styles: Vec<Style<BatchPainting>>,
        (choices, settings): (BatchChoices, Settings),
        hardware: Hardware,
        output: BatchOutput,
    ) -> Result<Self, BatchError> {
        Settings { size: choices.size.unwrap_or(settings.size), ..settings.clone() }.validate()?;
        check_threads(&hardware)?;
        if !(1..=10_000).contains(&choices.variants) {
            return Err(BatchError::Variants(choices.variants));
        }
        if !(0.0..=1.0).contains(&choices.fraction) {
            return Err(BatchError::Fraction(choices.fraction));
        }
        let is_resized = choices.size.is_some() || choices.ranges.iter().any(|range| range.is_of("size"));
        if let Some(data_set) = &data_set {
            if is_resized {
                return Err(BatchError::SizeOfLabelled);
            }
            contents.retain(|content| data_set.train.contains(&content.name));
            if contents.is_empty() {
                return Err(BatchError::NothingToTrain(data_set.root().to_path_buf()));
            }
        }
        contents.retain(|content| {
            let draw = Draw { seed: settings.seed, name: &content.text(), variant: 1 };
            draw.share("fraction") < choices.fraction || choices.fraction >= 1.0
        });
        let is_noisy = settings.method == Method::Optimise && settings.start == Start::Noise;
        let is_fixed = matches!(choices.pairing, Pairing::Each | Pairing::Mix);
        if choices.variants > 1 && choices.ranges.is_empty() && is_fixed && !is_noisy {
            return Err(BatchError::SameVariants(choices.variants));
        }
        let shelf = StyleShelf::read(styles)?;
        for (index, style) in shelf.styles.iter().enumerate() {
            check_style(style.balance.weight, style.balance.brush_scale)?;
            check_styles(&[alone(&shelf, index)?])?;
        }
        if shelf.styles.iter().all(|style| style.balance.weight == 0.0) {
            return Err(RecipeError::NoWeight.into());
        }
        if choices.pairing == Pairing::Mix {
            check_styles(&mixed(&shelf)?)?;
        }
        let distribution = match choices.pairing {
            Pairing::Distribution => Some(distribution(&shelf, &settings)?),
            Pairing::Each | Pairing::Mix | Pairing::Cycle | Pairing::Random => None,
        };
        let style_names = style_names(&shelf);
        let alike = alike(&contents);
        // The results' own sizes do not depend on that of the settings, so neither does what is painted again.
        let size = choices.size.unwrap_or(Settings::default().size);
        let own = choices.shard.share(&contents);
        let order = Self {
            all: contents,
            own,
            data_set,
            alike,
            shelf,
            distribution,
            style_names,
            choices,
            settings: Settings { size, ..settings },
            hardware,
            output,
        };
        order.check_names()?;
        Ok(order)
    }

    fn check_names(&self) -> Result<(), BatchError> {
        let mut names = HashSet::new();
        for index in 0..self.all.len() {
            for item in self.items(index)? {
                let is_original = self.data_set.as_ref().is_some_and(|data_set| data_set.has_file(&item.output));
                // Some file systems do not tell capital letters from small ones.
                if is_original || !names.insert(item.output_text.to_lowercase()) {
                    return Err(BatchError::SameOutput(item.output_text));
                }
            }
        }
        Ok(())
    }

    /// How many results there are.
    pub fn count(&self) -> usize {
        let styles = if self.choices.pairing == Pairing::Each { self.shelf.styles.len() } else { 1 };
        self.own.len() * styles * self.choices.variants as usize
    }

    /// Indices of the photos of the shard.
    pub(super) fn own(&self) -> &[usize] {
        &self.own
    }

    /// A photo of any shard.
    pub(super) fn content(&self, index: usize) -> &Content {
        &self.all[index]
    }

    /// Why a photo of this width and height does not fit its labels, if so. Labels are of the pixels as they are in the file.
    pub(super) fn misfit(&self, index: usize, (width, height): (u32, u32), is_turned: bool) -> Option<String> {
        let (data_set, photo) = (self.data_set.as_ref()?, &self.all[index].name);
        if is_turned && data_set.has_labels(photo) {
            return Some(
                "the photo says how it is to be turned, which its labels do not follow; save it as it is to be seen, with labels of \
                 that, or remove what it says"
                    .to_owned(),
            );
        }
        let (stated_width, stated_height) = data_set.stated_size(photo).filter(|stated| *stated != (width, height))?;
        Some(format!(
            "the photo is {width}x{height} pixels, but its labels are of {stated_width}x{stated_height}; correct the labels"
        ))
    }

    /// What is to be known before it begins.
    pub(super) fn note(&self) -> Option<String> {
        self.data_set.as_ref()?;
        let count = self.all.len();
        let photos = if count == 1 { "photo of it is" } else { "photos of it are" };
        Some(format!("the folder is a data set: {count} {photos} painted, and the labels are copied to the new names"))
    }

    /// The number of photos of all shards.
    pub(super) fn photos(&self) -> usize {
        self.all.len()
    }

    /// The shard.
    pub(super) fn shard(&self) -> Shard {
        self.choices.shard
    }

    /// The results of a photo of any shard.
    ///
    /// # Errors
    /// When a range gives a setting a value that it cannot have.
    pub(super) fn items(&self, index: usize) -> Result<Vec<BatchItem>, BatchError> {
        let (content, count) = (&self.all[index], self.shelf.styles.len());
        let name = content.text();
        let mut items = Vec::new();
        for variant in 1..=self.choices.variants {
            let draw = Draw { seed: self.settings.seed, name: &name, variant };
            let styles = match self.choices.pairing {
                Pairing::Each => (0..count).map(ItemStyle::Of).collect(),
                // A mixture of one is that one.
                Pairing::Mix if count == 1 => vec![ItemStyle::Of(0)],
                Pairing::Mix => vec![ItemStyle::Mixed],
                Pairing::Cycle => {
                    let turn = index * self.choices.variants as usize + variant as usize - 1;
                    vec![ItemStyle::Of(turn % count)]
                }
                Pairing::Random => vec![ItemStyle::Of(self.drawn_style(draw))],
                Pairing::Distribution => vec![ItemStyle::Drawn],
            };
            for style in styles {
                let mut settings = self.settings.clone();
                // The first variant is what a single one would be.
                if variant > 1 {
                    settings.seed = draw.number("seed");
                }
                for range in &self.choices.ranges {
                    settings = range.drawn(&settings, draw).map_err(RangeError::from)?;
                }
                let ending = self.ending(content);
                let (output, output_text) = OutputName {
                    keeps_ending: self.alike.contains(&content.name),
                    style: match style {
                        ItemStyle::Of(index) => &self.style_names[index],
                        ItemStyle::Mixed => MIXED,
                        ItemStyle::Drawn => DRAWN,
                    },
                    variant: (self.choices.variants > 1).then_some(variant),
                    ending: &ending,
                }
                .of(content);
                let has_own_size =
                    self.choices.size.is_none() && self.choices.ranges.iter().all(|range| !range.is_of("size"));
                items.push(BatchItem { style, variant, output, output_text, settings, has_own_size });
            }
        }
        Ok(items)
    }

    fn drawn_style(&self, draw: Draw) -> usize {
        let weights = self.shelf.styles.iter().map(|style| f64::from(style.balance.weight));
        let mut rest = draw.share("style") * weights.clone().sum::<f64>();
        for (index, weight) in weights.enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return index;
            }
        }
        self.shelf.styles.iter().rposition(|style| style.balance.weight > 0.0).unwrap_or(0)
    }

    fn ending(&self, content: &Content) -> String {
        let own = content.name.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match self.output.format {
            Some(format) if Format::from_path(&content.name).is_ok_and(|own| own == format) => own.to_owned(),
            Some(format) => format.ending().to_owned(),
            None if Format::from_path(&content.name).is_ok() => own.to_owned(),
            None => Format::Png.ending().to_owned(),
        }
    }

    /// What a result's style is called, and the checksum of its painting; of a mixture and of a drawn style that of all
    /// paintings' checksums.
    pub(super) fn style_of(&self, item: &BatchItem) -> (String, Checksum) {
        let styles = &self.shelf.styles;
        let of_all = || {
            let checksums: String = styles.iter().map(|style| style.checksum.to_string()).collect();
            Checksum::of(checksums.as_bytes())
        };
        match item.style {
            ItemStyle::Of(index) => (styles[index].name(), styles[index].checksum),
            ItemStyle::Mixed if styles.len() <= NAMED => {
                (styles.iter().map(ShelfStyle::name).collect::<Vec<_>>().join(", "), of_all())
            }
            ItemStyle::Mixed => (format!("a mixture of {} styles", styles.len()), of_all()),
            ItemStyle::Drawn => (format!("the distribution of {} styles", styles.len()), of_all()),
        }
    }

    /// The balances that a result depends on.
    pub(super) fn balances_of(&self, item: &BatchItem) -> Vec<StyleBalance> {
        let styles = &self.shelf.styles;
        match item.style {
            ItemStyle::Of(index) => vec![StyleBalance { weight: 1.0, ..styles[index].balance }],
            ItemStyle::Mixed => styles.iter().map(|style| style.balance).collect(),
            ItemStyle::Drawn => Vec::new(),
        }
    }

    /// The paintings of a result's style, as they are written in its file.
    pub(super) fn written_styles(&self, item: &BatchItem) -> Vec<Style<WrittenSource>> {
        let written = |index: usize| Style::new(self.shelf.styles[index].written.clone());
        let indices = match item.style {
            ItemStyle::Of(index) => index..index + 1,
            ItemStyle::Mixed | ItemStyle::Drawn => 0..self.shelf.styles.len(),
        };
        let mut styles: Vec<_> = indices.map(written).collect();
        for (style, balance) in styles.iter_mut().zip(self.balances_of(item)) {
            style.set_balance(balance);
        }
        styles
    }

    /// The recipe of a result of a photo.
    ///
    /// # Errors
    /// When the photo does not fit.
    pub(super) fn recipe(
        &self,
        (index, subject): (usize, Subject),
        item: &BatchItem,
        size: (u32, u32),
    ) -> Result<Recipe, BatchError> {
        let styles = match item.style {
            ItemStyle::Of(index) => vec![alone(&self.shelf, index)?],
            ItemStyle::Mixed => mixed(&self.shelf)?,
            // The drawn style takes the place of this one.
            ItemStyle::Drawn => vec![alone(&self.shelf, 0)?],
        };
        let settings = item.settings_for(size);
        let hardware = self.hardware;
        let recipe =
            Recipe::new(Ingredients { subject, styles, start_picture: None, settings, hardware, time_limit: None })?;
        let Some(distribution) = &self.distribution else { return Ok(recipe) };
        let name = self.all[index].text();
        let draw = Draw { seed: self.settings.seed, name: &name, variant: item.variant };
        let mut normals = (0..).map(|number| draw.normal(&format!("style {number}")));
        let style = distribution.draw(|| normals.next().unwrap_or_else(|| unreachable!("there is no last number")));
        Ok(recipe.in_style(Arc::new(style)))
    }
}

/// A painting that is the only one of a picture: there it counts in full, however often it is drawn.
fn alone(shelf: &StyleShelf, index: usize) -> Result<Style<Arc<Picture>>, PictureError> {
    let mut style = Style::new(shelf.picture(index)?);
    style.brush_scale = shelf.styles[index].balance.brush_scale;
    Ok(style)
}

/// All paintings, with their balances.
fn mixed(shelf: &StyleShelf) -> Result<Vec<Style<Arc<Picture>>>, PictureError> {
    let styles = shelf.styles.iter().enumerate().map(|(index, style)| {
        let mut mixed = Style::new(shelf.picture(index)?);
        mixed.set_balance(style.balance);
        Ok(mixed)
    });
    styles.collect()
}

/// The distribution of the paintings' styles.
fn distribution(shelf: &StyleShelf, settings: &Settings) -> Result<StyleDistribution, BatchError> {
    if settings.method == Method::Optimise {
        return Err(BatchError::NotInDistribution("painting by optimisation"));
    }
    if settings.palette == Palette::Photo {
        return Err(BatchError::NotInDistribution("the palette of the photo"));
    }
    let networks = InstantNetworks::built_in(&Device::cpu())?;
    let control = Control::new(Balance::default());
    let style = |index: usize| -> Result<StyleVector, BatchError> {
        let painting = shelf.picture(index)?;
        if painting.trained_style().is_some() {
            return Err(BatchError::NotInDistribution("a trained style"));
        }
        if let Some(style) = style_of_place(&painting) {
            return Ok(style);
        }
        let part = Part::painting(&painting);
        let image = planes(&part, part.for_predictor(), Method::Instant, &control)?;
        Ok(networks.style(&image)?)
    };
    let styles: Vec<StyleVector> = (0..shelf.styles.len()).map(style).collect::<Result<_, _>>()?;
    StyleDistribution::new(&styles).ok_or(BatchError::TooFewForDistribution)
}

/// What each painting is called: its file name without the ending, and a number if another one is called the same.
fn style_names(shelf: &StyleShelf) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for style in &shelf.styles {
        let stem = path_text(Path::new(&style.stem()));
        let is_free = |name: &str| names.iter().all(|other| !other.eq_ignore_ascii_case(name));
        let mut numbered = (2..).map(|number| format!("{stem}-{number}"));
        let name = if is_free(&stem) { Some(stem.clone()) } else { numbered.find(|name| is_free(name)) };
        names.push(name.unwrap_or(stem));
    }
    names
}

/// The names of pictures that differ from another one of their folder by the ending only.
fn alike(contents: &[Content]) -> HashSet<PathBuf> {
    let stem = |content: &Content| path_text(&content.name.with_extension("")).to_lowercase();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for content in contents {
        *counts.entry(stem(content)).or_default() += 1;
    }
    contents.iter().filter(|content| counts[&stem(content)] > 1).map(|content| content.name.clone()).collect()
}

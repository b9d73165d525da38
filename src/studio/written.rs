//! A recipe in words: what a finished picture carries inside, so that it can be painted again.
//!
//! It is JSON. A version of the program reads what older ones wrote: settings that they did not know take their
//! defaults. What a newer one wrote is refused, since leaving out what is not understood would paint another
//! picture.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::project::{Held, Setup, Source};
use super::settings::{SettingError, Settings, Start};
use super::style::Style;
use crate::picture::Checksum;
use crate::picture::metadata::Provenance;

/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;

/// More text than this is no recipe.
const LONGEST: usize = 1 << 20;

/// What a picture was painted from, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRecipe {
    version: u32,
    program: String,
    /// What the picture shows.
    pub subject: WrittenSubject,
    /// The paintings, in their order.
    #[serde(with = "flat_styles")]
    pub styles: Vec<Style<WrittenSource>>,
    /// The picture that painting went on from, where it was one of the person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<WrittenSource>,
    /// How it was painted.
    pub settings: Settings,
}

/// What a picture shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum WrittenSubject {
    /// A photo.
    Photo {
        /// The photo.
        source: WrittenSource,
        /// The mask of what is left alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protect: Option<WrittenSource>,
    },
    /// Nothing; the paintings' manner alone.
    Texture {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Whether it repeats without a seam.
        seamless: bool,
    },
}

/// A file that a picture was painted from; its folder is nobody's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenSource {
    /// The file's name, or what it was called.
    pub name: String,
    /// The SHA-256 of the file; none for what never was one, as a pasted picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Checksum>,
    /// The picture itself, a PNG file in base64, where it is in no file; masks painted by hand are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    png: Option<String>,
}

impl WrittenSource {
    /// A file of that name.
    pub fn new(name: String, sha256: Option<Checksum>) -> Self {
        Self { name, sha256, png: None }
    }

    /// A picture that is in no file, and so is in the recipe.
    pub fn with_picture(name: String, picture: &Held) -> Self {
        // A picture that cannot be encoded is named at least.
        Self { name, sha256: None, png: picture.bytes().ok().map(|bytes| BASE64.encode(bytes)) }
    }

    /// The picture, where it is in the recipe.
    pub fn picture(&self) -> Option<Held> {
        let bytes = BASE64.decode(self.png.as_ref()?.as_bytes()).ok()?;
        Some(Held::in_bytes(bytes))
    }
}

/// A style as the text has it, its painting's name and checksum side by side with the rest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatStyle {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Checksum>,
    weight: f32,
    #[serde(default = "one")]
    brush_scale: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mask: Option<WrittenSource>,
}

fn one() -> f32 {
    1.0
}

/// Styles as a list of [`FlatStyle`].
mod flat_styles {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{FlatStyle, Style, WrittenSource};

    pub(super) fn serialize<S: Serializer>(styles: &[Style<WrittenSource>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(styles.iter().cloned().map(|Style { source, weight, brush_scale, mask }| {
            let WrittenSource { name, sha256, .. } = source;
            FlatStyle { name, sha256, weight, brush_scale, mask }
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Style<WrittenSource>>, D::Error> {
        let styles = Vec::<FlatStyle>::deserialize(deserializer)?;
        let style = |FlatStyle { name, sha256, weight, brush_scale, mask }| {
            let source = WrittenSource::new(name, sha256);
            Style { source, weight, brush_scale, mask }
        };
        Ok(styles.into_iter().map(style).collect())
    }
}

/// Why a recipe cannot be used; the caller says in which file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WrittenRecipeError {
    /// No recipe at all, or one that was changed by hand and no longer fits together.
    #[error("the settings in the picture are damaged; choose them anew")]
    Damaged,
    /// Written by a version of the program that knows more.
    #[error(
        "the settings in the picture were written by {program}, which is newer than this version; update Impasto to use them"
    )]
    Newer {
        /// The program and its version.
        program: String,
    },
    /// A setting outside its range.
    #[error("the settings in the picture cannot be used: {0}")]
    Setting(#[from] SettingError),
}

impl WrittenRecipe {
    /// The recipe of a picture painted now.
    pub fn new(
        subject: WrittenSubject,
        styles: Vec<Style<WrittenSource>>,
        start: Option<WrittenSource>,
        settings: Settings,
    ) -> Self {
        Self { version: VERSION, program: program(), subject, styles, start, settings }
    }

    /// The recipe of a picture painted with this setup; nothing without a photo.
    pub fn of_setup(setup: &Setup) -> Option<Self> {
        let written = |source: &Source| WrittenSource::new(source.name.clone(), source.checksum);
        let mask = |mask: &Held| WrittenSource::with_picture("a mask painted in the window".to_owned(), mask);
        let source = written(setup.content.as_ref()?);
        let subject = WrittenSubject::Photo { source, protect: setup.protection.as_ref().map(mask) };
        let styles = setup.styles.iter().map(|style| style.map(written, mask));
        // The picture that painting went on from is the program's own, and is not asked for.
        let start = match setup.settings.start {
            Start::Continue(_) => Start::Content,
            start => start,
        };
        let settings = Settings { start, ..setup.settings.clone() };
        Some(Self::new(subject, styles.collect(), None, settings))
    }

    /// Reads what [`WrittenRecipe::to_json`] wrote, here or in an older version.
    pub fn parse(text: &str) -> Result<Self, WrittenRecipeError> {
        if text.len() > LONGEST {
            return Err(WrittenRecipeError::Damaged);
        }
        let recipe: Self = serde_json::from_str(text).map_err(|error| {
            // Well-formed, but not as this version knows it.
            let header = error.is_data().then(|| Header::of(text)).flatten();
            header
                .and_then(|header| header.if_newer(VERSION))
                .map_or(WrittenRecipeError::Damaged, |program| WrittenRecipeError::Newer { program })
        })?;
        if recipe.version > VERSION {
            return Err(WrittenRecipeError::Newer { program: shortened(&recipe.program) });
        }
        recipe.settings.validate()?;
        recipe.styles.iter().try_for_each(Style::validate)?;
        Ok(recipe)
    }

    /// The recipe as text. Pictures in it that would make it longer than what is read again are named only.
    ///
    /// # Panics
    /// Never: a recipe holds nothing that JSON cannot say.
    pub fn to_json(&self) -> String {
        let json = |recipe: &Self| serde_json::to_string(recipe).expect("a recipe holds nothing that JSON cannot say");
        let whole = json(self);
        if whole.len() <= LONGEST / 2 { whole } else { json(&self.clone().without_pictures()) }
    }

    /// Where a picture painted by this recipe comes from, for its file.
    pub fn provenance(self) -> Provenance {
        let sources = self.names().map(str::to_owned).collect();
        let (whole, brief) = (self.to_json(), self.without_pictures().to_json());
        Provenance { program: program(), sources, recipe: Some(whole), brief: Some(brief) }
    }

    /// The same with its pictures named only.
    #[must_use]
    pub fn without_pictures(mut self) -> Self {
        let protect = match &mut self.subject {
            WrittenSubject::Photo { protect, .. } => protect.as_mut(),
            WrittenSubject::Texture { .. } => None,
        };
        let masks = self.styles.iter_mut().filter_map(|style| style.mask.as_mut());
        masks.chain(protect).for_each(|mask| mask.png = None);
        self
    }

    /// The names of the sources, the photo first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let photo = match &self.subject {
            WrittenSubject::Photo { source, .. } => Some(source.name.as_str()),
            WrittenSubject::Texture { .. } => None,
        };
        photo.into_iter().chain(self.styles.iter().map(|style| style.source.name.as_str()))
    }
}

/// This program and its version, as files name it.
pub fn program() -> String {
    format!("Impasto {}", env!("CARGO_PKG_VERSION"))
}

/// What every version writes, whatever else it does.
#[derive(Deserialize)]
pub(super) struct Header {
    version: u32,
    program: String,
}

impl Header {
    pub(super) fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The program that wrote this, if it is a newer one: by the version of its format, of which `newest` is known, or by its
    /// own.
    pub(super) fn if_newer(self, newest: u32) -> Option<String> {
        let is_newer = self.version > newest || release(&self.program) > release(&program());
        is_newer.then(|| shortened(&self.program))
    }
}

/// The numbers of a release, `Impasto 1.2.3`.
fn release(program: &str) -> Option<Vec<u32>> {
    let numbers = program.strip_prefix("Impasto ")?.split(['-', '+']).next()?;
    numbers.split('.').map(|number| number.parse().ok()).collect()
}

/// A name fit for a sentence, whatever a file claims.
pub(super) fn shortened(program: &str) -> String {
    program.chars().filter(|character| !character.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> WrittenRecipe {
        let sha256 = Some(Checksum::of(b"photo"));
        WrittenRecipe::new(
            WrittenSubject::Photo { source: WrittenSource::new("photo.jpg".to_owned(), sha256), protect: None },
            vec![Style {
                source: WrittenSource::new("wave.jpg".to_owned(), None),
                weight: 0.5,
                brush_scale: 2.0,
                mask: Some(WrittenSource::new("mask.png".to_owned(), sha256)),
            }],
            None,
            Settings { strength: 71.5, seed: u64::MAX, ..Settings::default() },
        )
    }

    fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Result<WrittenRecipe, WrittenRecipeError> {
        let mut value = serde_json::from_str(&recipe().to_json()).unwrap();
        change(&mut value);
        WrittenRecipe::parse(&value.to_string())
    }

    #[test]
    fn a_recipe_comes_back() {
        assert_eq!(WrittenRecipe::parse(&recipe().to_json()), Ok(recipe()));
        assert_eq!(recipe().names().collect::<Vec<_>>(), ["photo.jpg", "wave.jpg"]);
    }

    #[test]
    fn a_mask_painted_by_hand_is_in_the_recipe_unless_it_is_too_long() {
        let mask = |length| WrittenSource::with_picture("a mask".to_owned(), &Held::in_bytes(vec![7; length]));
        let with = |mask| {
            let mut recipe = recipe();
            recipe.styles[0].mask = Some(mask);
            WrittenRecipe::parse(&recipe.to_json()).unwrap().styles.remove(0).mask.unwrap()
        };
        assert_eq!(with(mask(5000)).picture(), Some(Held::in_bytes(vec![7; 5000])));
        let named = with(mask(LONGEST));
        assert_eq!((named.name.as_str(), named.picture()), ("a mask", None));
        // What is no picture any more is none.
        let spoilt = changed(|recipe| recipe["styles"][0]["mask"] = serde_json::json!({"name": "a mask", "png": "?"}));
        assert_eq!(spoilt.unwrap().styles[0].mask.as_ref().unwrap().picture(), None);
    }

    #[test]
    fn settings_that_an_older_version_did_not_know_take_their_defaults() {
        let older = changed(|recipe| recipe["settings"] = serde_json::json!({"strength": 10.0})).unwrap();
        assert_eq!(older.settings, Settings { strength: 10.0, ..Settings::default() });
    }

    #[test]
    fn what_a_newer_version_wrote_is_refused() {
        let newer = |program: &str| Err(WrittenRecipeError::Newer { program: program.to_owned() });
        assert_eq!(changed(|recipe| recipe["version"] = 2.into()), newer(&program()));
        let mist = changed(|recipe| {
            recipe["program"] = "Impasto 9.1.0".into();
            recipe["settings"]["mist"] = 3.into();
        });
        assert_eq!(mist, newer("Impasto 9.1.0"));
        let start = changed(|recipe| {
            recipe["program"] = "Impasto 9.1.0".into();
            recipe["settings"]["start"] = "dream".into();
        });
        assert_eq!(start, newer("Impasto 9.1.0"));
    }

    #[test]
    fn what_nobody_wrote_is_damaged() {
        let damaged = Err(WrittenRecipeError::Damaged);
        for text in ["", "{", "{}", "[]", "null", "\u{0}"] {
            assert_eq!(WrittenRecipe::parse(text), damaged, "{text}");
        }
        assert_eq!(changed(|recipe| recipe["settings"]["mist"] = 3.into()), damaged);
        assert_eq!(changed(|recipe| recipe["subject"]["photo"]["source"]["sha256"] = "12".into()), damaged);
        assert_eq!(WrittenRecipe::parse(&"[".repeat(100_000)), damaged);
        assert!(matches!(changed(|recipe| recipe["settings"]["size"] = 1.into()), Err(WrittenRecipeError::Setting(_))));
        assert!(matches!(
            changed(|recipe| recipe["styles"][0]["weight"] = (-1.0).into()),
            Err(WrittenRecipeError::Setting(_))
        ));
    }
}

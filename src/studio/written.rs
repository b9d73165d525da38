//! The recipe stored in a finished picture, so that the picture can be painted again.
//!
//! It is JSON. Recipes of older versions of the program are read; settings that they lack take their defaults, except
//! the optimiser, which is the one that those versions had. Recipes of newer versions are refused, because ignoring an
//! unknown setting would paint a different picture.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::project::{Setup, Source, StoredPicture};
use super::settings::{SettingError, Settings, Start};
use super::style::Style;
use crate::picture::metadata::Provenance;
use crate::picture::style_map::PaintingShare;
use crate::picture::{Checksum, Picture};

/// The format version written, and the newest one read.
const VERSION: u32 = 1;

/// Maximum length of a recipe in bytes.
const LONGEST: usize = 1 << 20;

/// What a picture was painted from, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRecipe {
    version: u32,
    program: String,
    /// What the picture shows.
    pub subject: WrittenSubject,
    /// The paintings, in the user's order.
    #[serde(with = "flat_styles")]
    pub styles: Vec<Style<WrittenSource>>,
    /// The starting picture, if it was the user's own.
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
        /// The mask of the parts to leave unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protect: Option<Box<WrittenSource>>,
    },
    /// A texture in the style of the paintings, without a photo.
    Texture {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Whether it tiles seamlessly.
        seamless: bool,
    },
}

/// A picture that was painted from. Its folder is left out for privacy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenSource {
    /// The file's name, or the picture's name in the window.
    pub name: String,
    /// The SHA-256 of the file; `None` for a picture without a file, such as a pasted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Checksum>,
    /// Of a place on a style map, the names of the nearest paintings and their shares in percent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<(String, u8)>,
    /// The picture itself, a PNG file in base64, if it has no file of its own, such as a mask painted by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    png: Option<String>,
}

impl WrittenSource {
    /// A picture in a file, by name and checksum.
    pub fn new(name: String, sha256: Option<Checksum>) -> Self {
        Self { name, sha256, near: Vec::new(), png: None }
    }

    /// A source by name and checksum.
    pub fn of(source: &Source) -> Self {
        Self { near: source.near.clone(), ..Self::new(source.name.clone(), source.checksum) }
    }

    /// The same, with the nearest paintings if the picture is of a place on a style map.
    #[must_use]
    pub fn near_paintings_of(self, picture: &Picture) -> Self {
        Self { near: nearest_paintings(picture), ..self }
    }

    /// A picture without a file, stored in the recipe.
    pub fn with_picture(name: String, picture: &StoredPicture) -> Self {
        // If the picture cannot be encoded, only its name is stored.
        Self { name, sha256: None, near: Vec::new(), png: picture.bytes().ok().map(|bytes| BASE64.encode(bytes)) }
    }

    /// The picture, if it is stored in the recipe.
    pub fn picture(&self) -> Option<StoredPicture> {
        let bytes = BASE64.decode(self.png.as_ref()?.as_bytes()).ok()?;
        Some(StoredPicture::in_bytes(bytes))
    }
}

/// Of the picture of a place on a style map, the names of the nearest paintings and their shares in percent.
pub fn nearest_paintings(picture: &Picture) -> Vec<(String, u8)> {
    let Some(place) = picture.map_place() else { return Vec::new() };
    let paintings = &place.map().paintings;
    let named = |share: PaintingShare| {
        let percent = (100.0 * share.share).round() as u8;
        (paintings[share.painting].name.clone(), percent)
    };
    let mut near: Vec<(String, u8)> = place.shares().into_iter().map(named).collect();
    near.retain(|(_, percent)| *percent > 0);
    near
}

/// A style as it is in the JSON: the painting's name and checksum are fields of the style itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatStyle {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Checksum>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    near: Vec<(String, u8)>,
    weight: f32,
    #[serde(default = "one")]
    brush_scale: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mask: Option<WrittenSource>,
}

fn one() -> f32 {
    1.0
}

/// Serialises styles as a list of [`FlatStyle`].
mod flat_styles {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{FlatStyle, Style, WrittenSource};

    pub(super) fn serialize<S: Serializer>(styles: &[Style<WrittenSource>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(styles.iter().cloned().map(|Style { source, weight, brush_scale, mask }| {
            let WrittenSource { name, sha256, near, .. } = source;
            FlatStyle { name, sha256, near, weight, brush_scale, mask }
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Style<WrittenSource>>, D::Error> {
        let styles = Vec::<FlatStyle>::deserialize(deserializer)?;
        let style = |FlatStyle { name, sha256, near, weight, brush_scale, mask }| {
            let source = WrittenSource { near, ..WrittenSource::new(name, sha256) };
            Style { source, weight, brush_scale, mask }
        };
        Ok(styles.into_iter().map(style).collect())
    }
}

/// Why a recipe cannot be used. The message does not name the file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WrittenRecipeError {
    /// Not a recipe, or one that was edited by hand and is no longer valid.
    #[error("the settings in the picture are damaged; choose them again")]
    Damaged,
    /// Written by a newer version of the program.
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

    /// The recipe of a picture painted with this setup; `None` if it has no photo.
    pub fn of_setup(setup: &Setup) -> Option<Self> {
        let mask = |mask: &StoredPicture| WrittenSource::with_picture("a mask painted in the window".to_owned(), mask);
        let source = WrittenSource::of(setup.content.as_ref()?);
        let subject = WrittenSubject::Photo { source, protect: setup.protection.as_ref().map(mask).map(Box::new) };
        let styles = setup.styles.iter().map(|style| style.map(WrittenSource::of, mask));
        // The picture of `Start::Continue` was painted by the program and is not stored.
        let start = match setup.settings.start {
            Start::Continue(_) => Start::Content,
            start => start,
        };
        let settings = Settings { start, ..setup.settings.clone() };
        Some(Self::new(subject, styles.collect(), None, settings))
    }

    /// Parses the output of [`WrittenRecipe::to_json`] of this version or an older one.
    ///
    /// # Errors
    /// [`WrittenRecipeError`] for a damaged recipe, a newer one, or a setting outside its range.
    pub fn parse(text: &str) -> Result<Self, WrittenRecipeError> {
        if text.len() > LONGEST {
            return Err(WrittenRecipeError::Damaged);
        }
        let recipe: Self = serde_json::from_str(text).map_err(|error| {
            // Valid JSON that does not match this version's format may be from a newer version.
            let header = error.is_data().then(|| Header::of(text)).flatten();
            header
                .and_then(|header| header.if_newer(VERSION))
                .map_or(WrittenRecipeError::Damaged, |program| WrittenRecipeError::Newer { program })
        })?;
        if recipe.version > VERSION {
            return Err(WrittenRecipeError::Newer { program: safe_program_name(&recipe.program) });
        }
        recipe.settings.validate()?;
        recipe.styles.iter().try_for_each(Style::validate)?;
        Ok(recipe)
    }

    /// The recipe as JSON. Leaves out the stored pictures if it would be too long with them.
    ///
    /// # Panics
    /// Never: every recipe can be written as JSON.
    pub fn to_json(&self) -> String {
        let json = |recipe: &Self| serde_json::to_string(recipe).expect("every recipe can be written as JSON");
        let whole = json(self);
        if whole.len() <= LONGEST / 2 { whole } else { json(&self.clone().without_pictures()) }
    }

    /// The provenance of a picture painted from this recipe, for the metadata of its file.
    pub fn provenance(self) -> Provenance {
        let sources = self.names().map(str::to_owned).collect();
        let (whole, brief) = (self.to_json(), self.without_pictures().to_json());
        Provenance { program: program(), sources, recipe: Some(whole), brief: Some(brief) }
    }

    /// The recipe without its stored pictures; their names stay.
    #[must_use]
    pub fn without_pictures(mut self) -> Self {
        let protect = match &mut self.subject {
            WrittenSubject::Photo { protect, .. } => protect.as_deref_mut(),
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

/// The program's name and version, as written to files.
pub fn program() -> String {
    format!("Impasto {}", env!("CARGO_PKG_VERSION"))
}

/// The fields that every version of a format has.
#[derive(Deserialize)]
pub(super) struct Header {
    version: u32,
    program: String,
}

impl Header {
    pub(super) fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The name of the program that wrote the file, if it is newer than this one: if its format version is above
    /// `newest` or its own version is above this program's.
    pub(super) fn if_newer(self, newest: u32) -> Option<String> {
        let is_newer = self.version > newest || release(&self.program) > release(&program());
        is_newer.then(|| safe_program_name(&self.program))
    }
}

/// The version numbers in a program name such as `Impasto 1.2.3`.
fn release(program: &str) -> Option<Vec<u32>> {
    let numbers = program.strip_prefix("Impasto ")?.split(['-', '+']).next()?;
    numbers.split('.').map(|number| number.parse().ok()).collect()
}

/// A program name from an untrusted file, made safe for a message: no control characters, at most 60 characters.
pub(super) fn safe_program_name(program: &str) -> String {
    program.chars().filter(|character| !character.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::optimizer::Optimizer;

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
    fn a_recipe_survives_a_round_trip() {
        assert_eq!(WrittenRecipe::parse(&recipe().to_json()), Ok(recipe()));
        assert_eq!(recipe().names().collect::<Vec<_>>(), ["photo.jpg", "wave.jpg"]);
    }

    #[test]
    fn a_mask_painted_by_hand_is_stored_in_the_recipe_unless_it_is_too_long() {
        let mask = |length| WrittenSource::with_picture("a mask".to_owned(), &StoredPicture::in_bytes(vec![7; length]));
        let with = |mask| {
            let mut recipe = recipe();
            recipe.styles[0].mask = Some(mask);
            WrittenRecipe::parse(&recipe.to_json()).unwrap().styles.remove(0).mask.unwrap()
        };
        assert_eq!(with(mask(5000)).picture(), Some(StoredPicture::in_bytes(vec![7; 5000])));
        let named = with(mask(LONGEST));
        assert_eq!((named.name.as_str(), named.picture()), ("a mask", None));
        // Invalid base64 is ignored.
        let invalid = changed(|recipe| recipe["styles"][0]["mask"] = serde_json::json!({"name": "a mask", "png": "?"}));
        assert_eq!(invalid.unwrap().styles[0].mask.as_ref().unwrap().picture(), None);
    }

    #[test]
    fn settings_missing_from_an_older_recipe_take_their_defaults() {
        let older = changed(|recipe| recipe["settings"] = serde_json::json!({"strength": 10.0})).unwrap();
        // Older recipes still paint what they painted.
        let optimizer = Optimizer::Pixels;
        assert_eq!(older.settings, Settings { strength: 10.0, optimizer, ..Settings::default() });
    }

    #[test]
    fn a_newer_recipe_is_refused() {
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
    fn an_invalid_recipe_is_damaged() {
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

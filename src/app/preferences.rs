//! Preferences: what the program remembers between runs, in a small JSON file.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::model::favourites::Favourites;
use super::model::presets::OwnPreset;
use super::model::recent::Recent;
use super::model::unfinished_clip::UnfinishedClip;
use super::model::unfinished_folder::UnfinishedFolder;
use crate::picture::Format;
use crate::picture::encode::Export;
use crate::picture::metadata::Disclosure;
use crate::reason::reason;
use crate::studio::{Hardware, Settings, Start};

/// Everything that the program remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// How the window looks.
    pub appearance: Appearance,
    /// Where the window was.
    pub window: Option<WindowPlace>,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// The user's presets.
    pub presets: Vec<OwnPreset>,
    /// The files opened most recently.
    pub recent: Recent,
    /// Favourite places on style maps.
    pub favourites: Favourites,
    /// How to export.
    pub export: ExportChoice,
    /// The folder of the last export.
    pub export_folder: Option<PathBuf>,
    /// Where ffmpeg is looked for first.
    pub ffmpeg_folder: Option<PathBuf>,
    /// A painting of a clip that has not ended.
    pub unfinished_clip: Option<UnfinishedClip>,
    /// A painting of a folder that has not ended.
    pub unfinished_folder: Option<UnfinishedFolder>,
}

/// How the window looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Scale of the interface (not of the picture), within [`Appearance::ZOOM`]; 1 is the system's scale.
    pub zoom: f32,
    /// Whether the loss curve is expanded.
    pub losses_open: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Self { theme: ThemeChoice::default(), zoom: 1.0, losses_open: false }
    }
}

impl Appearance {
    /// Range of `zoom`.
    pub const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=3.0;

    /// With this zoom, rounded to tenths and clamped to the range; 1 if it is not finite.
    #[must_use]
    pub fn zoomed(self, zoom: f32) -> Self {
        let zoom = if zoom.is_finite() { (zoom * 10.0).round() / 10.0 } else { 1.0 };
        Self { zoom: zoom.clamp(*Self::ZOOM.start(), *Self::ZOOM.end()), ..self }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system is set.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Place and size of the window, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// Its upper left corner, if the system reports it.
    pub corner: Option<(f32, f32)>,
    /// Whether it was maximised.
    pub maximized: bool,
}

/// How to export a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportChoice {
    /// The format.
    pub format: Format,
    /// JPEG quality, within [`ExportChoice::QUALITY`].
    pub quality: u8,
    /// Whether PNG has 16 bits per channel.
    pub deep_png: bool,
    /// Whether TIFF has 16 bits per channel.
    pub deep_tiff: bool,
    /// Long side in pixels; if absent, as painted.
    pub long_side: Option<u32>,
    /// How much metadata the file contains.
    pub disclosure: Disclosure,
}

impl Default for ExportChoice {
    fn default() -> Self {
        let (quality, disclosure) = (Export::new(Format::Jpeg).quality, Disclosure::default());
        Self { format: Format::Png, quality, deep_png: false, deep_tiff: true, long_side: None, disclosure }
    }
}

impl ExportChoice {
    /// Range of `quality`.
    pub const QUALITY: std::ops::RangeInclusive<u8> = 1..=100;

    /// The encoding for `format`, which may differ from the chosen one.
    pub fn encoded_as(self, format: Format) -> Export {
        let sixteen_bit = match format {
            Format::Png => self.deep_png,
            Format::Tiff => self.deep_tiff,
            Format::Jpeg | Format::WebP => false,
        };
        Export { quality: self.quality, sixteen_bit, ..Export::new(format) }
    }
}

/// The preferences as read, and any problem with their file.
#[derive(Clone, Debug, Default)]
pub struct StoredPreferences {
    /// The file to write preferences to; without one, they are not saved.
    pub file: Option<PathBuf>,
    /// The preferences; defaults for whatever was not stored.
    pub preferences: Preferences,
    /// One sentence, if there was a file that could not be used.
    pub problem: Option<String>,
}

impl StoredPreferences {
    /// Reads the preferences from a file. An unreadable one is set aside, so that nothing in it is lost.
    pub fn read(file: PathBuf) -> Self {
        match read_file(&file) {
            Ok(preferences) => Self { file: Some(file), preferences, problem: None },
            Err(reason) => {
                let (is_free, problem) = set_aside(&file, &reason);
                // A file that cannot be moved would also make every later write fail.
                Self { file: is_free.then_some(file), problem: Some(problem), ..Self::default() }
            }
        }
    }
}

/// Largest file that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// The preferences file in the user's configuration folder, if the system has one.
pub fn usual_file() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "Impasto")?;
    Some(folders.config_dir().join("preferences.json"))
}

fn read_file(path: &Path) -> Result<Preferences, String> {
    // Checked before opening, because opening a pipe waits for a writer.
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("it is not a file".to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Preferences::default()),
        Err(error) => return Err(reason(&error)),
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| reason(&error))?;
    if text.len() as u64 > LARGEST {
        return Err("it is far too large".to_owned());
    }
    let preferences: Preferences = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let settings = preferences.presets.iter().map(|preset| &preset.settings);
    for settings in settings.chain([&preferences.settings]) {
        settings.validate().map_err(|error| error.to_string())?;
    }
    Ok(sanitized(preferences))
}

/// Writes the preferences, completely or not at all.
///
/// # Errors
/// One sentence.
pub fn write(path: &Path, preferences: &Preferences) -> Result<(), String> {
    let sentence = |reason: String| {
        format!("the settings cannot be saved ({reason}), so the next start begins without them: {}", path.display())
    };
    let failed = |error: std::io::Error| sentence(reason(&error));
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let text = serde_json::to_string_pretty(preferences).map_err(|error| sentence(error.to_string()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Replaces invalid values, because a file may contain anything.
fn sanitized(preferences: Preferences) -> Preferences {
    let appearance = preferences.appearance.zoomed(preferences.appearance.zoom);
    let quality = preferences.export.quality.clamp(*ExportChoice::QUALITY.start(), *ExportChoice::QUALITY.end());
    let long_side = preferences.export.long_side.filter(|side| Settings::SIZE.contains(side));
    let export = ExportChoice { quality, long_side, ..preferences.export };
    // The picture of an earlier session is not available to start from.
    let start = match preferences.settings.start {
        Start::Picture | Start::Continue(_) => Start::Content,
        start => start,
    };
    // A new picture is painted as this version paints.
    let settings = Settings { start, ..preferences.settings }.with_current_schedule();
    let is_window = |place: &WindowPlace| {
        let (x, y) = place.corner.unwrap_or_default();
        let is_length = |length: f32| (1.0..=LARGEST_WINDOW).contains(&length);
        is_length(place.width) && is_length(place.height) && x.is_finite() && y.is_finite()
    };
    let window = preferences.window.filter(is_window);
    // Earlier versions stored relative paths, which name other files from another folder.
    let Recent { mut photos, mut paintings, mut projects, mut maps } = preferences.recent;
    for paths in [&mut photos, &mut paintings, &mut projects, &mut maps] {
        paths.retain(|path| path.is_absolute());
    }
    let recent = Recent { photos, paintings, projects, maps };
    Preferences { appearance, window, settings, recent, export, ..preferences }
}

/// Largest side of a window, in points.
const LARGEST_WINDOW: f32 = 16_384.0;

/// Renames an unreadable file. Returns whether that succeeded, and a sentence about it.
fn set_aside(path: &Path, reason: &str) -> (bool, String) {
    let aside = path.with_extension("broken.json");
    let moved = std::fs::rename(path, &aside);
    let sentence = match &moved {
        Ok(()) => format!(
            "the saved settings could not be read ({reason}), so Impasto starts with the defaults; the old file was \
             kept: {}",
            aside.display()
        ),
        Err(_) => format!(
            "the saved settings could not be read ({reason}), so Impasto starts with the defaults and saves no \
             changes: {}",
            path.display()
        ),
    };
    (moved.is_ok(), sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::optimizer::Optimizer;

    #[test]
    fn written_preferences_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("preferences.json");
        assert_eq!(StoredPreferences::read(path.clone()).preferences, Preferences::default());
        let preferences = Preferences {
            appearance: Appearance { theme: ThemeChoice::Light, zoom: 1.3, losses_open: true },
            window: Some(WindowPlace { width: 1500.0, height: 900.0, corner: Some((3.0, 4.0)), maximized: true }),
            settings: Settings { strength: 71.5, seed: u64::MAX, ..Settings::default() },
            export: ExportChoice { format: Format::Tiff, long_side: Some(3000), ..ExportChoice::default() },
            presets: vec![OwnPreset { name: "Evening".into(), settings: Settings::default() }],
            ..Preferences::default()
        };
        write(&path, &preferences).unwrap();
        let back = StoredPreferences::read(path.clone());
        assert_eq!(back.preferences, preferences);
        assert_eq!(back.problem, None);
    }

    /// The last settings are only a beginning for new pictures; presets keep what they were saved with.
    #[test]
    fn an_earlier_versions_settings_take_this_versions_schedule() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        let of_then =
            Settings { iterations: 100, coarse_share: 0.5, optimizer: Optimizer::Pixels, ..Settings::default() };
        let older = Preferences {
            settings: Settings { strength: 40.0, ..of_then.clone() },
            presets: vec![OwnPreset { name: "Evening".into(), settings: of_then.clone() }],
            ..Preferences::default()
        };
        let older = serde_json::to_string(&older).unwrap();
        assert!(!older.contains("optimizer"), "{older}");
        std::fs::write(&path, older).unwrap();
        let StoredPreferences { preferences, problem, .. } = StoredPreferences::read(path);
        assert_eq!(problem, None);
        assert_eq!(preferences.settings, Settings { strength: 40.0, ..Settings::default() });
        assert_eq!(preferences.presets[0].settings, of_then);
        let chosen = Settings { iterations: 300, ..of_then }.with_current_schedule();
        assert_eq!(chosen, Settings { iterations: 300, ..Settings::default() });
    }

    #[test]
    fn an_unreadable_file_is_set_aside_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        for broken in ["{ nonsense", r#"{"settings": {"strength": 1e9}}"#, r#"{"settings": {"no such": 1}}"#] {
            std::fs::write(&path, broken).unwrap();
            let back = StoredPreferences::read(path.clone());
            assert_eq!(back.preferences, Preferences::default());
            assert!(back.problem.unwrap().contains("preferences.broken.json"));
            assert!(!path.exists());
            assert_eq!(std::fs::read_to_string(path.with_extension("broken.json")).unwrap(), broken);
        }
        // Anything but a text file of reasonable size is set aside too.
        for (name, make) in [
            ("folder", (|path| std::fs::create_dir(path).unwrap()) as fn(&Path)),
            ("no text", |path| std::fs::write(path, [b'"', 0xff, b'"']).unwrap()),
            ("too large", |path| std::fs::File::create(path).unwrap().set_len(1 << 30).unwrap()),
            #[cfg(unix)]
            ("pipe", |path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success())),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("preferences.json");
            make(&path);
            let back = StoredPreferences::read(path.clone());
            assert!(back.problem.unwrap().contains("preferences.broken.json"), "{name}");
            assert_eq!(back.file, Some(path.clone()), "{name}");
            write(&path, &back.preferences).unwrap();
            assert_eq!(StoredPreferences::read(path).problem, None, "{name}");
        }
    }

    #[test]
    fn preferences_that_cannot_be_saved_are_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("Impasto");
        std::fs::write(&in_the_way, "a file where the folder should be").unwrap();
        let memory = StoredPreferences::read(in_the_way.join("preferences.json"));
        let problem = memory.problem.unwrap();
        assert!(problem.contains("is a file, not a folder") && problem.contains("saves no changes"), "{problem}");
        assert_eq!(memory.file, None, "every write would report it again");
    }

    #[test]
    fn an_impossible_window_place_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        let place = |width: &str, height: &str, corner: &str| {
            let window = format!(r#"{{"width": {width}, "height": {height}, "corner": {corner}, "maximized": false}}"#);
            std::fs::write(&path, format!(r#"{{"window": {window}}}"#)).unwrap();
            StoredPreferences::read(path.clone()).preferences.window
        };
        assert!(place("1280", "800", "[10, 20]").is_some());
        assert!(place("1280", "800", "null").is_some());
        for (width, height) in [("1e9", "800"), ("1280", "0"), ("-5", "800"), ("1e39", "800"), ("1280", "1e9")] {
            assert_eq!(place(width, height, "null"), None, "{width} x {height}");
        }
        assert_eq!(place("1280", "800", "[1e39, 0]"), None);
    }

    #[test]
    fn relative_recent_paths_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        let kept = folder.path().join("a.png");
        let recent = Recent { photos: vec!["a.png".into(), kept.clone()], ..Recent::default() };
        write(&path, &Preferences { recent, ..Preferences::default() }).unwrap();
        assert_eq!(StoredPreferences::read(path).preferences.recent.photos, [kept]);
    }

    #[test]
    fn values_out_of_range_are_corrected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        let wild = r#"{"appearance": {"zoom": 900.0}, "export": {"quality": 0, "long_side": 0}, "settings": {"start": "picture"}}"#;
        std::fs::write(&path, wild).unwrap();
        let back = StoredPreferences::read(path).preferences;
        assert!((back.appearance.zoom - 3.0).abs() < 1e-6);
        assert_eq!((back.export.quality, back.export.long_side), (1, None));
        assert_eq!(back.settings.start, Start::Content);
    }
}

//! What is remembered from one day to the next, in a small file of the program's own.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::model::presets::OwnPreset;
use super::model::recent::Recent;
use crate::picture::Format;
use crate::picture::encode::Export;
use crate::picture::metadata::Disclosure;
use crate::reason::reason;
use crate::studio::{Hardware, Settings, Start};

/// Everything that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// How the window looks.
    pub appearance: Appearance,
    /// Where the window stood.
    pub window: Option<WindowPlace>,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// The person's own presets.
    pub presets: Vec<OwnPreset>,
    /// The files opened last.
    pub recent: Recent,
    /// How to save.
    pub export: ExportChoice,
    /// The folder saved to last.
    pub export_folder: Option<PathBuf>,
}

/// How the window looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Size of everything in the window but the picture, within [`Appearance::ZOOM`]; 1 is the system's.
    pub zoom: f32,
    /// The curve of the losses is folded out.
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

    /// Within the range, in tenths.
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
    /// What the system has.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Where the window stood, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// Its upper left corner, where the system tells.
    pub corner: Option<(f32, f32)>,
    /// It filled the screen.
    pub maximized: bool,
}

/// How a person saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportChoice {
    /// The format.
    pub format: Format,
    /// JPEG's quality, within [`ExportChoice::QUALITY`].
    pub quality: u8,
    /// PNG with 16 bits a channel.
    pub deep_png: bool,
    /// TIFF with 16 bits a channel.
    pub deep_tiff: bool,
    /// The long side in pixels; as painted when not given.
    pub long_side: Option<u32>,
    /// How much the file says beside its pixels.
    pub disclosure: Disclosure,
}

impl Default for ExportChoice {
    fn default() -> Self {
        let quality = Export::new(Format::Jpeg).quality;
        let disclosure = Disclosure::default();
        Self { format: Format::Png, quality, deep_png: false, deep_tiff: true, long_side: None, disclosure }
    }
}

impl ExportChoice {
    /// Range of `quality`.
    pub const QUALITY: std::ops::RangeInclusive<u8> = 1..=100;

    /// What is written in `format`, which may be another one than was chosen here.
    pub fn encoded_as(self, format: Format) -> Export {
        let sixteen_bit = match format {
            Format::Png => self.deep_png,
            Format::Tiff => self.deep_tiff,
            Format::Jpeg | Format::WebP => false,
        };
        Export { quality: self.quality, sixteen_bit, ..Export::new(format) }
    }
}

/// What was read, and what there is to say about it.
#[derive(Clone, Debug, Default)]
pub struct StoredPreferences {
    /// The file to remember things in; none, to forget them.
    pub file: Option<PathBuf>,
    /// What is remembered; the usual where there was nothing.
    pub preferences: Preferences,
    /// One sentence, when a file was there but could not be used.
    pub trouble: Option<String>,
}

impl StoredPreferences {
    /// Reads what is remembered in a file. One that makes no sense is set aside, so that nothing in it is lost.
    pub fn read(file: PathBuf) -> Self {
        match read_file(&file) {
            Ok(preferences) => Self { file: Some(file), preferences, trouble: None },
            Err(reason) => {
                let (is_free, trouble) = set_aside(&file, &reason);
                // What is still there would be in the way of every later writing, too.
                Self { file: is_free.then_some(file), trouble: Some(trouble), ..Self::default() }
            }
        }
    }
}

/// No file of preferences is as large as this, in bytes.
const LARGEST: u64 = 4 << 20;

/// The file in the person's configuration folder, where the system has one.
pub fn usual_file() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "Impasto")?;
    Some(folders.config_dir().join("preferences.json"))
}

fn read_file(path: &Path) -> Result<Preferences, String> {
    // Before opening: to open a pipe is to wait for somebody to write to it.
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
    Ok(sound(preferences))
}

/// Writes the preferences, whole or not at all.
///
/// # Errors
/// One sentence.
pub fn write(path: &Path, preferences: &Preferences) -> Result<(), String> {
    let sentence = |reason: String| {
        format!(
            "the settings cannot be remembered ({reason}), so the next start begins without them: {}",
            path.display()
        )
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

/// Values that come from a file may be anything.
fn sound(preferences: Preferences) -> Preferences {
    let appearance = preferences.appearance.zoomed(preferences.appearance.zoom);
    let quality = preferences.export.quality.clamp(*ExportChoice::QUALITY.start(), *ExportChoice::QUALITY.end());
    let long_side = preferences.export.long_side.filter(|side| Settings::SIZE.contains(side));
    let export = ExportChoice { quality, long_side, ..preferences.export };
    // The picture of another day is not there to start from.
    let start = match preferences.settings.start {
        Start::Picture | Start::Continue(_) => Start::Content,
        start => start,
    };
    let settings = Settings { start, ..preferences.settings };
    let is_window = |place: &WindowPlace| {
        let (x, y) = place.corner.unwrap_or_default();
        let is_length = |length: f32| (1.0..=LARGEST_WINDOW).contains(&length);
        is_length(place.width) && is_length(place.height) && x.is_finite() && y.is_finite()
    };
    let window = preferences.window.filter(is_window);
    // Earlier versions kept what was typed, which means another file in another folder.
    let Recent { mut photos, mut paintings, mut projects } = preferences.recent;
    for paths in [&mut photos, &mut paintings, &mut projects] {
        paths.retain(|path| path.is_absolute());
    }
    let recent = Recent { photos, paintings, projects };
    Preferences { appearance, window, settings, recent, export, ..preferences }
}

/// No window is longer than this, in points.
const LARGEST_WINDOW: f32 = 16_384.0;

/// Moves what cannot be read out of the way. Whether it is, and what to say about it.
fn set_aside(path: &Path, reason: &str) -> (bool, String) {
    let aside = path.with_extension("broken.json");
    let moved = std::fs::rename(path, &aside);
    let sentence = match &moved {
        Ok(()) => format!(
            "the remembered settings could not be read ({reason}), so Impasto begins with the usual ones; the old file \
             was kept: {}",
            aside.display()
        ),
        Err(_) => format!(
            "the remembered settings could not be read ({reason}), so Impasto begins with the usual ones and remembers \
             nothing: {}",
            path.display()
        ),
    };
    (moved.is_ok(), sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
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
        assert_eq!(back.trouble, None);
    }

    #[test]
    fn a_broken_file_is_set_aside_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        for broken in ["{ nonsense", r#"{"settings": {"strength": 1e9}}"#, r#"{"settings": {"no such": 1}}"#] {
            std::fs::write(&path, broken).unwrap();
            let back = StoredPreferences::read(path.clone());
            assert_eq!(back.preferences, Preferences::default());
            assert!(back.trouble.unwrap().contains("preferences.broken.json"));
            assert!(!path.exists());
            assert_eq!(std::fs::read_to_string(path.with_extension("broken.json")).unwrap(), broken);
        }
        // What is no file, or no text, is set aside like the others.
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
            assert!(back.trouble.unwrap().contains("preferences.broken.json"), "{name}");
            assert_eq!(back.file, Some(path.clone()), "{name}");
            write(&path, &back.preferences).unwrap();
            assert_eq!(StoredPreferences::read(path).trouble, None, "{name}");
        }
    }

    #[test]
    fn where_nothing_can_be_remembered_there_is_one_remark() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("Impasto");
        std::fs::write(&in_the_way, "a file where the folder should be").unwrap();
        let memory = StoredPreferences::read(in_the_way.join("preferences.json"));
        let trouble = memory.trouble.unwrap();
        assert!(trouble.contains("is a file, not a folder") && trouble.contains("remembers nothing"), "{trouble}");
        assert_eq!(memory.file, None, "the window would say it again whenever it writes");
    }

    #[test]
    fn no_window_is_opened_where_it_cannot_be() {
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
    fn recent_files_without_a_folder_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preferences.json");
        let kept = folder.path().join("a.png");
        let recent = Recent { photos: vec!["a.png".into(), kept.clone()], ..Recent::default() };
        write(&path, &Preferences { recent, ..Preferences::default() }).unwrap();
        assert_eq!(StoredPreferences::read(path).preferences.recent.photos, [kept]);
    }

    #[test]
    fn wild_values_are_brought_back() {
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

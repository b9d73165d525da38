//! `project.json`: the description of a project, with the names of its other entries.

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::archive::{Content, Entries, Entry};
use super::content::{PastResult, Place, Project, Setup, Source, Unfinished};
use super::error::ProjectError;
use super::stored_picture::StoredPicture;
use super::{place, snapshot_file};
use crate::picture::Checksum;
use crate::studio::settings::Settings;
use crate::studio::style::Style;
use crate::studio::written::{Header, program, safe_program_name};

/// The newest version of the format. Written for projects with an unfinished run, because version 1 stores the numbers
/// of a run as 32-bit floats.
const VERSION: u32 = 2;
/// The version written for all other projects, so that older programs can open them.
const OLDER: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    version: u32,
    program: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<ManifestSource>,
    styles: Vec<ManifestStyle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    settings: Settings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<ManifestResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<ManifestRun>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestSource {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Checksum>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    near: Vec<(String, u8)>,
    place: ManifestPlace,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ManifestPlace {
    /// A path relative to the project's folder, with `/`.
    File(String),
    Sample,
    /// The name of an entry.
    Inside(String),
}

/// A style; its mask is the name of an entry.
type ManifestStyle = Style<ManifestSource, String>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestResult {
    picture: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<ManifestSource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    styles: Vec<ManifestStyle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    settings: Settings,
    #[serde(default)]
    seconds: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reached: Option<u32>,
    #[serde(default)]
    stopped: bool,
    #[serde(default)]
    kept: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestRun {
    snapshot: String,
    seconds: f64,
}

impl Manifest {
    /// The manifest of a project whose file is in `folder`, and the entries that it names.
    pub(super) fn of<'a>(project: &'a Project, folder: &Path) -> Result<(Self, Vec<Entry<'a>>), ProjectError> {
        let mut packer = Packer { folder, pictures: Vec::new() };
        let Setup { content, styles, protection, start, settings } = &project.setup;
        let mut manifest = Self {
            version: if project.unfinished.is_some() { VERSION } else { OLDER },
            program: program(),
            content: content.as_ref().map(|content| packer.source(content, "content")),
            styles: packer.styles(styles, "style"),
            protection: protection.as_ref().map(|mask| packer.add(mask, "masks/protection.png")),
            start: start.as_ref().map(|picture| packer.add(picture, "start.png")),
            settings: settings.clone(),
            picture: project.picture.as_ref().map(|picture| packer.add(picture, "picture.png")),
            history: Vec::new(),
            unfinished: None,
        };
        for (index, past) in project.history.iter().enumerate() {
            manifest.history.push(packer.result(past, index));
        }
        let mut entries = Vec::new();
        for (name, picture) in packer.pictures {
            entries.push(Entry { name, content: Content::Bytes(picture.bytes()?) });
        }
        if let Some(run) = &project.unfinished {
            let name = "unfinished.safetensors".to_owned();
            entries.push(Entry { name: name.clone(), content: Content::Snapshot(&run.snapshot) });
            manifest.unfinished = Some(ManifestRun { snapshot: name, seconds: run.seconds });
        }
        Ok((manifest, entries))
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("every manifest can be written as JSON")
    }

    pub(super) fn parse(text: &str) -> Result<Self, ProjectError> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| {
            // Valid JSON that does not match this version's format may be from a newer version.
            let header = error.is_data().then(|| Header::of(text)).flatten();
            match header.and_then(|header| header.if_newer(VERSION)) {
                Some(program) => ProjectError::Newer { program },
                None => ProjectError::Damaged,
            }
        })?;
        if manifest.version > VERSION {
            return Err(ProjectError::Newer { program: safe_program_name(&manifest.program) });
        }
        manifest.settings.validate()?;
        let past_styles = manifest.history.iter().flat_map(|past| &past.styles);
        manifest.styles.iter().chain(past_styles).try_for_each(Style::validate)?;
        manifest.history.iter().try_for_each(|past| past.settings.validate())?;
        let mut times =
            manifest.unfinished.iter().map(|run| run.seconds).chain(manifest.history.iter().map(|past| past.seconds));
        if times.any(|seconds| !(0.0..1e9).contains(&seconds)) {
            return Err(ProjectError::Damaged);
        }
        Ok(manifest)
    }

    /// The project, with its pictures read from `entries`.
    pub(super) fn into_project<R: Read + Seek>(
        self,
        entries: &mut Entries<R>,
        folder: &Path,
    ) -> Result<Project, ProjectError> {
        let mut unpacker = Unpacker { entries, folder, pictures: HashMap::new() };
        let setup = Setup {
            content: self.content.map(|content| unpacker.source(content)).transpose()?,
            styles: unpacker.styles(self.styles)?,
            protection: self.protection.map(|name| unpacker.picture(name)).transpose()?,
            start: self.start.map(|name| unpacker.picture(name)).transpose()?,
            settings: self.settings,
        };
        let picture = self.picture.map(|name| unpacker.picture(name)).transpose()?;
        let history = self.history.into_iter().map(|past| unpacker.result(past)).collect::<Result<_, _>>()?;
        let unfinished = self.unfinished.map(|run| {
            let snapshot = Arc::new(snapshot_file::read(&entries.bytes(&run.snapshot)?)?);
            Ok::<_, ProjectError>(Unfinished { snapshot, seconds: run.seconds })
        });
        Ok(Project { setup, picture, history, unfinished: unfinished.transpose()? })
    }
}

/// Collects the pictures of a project and names their entries. A picture that is used several times gets one entry.
struct Packer<'a, 'f> {
    folder: &'f Path,
    pictures: Vec<(String, &'a StoredPicture)>,
}

impl<'a> Packer<'a, '_> {
    /// The name of the picture's entry: that of its existing entry, or else `name` for a new one.
    fn add(&mut self, picture: &'a StoredPicture, name: &str) -> String {
        if let Some((name, _)) = self.pictures.iter().find(|(_, other)| other.is_same(picture)) {
            return name.clone();
        }
        self.pictures.push((name.to_owned(), picture));
        name.to_owned()
    }

    fn source(&mut self, source: &'a Source, name: &str) -> ManifestSource {
        ManifestSource {
            name: source.name.clone(),
            sha256: source.checksum,
            near: source.near.clone(),
            place: match &source.place {
                Place::Sample => ManifestPlace::Sample,
                Place::Inside(picture) => ManifestPlace::Inside(self.add(picture, &format!("sources/{name}.png"))),
                Place::File(path) => ManifestPlace::File(place::to_text(path, self.folder)),
            },
        }
    }

    fn styles(&mut self, styles: &'a [Style<Source, StoredPicture>], name: &str) -> Vec<ManifestStyle> {
        let to_manifest = |(index, style): (usize, &'a Style<Source, StoredPicture>)| {
            let source = self.source(&style.source, &format!("{name}-{index}"));
            style.with(source, style.mask.as_ref().map(|mask| self.add(mask, &format!("masks/{name}-{index}.png"))))
        };
        styles.iter().enumerate().map(to_manifest).collect()
    }

    fn result(&mut self, past: &'a PastResult, index: usize) -> ManifestResult {
        let Setup { content, styles, protection, start, settings } = &past.setup;
        ManifestResult {
            picture: self.add(&past.picture, &format!("history/{index}.png")),
            content: content.as_ref().map(|content| self.source(content, &format!("past-{index}-content"))),
            styles: self.styles(styles, &format!("past-{index}-style")),
            protection: protection.as_ref().map(|mask| self.add(mask, &format!("masks/past-{index}-protection.png"))),
            start: start.as_ref().map(|picture| self.add(picture, &format!("history/{index}-start.png"))),
            settings: settings.clone(),
            seconds: past.seconds,
            reached: past.reached,
            stopped: past.stopped,
            kept: past.kept,
        }
    }
}

/// Reads the pictures of a project. An entry that is named several times is read once.
struct Unpacker<'a, R> {
    entries: &'a mut Entries<R>,
    folder: &'a Path,
    pictures: HashMap<String, StoredPicture>,
}

impl<R: Read + Seek> Unpacker<'_, R> {
    fn picture(&mut self, name: String) -> Result<StoredPicture, ProjectError> {
        if let Some(picture) = self.pictures.get(&name) {
            return Ok(picture.clone());
        }
        let picture = StoredPicture::in_bytes(self.entries.bytes(&name)?);
        self.pictures.insert(name, picture.clone());
        Ok(picture)
    }

    fn source(&mut self, source: ManifestSource) -> Result<Source, ProjectError> {
        let place = match source.place {
            ManifestPlace::File(path) => Place::File(place::from_text(&path, self.folder)),
            ManifestPlace::Sample => Place::Sample,
            ManifestPlace::Inside(name) => Place::Inside(self.picture(name)?),
        };
        Ok(Source { near: source.near, ..Source::new(source.name, source.sha256, place) })
    }

    fn styles(&mut self, styles: Vec<ManifestStyle>) -> Result<Vec<Style<Source, StoredPicture>>, ProjectError> {
        let style = |Style { source, weight, brush_scale, mask }: ManifestStyle| {
            let mask = mask.map(|name| self.picture(name)).transpose()?;
            Ok(Style { source: self.source(source)?, weight, brush_scale, mask })
        };
        styles.into_iter().map(style).collect()
    }

    fn result(&mut self, past: ManifestResult) -> Result<PastResult, ProjectError> {
        Ok(PastResult {
            picture: self.picture(past.picture)?,
            setup: Setup {
                content: past.content.map(|content| self.source(content)).transpose()?,
                styles: self.styles(past.styles)?,
                protection: past.protection.map(|name| self.picture(name)).transpose()?,
                start: past.start.map(|name| self.picture(name)).transpose()?,
                settings: past.settings,
            },
            seconds: past.seconds,
            reached: past.reached,
            stopped: past.stopped,
            kept: past.kept,
        })
    }
}

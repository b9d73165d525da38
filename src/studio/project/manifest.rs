//! `project.json`: what a project says about itself, and which entry is what.

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::archive::{Content, Entries, Entry};
use super::content::{Past, Place, Project, Setup, Source, Unfinished};
use super::error::ProjectError;
use super::held::Held;
use super::{place, snapshot_file};
use crate::picture::Checksum;
use crate::studio::settings::Settings;
use crate::studio::style::Style;
use crate::studio::written::{Header, program, shortened};

/// The newest version that is read; written where a run is to go on, whose numbers version 1 has as 32-bit floats.
const VERSION: u32 = 2;
/// Written otherwise, so that older programs open it.
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
    history: Vec<ManifestPast>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<ManifestRun>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestSource {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Checksum>,
    place: ManifestPlace,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ManifestPlace {
    /// A path from the project's folder, with `/`.
    File(String),
    Sample,
    /// An entry.
    Inside(String),
}

/// A style whose mask is an entry.
type ManifestStyle = Style<ManifestSource, String>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestPast {
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
    /// What to write for a project in `folder`: the manifest, and the entries it names.
    pub(super) fn of<'a>(project: &'a Project, folder: &Path) -> Result<(Self, Vec<Entry<'a>>), ProjectError> {
        let mut packing = Packing { folder, held: Vec::new() };
        let Setup { content, styles, protection, start, settings } = &project.setup;
        let mut manifest = Self {
            version: if project.unfinished.is_some() { VERSION } else { OLDER },
            program: program(),
            content: content.as_ref().map(|content| packing.source(content, "content")),
            styles: packing.styles(styles, "style"),
            protection: protection.as_ref().map(|mask| packing.hold(mask, "masks/protection.png")),
            start: start.as_ref().map(|picture| packing.hold(picture, "start.png")),
            settings: settings.clone(),
            picture: project.picture.as_ref().map(|picture| packing.hold(picture, "picture.png")),
            history: Vec::new(),
            unfinished: None,
        };
        for (index, past) in project.history.iter().enumerate() {
            manifest.history.push(packing.past(past, index));
        }
        let mut entries = Vec::new();
        for (name, held) in packing.held {
            entries.push(Entry { name, content: Content::Bytes(held.bytes()?) });
        }
        if let Some(run) = &project.unfinished {
            let name = "unfinished.safetensors".to_owned();
            entries.push(Entry { name: name.clone(), content: Content::Snapshot(&run.snapshot) });
            manifest.unfinished = Some(ManifestRun { snapshot: name, seconds: run.seconds });
        }
        Ok((manifest, entries))
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest holds nothing that JSON cannot say")
    }

    pub(super) fn parse(text: &str) -> Result<Self, ProjectError> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| {
            // Well-formed, but not as this version knows it.
            let header = error.is_data().then(|| Header::of(text)).flatten();
            match header.and_then(|header| header.if_newer(VERSION)) {
                Some(program) => ProjectError::Newer { program },
                None => ProjectError::Damaged,
            }
        })?;
        if manifest.version > VERSION {
            return Err(ProjectError::Newer { program: shortened(&manifest.program) });
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

    /// The project, its pictures taken from `entries`.
    pub(super) fn into_project<R: Read + Seek>(
        self,
        entries: &mut Entries<R>,
        folder: &Path,
    ) -> Result<Project, ProjectError> {
        let mut unpacking = Unpacking { entries, folder, held: HashMap::new() };
        let setup = Setup {
            content: self.content.map(|content| unpacking.source(content)).transpose()?,
            styles: unpacking.styles(self.styles)?,
            protection: self.protection.map(|name| unpacking.held(name)).transpose()?,
            start: self.start.map(|name| unpacking.held(name)).transpose()?,
            settings: self.settings,
        };
        let picture = self.picture.map(|name| unpacking.held(name)).transpose()?;
        let history = self.history.into_iter().map(|past| unpacking.past(past)).collect::<Result<_, _>>()?;
        let unfinished = self.unfinished.map(|run| {
            let snapshot = Arc::new(snapshot_file::read(&entries.bytes(&run.snapshot)?)?);
            Ok::<_, ProjectError>(Unfinished { snapshot, seconds: run.seconds })
        });
        Ok(Project { setup, picture, history, unfinished: unfinished.transpose()? })
    }
}

/// Collects the pictures that a project holds, each once, however often it is named.
struct Packing<'a, 'f> {
    folder: &'f Path,
    held: Vec<(String, &'a Held)>,
}

impl<'a> Packing<'a, '_> {
    /// The name of the entry that the picture is in; `usual` when it is not in one yet.
    fn hold(&mut self, held: &'a Held, usual: &str) -> String {
        if let Some((name, _)) = self.held.iter().find(|(_, other)| other.is(held)) {
            return name.clone();
        }
        self.held.push((usual.to_owned(), held));
        usual.to_owned()
    }

    fn source(&mut self, source: &'a Source, usual: &str) -> ManifestSource {
        ManifestSource {
            name: source.name.clone(),
            sha256: source.checksum,
            place: match &source.place {
                Place::Sample => ManifestPlace::Sample,
                Place::Inside(held) => ManifestPlace::Inside(self.hold(held, &format!("sources/{usual}.png"))),
                Place::File(path) => ManifestPlace::File(place::written(path, self.folder)),
            },
        }
    }

    fn styles(&mut self, styles: &'a [Style<Source, Held>], usual: &str) -> Vec<ManifestStyle> {
        let written = |(index, style): (usize, &'a Style<Source, Held>)| {
            let source = self.source(&style.source, &format!("{usual}-{index}"));
            style.with(source, style.mask.as_ref().map(|mask| self.hold(mask, &format!("masks/{usual}-{index}.png"))))
        };
        styles.iter().enumerate().map(written).collect()
    }

    fn past(&mut self, past: &'a Past, index: usize) -> ManifestPast {
        let Setup { content, styles, protection, start, settings } = &past.setup;
        ManifestPast {
            picture: self.hold(&past.picture, &format!("history/{index}.png")),
            content: content.as_ref().map(|content| self.source(content, &format!("past-{index}-content"))),
            styles: self.styles(styles, &format!("past-{index}-style")),
            protection: protection.as_ref().map(|mask| self.hold(mask, &format!("masks/past-{index}-protection.png"))),
            start: start.as_ref().map(|picture| self.hold(picture, &format!("history/{index}-start.png"))),
            settings: settings.clone(),
            seconds: past.seconds,
            reached: past.reached,
            stopped: past.stopped,
            kept: past.kept,
        }
    }
}

/// Takes pictures out of a project's entries, each once, however often it is named.
struct Unpacking<'a, R> {
    entries: &'a mut Entries<R>,
    folder: &'a Path,
    held: HashMap<String, Held>,
}

impl<R: Read + Seek> Unpacking<'_, R> {
    fn held(&mut self, name: String) -> Result<Held, ProjectError> {
        if let Some(held) = self.held.get(&name) {
            return Ok(held.clone());
        }
        let held = Held::in_bytes(self.entries.bytes(&name)?);
        self.held.insert(name, held.clone());
        Ok(held)
    }

    fn source(&mut self, source: ManifestSource) -> Result<Source, ProjectError> {
        let place = match source.place {
            ManifestPlace::File(path) => Place::File(place::meant(&path, self.folder)),
            ManifestPlace::Sample => Place::Sample,
            ManifestPlace::Inside(name) => Place::Inside(self.held(name)?),
        };
        Ok(Source { name: source.name, checksum: source.sha256, place })
    }

    fn styles(&mut self, styles: Vec<ManifestStyle>) -> Result<Vec<Style<Source, Held>>, ProjectError> {
        let style = |Style { source, weight, brush_scale, mask }: ManifestStyle| {
            let mask = mask.map(|name| self.held(name)).transpose()?;
            Ok(Style { source: self.source(source)?, weight, brush_scale, mask })
        };
        styles.into_iter().map(style).collect()
    }

    fn past(&mut self, past: ManifestPast) -> Result<Past, ProjectError> {
        Ok(Past {
            picture: self.held(past.picture)?,
            setup: Setup {
                content: past.content.map(|content| self.source(content)).transpose()?,
                styles: self.styles(past.styles)?,
                protection: past.protection.map(|name| self.held(name)).transpose()?,
                start: past.start.map(|name| self.held(name)).transpose()?,
                settings: past.settings,
            },
            seconds: past.seconds,
            reached: past.reached,
            stopped: past.stopped,
            kept: past.kept,
        })
    }
}

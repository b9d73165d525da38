//! `project.json`: what a project says about itself, and which entry is what.

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::archive::{Content, Entries, Entry};
use super::error::ProjectError;
use super::{Held, Past, Place, Project, Source, Style, Unfinished, place, snapshot};
use crate::picture::Checksum;
use crate::studio::settings::{Settings, check_style};
use crate::studio::written::{Header, program, shortened};

/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    version: u32,
    program: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<WrittenSource>,
    styles: Vec<WrittenStyle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protection: Option<String>,
    settings: Settings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<WrittenPast>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<WrittenRun>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSource {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Checksum>,
    place: WrittenPlace,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenPlace {
    /// A path from the project's folder, with `/`.
    File(String),
    Sample,
    /// An entry.
    Inside(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStyle {
    source: WrittenSource,
    weight: f32,
    #[serde(default = "one")]
    brush_scale: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
}

fn one() -> f32 {
    1.0
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPast {
    picture: String,
    settings: Settings,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRun {
    snapshot: String,
    seconds: f64,
}

impl Manifest {
    /// What to write for a project in `folder`: the manifest, and the entries it names.
    pub(super) fn of<'a>(project: &'a Project, folder: &Path) -> (Self, Vec<Entry<'a>>) {
        let mut entries = Vec::new();
        let mut hold = |held: &'a Held, name: String| {
            entries.push(Entry { name: name.clone(), content: Content::Bytes(&held.0) });
            name
        };
        let mut source = |source: &'a Source, name: &str| WrittenSource {
            name: source.name.clone(),
            sha256: source.checksum,
            place: match &source.place {
                Place::Sample => WrittenPlace::Sample,
                Place::Inside(held) => WrittenPlace::Inside(hold(held, format!("sources/{name}.png"))),
                // A path that is not text is asked for when the project is opened.
                Place::File(path) => WrittenPlace::File(place::written(path, folder).unwrap_or_default()),
            },
        };
        let content = project.content.as_ref().map(|content| source(content, "content"));
        let sources: Vec<WrittenSource> = (0..)
            .zip(&project.styles)
            .map(|(index, style): (usize, _)| source(&style.source, &format!("style-{index}")))
            .collect();
        let styles = sources
            .into_iter()
            .zip(&project.styles)
            .enumerate()
            .map(|(index, (source, style))| WrittenStyle {
                source,
                weight: style.weight,
                brush_scale: style.brush_scale,
                mask: style.mask.as_ref().map(|mask| hold(mask, format!("masks/style-{index}.png"))),
            })
            .collect();
        let history = project
            .history
            .iter()
            .enumerate()
            .map(|(index, past)| WrittenPast {
                picture: hold(&past.picture, format!("history/{index}.png")),
                settings: past.settings.clone(),
            })
            .collect();
        let protection = project.protection.as_ref().map(|mask| hold(mask, "masks/protection.png".to_owned()));
        let picture = project.picture.as_ref().map(|picture| hold(picture, "picture.png".to_owned()));
        let unfinished = project.unfinished.as_ref().map(|run| {
            let name = "unfinished.safetensors".to_owned();
            entries.push(Entry { name: name.clone(), content: Content::Snapshot(&run.snapshot) });
            WrittenRun { snapshot: name, seconds: run.seconds }
        });
        let manifest = Self {
            version: VERSION,
            program: program(),
            content,
            styles,
            protection,
            settings: project.settings.clone(),
            picture,
            history,
            unfinished,
        };
        (manifest, entries)
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest holds nothing that JSON cannot say")
    }

    pub(super) fn parse(text: &str) -> Result<Self, ProjectError> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| {
            // Well-formed, but not as this version knows it.
            let header = error.is_data().then(|| Header::of(text)).flatten();
            match header.and_then(Header::if_newer) {
                Some(program) => ProjectError::Newer { program },
                None => ProjectError::Damaged,
            }
        })?;
        if manifest.version > VERSION {
            return Err(ProjectError::Newer { program: shortened(&manifest.program) });
        }
        manifest.settings.validate()?;
        manifest.history.iter().try_for_each(|past| past.settings.validate())?;
        manifest.styles.iter().try_for_each(|style| check_style(style.weight, style.brush_scale))?;
        if manifest.unfinished.as_ref().is_some_and(|run| !(0.0..1e9).contains(&run.seconds)) {
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
        let mut project = Project { settings: self.settings, ..Project::default() };
        project.content = self.content.map(|content| content.into_source(entries, folder)).transpose()?;
        for style in self.styles {
            project.styles.push(Style {
                source: style.source.into_source(entries, folder)?,
                weight: style.weight,
                brush_scale: style.brush_scale,
                mask: style.mask.map(|name| held(entries, &name)).transpose()?,
            });
        }
        for past in self.history {
            project.history.push(Past { picture: held(entries, &past.picture)?, settings: past.settings });
        }
        project.protection = self.protection.map(|name| held(entries, &name)).transpose()?;
        project.picture = self.picture.map(|name| held(entries, &name)).transpose()?;
        if let Some(run) = self.unfinished {
            let snapshot = Arc::new(snapshot::read(&entries.bytes(&run.snapshot)?)?);
            project.unfinished = Some(Unfinished { snapshot, seconds: run.seconds });
        }
        Ok(project)
    }
}

impl WrittenSource {
    fn into_source<R: Read + Seek>(self, entries: &mut Entries<R>, folder: &Path) -> Result<Source, ProjectError> {
        let place = match self.place {
            WrittenPlace::File(path) => Place::File(place::meant(&path, folder)),
            WrittenPlace::Sample => Place::Sample,
            WrittenPlace::Inside(name) => Place::Inside(held(entries, &name)?),
        };
        Ok(Source { name: self.name, checksum: self.sha256, place })
    }
}

fn held<R: Read + Seek>(entries: &mut Entries<R>, name: &str) -> Result<Held, ProjectError> {
    Ok(Held(entries.bytes(name)?.into()))
}

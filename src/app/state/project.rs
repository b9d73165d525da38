//! Work that is kept and gone on with.

use std::sync::Arc;

use super::{Kind, Painting, Question, Sheet, State};
use crate::app::action::{Effect, Origin, Target};
use crate::app::samples;
use crate::picture::Checksum;
use crate::picture::metadata::{Metadata, Provenance};
use crate::studio::project::{Held, Place, Project, Source, Style, Unfinished};
use crate::studio::{Settings, StyleBalance, WrittenRecipe, WrittenSource, WrittenStyle, WrittenSubject, program};

/// A run that waits for its pictures.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    run: Unfinished,
    settings: Settings,
    checksums: Vec<Option<Checksum>>,
    /// It begins by itself when they are there.
    at_once: bool,
}

impl State {
    /// The photo and the paintings that are there, and the settings, as a project.
    pub(in crate::app) fn project(&self) -> Project {
        let photo = self.sources.photo.as_ref().and_then(|card| card.loaded.as_ref());
        let held = |sheet: &Arc<Sheet>| Held::new(&sheet.to_picture()).ok();
        let style = |painting: &Painting| {
            Some(Style {
                source: painting.card.loaded.as_ref()?.source.clone(),
                weight: painting.part.weight,
                brush_scale: painting.part.brush_scale,
                mask: painting.mask.as_ref().and_then(held),
            })
        };
        Project {
            content: photo.map(|loaded| loaded.source.clone()),
            styles: self.sources.paintings.iter().filter_map(style).collect(),
            protection: self.sources.protection.as_ref().and_then(held),
            settings: self.settings.clone(),
            ..Project::default()
        }
    }

    /// What is kept of the run that was begun; nothing of one that continues a picture, which no project holds yet.
    pub(in crate::app) fn kept_project(&self) -> Option<Project> {
        let began = self.run.began_with.as_ref().filter(|began| !began.continues)?;
        Some(began.project.clone())
    }

    /// The run to go on with, if that which was begun has the pictures and settings that it was painted with.
    pub(in crate::app) fn take_unfinished(&mut self) -> Option<Unfinished> {
        let waiting = self.unfinished.take()?;
        let begun = self.kept_project()?;
        let fits = waiting.checksums == checksums(&begun)
            && begun.settings.with_live_of(&waiting.settings) == waiting.settings;
        fits.then_some(waiting.run)
    }

    /// Takes up the work that was found: its settings, its pictures and, when those are there, its run.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        let project = match self.question.take() {
            Some(Question::GoOn(project)) => *project,
            other => {
                self.question = other;
                return Vec::new();
            }
        };
        self.sources.photo = None;
        self.sources.paintings.clear();
        self.easel = None;
        self.sources.protection = project.protection.as_ref().and_then(sheet);
        self.settings = project.settings.clone();
        self.unfinished = project.unfinished.clone().map(|run| Waiting {
            run,
            settings: project.settings.clone(),
            checksums: checksums(&project),
            at_once: true,
        });
        let mut effects = vec![Effect::Adopt];
        if let Some(content) = project.content {
            effects.extend(self.add(vec![origin(content)], Target::Photo));
        }
        for style in project.styles {
            effects.extend(self.add(vec![origin(style.source)], Target::NewPainting));
            if let Some(painting) = self.sources.paintings.last_mut() {
                painting.part = StyleBalance { weight: style.weight, brush_scale: style.brush_scale };
                painting.mask = style.mask.as_ref().and_then(sheet);
            }
        }
        effects
    }

    /// Begins the run that waits, once all its pictures are there.
    pub(super) fn go_on_when_ready(&mut self) -> Vec<Effect> {
        if self.sources.is_loading() {
            return Vec::new();
        }
        let now = checksums(&self.project());
        let Some(waiting) = self.unfinished.as_mut().filter(|waiting| waiting.at_once) else { return Vec::new() };
        waiting.at_once = false;
        if waiting.checksums != now {
            self.notify(
                Kind::Remark,
                "A picture of the unfinished work is missing or has changed. Add it again and press Start; painting \
                 then goes on.",
            );
            return Vec::new();
        }
        self.start()
    }
}

/// What a picture says of how it was painted, and from what.
pub(super) fn metadata(project: &Project, settings: &Settings) -> Metadata {
    let written = |source: &Source| WrittenSource { name: source.name.clone(), sha256: source.checksum };
    let painted = |_: &Held| WrittenSource { name: "a mask painted in the window".to_owned(), sha256: None };
    let styles = project.styles.iter().map(|style| {
        let WrittenSource { name, sha256 } = written(&style.source);
        WrittenStyle {
            name,
            sha256,
            weight: style.weight,
            brush_scale: style.brush_scale,
            mask: style.mask.as_ref().map(painted),
        }
    });
    let provenance = project.content.as_ref().map(|content| {
        let subject =
            WrittenSubject::Photo { source: written(content), protect: project.protection.as_ref().map(painted) };
        let recipe = WrittenRecipe::new(subject, styles.collect(), None, settings.clone());
        let sources = recipe.names().map(str::to_owned).collect();
        Provenance { program: program(), sources, recipe: recipe.to_json() }
    });
    Metadata { provenance, exif: None }
}

fn checksums(project: &Project) -> Vec<Option<Checksum>> {
    let styles = project.styles.iter().map(|style| &style.source);
    project.content.iter().chain(styles).map(|source| source.checksum).collect()
}

fn sheet(held: &Held) -> Option<Arc<Sheet>> {
    held.open().ok().map(|picture| Arc::new(Sheet::from_picture(&picture)))
}

fn origin(source: Source) -> Origin {
    let Source { name, place, .. } = source;
    match place {
        Place::File(path) => Origin::File(path),
        Place::Inside(held) => Origin::Held { name, held },
        // A sample that this version does not have is refused when it is read.
        Place::Sample => {
            let index = samples::ALL.iter().position(|sample| sample.title == name);
            Origin::Sample(index.unwrap_or(samples::ALL.len()))
        }
    }
}

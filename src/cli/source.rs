//! Finds the pictures to paint from: named on the command line, in a project, or beside a finished picture.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{MetadataArgument, PaintingArguments, Stylize};
use super::failure::{Failure, refuse_same_file};
use crate::picture::decode::{self, PictureFile};
use crate::picture::metadata::{Exif, Metadata};
use crate::picture::path::file_name;
use crate::picture::{Picture, Problem};
use crate::studio::project::{Place, Project, Setup, Source, StoredPicture};
use crate::studio::{Settings, Style, WrittenRecipe, WrittenSource, WrittenSubject, nearest_paintings};

/// The settings and sources to start from, which other arguments then override.
pub(super) struct Basis {
    pub(super) settings: Settings,
    pub(super) content: Option<Source>,
    pub(super) protect: Option<Source>,
    /// The starting picture.
    pub(super) start: Option<Source>,
    pub(super) styles: Vec<Style<Source>>,
    /// Width, height and whether it is seamless, for a texture.
    pub(super) texture: Option<(u32, u32, bool)>,
    /// The opened project, or an empty one.
    pub(super) project: Project,
    /// Whether the pictures differ from the project's.
    is_changed: bool,
}

/// A source picture after reading, with its origin.
pub(super) struct SourcePicture {
    pub(super) picture: Arc<Picture>,
    source: Source,
    exif: Option<Exif>,
}

impl Basis {
    /// The content of the project or the recipe in the arguments, or else the defaults. Files named in the arguments
    /// take precedence.
    pub(super) fn of(arguments: &Stylize) -> Result<Self, Failure> {
        let mut basis = match (&arguments.project, &arguments.recipe) {
            (Some(path), _) => Self::of_project(Project::open(path).map_err(Failure::wrong_input)?),
            (None, Some(path)) => Self::of_picture(path)?,
            (None, None) => Self::of_project(Project::default()),
        };
        if let Some(path) = &arguments.content {
            (basis.content, basis.is_changed) = (Some(in_file(path)), true);
        }
        if let Some(path) = &arguments.photo.protect {
            (basis.protect, basis.is_changed) = (Some(in_file(path)), true);
        }
        let painting = &arguments.painting;
        basis.is_changed |=
            !painting.styles.is_empty() || !painting.style_brush_scales.is_empty() || arguments.init.is_some();
        basis.styles = named_styles(painting, basis.styles)?;
        Ok(basis)
    }

    fn of_project(project: Project) -> Self {
        let in_project =
            |name: &str, picture: &StoredPicture| Source::new(name.to_owned(), None, Place::Inside(picture.clone()));
        let mask = |mask: &StoredPicture| in_project("mask", mask);
        let setup = &project.setup;
        let styles = setup.styles.iter().map(|style| style.map(Source::clone, mask));
        Self {
            settings: setup.settings.clone(),
            content: setup.content.clone(),
            protect: setup.protection.as_ref().map(mask),
            start: setup.start.as_ref().map(|picture| in_project("the starting picture", picture)),
            styles: styles.collect(),
            texture: None,
            project,
            is_changed: false,
        }
    }

    /// The recipe in a finished picture; its sources are looked for beside the picture.
    pub(super) fn of_picture(path: &Path) -> Result<Self, Failure> {
        let file = decode::read(path).map_err(Failure::wrong_input)?;
        let named = |sentence: String| Failure::wrong_input(format!("{sentence}: {}", path.display()));
        let text = file.recipe.ok_or_else(|| {
            named("the picture contains no settings; Impasto did not paint it, or they were removed".to_owned())
        })?;
        let recipe = WrittenRecipe::parse(&text).map_err(|error| named(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let find = |source: &WrittenSource| {
            // A mask painted by hand is stored in the recipe.
            let place = source.picture().map_or_else(|| beside(folder, &source.name), Place::Inside);
            Source::new(source.name.clone(), source.sha256, place)
        };
        let (content, protect, texture) = match &recipe.subject {
            WrittenSubject::Photo { source, protect } => (Some(find(source)), protect.as_deref().map(find), None),
            WrittenSubject::Texture { width, height, seamless } => (None, None, Some((*width, *height, *seamless))),
        };
        let styles = recipe.styles.iter().map(|style| style.map(find, find)).collect();
        Ok(Self {
            settings: recipe.settings,
            content,
            protect,
            start: None,
            styles,
            texture,
            project: Project::default(),
            is_changed: true,
        })
    }

    /// Whether the project's unfinished run can be resumed with these settings: the pictures are the project's, and
    /// only settings that may change during a run differ.
    pub(super) fn can_resume(&self, settings: &Settings) -> bool {
        let painted = &self.project.setup.settings;
        !self.is_changed && settings.clone().with_steerable_settings_of(painted) == *painted
    }
}

/// A source in a file named on the command line.
pub(super) fn in_file(path: &Path) -> Source {
    Source::new(file_name(path), None, Place::File(path.to_path_buf()))
}

/// The file `name` in `folder`, or else in the current folder.
fn beside(folder: &Path, name: &str) -> Place {
    // Strips folders, so that the recipe in a picture cannot point to a file elsewhere.
    let name = Path::new(name).file_name().map(PathBuf::from).unwrap_or_default();
    let beside = folder.join(&name);
    Place::File(if beside.exists() || !name.exists() { beside } else { name })
}

/// The styles named in the arguments, or else the `usual` ones, with the brush scales in the arguments.
pub(super) fn named_styles(
    arguments: &PaintingArguments,
    usual: Vec<Style<Source>>,
) -> Result<Vec<Style<Source>>, Failure> {
    for path in arguments.styles.iter().flat_map(|style| [Some(&style.path), style.mask.as_ref()]).flatten() {
        refuse_same_file(path, &arguments.output)?;
    }
    let named = arguments.styles.iter().map(|style| Style {
        source: in_file(&style.path),
        weight: style.weight,
        brush_scale: 1.0,
        mask: style.mask.as_deref().map(in_file),
    });
    let mut styles = if arguments.styles.is_empty() { usual } else { named.collect() };
    set_brush_scales(&mut styles, &arguments.style_brush_scales)?;
    Ok(styles)
}

/// Gives each style its brush scale, if there are any.
pub(super) fn set_brush_scales<S>(styles: &mut [Style<S>], scales: &[f32]) -> Result<(), Failure> {
    let count = styles.len();
    if !scales.is_empty() && scales.len() != count {
        return Err(Failure::wrong_input(format!(
            "the number of --style-brush-scale options ({}) is not the number of styles ({count}); give one for each \
             style, or none",
            scales.len()
        )));
    }
    for (style, scale) in styles.iter_mut().zip(scales) {
        style.brush_scale = *scale;
    }
    Ok(())
}

/// Reads the paintings and their masks.
pub(super) fn read_styles(styles: &[Style<Source>]) -> Result<Vec<Style<SourcePicture>>, Failure> {
    let read = |source: &Source| SourcePicture::from(source, "--style");
    styles.iter().map(|style| style.try_map(read, read)).collect()
}

/// The styles for a recipe.
pub(super) fn styles_of_recipe(styles: &[Style<SourcePicture>]) -> Vec<Style<Arc<Picture>>> {
    let picture = |source: &SourcePicture| Arc::clone(&source.picture);
    styles.iter().map(|style| style.map(picture, picture)).collect()
}

impl SourcePicture {
    /// Reads a picture. Messages suggest `option` for naming another file.
    pub(super) fn from(source: &Source, option: &str) -> Result<Self, Failure> {
        let Source { name, checksum, place, .. } = source;
        let (picture, found, exif) = match place {
            Place::File(path) => {
                let file = decode::read(path).map_err(|error| match (checksum, error.problem()) {
                    // With a checksum, the file existed when the project or the picture was saved.
                    (Some(_), Problem::Missing) => Failure::wrong_input(format!(
                        "{name} is not where it was; give its new location with {option}: {}",
                        path.display()
                    )),
                    _ => Failure::wrong_input(error),
                });
                let PictureFile { picture, checksum, exif, .. } = file?;
                (Arc::new(picture), Some(checksum), exif)
            }
            Place::Inside(picture) => (picture.open().map_err(Failure::wrong_input)?, *checksum, None),
            Place::Sample => {
                return Err(Failure::wrong_input(format!(
                    "{name} is one of the window's samples; name a file of your own with {option}"
                )));
            }
        };
        if let (Some(expected), Some(found), Place::File(path)) = (checksum, found, place)
            && *expected != found
        {
            return Err(Failure::wrong_input(format!(
                "this is not the picture that was painted from; name the right one with {option}: {}",
                path.display()
            )));
        }
        let near = nearest_paintings(&picture);
        let source = Source { checksum: found, near, ..source.clone() };
        Ok(Self { picture, source, exif })
    }

    /// The source by name and checksum.
    fn to_named(&self) -> WrittenSource {
        WrittenSource::of(&self.source)
    }

    /// A mask by name and checksum, or the whole mask if it has no file.
    fn to_written(&self) -> WrittenSource {
        let Source { name, checksum, place, .. } = &self.source;
        match (place, checksum) {
            (Place::Inside(picture), None) => WrittenSource::with_picture(name.clone(), picture),
            _ => WrittenSource::new(name.clone(), *checksum),
        }
    }

    /// The picture for storing in a project.
    fn to_stored(&self) -> StoredPicture {
        match &self.source.place {
            Place::Inside(picture) => picture.clone(),
            Place::File(_) | Place::Sample => StoredPicture::of(Arc::clone(&self.picture)),
        }
    }
}

/// What the picture shows, after reading.
pub(super) enum SubjectSource {
    Photo { photo: Box<SourcePicture>, protect: Option<SourcePicture> },
    Texture { width: u32, height: u32, seamless: bool },
}

/// All source pictures, after reading.
pub(super) struct LoadedSources {
    pub(super) subject: SubjectSource,
    pub(super) styles: Vec<Style<SourcePicture>>,
    pub(super) start: Option<SourcePicture>,
}

/// The metadata of a painted clip, whose original has this name.
pub(super) fn clip_metadata(
    name: String,
    (styles, protect): (&[Style<SourcePicture>], Option<&SourcePicture>),
    wanted: MetadataArgument,
    settings: &Settings,
) -> Metadata {
    let source = WrittenSource::new(name, None);
    let subject = WrittenSubject::Photo { source, protect: protect.map(|mask| Box::new(mask.to_written())) };
    metadata((subject, None), (styles, None), wanted, settings)
}

fn metadata(
    (subject, exif): (WrittenSubject, Option<Exif>),
    (styles, start): (&[Style<SourcePicture>], Option<WrittenSource>),
    wanted: MetadataArgument,
    settings: &Settings,
) -> Metadata {
    let styles = styles.iter().map(|style| style.map(SourcePicture::to_named, SourcePicture::to_written));
    let provenance = WrittenRecipe::new(subject, styles.collect(), start, settings.clone()).provenance();
    Metadata { provenance: Some(provenance), exif }.limited_to(wanted.into())
}

impl LoadedSources {
    /// The metadata of the finished picture.
    pub(super) fn metadata(&self, wanted: MetadataArgument, settings: &Settings) -> Metadata {
        let subject = match &self.subject {
            SubjectSource::Photo { photo, protect } => {
                let protect = protect.as_ref().map(SourcePicture::to_written);
                (WrittenSubject::Photo { source: photo.to_named(), protect: protect.map(Box::new) }, photo.exif.clone())
            }
            SubjectSource::Texture { width, height, seamless } => {
                (WrittenSubject::Texture { width: *width, height: *height, seamless: *seamless }, None)
            }
        };
        let start = self.start.as_ref().map(SourcePicture::to_named);
        metadata(subject, (&self.styles, start), wanted, settings)
    }

    /// The project of this run, with the history of the opened project.
    pub(super) fn project(&self, opened: &Project, settings: &Settings) -> Project {
        let (content, protection) = match &self.subject {
            SubjectSource::Photo { photo, protect } => (Some(photo.source.clone()), protect.as_ref()),
            SubjectSource::Texture { .. } => (None, None),
        };
        let source = |picture: &SourcePicture| picture.source.clone();
        let styles = self.styles.iter().map(|style| style.map(source, SourcePicture::to_stored));
        let setup = Setup {
            content,
            styles: styles.collect(),
            protection: protection.map(SourcePicture::to_stored),
            start: self.start.as_ref().map(SourcePicture::to_stored),
            settings: settings.clone(),
        };
        Project { setup, picture: None, unfinished: None, history: opened.history.clone() }
    }

    /// The source files, which must not be overwritten.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let (photo, protect) = match &self.subject {
            SubjectSource::Photo { photo, protect } => (Some(&**photo), protect.as_ref()),
            SubjectSource::Texture { .. } => (None, None),
        };
        let styles = self.styles.iter().flat_map(|style| [Some(&style.source), style.mask.as_ref()]).flatten();
        let pictures = photo.into_iter().chain(protect).chain(styles).chain(&self.start);
        pictures.filter_map(|picture| match &picture.source.place {
            Place::File(path) => Some(path.as_path()),
            Place::Sample | Place::Inside(_) => None,
        })
    }
}

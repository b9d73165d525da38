//! `impasto gallery`: many pictures on one sheet, to compare paintings, photos and settings by eye.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::imageops::overlay;
use image::{DynamicImage, Rgb, RgbImage};
use serde_json::Value;

use super::arguments::Gallery;
use super::failure::Failure;
use super::paint::{Painter, run_and_save};
use super::report::Report;
use super::source::{named_styles, read_styles, styles_of_recipe};
use crate::picture::Picture;
use crate::picture::metadata::{Metadata, Provenance};
use crate::picture::path::file_name;
use crate::picture::resize::thumbnail;
use crate::studio::{Continuity, PaintedPicture, Recipe, Settings, Style, Subject, program};

/// Pixels between two pictures.
const GAP: u32 = 8;
/// The sheet's background colour.
const PAPER: Rgb<u8> = Rgb([246, 244, 240]);

/// Runs `impasto gallery`.
pub fn gallery(arguments: &Gallery) -> ExitCode {
    run_and_save(
        &arguments.painting,
        || rows(arguments).map(|rows| (rows, metadata(arguments))),
        |rows, painter, report| paint(rows, arguments.size, arguments.painting.time_limit()?, painter, report),
    )
}

/// The sheet's metadata: the names of the source pictures. No single recipe could paint the sheet again.
fn metadata(arguments: &Gallery) -> Metadata {
    let painting = &arguments.painting;
    let files = arguments.contents.iter().chain(painting.styles.iter().map(|style| &style.path));
    let sources = files.map(|path| file_name(path)).collect();
    let provenance = Provenance { program: program(), sources, recipe: None, brief: None };
    Metadata { provenance: Some(provenance), exif: None }.limited_to(painting.metadata.into())
}

/// One cell of the sheet.
enum Cell {
    Empty,
    Source(Arc<Picture>),
    ToPaint(Box<Recipe>),
}

/// The cells of the sheet, row by row. Without `--vary`, the paintings are in the first row and the photos in the first
/// column. With it, each row begins with its photo and its painting.
fn rows(arguments: &Gallery) -> Result<Vec<Vec<Cell>>, Failure> {
    let painting = &arguments.painting;
    let photos = arguments.contents.iter().map(|path| painting.open(path)).collect::<Result<Vec<_>, _>>()?;
    let styles = styles_of_recipe(&read_styles(&named_styles(painting, Vec::new())?)?);
    let settings = arguments.settings();
    let recipe = |photo: &Arc<Picture>, style: &Style<Arc<Picture>>, settings: Settings| {
        let recipe = painting.recipe(Subject::photo(Arc::clone(photo)), vec![style.clone()], settings, None, false)?;
        Ok(Cell::ToPaint(Box::new(recipe)))
    };
    let source = |picture: &Arc<Picture>| Cell::Source(Arc::clone(picture));
    let Some(vary) = &arguments.vary else {
        let header = std::iter::once(Cell::Empty).chain(styles.iter().map(|style| source(&style.source))).collect();
        let mut rows = vec![header];
        for photo in &photos {
            let to_paint = styles.iter().map(|style| recipe(photo, style, settings.clone()));
            rows.push(std::iter::once(Ok(source(photo))).chain(to_paint).collect::<Result<_, Failure>>()?);
        }
        return Ok(rows);
    };
    let variants = variants(&settings, vary).map_err(Failure::wrong_input)?;
    let mut rows = Vec::new();
    for photo in &photos {
        for style in &styles {
            let to_paint = variants.iter().map(|settings| recipe(photo, style, settings.clone()));
            let sources = [source(photo), source(&style.source)].map(Ok);
            rows.push(sources.into_iter().chain(to_paint).collect::<Result<_, Failure>>()?);
        }
    }
    Ok(rows)
}

/// The settings with each value listed in `SETTING=A,B,…`. Settings are named as in recipe files, with hyphens or
/// underscores.
fn variants(settings: &Settings, vary: &str) -> Result<Vec<Settings>, String> {
    let Some((name, values)) = vary.split_once('=') else {
        return Err(format!("{vary} lists no values; write a setting and values to try, such as strength=0,50,100"));
    };
    let name = name.replace('-', "_");
    let variant = |value: &str| {
        // A value that is not valid JSON is a string.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        settings.with(&name, &value).map_err(|error| error.to_string())
    };
    values.split(',').map(variant).collect()
}

fn paint(
    rows: Vec<Vec<Cell>>,
    size: u32,
    limit: Option<Duration>,
    painter: &mut Painter,
    report: &mut Report,
) -> Result<(PaintedPicture, bool), Failure> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0) as u32;
    let pitch = size + GAP;
    let mut sheet = RgbImage::from_pixel(columns * pitch + GAP, rows.len() as u32 * pitch + GAP, PAPER);
    let (mut elapsed, mut interrupted) = (Duration::ZERO, false);
    let began = Instant::now();
    let mut to_paint = rows.iter().flatten().filter(|cell| matches!(cell, Cell::ToPaint(_))).count() as u32;
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            let picture = match cell {
                Cell::Source(picture) => thumbnail(&picture, size),
                Cell::ToPaint(recipe) if !interrupted => {
                    // Divides the remaining time evenly among the remaining pictures.
                    let share = limit.map(|limit| limit.saturating_sub(began.elapsed()) / to_paint);
                    let recipe = share.into_iter().fold(*recipe, Recipe::within);
                    to_paint -= 1;
                    let (painted, was_interrupted) = painter.paint(recipe, Continuity::default(), report)?;
                    elapsed += painted.elapsed;
                    interrupted = was_interrupted;
                    Arc::unwrap_or_clone(painted.picture)
                }
                Cell::Empty | Cell::ToPaint(_) => continue,
            };
            let centred = |index: u32, side: u32| i64::from(index * pitch + GAP + (size - side.min(size)) / 2);
            let (left, top) = (centred(column, picture.width()), centred(row, picture.height()));
            overlay(&mut sheet, &picture.pixels().to_rgb8(), left, top);
        }
    }
    let picture = Arc::new(Picture::new(DynamicImage::from(sheet)));
    Ok((PaintedPicture { picture, elapsed }, interrupted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_varied_by_its_name() {
        let settings = Settings::default();
        let strengths: Vec<f32> =
            variants(&settings, "strength=0,50.5").unwrap().iter().map(|settings| settings.strength).collect();
        assert_eq!(strengths, [0.0, 50.5]);
        let palettes = variants(&settings, "palette=photo,painting").unwrap();
        assert_ne!(palettes[0].palette, palettes[1].palette);
        assert!(variants(&settings, "brush-scale=2").is_ok());
        for wrong in ["strength", "no_such=1", "strength=red"] {
            assert!(variants(&settings, wrong).is_err(), "{wrong}");
        }
    }
}

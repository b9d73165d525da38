//! `impasto map`: lays out paintings on a plane, and the styles between them.

use std::path::Path;
use std::process::ExitCode;

use super::arguments::{Map, MapBeginning};
use super::exit::INTERRUPTED;
use super::failure::{Failure, check_ending, exit_code, refuse_same_file};
use super::interrupt::Interrupts;
use super::map_report::MapReport;
use crate::engine::balance::Balance;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::picture::encode::{Existing, check_place};
use crate::picture::map_file::MapFile;
use crate::picture::style_map::StyleMap;
use crate::studio::batch::find_contents;
use crate::studio::map::{MapError, MapOrder, make_map};

/// Runs `impasto map`.
pub fn map(arguments: &Map) -> ExitCode {
    let mut report = MapReport::new(arguments.json, arguments.quiet);
    let result = attempt(arguments, &mut report);
    exit_code(result, |sentence| report.failed(sentence))
}

fn attempt(arguments: &Map, report: &mut MapReport) -> Result<u8, Failure> {
    let output = &arguments.output;
    check_ending(output, "a style map", StyleMap::ENDING)?;
    let mut paintings = Vec::new();
    for place in &arguments.styles {
        refuse_same_file(place, output)?;
        let found = find_contents(std::slice::from_ref(place), None)?;
        paintings.extend(found.into_iter().map(|found| found.path));
    }
    let existing = if arguments.overwrite { Existing::Replace } else { Existing::Refuse };
    check_place(output, existing).map_err(Failure::wrong_input)?;
    let MapBeginning { from, removed, learn_again } = &arguments.beginning;
    if arguments.seed.is_some() && from.is_some() && !learn_again {
        let sentence = "--seed means nothing without --learn-again: the paintings stay where they are";
        return Err(Failure::wrong_input(sentence));
    }
    let before = from.as_deref().map(|from| map_to_begin_with(from, removed)).transpose()?;
    let seed = arguments.seed.or(before.as_ref().map(|before| before.record.seed)).unwrap_or(0);
    let order = MapOrder { before, learns_again: *learn_again, paintings, seed, threads: arguments.threads };
    let (interrupts, control) = (Interrupts::watch()?, Control::new(Balance::default()));
    report.started(order.to_look_at());
    let (made, _) =
        interrupts.stopping(&control, None, || make_map(&order, &control, &mut |event| report.event(event)));
    let map = match made {
        Err(MapError::Engine(EngineError::Stopped)) => {
            return Err(Failure(INTERRUPTED, "the map was interrupted; nothing was written".to_owned()));
        }
        made => made?,
    };
    MapFile::save(&map, output, existing)?;
    report.finished(output, &map);
    Ok(0)
}

/// The map in a file, without the paintings of these names.
fn map_to_begin_with(file: &Path, removed: &[String]) -> Result<StyleMap, Failure> {
    let mut map = MapFile::open(file).map_err(Failure::wrong_input)?;
    for name in removed {
        let before = map.paintings.len();
        map.paintings.retain(|painting| painting.name != *name);
        if map.paintings.len() == before {
            let sentence = format!("there is no painting of the name {name} on the map: {}", file.display());
            return Err(Failure::wrong_input(sentence));
        }
    }
    Ok(map)
}

impl From<MapError> for Failure {
    fn from(error: MapError) -> Self {
        match error {
            MapError::TooFew(_) | MapError::TooFewLeft(_) | MapError::TooMany(_) | MapError::Before(_) => {
                Self::wrong_input(error)
            }
            MapError::Painting(_) | MapError::Engine(_) => Self(super::exit::FAILED, error.to_string()),
        }
    }
}

//! Makes a style map.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::describe::describe;
use super::error::MapError;
use super::event::MapEvent;
use super::order::MapOrder;
use super::plane::{latent_plane, map_network};
use crate::engine::compute::Device;
use crate::engine::control::Control;
use crate::engine::instant::{InstantNetworks, StyleVector, built_in_checksum};
use crate::engine::style_map::{LatentPlane, PlaneTraining, learn, principal_plane, trustworthiness};
use crate::picture::decode::{self, PictureFile};
use crate::picture::encode::{Export, Format, encoded};
use crate::picture::path::file_name;
use crate::picture::resize::thumbnail;
use crate::picture::style_map::{MapMethod, MapPainting, MapRecord, StyleMap};
use crate::picture::{Checksum, Picture};
use crate::studio::hardware::Hardware;
use crate::studio::pool::pool;
use crate::studio::recipe::{RecipeError, check_map, check_styles};
use crate::studio::style::Style;
use crate::studio::trained::carries_style;
use crate::studio::written::program;

/// With fewer paintings, an autoencoder learns little that its noise does not hide.
const FEWEST_TO_LEARN: usize = 10;

/// Neighbours that count for the trustworthiness.
const NEIGHBOURS: usize = 5;

/// Paintings whose neighbours are compared: the work grows with the square of their number.
const MOST_TO_COMPARE: usize = 2500;

/// Bytes that all paintings in a map may take; each is made as small as that asks for, within these long sides in pixels.
const PICTURES_BYTES: usize = 48 << 20;
const SIDES: std::ops::RangeInclusive<u32> = 192..=StyleMap::LONGEST_SIDE;

/// About how many pixels of a JPEG file fit into a byte.
const PIXELS_IN_BYTE: f64 = 3.0;

/// The quality of the paintings in a map.
const QUALITY: u8 = 88;

/// A painting that was looked at.
struct DescribedPainting {
    painting: MapPainting,
    style: StyleVector,
    parts: Vec<StyleVector>,
}

/// Makes a map of paintings: looks at each, learns the plane of their parts' styles, and lays the paintings out on it. What cannot
/// be read is left out and said. The same paintings and seed give the same map.
///
/// # Errors
/// When fewer than two paintings can be read, when the map to begin with cannot be used, and when it was stopped.
pub fn make_map(
    order: &MapOrder,
    control: &Control,
    on_event: &mut (dyn FnMut(MapEvent) + Send),
) -> Result<StyleMap, MapError> {
    if let Some(before) = &order.before {
        check_map(before)?;
    }
    let kept = order.before.as_ref().map_or(&[][..], |before| &before.paintings);
    if order.paintings.len() > StyleMap::MOST_PAINTINGS {
        return Err(MapError::TooMany(order.paintings.len()));
    }
    let networks = InstantNetworks::built_in(&Device::cpu())?;
    let pool = pool(Hardware { threads: order.threads, ..Hardware::default() })?;
    // Those of a map that keeps its plane are described already.
    let old = order.before.as_ref().filter(|_| !order.learns_again);
    let again = if old.is_some() { &[] } else { kept };
    let of = order.to_look_at();
    let mut described = Vec::new();
    for painting in again {
        control.checkpoint()?;
        match pool.install(|| look_again(painting, &networks, control))? {
            Some(own) => described.push(own),
            None => on_event(MapEvent::LeftOut(format!("the painting is damaged in the map: {}", painting.name))),
        }
        on_event(MapEvent::Described { number: described.len(), of });
    }
    let mut known: HashSet<Checksum> = kept.iter().map(|painting| painting.checksum).collect();
    let side = picture_side(kept.len() + order.paintings.len());
    for (index, path) in order.paintings.iter().enumerate() {
        control.checkpoint()?;
        match pool.install(|| look_at(path, side, &networks, control))? {
            Ok(own) if known.insert(own.painting.checksum) => described.push(own),
            Ok(_) => {
                on_event(MapEvent::LeftOut(format!("the painting is on the map already: {}", path.display())));
            }
            Err(sentence) => on_event(MapEvent::LeftOut(sentence)),
        }
        on_event(MapEvent::Described { number: again.len() + index + 1, of });
    }
    let found = described.len() + old.map_or(0, |old| old.paintings.len());
    match found {
        0 | 1 if order.before.is_some() => return Err(MapError::TooFewLeft(found)),
        0 | 1 => return Err(MapError::TooFew(found)),
        StyleMap::MOST_PAINTINGS.. if found > StyleMap::MOST_PAINTINGS => return Err(MapError::TooMany(found)),
        _ => {}
    }
    let mut map = match old {
        Some(old) => extended(old, described)?,
        None => pool.install(|| laid_out(described, order.seed, control, on_event))?,
    };
    map.record.trustworthiness = pool.install(|| trust(&map));
    Ok(map)
}

/// A map with more paintings, on the same plane.
fn extended(old: &StyleMap, described: Vec<DescribedPainting>) -> Result<StyleMap, MapError> {
    let plane = latent_plane(old).ok_or(RecipeError::DamagedMap)?;
    let mut map = old.clone();
    map.paintings.extend(described.into_iter().map(|own| placed(own, &plane)));
    Ok(map)
}

/// A map on a plane that is learned from its paintings.
fn laid_out(
    described: Vec<DescribedPainting>,
    seed: u64,
    control: &Control,
    on_event: &mut (dyn FnMut(MapEvent) + Send),
) -> Result<StyleMap, MapError> {
    let parts: Vec<StyleVector> =
        described.iter().flat_map(|own| std::iter::once(&own.style).chain(&own.parts)).cloned().collect();
    let (plane, record) = plane(&described, &parts, seed, control, on_event)?;
    let (centre, scale) = plane.standard();
    let (encoder, decoder) = plane.networks();
    let (centre, encoder, decoder) = (centre.numbers().to_vec(), map_network(encoder), map_network(decoder));
    let paintings = described.into_iter().map(|own| placed(own, &plane)).collect();
    Ok(StyleMap { record, paintings, centre, scale, encoder, decoder })
}

/// Looks at a painting of a map again; `None` if its picture in the map is damaged. Its style stays that of the whole painting.
fn look_again(
    painting: &MapPainting,
    networks: &InstantNetworks,
    control: &Control,
) -> Result<Option<DescribedPainting>, MapError> {
    let (Ok(picture), Some(style)) = (decode::map_painting(painting), StyleVector::new(&painting.style)) else {
        return Ok(None);
    };
    let (_, parts) = describe(&picture, networks, control)?;
    Ok(Some(DescribedPainting { painting: painting.clone(), style, parts }))
}

/// Reads a painting and looks at it; an `Err` within says why it is left out.
fn look_at(
    path: &Path,
    side: u32,
    networks: &InstantNetworks,
    control: &Control,
) -> Result<Result<DescribedPainting, String>, MapError> {
    let PictureFile { picture, checksum, .. } = match decode::read(path) {
        Ok(file) => file,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let picture = Arc::new(picture);
    if carries_style(&picture) {
        return Ok(Err(format!(
            "a map is made of paintings, and this is a trained style or a place on a map: {}",
            path.display()
        )));
    }
    if let Err(error) = check_styles(&[Style::new(Arc::clone(&picture))]) {
        return Ok(Err(format!("{error}: {}", path.display())));
    }
    let (style, parts) = describe(&picture, networks, control)?;
    let painting = painting(path, checksum, &picture, side)?;
    Ok(Ok(DescribedPainting { painting: MapPainting { style: style.numbers().to_vec(), ..painting }, style, parts }))
}

/// A painting for the map's file, without its style and its place.
fn painting(path: &Path, checksum: Checksum, picture: &Picture, side: u32) -> Result<MapPainting, MapError> {
    let small = thumbnail(picture, side);
    // What lies under transparent pixels means nothing; these planes have the colours of their neighbours.
    let opaque = Picture::from_planes(small.width(), small.height(), &small.to_planes());
    let picture = encoded(&opaque, &Export { quality: QUALITY, ..Export::new(Format::Jpeg) })?;
    Ok(MapPainting { name: file_name(path), checksum, place: [0.0; 2], spread: 0.0, style: Vec::new(), picture })
}

/// The long side in pixels of each of so many paintings in a map.
fn picture_side(paintings: usize) -> u32 {
    let pixels = PICTURES_BYTES as f64 / paintings.max(1) as f64 * PIXELS_IN_BYTE;
    (pixels.sqrt() as u32).clamp(*SIDES.start(), *SIDES.end())
}

/// The plane of the parts' styles, and the record of how it was found.
fn plane(
    described: &[DescribedPainting],
    parts: &[StyleVector],
    seed: u64,
    control: &Control,
    on_event: &mut (dyn FnMut(MapEvent) + Send),
) -> Result<(LatentPlane, MapRecord), MapError> {
    let record = |method, evidence, explained| MapRecord {
        method,
        parts: parts.len() as u64,
        seed,
        evidence,
        explained,
        trustworthiness: None,
        program: program(),
        weights: built_in_checksum().clone(),
    };
    if described.len() >= FEWEST_TO_LEARN {
        let training = PlaneTraining { seed, ..PlaneTraining::default() };
        let mut on_step = |step| on_event(MapEvent::Learning { step, of: training.steps });
        if let Some(learned) = learn(parts, training, control, &mut on_step)? {
            let explained = learned.plane.explained(parts);
            return Ok((learned.plane, record(MapMethod::Autoencoder, Some(learned.evidence), explained)));
        }
    }
    on_event(MapEvent::Remark(format!(
        "with fewer than {FEWEST_TO_LEARN} paintings, the map is the plane in which they differ most (principal components)"
    )));
    let plane = principal_plane(parts).ok_or(MapError::TooFew(parts.len()))?;
    let explained = plane.explained(parts);
    Ok((plane, record(MapMethod::Components, None, explained)))
}

/// A painting on its place.
fn placed(DescribedPainting { painting, style, parts }: DescribedPainting, plane: &LatentPlane) -> MapPainting {
    let place = plane.place(&style).map(|number| number.clamp(-StyleMap::REACH, StyleMap::REACH));
    let square = |part: &StyleVector| {
        let own = plane.place(part);
        (own[0] - place[0]).powi(2) + (own[1] - place[1]).powi(2)
    };
    let spread = (parts.iter().map(square).sum::<f32>() / parts.len().max(1) as f32).sqrt();
    MapPainting { place, spread, ..painting }
}

/// How far neighbours on the plane are neighbours in style; of very many paintings, for some that are evenly spread in their order.
fn trust(map: &StyleMap) -> Option<f64> {
    let step = map.paintings.len().div_ceil(MOST_TO_COMPARE).max(1);
    let some: Vec<&MapPainting> = map.paintings.iter().step_by(step).collect();
    let styles: Vec<&[f32]> = some.iter().map(|painting| painting.style.as_slice()).collect();
    let places: Vec<[f32; 2]> = some.iter().map(|painting| painting.place).collect();
    trustworthiness(&styles, &places, NEIGHBOURS)
}

//! Makes a style map.

use std::path::Path;
use std::sync::Arc;

use super::describe::describe;
use super::error::MapError;
use super::event::MapEvent;
use super::order::MapOrder;
use super::plane::map_network;
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
use crate::studio::recipe::check_styles;
use crate::studio::style::Style;
use crate::studio::written::program;

/// With fewer paintings, an autoencoder learns little that its noise does not hide.
const FEWEST_TO_LEARN: usize = 10;

/// Neighbours that count for the trustworthiness.
const NEIGHBOURS: usize = 5;

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
/// When fewer than two paintings can be read, and when it was stopped.
pub fn make_map(
    order: &MapOrder,
    control: &Control,
    on_event: &mut (dyn FnMut(MapEvent) + Send),
) -> Result<StyleMap, MapError> {
    if order.paintings.len() > StyleMap::MOST_PAINTINGS {
        return Err(MapError::TooMany(order.paintings.len()));
    }
    let networks = InstantNetworks::built_in(&Device::cpu())?;
    let pool = pool(Hardware { threads: order.threads, ..Hardware::default() })?;
    let side = picture_side(order.paintings.len());
    let mut described = Vec::new();
    for (index, path) in order.paintings.iter().enumerate() {
        control.checkpoint()?;
        match pool.install(|| look_at(path, side, &networks, control))? {
            Ok(own)
                if described
                    .iter()
                    .any(|other: &DescribedPainting| other.painting.checksum == own.painting.checksum) =>
            {
                on_event(MapEvent::LeftOut(format!("the painting is on the map already: {}", path.display())));
            }
            Ok(own) => described.push(own),
            Err(sentence) => on_event(MapEvent::LeftOut(sentence)),
        }
        on_event(MapEvent::Described { number: index + 1, of: order.paintings.len() });
    }
    if described.len() < 2 {
        return Err(MapError::TooFew(described.len()));
    }
    let parts: Vec<StyleVector> =
        described.iter().flat_map(|own| std::iter::once(&own.style).chain(&own.parts)).cloned().collect();
    let (plane, record) = pool.install(|| plane(&described, &parts, order.seed, control, on_event))?;
    let (centre, scale) = plane.standard();
    let (encoder, decoder) = plane.networks();
    let (centre, encoder, decoder) = (centre.numbers().to_vec(), map_network(encoder), map_network(decoder));
    let paintings = described.into_iter().map(|own| placed(own, &plane)).collect();
    let mut map = StyleMap { record, paintings, centre, scale, encoder, decoder };
    map.record.trustworthiness = pool.install(|| trust(&map));
    Ok(map)
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
    if picture.trained_style().is_some() || picture.map_place().is_some() {
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
            return Ok((learned.plane, record(MapMethod::Autoencoder, Some(learned.evidence), learned.explained)));
        }
    }
    on_event(MapEvent::Remark(format!(
        "with fewer than {FEWEST_TO_LEARN} paintings, the map is the plane in which they differ most (principal components)"
    )));
    let plane = principal_plane(parts).ok_or(MapError::TooFew(parts.len()))?;
    let explained = explained(&plane, parts);
    Ok((plane, record(MapMethod::Components, None, explained)))
}

/// The share of the styles' variance that comes back from the plane.
fn explained(plane: &LatentPlane, styles: &[StyleVector]) -> f64 {
    let square = |one: &StyleVector, other: &StyleVector| {
        let differences = one.numbers().iter().zip(other.numbers()).map(|(one, other)| f64::from(one - other));
        differences.map(|difference| difference * difference).sum::<f64>()
    };
    let centre = plane.standard().0;
    let whole: f64 = styles.iter().map(|style| square(style, centre)).sum();
    let left: f64 =
        styles.iter().filter_map(|style| plane.style(plane.place(style)).map(|back| square(style, &back))).sum();
    1.0 - left / whole.max(1e-12)
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

/// How far neighbours on the plane are neighbours in style.
fn trust(map: &StyleMap) -> Option<f64> {
    let styles: Vec<&[f32]> = map.paintings.iter().map(|painting| painting.style.as_slice()).collect();
    let places: Vec<[f32; 2]> = map.paintings.iter().map(|painting| painting.place).collect();
    trustworthiness(&styles, &places, NEIGHBOURS)
}

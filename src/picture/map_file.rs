//! The `.map` file of a style map; `docs/map-format.md` describes it.

use std::io::Write as _;
use std::path::Path;

use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::checksum::Checksum;
use super::encode::{Existing, write_whole};
use super::error::{PictureError, Problem};
use super::style_map::{MapNetwork, MapPainting, MapRecord, StyleMap};
use super::tensor_file::{TensorFile, bytes_of, read_file};

/// The kind of file.
const KIND: TensorFile = TensorFile { description: "impasto-map" };

/// The version of the format that this program writes. It reads all versions up to this one.
const VERSION: u32 = 1;

/// The most bytes of a file, in MiB.
const LARGEST_MIB: usize = 256;

/// The most layers of a network, and the most numbers of one of them.
const MOST_LAYERS: usize = 8;
const WIDEST: u32 = 4096;

/// The file of a style map.
#[derive(Clone, Copy, Debug)]
pub struct MapFile;

/// The JSON of a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    version: u32,
    record: MapRecord,
    scale: f32,
    encoder: Vec<u32>,
    decoder: Vec<u32>,
    paintings: Vec<PaintingDescription>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaintingDescription {
    name: String,
    sha256: Checksum,
    bytes: usize,
}

impl MapFile {
    /// Whether a file that begins with these bytes is a style map.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        KIND.is_one(bytes)
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// When it is no style map, is damaged or cut off, or was written by a newer version of the program.
    pub fn parse(bytes: &[u8]) -> Result<StyleMap, Problem> {
        if !Self::is_one(bytes) {
            return Err(Problem::NotAMap);
        }
        if bytes.len() > LARGEST_MIB << 20 {
            return Err(Problem::DamagedMap);
        }
        let (version, program) = KIND.version(bytes).ok_or(Problem::DamagedMap)?;
        if version > VERSION {
            return Err(Problem::NewerMap { program });
        }
        parsed(bytes).ok_or(Problem::DamagedMap)
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// When it cannot be read, and as [`Self::parse`].
    pub fn open(path: &Path) -> Result<StyleMap, PictureError> {
        let read = || Self::parse(&read_file(path, LARGEST_MIB)?);
        read().map_err(|problem| PictureError::new(problem, path))
    }

    /// Writes the file `path` atomically: on an error it is unchanged.
    ///
    /// # Errors
    /// When it cannot be written, or exists although `existing` refuses that.
    pub fn save(map: &StyleMap, path: &Path, existing: Existing) -> Result<(), PictureError> {
        let bytes = Self::to_bytes(map).map_err(|problem| PictureError::new(problem, path))?;
        write_whole(path, existing, |file| file.write_all(&bytes).map_err(Problem::writing))
    }

    /// The content of the file of a map.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_bytes(map: &StyleMap) -> Result<Vec<u8>, Problem> {
        let paintings = map.paintings.iter();
        let description = Description {
            version: VERSION,
            record: map.record.clone(),
            scale: map.scale,
            encoder: map.encoder.sizes.clone(),
            decoder: map.decoder.sizes.clone(),
            paintings: paintings
                .clone()
                .map(|painting| PaintingDescription {
                    name: painting.name.clone(),
                    sha256: painting.checksum,
                    bytes: painting.picture.len(),
                })
                .collect(),
        };
        let json = serde_json::to_string(&description).map_err(|error| Problem::WriteFailed(error.into()))?;
        let places: Vec<f32> = paintings.clone().flat_map(|painting| [painting.place[0], painting.place[1]]).collect();
        let spreads: Vec<f32> = paintings.clone().map(|painting| painting.spread).collect();
        let styles: Vec<f32> = paintings.clone().flat_map(|painting| painting.style.iter().copied()).collect();
        let pictures: Vec<u8> = paintings.flat_map(|painting| painting.picture.iter().copied()).collect();
        let singles = [
            ("centre", bytes_of(&map.centre)),
            ("encoder", bytes_of(&map.encoder.parameters)),
            ("decoder", bytes_of(&map.decoder.parameters)),
            ("places", bytes_of(&places)),
            ("spreads", bytes_of(&spreads)),
            ("styles", bytes_of(&styles)),
        ];
        let mut tensors: Vec<_> = singles.iter().map(|(name, bytes)| (*name, Dtype::F32, bytes.as_slice())).collect();
        tensors.push(("pictures", Dtype::U8, &pictures));
        let bytes = KIND.to_bytes(&json, &tensors)?;
        if bytes.len() > LARGEST_MIB << 20 {
            return Err(Problem::LargeMap { limit_mib: LARGEST_MIB });
        }
        Ok(bytes)
    }
}

/// The map in a file of this version; `None` if it is damaged.
fn parsed(bytes: &[u8]) -> Option<StyleMap> {
    let mut file = KIND.parse(bytes)?;
    let Description { version, record, scale, encoder, decoder, paintings } = serde_json::from_str(&file.json).ok()?;
    let centre = file.singles("centre")?;
    let encoder = MapNetwork { sizes: encoder, parameters: file.singles("encoder")? };
    let decoder = MapNetwork { sizes: decoder, parameters: file.singles("decoder")? };
    let [places, spreads, styles] = ["places", "spreads", "styles"].map(|name| file.singles(name));
    let (places, spreads, styles) = (places?, spreads?, styles?);
    let pictures = file.tensor("pictures", Dtype::U8)?;
    let (count, length) = (paintings.len(), centre.len());
    let numbers = [&centre, &places, &spreads, &styles, &encoder.parameters, &decoder.parameters];
    let is_whole = file.is_whole()
        && version > 0
        && (1..=StyleMap::MOST_PAINTINGS).contains(&count)
        && (places.len(), spreads.len(), styles.len()) == (2 * count, count, length.checked_mul(count)?)
        && paintings.iter().try_fold(0usize, |sum, painting| sum.checked_add(painting.bytes)) == Some(pictures.len())
        && numbers.iter().all(|numbers| numbers.iter().all(|number| number.is_finite()))
        && places.iter().all(|number| number.abs() <= StyleMap::REACH)
        && scale.is_finite()
        && scale > 0.0
        && [&encoder, &decoder].iter().all(|network| is_whole_network(network))
        && encoder.sizes.first().is_some_and(|size| *size as usize == length)
        && decoder.sizes.first() == Some(&2)
        && decoder.sizes.last().is_some_and(|size| *size as usize == length)
        && record.explained.is_finite();
    if !is_whole {
        return None;
    }
    let mut rest = pictures;
    let mut own = Vec::new();
    for (index, PaintingDescription { name, sha256, bytes }) in paintings.into_iter().enumerate() {
        let (picture, after) = rest.split_at(bytes);
        rest = after;
        own.push(MapPainting {
            name,
            checksum: sha256,
            place: [places[2 * index], places[2 * index + 1]],
            spread: spreads[index],
            style: styles[index * length..(index + 1) * length].to_vec(),
            picture: picture.to_vec(),
        });
    }
    Some(StyleMap { record, paintings: own, centre, scale, encoder, decoder })
}

/// Whether a network has as many parameters as its sizes ask for.
fn is_whole_network(MapNetwork { sizes, parameters }: &MapNetwork) -> bool {
    let is_sized = (2..=MOST_LAYERS + 1).contains(&sizes.len()) && sizes.iter().all(|size| (1..=WIDEST).contains(size));
    let layers = sizes.windows(2).map(|pair| (pair[0] as usize + 1) * pair[1] as usize);
    is_sized && layers.sum::<usize>() == parameters.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::style_map::tests::map;

    #[test]
    fn files_come_back_and_are_alike() {
        let map = map(&[[0.0, 0.5], [1.0, -0.5]]);
        let bytes = MapFile::to_bytes(&map).unwrap();
        assert_eq!(bytes, MapFile::to_bytes(&map).unwrap());
        assert!(MapFile::is_one(&bytes));
        assert_eq!(MapFile::parse(&bytes).unwrap(), map);
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let bytes = MapFile::to_bytes(&map(&[[0.0, 0.5], [1.0, -0.5]])).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 0x01;
            assert!(MapFile::parse(&changed).is_err(), "byte {index}");
            assert!(MapFile::parse(&bytes[..index]).is_err(), "the first {index} bytes");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let whole = || map(&[[0.0, 0.5], [1.0, -0.5]]);
        let refused = |change: fn(&mut StyleMap)| {
            let mut map = whole();
            change(&mut map);
            let result = MapFile::to_bytes(&map).and_then(|bytes| MapFile::parse(&bytes));
            assert!(matches!(result, Err(Problem::DamagedMap)), "{result:?}");
        };
        refused(|map| map.paintings.clear());
        refused(|map| map.paintings[0].style.truncate(2));
        refused(|map| map.paintings[1].place[0] = f32::NAN);
        refused(|map| map.paintings[1].place[0] = 7.0);
        refused(|map| map.scale = 0.0);
        refused(|map| map.centre.push(0.0));
        refused(|map| map.decoder.sizes = vec![3, 3]);
        refused(|map| map.encoder.parameters.truncate(1));
        refused(|map| map.decoder.sizes = vec![2]);
        assert!(matches!(MapFile::parse(b"picture"), Err(Problem::NotAMap)));
    }

    #[test]
    fn a_newer_file_names_its_program() {
        let json = r#"{"version":2,"record":{"program":"Impasto 9.0"},"more":true}"#;
        let bytes = KIND.to_bytes(json, &[("all", Dtype::U8, &[1])]).unwrap();
        let Err(Problem::NewerMap { program }) = MapFile::parse(&bytes) else { panic!() };
        assert_eq!(program, "Impasto 9.0");
    }
}

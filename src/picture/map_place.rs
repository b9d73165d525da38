//! A place on a style map, which stands wherever a painting does.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checksum::Checksum;
use super::path::file_name;
use super::style_map::{PaintingShare, StyleMap};

/// What comes between a map's file and a place in a name such as `art.map@0.5,-1`.
const SEPARATOR: char = '@';

/// A place on a style map. A [`super::Picture`] of one shows the nearest paintings, and carries the place.
#[derive(Clone)]
pub struct MapPlace {
    map: Arc<StyleMap>,
    name: String,
    place: [f32; 2],
}

impl fmt::Debug for MapPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MapPlace({}, {} paintings)", self.text(), self.map.paintings.len())
    }
}

impl MapPlace {
    /// A place on the map of a file of this name; `None` if the map does not reach that far.
    pub fn new(map: Arc<StyleMap>, name: String, place: [f32; 2]) -> Option<Self> {
        let is_within = place.iter().all(|number| number.abs() <= StyleMap::REACH);
        is_within.then_some(Self { map, name, place })
    }

    /// The map's file and the place in a path such as `art.map@0.5,-1`; `None` if it names no place. A file that is really
    /// called so is not looked for.
    pub fn in_path(path: &Path) -> Option<(PathBuf, [f32; 2])> {
        let name = path.file_name()?.to_str()?;
        let (map, place) = name.rsplit_once(SEPARATOR)?;
        let ending = map.rsplit_once('.')?.1;
        let (across, along) = place.split_once(',')?;
        let place = [across.trim().parse().ok()?, along.trim().parse().ok()?];
        let is_place =
            ending.eq_ignore_ascii_case(StyleMap::ENDING) && place.iter().all(|number: &f32| number.is_finite());
        is_place.then(|| (path.with_file_name(map), place))
    }

    /// The nearest place that a name can have: in thousandths, and within the map.
    pub fn rounded(place: [f32; 2]) -> [f32; 2] {
        place.map(|number| thousandths(number.clamp(-StyleMap::REACH, StyleMap::REACH)))
    }

    /// The path of a place on the map in a file.
    pub fn path(map: &Path, place: [f32; 2]) -> PathBuf {
        map.with_file_name(format!("{}{SEPARATOR}{}", file_name(map), coordinates(place)))
    }

    /// The same place on a map without the paintings' pictures, so that many places take little memory.
    pub(super) fn without_pictures(self) -> Self {
        Self { map: Arc::new(self.map.without_pictures()), ..self }
    }

    /// The map; of a place that a picture carries, without the paintings' pictures.
    pub fn map(&self) -> &Arc<StyleMap> {
        &self.map
    }

    /// The coordinates.
    pub fn place(&self) -> [f32; 2] {
        self.place
    }

    /// The name of the map's file and the place: `art.map@0.5,-1`.
    pub fn text(&self) -> String {
        format!("{}{SEPARATOR}{}", self.name, coordinates(self.place))
    }

    /// A checksum of what the style there depends on: the plane, the nearest paintings, and the place. So paintings that are added
    /// far away do not change it.
    pub fn checksum(&self) -> Checksum {
        let numbers = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        let mut parts = vec![self.map.plane().to_string().into_bytes(), numbers(&self.place)];
        for share in self.shares() {
            let painting = &self.map.paintings[share.painting];
            let own = [painting.place[0], painting.place[1], share.share];
            parts.extend([painting.checksum.to_string().into_bytes(), numbers(&own), numbers(&painting.style)]);
        }
        Checksum::of_parts(parts.iter().map(Vec::as_slice))
    }

    /// The nearest paintings and their shares.
    pub fn shares(&self) -> Vec<PaintingShare> {
        self.map.shares(self.place)
    }
}

/// Coordinates as people write them, in thousandths.
fn coordinates(place: [f32; 2]) -> String {
    let [across, along] = place.map(thousandths);
    format!("{across},{along}")
}

fn thousandths(number: f32) -> f32 {
    // Adding 0 makes a negative zero positive.
    (number * 1000.0).round() / 1000.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_paths() {
        for (path, expected) in [
            ("art.map@0.5,-1", Some(("art.map", [0.5, -1.0]))),
            ("a/my art.MAP@ 2 , 3e-1 ", Some(("a/my art.MAP", [2.0, 0.3]))),
            ("a@b.map@1,2", Some(("a@b.map", [1.0, 2.0]))),
            ("art.map", None),
            ("art.map@1", None),
            ("art.map@x,1", None),
            ("art.map@inf,1", None),
            ("art.png@1,1", None),
        ] {
            let expected = expected.map(|(path, place)| (PathBuf::from(path), place));
            assert_eq!(MapPlace::in_path(Path::new(path)), expected, "{path}");
        }
        assert_eq!(MapPlace::path(Path::new("a/art.map"), [-0.0, 1.234_56]), Path::new("a/art.map@0,1.235"));
    }
}

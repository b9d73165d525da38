//! Sample photos and paintings, so that a first picture needs no file. `assets/README.md` lists origins and licences.

/// A picture that is built into the program.
#[derive(Debug)]
pub struct SamplePicture {
    /// What it shows.
    pub title: &'static str,
    /// Its author and licence.
    pub credit: &'static str,
    /// Whether it is a photo or a painting.
    pub kind: SampleKind,
    /// The encoded file.
    pub bytes: &'static [u8],
}

/// The kind of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// To paint from.
    Photo,
    /// To take the style from.
    Painting,
}

macro_rules! sample {
    ($kind:ident, $title:literal, $credit:expr, $file:literal) => {
        SamplePicture {
            title: $title,
            credit: $credit,
            kind: SampleKind::$kind,
            bytes: include_bytes!(concat!("../../assets/samples/", $file)),
        }
    };
}

const VAN_GOGH: &str = "Vincent van Gogh, public domain";
const NASA: &str = "NASA, public domain";

/// All samples. The first photo and the first painting are the pair to try first.
pub const ALL: [SamplePicture; 11] = [
    sample!(Photo, "Chelsea", "Photo by Stéfan van der Walt, CC0", "chelsea.jpg"),
    sample!(Photo, "Temple", "Photo by danielbuechele on Flickr, CC BY 2.0", "china.jpg"),
    sample!(Photo, "Flower", "Photo by vultilion on Flickr, CC BY 2.0", "flower.jpg"),
    sample!(Photo, "Astronaut", NASA, "astronaut.jpg"),
    sample!(Photo, "Coffee", "Photo by Rachel Michetti, CC0", "coffee.jpg"),
    sample!(Photo, "Rocket", "Photo by SpaceX, public domain", "rocket.jpg"),
    sample!(Photo, "Deep field", NASA, "hubble_deep_field.jpg"),
    sample!(Painting, "Church at Auvers", VAN_GOGH, "church_at_auvers.jpg"),
    sample!(Painting, "Café terrace at night", VAN_GOGH, "cafe_terrace_at_night.jpg"),
    sample!(Painting, "Langlois bridge", VAN_GOGH, "langlois_bridge.jpg"),
    sample!(Painting, "Vestibule of the asylum", VAN_GOGH, "vestibule_of_the_asylum.jpg"),
];

/// The indices of the samples of a kind.
pub fn of_kind(kind: SampleKind) -> impl Iterator<Item = usize> {
    ALL.iter().enumerate().filter(move |(_, sample)| sample.kind == kind).map(|(index, _)| index)
}

/// The pair to try first: a photo and a painting.
pub fn pair() -> (Option<usize>, Option<usize>) {
    (of_kind(SampleKind::Photo).next(), of_kind(SampleKind::Painting).next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode;

    #[test]
    fn every_sample_can_be_decoded() {
        for sample in &ALL {
            let picture = decode::from_bytes(sample.bytes, sample.title).unwrap();
            assert!(picture.width() >= 300, "{}", sample.title);
            assert!(!sample.credit.is_empty());
        }
        assert!(matches!(pair(), (Some(_), Some(_))));
    }
}

//! Chooses the main picture of a TIFF file.

use std::collections::BTreeSet;

use tiff::tags::Tag;

use super::directory::{Directory, TiffFile};
use super::refusal::raw_photo;
use crate::picture::error::Problem;

/// The most pages, and the most directories below them, that are read.
const MOST_DIRECTORIES: usize = 1000;

/// The photometric interpretations of raw photos: a colour filter array, and demosaiced sensor values (linear raw).
const RAW_INTERPRETATIONS: [u64; 2] = [32803, 34892];

/// Compressions used only by raw photos: Sony's, Samsung's, Nikon's, Kodak's and Pentax's.
const RAW_COMPRESSIONS: [u64; 5] = [32767, 32770, 34713, 65000, 65535];

/// Tags used only by raw photos: the version of a digital negative (DNG), and the layout of a colour filter array.
const RAW_TAGS: [Tag; 3] = [Tag::Unknown(50706), Tag::Unknown(33421), Tag::Unknown(33422)];

/// The directory of the file's main picture.
///
/// This is the first page, unless it is marked as a reduced copy or another page is much larger. In a multi-page
/// document, it is the first page. Directories below a page (`SubIFDs`) come after all pages.
pub(super) fn main(file: TiffFile, first: u64) -> Result<Directory, Problem> {
    let pages = directories(file, first)?;
    let mut best: Option<Candidate> = None;
    for directory in pages {
        let candidate = Candidate::of(directory)?;
        if best.as_ref().is_none_or(|best| candidate.is_preferred_to(best)) {
            best = Some(candidate);
        }
    }
    best.map(|best| best.directory).ok_or_else(|| Problem::damaged("no directory"))
}

/// All directories of the file, pages first. Raw photos are refused.
fn directories(file: TiffFile, first: u64) -> Result<Vec<Directory>, Problem> {
    let (mut pages, mut below) = (Vec::new(), Vec::new());
    // A directory that has been read before ends the chain: some writers let the last one point to itself.
    let mut seen = BTreeSet::new();
    let mut next = first;
    while pages.len() < MOST_DIRECTORIES && seen.insert(next) {
        let directory = match file.directory(next) {
            Ok(directory) => directory,
            Err(problem) if pages.is_empty() => return Err(problem),
            // Damage after a complete page must not lose that page.
            Err(_) => break,
        };
        next = directory.next;
        pages.push(directory);
        if next == 0 {
            break;
        }
    }
    for page in &pages {
        for offset in page.integers(Tag::SubIfd, MOST_DIRECTORIES).ok().flatten().unwrap_or_default() {
            if below.len() < MOST_DIRECTORIES
                && seen.insert(offset)
                && let Ok(directory) = file.directory(offset)
            {
                below.push(directory);
            }
        }
    }
    pages.extend(below);
    if pages.iter().any(is_raw) { Err(raw_photo()) } else { Ok(pages) }
}

/// Whether the directory belongs to a raw photo.
fn is_raw(directory: &Directory) -> bool {
    let is_among =
        |tag, values: &[u64]| directory.integer(tag).ok().flatten().is_some_and(|value| values.contains(&value));
    is_among(Tag::PhotometricInterpretation, &RAW_INTERPRETATIONS)
        || is_among(Tag::Compression, &RAW_COMPRESSIONS)
        || RAW_TAGS.into_iter().any(|tag| directory.has(tag))
}

/// A directory that may be the main picture's.
struct Candidate<'a> {
    directory: Directory<'a>,
    /// Whether it has no pixels, or is marked as a reduced copy of another picture or as a mask.
    is_secondary: bool,
    /// Whether it is marked as one page of a document.
    is_page: bool,
    pixels: u64,
}

impl<'a> Candidate<'a> {
    fn of(directory: Directory<'a>) -> Result<Self, Problem> {
        let subtype = directory.integer(Tag::NewSubfileType)?.unwrap_or(0);
        let old_subtype = directory.integer(Tag::Unknown(255))?.unwrap_or(0);
        let side = |tag| Ok::<u64, Problem>(directory.integer(tag)?.unwrap_or(0));
        let pixels = side(Tag::ImageWidth)?.saturating_mul(side(Tag::ImageLength)?);
        let has_pixels =
            directory.has(Tag::StripOffsets) || directory.has(Tag::TileOffsets) || directory.has(Tag::Unknown(513));
        Ok(Self {
            is_secondary: subtype & 0b101 != 0 || old_subtype == 2 || !has_pixels || pixels == 0,
            is_page: subtype & 0b10 != 0 || old_subtype == 3,
            pixels,
            directory,
        })
    }

    /// Whether it is more likely the main picture than `best`, which precedes it in the file.
    fn is_preferred_to(&self, best: &Self) -> bool {
        match (self.is_secondary, best.is_secondary) {
            (false, true) => true,
            (true, false) => false,
            (true, true) => self.pixels > best.pixels,
            // Not merely larger: scanned pages never have exactly the same size.
            (false, false) => !best.is_page && self.pixels > best.pixels.saturating_mul(2),
        }
    }
}

//! What the files of trained styles and of style maps have in common: safetensors files, so that other programs can read the
//! numbers, with a description in JSON. It is one entry of the metadata, because the order of several entries would differ from
//! one time to the next, and ends with a checksum of all that the file holds.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde::Deserialize;

use super::checksum::Checksum;
use super::error::Problem;

/// What comes between the rest of the description and the checksum, which is its last field.
const BEFORE_CHECKSUM: &str = ",\"checksum\":\"";

/// What comes after the checksum.
const AFTER_CHECKSUM: &str = "\"}";

/// A kind of file, by the name of its description in the metadata.
#[derive(Clone, Copy)]
pub(super) struct TensorFile {
    pub(super) description: &'static str,
}

/// The part of a description that every version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
    record: Program,
}

#[derive(Deserialize)]
struct Program {
    program: String,
}

/// A file that is being read.
pub(super) struct DescribedTensors<'a> {
    /// The description without its checksum.
    pub(super) json: String,
    stated: Checksum,
    tensors: SafeTensors<'a>,
    /// The bytes of the tensors that were asked for.
    seen: Vec<&'a [u8]>,
}

impl TensorFile {
    /// Whether a file that begins with these bytes is of this kind.
    pub(super) fn is_one(self, bytes: &[u8]) -> bool {
        let beginning = format!("{{\"__metadata__\":{{\"{}\":", self.description);
        // The first eight bytes are the length of the header.
        bytes.get(8..).is_some_and(|header| header.starts_with(beginning.as_bytes()))
    }

    /// The version of a file and the program that wrote it, made safe for a message; `None` if it is damaged. Every version has
    /// these.
    pub(super) fn version(self, bytes: &[u8]) -> Option<(u32, String)> {
        let Version { version, record } = serde_json::from_str(&self.description(bytes)?).ok()?;
        Some((version, record.program.chars().filter(|letter| !letter.is_control()).take(60).collect()))
    }

    /// The description of a file as it is written, whatever version it is of; `None` if it is damaged.
    fn description(self, bytes: &[u8]) -> Option<String> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
        metadata.metadata().as_ref()?.get(self.description).cloned()
    }

    /// The description and the tensors of a file; `None` if it is damaged.
    pub(super) fn parse(self, bytes: &[u8]) -> Option<DescribedTensors<'_>> {
        let json = self.description(bytes)?;
        let (rest, checksum) = json.rsplit_once(BEFORE_CHECKSUM)?;
        let (json, stated) = (format!("{rest}}}"), checksum.strip_suffix(AFTER_CHECKSUM)?.parse().ok()?);
        let tensors = SafeTensors::deserialize(bytes).ok()?;
        Some(DescribedTensors { json, stated, tensors, seen: Vec::new() })
    }

    /// The content of a file.
    ///
    /// # Errors
    /// When it cannot be written as safetensors.
    pub(super) fn to_bytes(self, json: &str, tensors: &[(&str, Dtype, &[u8])]) -> Result<Vec<u8>, Problem> {
        let checksum = checksum(json, tensors.iter().map(|(_, _, bytes)| *bytes));
        let rest = json.strip_suffix('}').unwrap_or(json);
        let json = format!("{rest}{BEFORE_CHECKSUM}{checksum}{AFTER_CHECKSUM}");
        let views = tensors.iter().map(|(name, dtype, bytes)| {
            let width = dtype.bitsize() / 8;
            Ok((*name, TensorView::new(*dtype, vec![bytes.len() / width], bytes)?))
        });
        let written = views
            .collect::<Result<Vec<_>, _>>()
            .and_then(|views| serialize(views, Some(HashMap::from([(self.description.to_owned(), json)]))));
        written.map_err(|error: safetensors::SafeTensorError| Problem::WriteFailed(error.into()))
    }
}

impl<'a> DescribedTensors<'a> {
    /// The bytes of a tensor; `None` if there is none of this name and type.
    pub(super) fn tensor(&mut self, name: &str, dtype: Dtype) -> Option<&'a [u8]> {
        let view = self.tensors.tensor(name).ok().filter(|view| view.dtype() == dtype)?;
        self.seen.push(view.data());
        Some(view.data())
    }

    /// The numbers of a tensor in single precision.
    pub(super) fn singles(&mut self, name: &str) -> Option<Vec<f32>> {
        let bytes = self.tensor(name, Dtype::F32)?;
        Some(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    /// Whether the checksum is that of the description and of the tensors that were asked for, in that order, and there are no
    /// others.
    pub(super) fn is_whole(&self) -> bool {
        self.tensors.len() == self.seen.len() && checksum(&self.json, self.seen.iter().copied()) == self.stated
    }
}

/// The bytes of numbers in single precision.
pub(super) fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Reads a file of at most so many MiB; of a longer one, the beginning.
pub(super) fn read_file(path: &Path, largest_mib: usize) -> Result<Vec<u8>, Problem> {
    // Checked before opening: opening a pipe blocks until another process writes to it.
    if !fs::metadata(path).map_err(Problem::reading)?.is_file() {
        return Err(Problem::NotAFile);
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(Problem::reading)?;
    // One more shows that it is longer.
    file.take(((largest_mib as u64) << 20) + 1).read_to_end(&mut bytes).map_err(Problem::reading)?;
    Ok(bytes)
}

/// The checksum of the description without its checksum, as it is written, and then of the tensors' bytes.
fn checksum<'a>(json: &'a str, tensors: impl Iterator<Item = &'a [u8]>) -> Checksum {
    Checksum::of_parts(std::iter::once(json.as_bytes()).chain(tensors))
}

//! Reads and writes snapshots in the safetensors format, which the network's weights use too.

use std::collections::HashMap;
use std::io::{self, Write};

use half::bf16;
use half::slice::HalfFloatSliceExt;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};

use super::error::ProjectError;
use crate::engine::snapshot::{OptimizerState, Snapshot};

/// The name of the picture's array.
const IMAGE: &str = "image";
/// The prefix of the names of the optimiser's arrays.
const OPTIMIZER: &str = "optimizer.";

/// Writes a snapshot. Does not use the safetensors library, which would first copy all numbers into one buffer and so
/// double the memory.
pub(super) fn write<'a>(snapshot: &'a Snapshot, writer: &mut impl Write) -> io::Result<()> {
    let image = (IMAGE.to_owned(), "U16", snapshot.image.as_slice());
    let array =
        |(name, array): &'a (String, Vec<bf16>)| (format!("{OPTIMIZER}{name}"), "BF16", array.reinterpret_cast());
    let tensors: Vec<(String, &str, &[u16])> =
        [image].into_iter().chain(snapshot.optimizer.arrays.iter().map(array)).collect();
    let mut header = Map::new();
    let numbers = json!({
        "scale": snapshot.scale.to_string(),
        "iteration": snapshot.iteration.to_string(),
        "steps": snapshot.optimizer.steps.to_string(),
    });
    header.insert("__metadata__".to_owned(), numbers);
    let mut begin = 0;
    for (name, kind, array) in &tensors {
        let end = begin + size_of_val(*array);
        let shape = if name == IMAGE { vec![3, snapshot.height, snapshot.width] } else { vec![array.len()] };
        header.insert(name.clone(), json!({"dtype": kind, "shape": shape, "data_offsets": [begin, end]}));
        begin = end;
    }
    let mut header = Value::Object(header).to_string();
    // The arrays begin at a multiple of eight bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    writer.write_all(&(header.len() as u64).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    for (_, _, array) in tensors {
        if cfg!(target_endian = "little") {
            writer.write_all(bytemuck::cast_slice(array))?;
        } else {
            array.iter().try_for_each(|value| writer.write_all(&value.to_le_bytes()))?;
        }
    }
    Ok(())
}

/// Reads a snapshot; refuses one with missing or non-finite numbers.
pub(super) fn read(bytes: &[u8]) -> Result<Snapshot, ProjectError> {
    parse(bytes).filter(Snapshot::is_valid).ok_or(ProjectError::Damaged)
}

fn parse(bytes: &[u8]) -> Option<Snapshot> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let numbers = metadata.metadata().clone()?;
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let mut snapshot = Snapshot {
        scale: number(&numbers, "scale")?,
        iteration: number(&numbers, "iteration")?,
        width: 0,
        height: 0,
        image: Vec::new(),
        optimizer: OptimizerState { steps: number(&numbers, "steps")?, arrays: Vec::new() },
    };
    let mut names = tensors.names();
    // The names come in no particular order.
    names.sort_unstable();
    for name in names {
        let view = tensors.tensor(name).ok()?;
        if let Some(name) = name.strip_prefix(OPTIMIZER) {
            snapshot.optimizer.arrays.push((name.to_owned(), array(&view)?));
        } else if let (IMAGE, &[3, height, width]) = (name, view.shape()) {
            (snapshot.height, snapshot.width, snapshot.image) = (height, width, pixels(&view)?);
        }
    }
    Some(snapshot)
}

/// Decodes the picture; version 1 of the format stores it as 32-bit floats.
fn pixels(view: &TensorView) -> Option<Vec<u16>> {
    match view.dtype() {
        Dtype::U16 => Some(view.data().as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect()),
        Dtype::F32 => floats(view).map(|value| value.is_finite().then(|| Snapshot::pixel(value))).collect(),
        _ => None,
    }
}

/// Decodes one of the optimiser's arrays; version 1 of the format stores them as 32-bit floats.
fn array(view: &TensorView) -> Option<Vec<bf16>> {
    match view.dtype() {
        Dtype::BF16 => Some(view.data().as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes)).collect()),
        Dtype::F32 => Some(floats(view).map(bf16::from_f32).collect()),
        _ => None,
    }
}

fn floats(view: &TensorView) -> impl Iterator<Item = f32> {
    view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}

fn number<T: std::str::FromStr>(numbers: &HashMap<String, String>, name: &str) -> Option<T> {
    numbers.get(name)?.parse().ok()
}

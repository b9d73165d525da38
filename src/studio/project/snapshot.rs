//! A run's snapshot as a file: safetensors, the format that the network's weights come in too.

use std::collections::HashMap;
use std::io::{self, Write};

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde_json::{Map, Value, json};

use super::error::ProjectError;
use crate::engine::snapshot::{Memory, Snapshot};

/// The picture's name; the others are the optimiser's.
const IMAGE: &str = "image";
/// Comes before the names of the optimiser's arrays.
const OPTIMIZER: &str = "optimizer.";

/// Writes a snapshot. The library would want all numbers in one piece of memory first, which is twice the run's.
pub(super) fn write(snapshot: &Snapshot, writer: &mut impl Write) -> io::Result<()> {
    let names = snapshot.optimizer.arrays.iter().map(|(name, _)| format!("{OPTIMIZER}{name}"));
    let arrays = snapshot.optimizer.arrays.iter().map(|(_, array)| array);
    let tensors: Vec<(String, &Vec<f32>)> =
        [(IMAGE.to_owned(), &snapshot.image)].into_iter().chain(names.zip(arrays)).collect();
    let mut header = Map::new();
    let numbers = json!({
        "scale": snapshot.scale.to_string(),
        "iteration": snapshot.iteration.to_string(),
        "steps": snapshot.optimizer.steps.to_string(),
    });
    header.insert("__metadata__".to_owned(), numbers);
    let mut begin = 0;
    for (name, array) in &tensors {
        let end = begin + 4 * array.len();
        let shape = if name == IMAGE { vec![3, snapshot.height, snapshot.width] } else { vec![array.len()] };
        header.insert(name.clone(), json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}));
        begin = end;
    }
    let mut header = Value::Object(header).to_string();
    // The numbers begin at a multiple of eight bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    writer.write_all(&(header.len() as u64).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    for (_, array) in tensors {
        if cfg!(target_endian = "little") {
            writer.write_all(bytemuck::cast_slice(array))?;
        } else {
            array.iter().try_for_each(|value| writer.write_all(&value.to_le_bytes()))?;
        }
    }
    Ok(())
}

/// Reads a snapshot.
pub(super) fn read(bytes: &[u8]) -> Result<Snapshot, ProjectError> {
    parse(bytes).filter(Snapshot::is_sound).ok_or(ProjectError::Damaged)
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
        optimizer: Memory { steps: number(&numbers, "steps")?, arrays: Vec::new() },
    };
    let mut names = tensors.names();
    // The file keeps no order.
    names.sort_unstable();
    for name in names {
        let view = tensors.tensor(name).ok()?;
        if view.dtype() != Dtype::F32 {
            return None;
        }
        let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if let Some(name) = name.strip_prefix(OPTIMIZER) {
            snapshot.optimizer.arrays.push((name.to_owned(), values));
        } else if let (IMAGE, &[3, height, width]) = (name, view.shape()) {
            (snapshot.height, snapshot.width, snapshot.image) = (height, width, values);
        }
    }
    Some(snapshot)
}

fn number<T: std::str::FromStr>(numbers: &HashMap<String, String>, name: &str) -> Option<T> {
    numbers.get(name)?.parse().ok()
}

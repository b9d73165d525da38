//! `impasto doctor`: what the program is and what it finds.

use std::path::Path;
use std::process::ExitCode;

use super::WRONG_INPUT;
use crate::engine::device::{DeviceChoice, describe};
use crate::engine::network::{Network, built_in_checksum};

/// Prints version, weights, devices, graphics adapters and folders. `adapters` are those that the
/// window could draw with, `None` in a build without it.
pub fn doctor(weights: Option<&Path>, adapters: Option<Vec<String>>) -> ExitCode {
    println!("Impasto {}", env!("CARGO_PKG_VERSION"));
    println!("weights: VGG-16 (built in), sha256 {}", built_in_checksum());
    if let Some(path) = weights {
        match Network::check(path) {
            Ok(name) => println!("weights file: {name}: {}", path.display()),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(WRONG_INPUT);
            }
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("device: cpu: {threads} threads");
    for choice in [DeviceChoice::Cuda, DeviceChoice::Metal] {
        match choice.open() {
            Ok(device) => println!("device: {choice}: {}", describe(&device)),
            Err(_) => println!("device: {choice}: not here, or not in this build"),
        }
    }
    match adapters {
        None => println!("window: not in this build"),
        Some(adapters) if adapters.is_empty() => println!("graphics adapter: none; the window cannot be drawn"),
        Some(adapters) => adapters.iter().for_each(|adapter| println!("graphics adapter: {adapter}")),
    }
    if let Some(folders) = directories::ProjectDirs::from("", "", "impasto") {
        println!("configuration folder: {}", folders.config_dir().display());
    }
    println!("temporary folder: {}", std::env::temp_dir().display());
    if let Some(pictures) = directories::UserDirs::new().and_then(|folders| folders.picture_dir().map(Path::to_owned)) {
        println!("pictures folder: {}", pictures.display());
    }
    ExitCode::SUCCESS
}

//! The `.style` file of a trained style; `docs/style-format.md` describes it.

use std::io::Write as _;
use std::path::Path;

use half::f16;
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::encode::{Existing, write_whole};
use super::error::{PictureError, Problem};
use super::tensor_file::{TensorFile, bytes_of, read_file};
use super::trained::{TrainedStyle, TrainingRecord};

/// The kind of file.
const KIND: TensorFile = TensorFile { description: "impasto-style" };

/// The version of the format that this program writes. It reads all versions up to this one.
const VERSION: u32 = 1;

/// The most bytes of a file, in MiB: many times what the largest network takes.
const LARGEST_MIB: usize = 256;

/// The widest network that is accepted.
const WIDEST: u32 = 256;

/// A trained style, the picture of its paintings and, as long as the training is not over, the state to go on from.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleFile {
    /// What was learned.
    pub style: TrainedStyle,
    /// A picture file (PNG or JPEG) of the paintings.
    pub picture: Vec<u8>,
    /// `None` once the training is over.
    pub unfinished: Option<UnfinishedTraining>,
}

/// The state of a training that can go on.
#[derive(Clone, Debug, PartialEq)]
pub struct UnfinishedTraining {
    /// The network in full precision; its steps are those of the record.
    pub network: ParametersInTraining,
    /// The adversary, once it took part.
    pub adversary: Option<UnfinishedAdversary>,
    /// Seconds that the training has taken.
    pub seconds: f64,
    /// Steps in all, as far as they are known.
    pub of: u64,
    /// What the training was asked to do; training goes on only where it is asked for the same.
    pub request: String,
}

/// Parameters and their optimiser's means.
#[derive(Clone, Debug, PartialEq)]
pub struct ParametersInTraining {
    /// The parameters in full precision.
    pub parameters: Vec<f32>,
    /// The optimiser's mean of the gradients.
    pub mean: Vec<f32>,
    /// The optimiser's mean of their squares.
    pub square: Vec<f32>,
}

impl ParametersInTraining {
    /// The arrays in the order in which they are written.
    fn arrays(&self) -> [&Vec<f32>; 3] {
        [&self.parameters, &self.mean, &self.square]
    }

    /// Whether there are so many parameters, or any number of them, and all numbers are finite.
    fn is_whole(&self, count: Option<usize>) -> bool {
        let count = count.unwrap_or(self.parameters.len());
        self.arrays().iter().all(|array| array.len() == count && array.iter().all(|number| number.is_finite()))
    }
}

/// The adversary of a training that can go on.
#[derive(Clone, Debug, PartialEq)]
pub struct UnfinishedAdversary {
    /// The discriminator.
    pub discriminator: ParametersInTraining,
    /// Its steps so far.
    pub steps: u32,
}

/// The names of the arrays of [`ParametersInTraining`], of the network and of the adversary.
const NETWORK_ARRAYS: [&str; 3] = ["parameters", "mean", "square"];
const ADVERSARY_ARRAYS: [&str; 3] = ["adversary_parameters", "adversary_mean", "adversary_square"];

/// The JSON of a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    version: u32,
    widths: [u32; 3],
    record: TrainingRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<UnfinishedDescription>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnfinishedDescription {
    seconds: f64,
    of: u64,
    request: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adversary_steps: Option<u32>,
}

impl StyleFile {
    /// The ending of its name.
    pub const ENDING: &str = "style";

    /// Whether a file that begins with these bytes is a trained style.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        KIND.is_one(bytes)
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// When it is no trained style, is damaged or cut off, or was written by a newer version of the program.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        if !Self::is_one(bytes) {
            return Err(Problem::NotAStyle);
        }
        if bytes.len() > LARGEST_MIB << 20 {
            return Err(Problem::DamagedStyle);
        }
        let (version, program) = KIND.version(bytes).ok_or(Problem::DamagedStyle)?;
        if version > VERSION {
            return Err(Problem::NewerStyle { program });
        }
        let mut file = KIND.parse(bytes).ok_or(Problem::DamagedStyle)?;
        let Description { version, widths, record, unfinished } =
            serde_json::from_str(&file.json).map_err(|_| Problem::DamagedStyle)?;
        let network = file.tensor("network", Dtype::F16).ok_or(Problem::DamagedStyle)?;
        let picture = file.tensor("picture", Dtype::U8).ok_or(Problem::DamagedStyle)?.to_vec();
        let unfinished = match unfinished {
            None => None,
            Some(UnfinishedDescription { seconds, of, request, adversary_steps }) => {
                let mut arrays = |names: [&str; 3]| -> Result<ParametersInTraining, Problem> {
                    let [parameters, mean, square] = names.map(|name| file.singles(name).ok_or(Problem::DamagedStyle));
                    Ok(ParametersInTraining { parameters: parameters?, mean: mean?, square: square? })
                };
                let network = arrays(NETWORK_ARRAYS)?;
                let adversary = match adversary_steps {
                    Some(steps) => Some(UnfinishedAdversary { discriminator: arrays(ADVERSARY_ARRAYS)?, steps }),
                    None => None,
                };
                Some(UnfinishedTraining { network, adversary, seconds, of, request })
            }
        };
        let parameters: Vec<f32> =
            network.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect();
        let is_whole = file.is_whole()
            && version > 0
            && record.adversary <= 100
            && record.stability <= 100
            && widths.iter().all(|width| (1..=WIDEST).contains(width))
            && parameters.iter().all(|number| number.is_finite())
            && unfinished.as_ref().is_none_or(|UnfinishedTraining { network, adversary, .. }| {
                network.is_whole(Some(parameters.len()))
                    && adversary.as_ref().is_none_or(|adversary| adversary.discriminator.is_whole(None))
            });
        if !is_whole {
            return Err(Problem::DamagedStyle);
        }
        Ok(Self { style: TrainedStyle { widths, parameters, record }, picture, unfinished })
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// When it cannot be read, and as [`Self::parse`].
    pub fn open(path: &Path) -> Result<Self, PictureError> {
        let read = || Self::parse(&read_file(path, LARGEST_MIB)?);
        read().map_err(|problem| PictureError::new(problem, path))
    }

    /// Writes the file `path` atomically: on an error it is unchanged.
    ///
    /// # Errors
    /// When it cannot be written, or exists although `existing` refuses that.
    pub fn save(&self, path: &Path, existing: Existing) -> Result<(), PictureError> {
        let bytes = self.to_bytes().map_err(|problem| PictureError::new(problem, path))?;
        write_whole(path, existing, |file| file.write_all(&bytes).map_err(Problem::writing))
    }

    /// The content of the file.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Problem> {
        let Self { style, picture, unfinished } = self;
        if style.parameters.iter().any(|&number| !f16::from_f32(number).is_finite()) {
            return Err(Problem::WriteFailed("a parameter is not a finite number".into()));
        }
        let network: Vec<u8> =
            style.parameters.iter().flat_map(|&number| f16::from_f32(number).to_le_bytes()).collect();
        let mut state = Vec::new();
        if let Some(UnfinishedTraining { network, adversary, .. }) = unfinished {
            state.extend(NETWORK_ARRAYS.into_iter().zip(network.arrays()));
            let discriminator = adversary.iter().flat_map(|adversary| adversary.discriminator.arrays());
            state.extend(ADVERSARY_ARRAYS.into_iter().zip(discriminator));
        }
        let state: Vec<_> = state.iter().map(|(name, numbers)| (*name, bytes_of(numbers))).collect();
        let mut tensors = vec![("network", Dtype::F16, network.as_slice()), ("picture", Dtype::U8, picture.as_slice())];
        tensors.extend(state.iter().map(|(name, bytes)| (*name, Dtype::F32, bytes.as_slice())));
        let description = Description {
            version: VERSION,
            widths: style.widths,
            record: style.record.clone(),
            unfinished: unfinished.as_ref().map(|UnfinishedTraining { adversary, seconds, of, request, .. }| {
                let adversary_steps = adversary.as_ref().map(|adversary| adversary.steps);
                UnfinishedDescription { seconds: *seconds, of: *of, request: request.clone(), adversary_steps }
            }),
        };
        let json = serde_json::to_string(&description).map_err(|error| Problem::WriteFailed(error.into()))?;
        KIND.to_bytes(&json, &tensors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file can hold.
    const FILES: [(bool, bool); 3] = [(true, false), (false, false), (false, true)];

    fn file((is_finished, has_adversary): (bool, bool)) -> StyleFile {
        let record = TrainingRecord {
            paintings: vec![("wave.jpg".to_owned(), 1.0)],
            photos: 7,
            sample_photos: true,
            painting_side: 384,
            adversary: 20,
            stability: 30,
            seed: 3,
            steps: 1200,
            program: "Impasto 0.1.0".to_owned(),
            start: "abc".to_owned(),
        };
        let numbers = |factor: f32| (0..5).map(|index| factor * index as f32).collect::<Vec<_>>();
        let style = TrainedStyle { widths: [8, 16, 32], parameters: numbers(0.5), record };
        let arrays = || ParametersInTraining { parameters: numbers(0.1), mean: numbers(0.2), square: numbers(0.3) };
        let unfinished = (!is_finished).then(|| UnfinishedTraining {
            network: arrays(),
            adversary: has_adversary.then(|| UnfinishedAdversary { discriminator: arrays(), steps: 400 }),
            // No short decimal: reading it may give another number, which must not matter.
            seconds: 240.512_345_678_901_23,
            of: 2000,
            request: "steps".to_owned(),
        });
        StyleFile { style, picture: b"picture".to_vec(), unfinished }
    }

    #[test]
    fn what_is_written_is_read_and_always_the_same() {
        for kind in FILES {
            let bytes = file(kind).to_bytes().unwrap();
            assert!(StyleFile::is_one(&bytes));
            let mut read = StyleFile::parse(&bytes).unwrap();
            if let Some(state) = &mut read.unfinished {
                assert!((state.seconds - 240.512_345_678_901_23).abs() < 1e-9);
                state.seconds = 240.512_345_678_901_23;
            }
            assert_eq!(read, file(kind));
            assert!((0..5).all(|_| file(kind).to_bytes().unwrap() == bytes));
        }
    }

    /// What the fuzz target begins with is no damaged file.
    #[test]
    fn the_seeds_of_the_fuzz_target_are_whole() {
        let seed = |name: &str| StyleFile::open(&Path::new("fuzz/seeds/style").join(name)).unwrap().unfinished;
        assert!(seed("finished").is_none());
        assert!(seed("unfinished").is_some_and(|state| state.adversary.is_none()));
        assert!(seed("adversary").is_some_and(|state| state.adversary.is_some_and(|own| own.steps == 400)));
    }

    #[test]
    fn any_damage_is_noticed() {
        let bytes = file((false, true)).to_bytes().unwrap();
        let read = |bytes: &[u8]| StyleFile::parse(bytes).ok();
        for at in 0..bytes.len() {
            for flipped in [1, 0x20] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flipped;
                // White space and the case of the checksum's digits mean nothing.
                assert!(read(&damaged).is_none_or(|damaged| Some(damaged) == read(&bytes)), "{at}");
            }
            assert!(read(&bytes[..at]).is_none(), "{at}");
        }
    }

    #[test]
    fn newer_and_foreign_files_are_named() {
        let text = |bytes: &[u8]| StyleFile::parse(bytes).unwrap_err().to_string();
        let mut newer = file((true, false)).to_bytes().unwrap();
        let version = b"\\\"version\\\":1";
        let at = newer.windows(version.len()).position(|bytes| bytes == version).unwrap();
        newer[at + version.len() - 1] = b'2';
        assert!(text(&newer).contains("newer"), "{}", text(&newer));
        assert_eq!(text(b"{}"), Problem::NotAStyle.to_string());
        assert_eq!(text(b""), Problem::NotAStyle.to_string());
    }
}

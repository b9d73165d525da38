//! Parts of a batch for several machines.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

use super::content::Content;
use super::error::BatchError;
use crate::picture::decode;

/// One of several parts of a batch, which together are all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: usize,
    count: usize,
}

impl Default for Shard {
    /// The whole batch.
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl FromStr for Shard {
    type Err = BatchError;

    /// From text such as `1/4`; numbers begin with 1.
    fn from_str(text: &str) -> Result<Self, BatchError> {
        let numbers = text.split_once('/').map(|(number, count)| (number.trim().parse(), count.trim().parse()));
        match numbers {
            Some((Ok(number), Ok(count))) => Self::numbered(number, count),
            _ => Err(BatchError::Shard(text.to_owned())),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index + 1, self.count)
    }
}

impl Shard {
    fn numbered(number: usize, count: usize) -> Result<Self, BatchError> {
        if (1..=count).contains(&number) {
            Ok(Self { index: number - 1, count })
        } else {
            Err(BatchError::Shard(format!("{number}/{count}")))
        }
    }

    /// The shard that a scheduler says this process is for: of a Slurm array, of an indexed Kubernetes Job whose number of
    /// completions is in `IMPASTO_SHARDS`, or of GNU parallel with the number of its jobs there. `variable` returns the value
    /// of an environment variable. `None` outside schedulers.
    ///
    /// # Errors
    /// When a scheduler gives a number but not how many there are.
    pub fn of_scheduler(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>, BatchError> {
        const SHARDS: &str = "IMPASTO_SHARDS";
        let number = |name: &str| variable(name).and_then(|value| value.to_str()?.trim().parse::<usize>().ok());
        if let Some(id) = number("SLURM_ARRAY_TASK_ID") {
            let known = |missing: &'static str| {
                number(missing).ok_or(BatchError::ShardUnknown { variable: "SLURM_ARRAY_TASK_ID", missing })
            };
            let step = number("SLURM_ARRAY_TASK_STEP").unwrap_or(1).max(1);
            let (first, count) = (known("SLURM_ARRAY_TASK_MIN")?, known("SLURM_ARRAY_TASK_COUNT")?);
            let last = number("SLURM_ARRAY_TASK_MAX").unwrap_or(first + step * count.saturating_sub(1));
            if last.saturating_sub(first) / step + 1 != count {
                return Err(BatchError::ArrayWithGaps);
            }
            return Self::numbered(id.saturating_sub(first) / step + 1, count).map(Some);
        }
        for (name, first) in [("JOB_COMPLETION_INDEX", 0), ("PARALLEL_SEQ", 1)] {
            if let (Some(index), count) = (number(name), number(SHARDS)) {
                if let (None, Some(text)) = (count, variable(SHARDS)) {
                    return Err(BatchError::Shard(format!("{SHARDS}={}", text.to_string_lossy())));
                }
                return match count {
                    Some(count) => Self::numbered((index + 1).saturating_sub(first), count).map(Some),
                    // Whoever runs one command for each photo with GNU parallel shares no batch.
                    None if first == 1 => Ok(None),
                    None => Err(BatchError::ShardUnknown { variable: name, missing: SHARDS }),
                };
            }
        }
        Ok(None)
    }

    /// Whether it is a part of the batch only.
    pub(super) fn is_part(self) -> bool {
        self.count > 1
    }

    /// What is added to the names of its files.
    pub(super) fn suffix(self) -> String {
        if self.is_part() { format!("-{}-of-{}", self.index + 1, self.count) } else { String::new() }
    }

    /// Indices of the pictures of this shard. The largest go first to whichever shard has least so far, so that all shards take about
    /// as long; every machine that sees the same files finds the same.
    pub(super) fn share(self, contents: &[Content]) -> Vec<usize> {
        if !self.is_part() {
            return (0..contents.len()).collect();
        }
        let mut order: Vec<(u64, usize)> = contents.iter().map(cost).zip(0..).collect();
        order.sort_by_key(|&(cost, index)| (Reverse(cost), index));
        let mut loads = vec![0u64; self.count];
        let mut is_own = vec![false; contents.len()];
        for (cost, index) in order {
            let Some(shard) = (0..self.count).min_by_key(|&shard| loads[shard]) else { break };
            loads[shard] += cost;
            is_own[index] = shard == self.index;
        }
        (0..contents.len()).filter(|&index| is_own[index]).collect()
    }
}

/// About how long a picture takes, in its pixels, as far as the beginning of its file says how many it has.
fn cost(content: &Content) -> u64 {
    /// What a picture takes beside its pixels.
    const SMALL: u64 = 1 << 14;
    let pixels = decode::head(&content.path).map(|((width, height), _)| u64::from(width) * u64::from(height));
    // A byte is about four pixels of a JPEG file.
    let bytes = || 4 * std::fs::metadata(&content.path).map_or(0, |metadata| metadata.len());
    SMALL + pixels.unwrap_or_else(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn shards_are_disjoint_and_together_the_whole_and_alike_in_cost() {
        let folder = tempfile::tempdir().unwrap();
        let contents: Vec<Content> = (0..57)
            .map(|index| {
                let (name, side) = (PathBuf::from(format!("{index:02}.png")), 20 + 17 * (index % 13));
                let path = folder.path().join(&name);
                image::GrayImage::new(side, 400).save(&path).unwrap();
                Content { path, name }
            })
            .collect();
        for count in [1, 2, 4, 7, 80] {
            let shards: Vec<Vec<usize>> = (0..count).map(|index| Shard { index, count }.share(&contents)).collect();
            let mut all = shards.concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..contents.len()), "{count}");
            let costs = shards.iter().map(|shard| shard.iter().map(|&index| cost(&contents[index])).sum());
            let costs: Vec<u64> = costs.collect();
            let (least, most) = (costs.iter().min().unwrap(), costs.iter().max().unwrap());
            assert!(count > 8 || *most as f64 <= 1.15 * *least as f64, "{costs:?}");
        }
    }

    #[test]
    fn shards_are_read_from_text_and_from_schedulers() {
        let shard = |index, count| Shard { index, count };
        assert_eq!("3/4".parse::<Shard>().unwrap(), shard(2, 4));
        assert_eq!(shard(2, 4).to_string(), "3/4");
        for wrong in ["0/4", "5/4", "1/0", "2", "a/b", "-1/4", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        let of = |variables: &[(&str, &str)]| {
            Shard::of_scheduler(|name| {
                variables.iter().find(|(own, _)| *own == name).map(|(_, value)| OsString::from(value))
            })
        };
        let slurm = [("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_MIN", "3"), ("SLURM_ARRAY_TASK_COUNT", "4")];
        let gaps = [("SLURM_ARRAY_TASK_ID", "3"), slurm[1], slurm[2], ("SLURM_ARRAY_TASK_MAX", "9")];
        assert!(matches!(of(&gaps), Err(BatchError::ArrayWithGaps)));
        assert!(matches!(of(&[("PARALLEL_SEQ", "1"), ("IMPASTO_SHARDS", "two")]), Err(BatchError::Shard(_))));
        // Number 7 of 3, 4, 5 and 6 does not exist.
        assert!(of(&slurm).is_err());
        let last = [("SLURM_ARRAY_TASK_ID", "6"), slurm[1], slurm[2]];
        assert_eq!(of(&last).unwrap(), Some(shard(3, 4)));
        assert!(of(&slurm[..1]).is_err());
        let stepped = [slurm.as_slice(), &[("SLURM_ARRAY_TASK_STEP", "2")]].concat();
        assert_eq!(of(&stepped).unwrap(), Some(shard(2, 4)));
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "0"), ("IMPASTO_SHARDS", "3")]).unwrap(), Some(shard(0, 3)));
        assert!(of(&[("JOB_COMPLETION_INDEX", "0")]).is_err());
        assert_eq!(of(&[("PARALLEL_SEQ", "3"), ("IMPASTO_SHARDS", "3")]).unwrap(), Some(shard(2, 3)));
        assert_eq!(of(&[("PARALLEL_SEQ", "3")]).unwrap(), None);
        assert!(of(&[("PARALLEL_SEQ", "4"), ("IMPASTO_SHARDS", "3")]).is_err());
        assert_eq!(of(&[]).unwrap(), None);
    }
}

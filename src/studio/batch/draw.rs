//! Draws that depend on nothing but the seed, the name of a picture, and what is drawn: not on other pictures, their order, or
//! the machine.

use serde_json::Value;

use crate::picture::Checksum;
use crate::studio::settings::{SettingValueError, Settings};

/// Draws for one picture of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw<'a> {
    pub(super) seed: u64,
    /// The picture's name.
    pub(super) name: &'a str,
    /// Which of its variants, from 1.
    pub(super) variant: u32,
}

impl Draw<'_> {
    /// A number from all of `u64`.
    pub(super) fn number(&self, what: &str) -> u64 {
        let parts: [&[u8]; 4] =
            [&self.seed.to_le_bytes(), &self.variant.to_le_bytes(), what.as_bytes(), self.name.as_bytes()];
        let text = Checksum::of_parts(parts).to_string();
        u64::from_str_radix(&text[..16], 16).unwrap_or_else(|_| unreachable!("a checksum is hexadecimal"))
    }

    /// A share from 0 to 1.
    pub(super) fn share(&self, what: &str) -> f64 {
        // As many bits as the number has.
        (self.number(what) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number of the standard normal distribution (Box and Muller 1958).
    pub(super) fn normal(&self, what: &str) -> f64 {
        // From above 0 to 1, whose logarithms are finite.
        let length = (-2.0 * (1.0 - self.share(what)).ln()).sqrt();
        length * (std::f64::consts::TAU * self.share(&format!("{what} angle"))).cos()
    }
}

/// A setting that is drawn for each result.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingRange {
    /// As in recipe files, such as `keep_colors`.
    name: String,
    from: f64,
    to: f64,
}

/// Why a range cannot be drawn from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RangeError {
    /// Not two numbers, or the second is smaller.
    #[error("{0} is not a range; write two numbers such as 30..70, the smaller one first")]
    Text(String),
    /// The setting does not exist, or is no number.
    #[error(transparent)]
    Setting(#[from] SettingValueError),
}

impl SettingRange {
    /// A range of the setting `name` from text such as `30..70`.
    ///
    /// # Errors
    /// When the text is no range, or the setting has no such values.
    pub fn parse(name: &str, text: &str) -> Result<Self, RangeError> {
        let ends = text.split_once("..").map(|(from, to)| (from.trim().parse(), to.trim().parse()));
        let range = match ends {
            Some((Ok(from), Ok(to))) if from <= to => Self { name: name.replace('-', "_"), from, to },
            _ => return Err(RangeError::Text(text.to_owned())),
        };
        for value in [range.from, range.to] {
            Settings::default().with(&range.name, &range.value(value))?;
        }
        Ok(range)
    }

    /// Whether it is of the setting `name`.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.name == name
    }

    /// The settings with a value of the range.
    pub(super) fn drawn(&self, settings: &Settings, draw: Draw) -> Result<Settings, SettingValueError> {
        settings.with(&self.name, &self.value(self.from + draw.share(&self.name) * (self.to - self.from)))
    }

    /// Rounded to two digits: a value that people can read and use again. Whole, where the setting is.
    fn value(&self, value: f64) -> Value {
        let is_whole = matches!(self.name.as_str(), "size" | "iterations" | "seed");
        if is_whole { Value::from(value.round() as u64) } else { Value::from((value * 100.0).round() / 100.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ_by_seed_name_variant_and_purpose_only() {
        let draw = |seed, name, variant| Draw { seed, name, variant };
        let own = draw(1, "a.jpg", 1);
        assert_eq!(own.number("style"), draw(1, "a.jpg", 1).number("style"));
        // Results would change with it. python3 -c "import hashlib; print(hashlib.sha256((1).to_bytes(8, 'little') +
        // (1).to_bytes(4, 'little') + b'stylea.jpg').hexdigest()[:16])"
        assert_eq!(own.number("style"), 0x0c59_32c7_793b_2c94);
        for other in [draw(2, "a.jpg", 1), draw(1, "b.jpg", 1), draw(1, "a.jpg", 2)] {
            assert_ne!(own.number("style"), other.number("style"));
        }
        assert_ne!(own.number("style"), own.number("strength"));
    }

    #[test]
    fn shares_are_spread_evenly() {
        let shares = (0..4000).map(|index| Draw { seed: 7, name: &format!("{index}.png"), variant: 1 }.share("x"));
        let mut counts = [0; 10];
        shares.for_each(|share| counts[(share * 10.0) as usize] += 1);
        assert!(counts.iter().all(|count| (330..470).contains(count)), "{counts:?}");
    }

    #[test]
    fn settings_are_drawn_within_their_range() {
        let range = SettingRange::parse("keep-colors", "20..60").unwrap();
        for index in 0..50 {
            let name = format!("{index}.png");
            let settings = range.drawn(&Settings::default(), Draw { seed: 0, name: &name, variant: 1 }).unwrap();
            assert!((20.0..=60.0).contains(&settings.keep_colors));
        }
        for (name, text) in [
            ("strength", "70..30"),
            ("strength", "x"),
            ("strength", "0..101"),
            ("no_such", "0..1"),
            ("palette", "0..1"),
        ] {
            assert!(SettingRange::parse(name, text).is_err(), "{name} {text}");
        }
    }
}

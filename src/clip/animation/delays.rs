//! Delays as fractions of a second, as animated PNG files store them.

use super::super::info::TimeBase;

/// The largest common denominator of delays; time stamps of files that would need a larger one are rounded.
const LARGEST_BASE: u64 = 1_000_000;

/// What delays are rounded to where they are not exact, the finest first. Each divides the one before.
const ROUNDED: [i128; 4] = [10_000, 1000, 100, 1];

/// The denominator of time stamps for these delays, which have no denominator of 0.
pub(super) fn common_base(delays: &[(u16, u16)]) -> u32 {
    let mut base = 1;
    for &(numerator, denominator) in delays {
        let (numerator, denominator) = (u64::from(numerator), u64::from(denominator));
        let reduced = denominator / divisor(numerator.into(), denominator.into()) as u64;
        base = base / divisor(base.into(), reduced.into()) as u64 * reduced;
        if base > LARGEST_BASE {
            return LARGEST_BASE as u32;
        }
    }
    base as u32
}

/// Turns time stamps into delays. What is lost by rounding is made up for in the next delay.
pub(super) struct FractionDelays {
    /// How many units a tick of the time stamps has.
    tick: i128,
    /// How many units a second has.
    second: i128,
    /// Units that were written.
    written: i128,
}

impl FractionDelays {
    /// For time stamps that count this.
    pub(super) fn new(base: TimeBase) -> Self {
        let (denominator, finest) = (i128::from(base.denominator), ROUNDED[0]);
        let second = denominator / divisor(denominator, finest) * finest;
        Self { tick: i128::from(base.numerator) * (second / denominator), second, written: 0 }
    }

    /// The delay, numerator and denominator, until this time stamp. The first frame is shown at 0.
    pub(super) fn until(&mut self, ticks: i64) -> (u16, u16) {
        let left = (i128::from(ticks) * self.tick - self.written).max(0);
        let common = divisor(left, self.second);
        let exact = (left / common, self.second / common);
        let rounded = ROUNDED.map(|base| ((left * base + self.second / 2) / self.second, base));
        let fitting = [exact].into_iter().chain(rounded).find_map(|(numerator, denominator)| {
            Some((u16::try_from(numerator).ok()?, u16::try_from(denominator).ok()?))
        });
        let (numerator, denominator) = fitting.unwrap_or((u16::MAX, 1));
        self.written += i128::from(numerator) * self.second / i128::from(denominator);
        (numerator, denominator)
    }
}

/// The greatest common divisor; the second number is above 0.
fn divisor(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one, other);
    while one != 0 {
        (one, other) = (other % one, one);
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_have_a_common_base() {
        assert_eq!(common_base(&[(1, 10), (2, 4), (0, 7), (100, 1000)]), 10);
        assert_eq!(common_base(&[(1001, 30_000), (1, 25)]), 30_000);
        assert_eq!(common_base(&[(1, 65_521), (1, 65_519)]), 1_000_000);
        assert_eq!(common_base(&[]), 1);
    }

    #[test]
    fn time_stamps_become_exact_delays_or_near_ones_that_do_not_drift() {
        let mut ntsc = FractionDelays::new(TimeBase::one_in(90_000));
        assert_eq!([3003, 6006, 6006].map(|ticks| ntsc.until(ticks)), [(1001, 30_000), (1001, 30_000), (0, 1)]);
        let mut odd = FractionDelays::new(TimeBase::one_in(999_983));
        let mut seconds = 0.0;
        for frame in 1..1000_i64 {
            let ticks = frame * 41_011;
            let (numerator, denominator) = odd.until(ticks);
            seconds += f64::from(numerator) / f64::from(denominator);
            assert!((seconds - ticks as f64 / 999_983.0).abs() <= 0.000_051, "{frame}");
        }
        assert_eq!(FractionDelays::new(TimeBase::one_in(1)).until(70_000), (u16::MAX, 1));
    }
}

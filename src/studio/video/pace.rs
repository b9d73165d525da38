//! How long the rest of a clip takes.

use std::time::Duration;

/// Estimates the time for the frames that are left. Frames that were painted before tell nothing about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FramePace {
    /// When the first new frame was painted, and its number.
    first: Option<(Duration, u64)>,
}

impl FramePace {
    /// After a frame is painted, the time for the others; `None` as long as it is not known. `elapsed` is the time that
    /// was painted so far.
    pub fn left(&mut self, (number, is_new): (u64, bool), of: Option<u64>, elapsed: Duration) -> Option<Duration> {
        if is_new && self.first.is_none() {
            self.first = Some((elapsed, number));
        }
        let (then, first) = self.first.filter(|(_, first)| number > *first)?;
        let each = elapsed.saturating_sub(then).div_f64((number - first) as f64);
        Some(each.mul_f64(of?.saturating_sub(number) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_frames_do_not_count() {
        let mut pace = FramePace::default();
        let seconds = Duration::from_secs;
        assert_eq!(pace.left((1, false), Some(10), seconds(0)), None);
        assert_eq!(pace.left((2, true), Some(10), seconds(5)), None);
        assert_eq!(pace.left((4, true), Some(10), seconds(9)), Some(seconds(12)));
        assert_eq!(pace.left((5, true), None, seconds(11)), None);
        // A clip may have more frames than its file says.
        assert_eq!(pace.left((11, true), Some(10), seconds(23)), Some(seconds(0)));
    }
}

//! How long a run may paint.

use std::time::Duration;

/// When a run must end, on its own clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLimit {
    end: Duration,
}

impl TimeLimit {
    /// So long after what was painted before, which earlier sessions may have.
    pub(super) fn after(painted: Duration, limit: Duration) -> Self {
        Self { end: painted + limit }
    }

    /// The time that is left when so much was painted.
    pub(super) fn remaining(self, painted: Duration) -> Duration {
        self.end.saturating_sub(painted)
    }

    /// The iterations that a scale has time for that began when so much was painted, with this share of the time left
    /// then, when each takes so many seconds.
    pub(super) fn iterations(self, scale_began: Duration, share: f64, seconds_each: f64) -> u32 {
        (self.remaining(scale_began).as_secs_f64() * share / seconds_each) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_its_share_of_the_time_that_is_left() {
        let limit = TimeLimit::after(Duration::from_mins(1), Duration::from_secs(8));
        assert_eq!(limit.remaining(Duration::from_secs(62)), Duration::from_secs(6));
        assert_eq!(limit.iterations(Duration::from_secs(62), 0.5, 0.25), 12);
        assert_eq!(limit.iterations(Duration::from_secs(70), 0.5, 0.25), 0);
    }
}

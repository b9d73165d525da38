//! The time limit of a run.

use std::time::Duration;

/// When a run must end, as an amount of time painted.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLimit {
    end: Duration,
}

impl TimeLimit {
    /// The run may paint for `limit` after the time `painted` so far, which may be from earlier sessions.
    pub(super) fn after(painted: Duration, limit: Duration) -> Self {
        Self { end: painted + limit }
    }

    /// The time left after `painted`.
    pub(super) fn remaining(self, painted: Duration) -> Duration {
        self.end.saturating_sub(painted)
    }

    /// The number of iterations that fit into a scale's share of the time. `scale_began` is the time painted when the
    /// scale began, `share` the scale's share (0 to 1) of the time left then, `seconds_each` the seconds per iteration.
    pub(super) fn iterations(self, scale_began: Duration, share: f64, seconds_each: f64) -> u32 {
        (self.remaining(scale_began).as_secs_f64() * share / seconds_each) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_gets_its_share_of_the_remaining_time() {
        let limit = TimeLimit::after(Duration::from_mins(1), Duration::from_secs(8));
        assert_eq!(limit.remaining(Duration::from_secs(62)), Duration::from_secs(6));
        assert_eq!(limit.iterations(Duration::from_secs(62), 0.5, 0.25), 12);
        assert_eq!(limit.iterations(Duration::from_secs(70), 0.5, 0.25), 0);
    }
}

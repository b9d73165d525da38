//! Durations as text.

use std::time::Duration;

/// A remaining time, such as "about 15 seconds left".
pub(crate) fn time_left(left: Duration) -> String {
    format!("{} left", about(left))
}

/// An estimated time, rounded, such as "about 15 seconds".
pub(crate) fn about(time: Duration) -> String {
    let seconds = time.as_secs_f32();
    if seconds < 4.0 {
        "a few seconds".to_owned()
    } else if seconds < 55.0 {
        format!("about {} seconds", (seconds / 5.0).ceil() as u32 * 5)
    } else if seconds < 90.0 {
        "about a minute".to_owned()
    } else if seconds < 55.0 * 60.0 {
        format!("about {} minutes", (seconds / 60.0).round() as u32)
    } else {
        let halves = (seconds / 1800.0).round() as u32;
        match (halves / 2, halves % 2) {
            (1, 0) => "about an hour".to_owned(),
            (hours, 0) => format!("about {hours} hours"),
            (hours, _) => format!("about {hours}½ hours"),
        }
    }
}

/// A time that has passed, such as "48 seconds" or "2 min 5 s".
pub(crate) fn time_taken(taken: Duration) -> String {
    let seconds = taken.as_secs_f32().round() as u64;
    match seconds {
        0 => "less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..=59 => format!("{seconds} seconds"),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_text() {
        let left = |seconds| time_left(Duration::from_secs(seconds));
        assert_eq!(left(1), "a few seconds left");
        assert_eq!(left(12), "about 15 seconds left");
        assert_eq!(left(61), "about a minute left");
        assert_eq!(left(130), "about 2 minutes left");
        assert_eq!(left(3600), "about an hour left");
        assert_eq!(left(5400), "about 1½ hours left");
        assert_eq!(left(7300), "about 2 hours left");
        assert_eq!(time_taken(Duration::from_millis(200)), "less than a second");
        assert_eq!(time_taken(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(time_taken(Duration::from_secs(3700)), "1 h 1 min");
    }
}

//! Names, times and numbers as a person reads them.

use std::path::Path;
use std::time::Duration;

use super::state::{Phase, Run};

/// The name of a picture, without an ending: `chelsea, starry night`.
pub(super) fn picture_name<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const LONGEST: usize = 80;
    const FORBIDDEN: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
    let parts: Vec<String> = names
        .map(|name| {
            let stem =
                if has_ending(Path::new(name)) { name.rsplit_once('.').map_or(name, |(stem, _)| stem) } else { name };
            let clean: String = stem
                .chars()
                .map(|character| match character {
                    '_' => ' ',
                    character if character.is_control() || FORBIDDEN.contains(&character) => '-',
                    character => character,
                })
                .collect();
            clean.trim().to_lowercase()
        })
        .filter(|part| !part.is_empty())
        .collect();
    let name: String = parts.join(", ").chars().take(LONGEST).collect();
    let name = name.trim_end_matches([' ', ',', '.']);
    if name.is_empty() { "painting".to_owned() } else { name.to_owned() }
}

/// The name ends like a file name: a full stop and two to five letters or digits, the first a letter.
pub(super) fn has_ending(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| {
        (2..=5).contains(&ending.len())
            && ending.starts_with(|first: char| first.is_ascii_alphabetic())
            && ending.chars().all(|character| character.is_ascii_alphanumeric())
    })
}

/// A time still to wait.
pub(super) fn time_left(left: Duration) -> String {
    format!("{} left", about(left))
}

/// A time to come, rounded as a person would say it.
pub(super) fn about(time: Duration) -> String {
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

/// A time that has passed: `48 seconds`, `2 min 5 s`.
pub(super) fn time_taken(taken: Duration) -> String {
    let seconds = taken.as_secs_f32().round() as u64;
    match seconds {
        0 => "less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..=59 => format!("{seconds} seconds"),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How fast it goes: `1.6 s each`, `3.2 a second`.
pub(super) fn pace(each: Duration) -> String {
    let seconds = each.as_secs_f32();
    if seconds >= 10.0 {
        format!("{seconds:.0} s each")
    } else if seconds >= 0.75 {
        format!("{seconds:.1} s each")
    } else if seconds > 0.1 {
        format!("{:.1} a second", 1.0 / seconds)
    } else if seconds > 0.0 {
        format!("{:.0} a second", 1.0 / seconds)
    } else {
        String::new()
    }
}

/// Width and height: `512 × 384`.
pub(super) fn size((width, height): (u32, u32)) -> String {
    format!("{width} × {height}")
}

/// Where the run stands: a headline and the details.
pub(super) fn progress(run: &Run) -> (&'static str, String) {
    match run.phase {
        Phase::Ready => ("Ready", String::new()),
        Phase::Preparing => ("Preparing…", "Looking at the photo and the paintings".to_owned()),
        Phase::Painting => ("Painting", details(run, true)),
        Phase::Pausing => ("Pausing…", details(run, false)),
        Phase::Paused => ("Paused", details(run, false)),
        Phase::Stopping => ("Stopping…", details(run, false)),
        Phase::Finished(taken) => ("Finished", format!("Painted in {}", time_taken(taken))),
        Phase::Stopped(taken) => ("Stopped", format!("Painted for {}; the picture so far is kept", time_taken(taken))),
        Phase::Failed if run.fraction > 0.0 => ("Painting failed", "The picture so far is kept".to_owned()),
        Phase::Failed => ("Painting failed", String::new()),
    }
}

fn details(run: &Run, with_time: bool) -> String {
    let Some(scale) = run.scales.get(run.scale) else { return String::new() };
    let mut parts = vec![format!("Scale {} of {} ({})", run.scale + 1, run.scales.len(), size(*scale))];
    if let Some(progress) = run.progress.filter(|progress| progress.scale == run.scale) {
        parts.push(format!("iteration {} of {}", progress.iteration, progress.of));
        if with_time {
            parts.extend(run.pace.map(pace));
            parts.push(time_left(progress.remaining));
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_called_after_its_sources() {
        assert_eq!(picture_name(["chelsea.png", "Starry_Night.jpeg"].into_iter()), "chelsea, starry night");
        assert_eq!(picture_name(["a/b:c.png"].into_iter()), "a-b-c");
        assert_eq!(picture_name(["portrait v1.2", "x.tif"].into_iter()), "portrait v1.2, x");
        assert_eq!(picture_name([".."].into_iter()), "painting");
        assert_eq!(picture_name(std::iter::empty()), "painting");
        assert!(picture_name(["é".repeat(300).as_str()].into_iter()).chars().count() <= 80);
    }

    #[test]
    fn endings_are_told_from_version_numbers() {
        assert!(has_ending(Path::new("a.png")));
        assert!(has_ending(Path::new("a.xyz")));
        assert!(!has_ending(Path::new("a")));
        assert!(!has_ending(Path::new("portrait v1.2")));
        assert!(!has_ending(Path::new("end.")));
        assert!(!has_ending(Path::new("dr. who and more")));
    }

    #[test]
    fn times_are_said_as_a_person_would() {
        let left = |seconds| time_left(Duration::from_secs(seconds));
        assert_eq!(left(1), "a few seconds left");
        assert_eq!(left(12), "about 15 seconds left");
        assert_eq!(left(61), "about a minute left");
        assert_eq!(left(130), "about 2 minutes left");
        assert_eq!(left(3600), "about an hour left");
        assert_eq!(left(5400), "about 1½ hours left");
        assert_eq!(left(7300), "about 2 hours left");
        assert_eq!(pace(Duration::from_millis(1640)), "1.6 s each");
        assert_eq!(pace(Duration::from_millis(250)), "4.0 a second");
        assert_eq!(pace(Duration::from_secs(12)), "12 s each");
        assert_eq!(time_taken(Duration::from_millis(200)), "less than a second");
        assert_eq!(time_taken(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(time_taken(Duration::from_secs(3700)), "1 h 1 min");
    }
}

//! Names, times and numbers as the window shows them.

use std::path::Path;
use std::time::Duration;

use super::model::clip::ClipPainting;
use super::model::folder_painting::{FolderEnd, FolderPainting};
use super::model::map_making::MapMaking;
use super::model::open_map::OpenMap;
use super::model::photo_folder::PhotoFolder;
use super::model::run::{Phase, Run};
use crate::clip::ClipSource;
use crate::duration::{time_left, time_taken};
use crate::picture::path;
use crate::picture::style_map::{MapMethod, MapRecord, PaintingShare, StyleMap};
use crate::studio::batch::{BatchCount, BatchEnd};
use crate::studio::video::VideoEnd;

/// The name of a picture after its sources, without an extension: `chelsea, starry night`.
pub(super) fn picture_name<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const LONGEST: usize = 80;
    const FORBIDDEN: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
    let parts: Vec<String> = names
        .map(|name| {
            let has_extension = path::has_ending(Path::new(name));
            let stem = name.rsplit_once('.').filter(|_| has_extension).map_or(name, |(stem, _)| stem);
            let clean = |character: char| match character {
                '_' => ' ',
                character if character.is_control() || FORBIDDEN.contains(&character) => '-',
                character => character,
            };
            stem.chars().map(clean).collect::<String>().trim().to_lowercase()
        })
        .filter(|part| !part.is_empty())
        .collect();
    let name: String = parts.join(", ").chars().take(LONGEST).collect();
    let name = name.trim_end_matches([' ', ',', '.']);
    if name.is_empty() { "painting".to_owned() } else { name.to_owned() }
}

/// The speed of iterations: `1.6 s each`, `3.2 per second`.
pub(super) fn pace(each: Duration) -> String {
    let seconds = each.as_secs_f32();
    if seconds >= 10.0 {
        format!("{seconds:.0} s each")
    } else if seconds >= 0.75 {
        format!("{seconds:.1} s each")
    } else if seconds > 0.1 {
        format!("{:.1} per second", 1.0 / seconds)
    } else if seconds > 0.0 {
        format!("{:.0} per second", 1.0 / seconds)
    } else {
        String::new()
    }
}

/// Width and height: `512 × 384`.
pub(super) fn size((width, height): (u32, u32)) -> String {
    format!("{width} × {height}")
}

/// A time in a clip: `3.2 s` or `1:05.3`.
pub(super) fn clip_time(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    match tenths / 600 {
        0 => format!("{}.{} s", tenths / 10, tenths % 10),
        minutes => format!("{minutes}:{:02}.{}", tenths / 10 % 60, tenths % 10),
    }
}

/// What a clip is: `512 × 288, 3.0 s, 75 frames`.
pub(super) fn clip(source: &ClipSource) -> String {
    let info = source.info();
    let mut parts = vec![size(info.size)];
    parts.extend(info.duration.map(clip_time));
    parts.extend(source.known_count().map(|frames| format!("{frames} frames")));
    parts.join(", ")
}

/// How far the painting of a clip is.
pub(super) fn progress_of_clip(painting: &ClipPainting) -> String {
    let of = painting.of.map_or_else(String::new, |of| format!(" of {of}"));
    let frame = format!("Frame {}{of}", painting.frame);
    match painting {
        ClipPainting { is_stopping: true, .. } => "Stopping…".to_owned(),
        ClipPainting { is_paused: true, .. } => format!("Paused, {}", frame.to_lowercase()),
        ClipPainting { frame: 0, .. } => "Preparing…".to_owned(),
        ClipPainting { remaining: Some(left), .. } => format!("{frame}, {}", time_left(*left)),
        _ => frame,
    }
}

/// How the painting of a clip ended, in a sentence.
pub(super) fn end_of_clip(painting: &ClipPainting, end: VideoEnd) -> String {
    let (name, path, frames) = (painting.name(), painting.output.display(), end.frames);
    match (end.is_stopped, frames) {
        (true, 0) => format!("The painting of {name} was stopped before its first frame."),
        (true, _) => format!(
            "The painting of {name} was stopped; its first {frames} frames are kept. Paint the same clip to the same \
             name to go on: {path}"
        ),
        (false, _) => format!("The clip {name} is painted, {frames} frames: {path}"),
    }
}

/// How many photos a folder has: `120 photos`.
pub(super) fn photos(count: usize) -> String {
    if count == 1 { "1 photo".to_owned() } else { format!("{count} photos") }
}

/// Which photo of a folder is shown: `3 of 120 in holiday`.
pub(super) fn photo_of(folder: &PhotoFolder, index: usize) -> String {
    format!("{} of {} in {}", index + 1, folder.photos.len(), folder.name())
}

/// How many paintings a map has: `12 paintings`.
pub(super) fn paintings(count: usize) -> String {
    if count == 1 { "1 painting".to_owned() } else { format!("{count} paintings") }
}

/// Paintings with their shares: `62 % wave, 38 % scream`.
pub(super) fn shares(map: &StyleMap, shares: &[PaintingShare]) -> String {
    let part = |share: &PaintingShare| {
        let percent = (100.0 * share.share).round();
        let name = Path::new(&map.paintings[share.painting].name).file_stem().unwrap_or_default().to_string_lossy();
        (percent > 0.0).then(|| format!("{percent} % {name}"))
    };
    shares.iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

/// The nearest paintings of the cursor on a map.
pub(super) fn nearest(open: &OpenMap) -> String {
    shares(&open.map, &open.shares())
}

/// How a map was made, and how well.
pub(super) fn quality_of_map(record: &MapRecord) -> String {
    let method = match record.method {
        MapMethod::Autoencoder => "a variational autoencoder",
        MapMethod::Components => "principal components, because there are few paintings",
    };
    let mut text = format!("Laid out by {method}; {:.0} % of the variance is on the map", 100.0 * record.explained);
    if let Some(evidence) = record.evidence {
        text = format!("{text}, evidence lower bound {evidence:.1} nats");
    }
    if let Some(trust) = record.trustworthiness {
        text = format!("{text}, trustworthiness of neighbours {trust:.2}");
    }
    text
}

/// How far a map is that is being made or changed.
pub(super) fn progress_of_map(making: &MapMaking) -> String {
    let (described, of) = making.described;
    let (step, steps) = making.steps;
    match making {
        MapMaking { is_stopping: true, .. } => "Stopping…".to_owned(),
        _ if steps > 0 => format!("Laying them out, {} %", 100 * step / steps),
        _ if of > 0 => format!("Looking at the paintings, {described} of {of}"),
        _ => "Preparing…".to_owned(),
    }
}

/// The end of a path that is longer than so many letters, after an ellipsis.
pub(super) fn end_of_path(path: &str, longest: usize) -> String {
    let letters = path.chars().count();
    if letters <= longest {
        return path.to_owned();
    }
    let end: String = path.chars().skip(letters - longest + 1).collect();
    format!("…{end}")
}

/// How far the painting of a folder is.
pub(super) fn progress_of_folder(painting: &FolderPainting) -> String {
    let BatchCount { items, done, .. } = painting.count;
    let failed = if painting.failed() > 0 { format!(", {} failed", painting.failed()) } else { String::new() };
    let count = format!("{done} of {items}{failed}");
    match painting {
        FolderPainting { end: Some(FolderEnd::Failed), .. } => format!("Failed, {count}"),
        FolderPainting { end: Some(FolderEnd::Ended(BatchEnd { is_stopped: true, .. })), .. } => {
            format!("Stopped, {count}")
        }
        FolderPainting { end: Some(FolderEnd::Ended(_)), .. } => format!("Finished, {count}"),
        FolderPainting { is_stopping: true, .. } => "Stopping…".to_owned(),
        FolderPainting { is_paused: true, .. } => format!("Paused, {count}"),
        _ if items == 0 => "Preparing…".to_owned(),
        FolderPainting { remaining: Some(left), .. } => format!("{count}, {}", time_left(*left)),
        _ => count,
    }
}

/// How the painting of a folder ended, in a sentence.
pub(super) fn end_of_folder(painting: &FolderPainting, end: BatchEnd) -> String {
    let (name, output) = (painting.name(), painting.job.choices.output.display());
    let counts = [(end.painted, "painted"), (end.skipped, "there already"), (end.failed, "failed")];
    let counts = counts.iter().filter(|(count, what)| *count > 0 || *what == "painted");
    let counts = counts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
    if end.is_stopped {
        return format!(
            "The painting of {name} was stopped, {counts}. Paint it into the same folder to go on: {output}"
        );
    }
    format!("The folder {name} is painted, {counts}: {output}")
}

/// The state of the run: a headline and its details.
pub(super) fn progress(run: &Run) -> (&'static str, String) {
    match run.phase {
        Phase::Ready => ("Ready", String::new()),
        Phase::Preparing => ("Preparing…", "Analysing the photo and the paintings".to_owned()),
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
    fn a_picture_is_named_after_its_sources() {
        assert_eq!(picture_name(["chelsea.png", "Starry_Night.jpeg"].into_iter()), "chelsea, starry night");
        assert_eq!(picture_name(["a/b:c.png"].into_iter()), "a-b-c");
        assert_eq!(picture_name(["portrait v1.2", "x.tif"].into_iter()), "portrait v1.2, x");
        assert_eq!(picture_name([".."].into_iter()), "painting");
        assert_eq!(picture_name(std::iter::empty()), "painting");
        assert!(picture_name(["é".repeat(300).as_str()].into_iter()).chars().count() <= 80);
    }

    #[test]
    fn times_in_clips_have_tenths_of_a_second() {
        assert_eq!(clip_time(3.0), "3.0 s");
        assert_eq!(clip_time(59.96), "1:00.0");
        assert_eq!(clip_time(65.34), "1:05.3");
        assert_eq!(clip_time(-1.0), "0.0 s");
    }

    #[test]
    fn pace_is_given_per_iteration_or_per_second() {
        assert_eq!(pace(Duration::from_millis(1640)), "1.6 s each");
        assert_eq!(pace(Duration::from_millis(250)), "4.0 per second");
        assert_eq!(pace(Duration::from_secs(12)), "12 s each");
    }
}

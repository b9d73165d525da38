//! Optical flow on photos whose motion is known.

#[path = "../benches/common/photo.rs"]
mod photo;

use impasto::engine::balance::Balance;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::instant::{HeldStatistics, InstantNetworks};
use impasto::engine::motion::{
    FlowField, Motion, MotionFrame, MotionTracker, Prediction, Trail, agreement, flow, warp,
};
use impasto::engine::pyramid::Size;

use photo::Photo;

const SIZE: Size = Size { width: 320, height: 180 };

impl Photo {
    /// A frame whose pixels are those of the photo at these places.
    fn frame(&self, place: impl Fn(f32, f32) -> [f32; 2]) -> Tensor {
        let Size { width, height } = SIZE;
        let values = (0..3 * SIZE.pixels()).map(|index| {
            let [x, y] = place((index % width) as f32, (index / width % height) as f32);
            self.at(index / SIZE.pixels(), x, y)
        });
        image(values.collect())
    }
}

fn image(values: Vec<f32>) -> Tensor {
    Tensor::from_vec(values, (3, SIZE.height, SIZE.width), &Device::cpu()).unwrap()
}

fn between(one: &Tensor, other: &Tensor) -> FlowField {
    flow(&MotionFrame::new(one).unwrap(), &MotionFrame::new(other).unwrap())
}

/// The mean distance in pixels between vectors and what they should be, away from the edges.
fn error(flow: &FlowField, expected: impl Fn(f32, f32) -> [f32; 2]) -> f32 {
    let mut distances = Vec::new();
    for row in 20..SIZE.height - 20 {
        for column in 20..SIZE.width - 20 {
            let ([x, y], [across, down]) = (flow.get(column, row), expected(column as f32, row as f32));
            distances.push((x - across).hypot(y - down));
        }
    }
    distances.iter().sum::<f32>() / distances.len() as f32
}

#[test]
fn pans_zooms_and_turns_of_photos_are_found() {
    for name in ["china", "chelsea", "coffee"] {
        let photo = Photo::sample(name);
        let first = photo.frame(|x, y| [60.0 + x, 60.0 + y]);
        for [across, down] in [[0.0, 0.0], [1.5, -0.75], [-9.0, 4.0], [24.0, 12.0]] {
            let second = photo.frame(|x, y| [60.0 + x - across, 60.0 + y - down]);
            let error = error(&between(&first, &second), |_, _| [across, down]);
            assert!(error < 0.4, "{name} {across} {down}: {error}");
        }
        let (sine, cosine) = 2f32.to_radians().sin_cos();
        // Zoomed by 4 % and turned by 2 degrees around the centre.
        let there = |x: f32, y: f32| {
            let (x, y) = (1.04 * (x - 160.0), 1.04 * (y - 90.0));
            [160.0 + x * cosine - y * sine, 90.0 + x * sine + y * cosine]
        };
        let from = |x: f32, y: f32| {
            let (x, y) = ((x - 160.0) / 1.04, (y - 90.0) / 1.04);
            [220.0 + x * cosine + y * sine, 150.0 - x * sine + y * cosine]
        };
        let error = error(&between(&first, &photo.frame(from)), |x, y| {
            let [across, down] = there(x, y);
            [across - x, down - y]
        });
        assert!(error < 0.5, "{name}: {error}");
    }
}

/// A photo that pans by parts of pixels has single pixels that change much, at its sharp edges.
#[test]
fn sharp_edges_are_not_taken_for_changes() {
    for (at, name) in [(60.0, "china"), (40.0, "vestibule_of_the_asylum")] {
        let photo = Photo::sample(name);
        let [before, now] = [0.0, 1.0]
            .map(|time| MotionFrame::new(&photo.frame(|x, y| [at + x + 2.3 * time, at + y + 0.6 * time])).unwrap());
        let motion = Motion::between(&before, &now).unwrap();
        let inner = motion.sure.iter().enumerate().filter(|(index, _)| index % SIZE.width < SIZE.width - 4);
        let share = inner.clone().map(|(_, sure)| sure).sum::<f32>() / inner.count() as f32;
        assert!(share > 0.97, "{name}: {share}");
    }
}

/// A part of another photo moves over a photo that moves slowly.
#[test]
fn what_is_covered_is_known_and_what_is_seen_twice_looks_the_same() {
    const SIDE: usize = 60;
    let (ground, sprite) = (Photo::sample("china"), Photo::sample("chelsea"));
    let frame = |time: f32| {
        let (left, top) = (80 + (12.0 * time) as usize, 50 + (4.0 * time) as usize);
        let behind = ground.frame(|x, y| [60.0 + x + 1.0 * time, 60.0 + y]).to_vec().unwrap();
        let values = behind.into_iter().enumerate().map(|(index, value)| {
            let (plane, column, row) = (index / SIZE.pixels(), index % SIZE.width, index / SIZE.width % SIZE.height);
            let is_sprite = (left..left + SIDE).contains(&column) && (top..top + SIDE).contains(&row);
            if is_sprite { sprite.at(plane, (150 + column - left) as f32, (90 + row - top) as f32) } else { value }
        });
        image(values.collect())
    };
    let (before, now) = (frame(0.0), frame(1.0));
    let (back, there) = (between(&now, &before), between(&before, &now));
    let sure = agreement(&back, &there);
    let is_sure = |column: usize, row: usize| sure[row * SIZE.width + column] > 0.5;
    let share = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>| {
        let all = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
        let all: Vec<_> = all.collect();
        all.iter().filter(|(column, row)| is_sure(*column, *row)).count() as f32 / all.len() as f32
    };
    // The strip that the sprite has just uncovered, the sprite, and the ground far from it.
    assert!(share(81..90, 60..100) < 0.25, "{}", share(81..90, 60..100));
    assert!(share(102..142, 64..104) > 0.7, "{}", share(102..142, 64..104));
    assert!(share(200..300, 20..160) > 0.8, "{}", share(200..300, 20..160));
    // Where it is sure, the last frame along the flow looks like this one.
    let (warped, own) = (warp(&before, &back).unwrap().to_vec().unwrap(), now.to_vec().unwrap());
    let (mut difference, mut count) = (0.0, 0.0);
    for (index, (one, other)) in warped.iter().zip(&own).enumerate() {
        difference += sure[index % SIZE.pixels()] * (one - other).powi(2);
        count += sure[index % SIZE.pixels()];
    }
    let warping_error = (difference / count).sqrt();
    assert!(warping_error < 0.03, "{warping_error}");
}

#[test]
fn tiny_and_plain_pictures_have_a_flow() {
    for (width, height) in [(1, 1), (3, 40), (17, 9)] {
        let plain = Tensor::full(0.5, (3, height, width), &Device::cpu()).unwrap();
        let field = between(&plain, &plain);
        assert_eq!(field.size(), Size { width, height });
        assert!(field.vectors().iter().flatten().all(|number| number.abs() < 1e-3));
        let warped = warp(&plain, &field).unwrap().to_vec().unwrap();
        assert!(warped.iter().all(|value| (value - 0.5).abs() < 1e-6));
    }
}

/// The mean square of the difference between each frame and the last one along the flow of the clip, where it is sure (Lai
/// et al. 2018).
fn warping_error(clip: &[Tensor], painted: &[Tensor]) -> f64 {
    let (mut error, mut count) = (0.0, 0.0);
    for index in 1..clip.len() {
        let frames = [index - 1, index].map(|index| MotionFrame::new(&clip[index]).unwrap());
        let motion = Motion::between(&frames[0], &frames[1]).unwrap();
        let moved = warp(&painted[index - 1], &motion.back).unwrap().to_vec().unwrap();
        for (at, (one, other)) in moved.iter().zip(painted[index].to_vec().unwrap()).enumerate() {
            let sure = f64::from(motion.sure[at % SIZE.pixels()]);
            error += sure * f64::from(one - other).powi(2);
            count += sure;
        }
    }
    error / count
}

/// Frames of a pan over a photo.
fn pan() -> Vec<Tensor> {
    let photo = Photo::sample("china");
    (0..8).map(|time| photo.frame(|x, y| [60.0 + x + 2.6 * time as f32, 80.0 + y + 0.7 * time as f32])).collect()
}

/// Each frame of a clip, painted by `paint`, which is given the prediction of the frames before.
fn follow(clip: &[Tensor], mut paint: impl FnMut(&Tensor, Option<Prediction>) -> Tensor) -> Vec<Tensor> {
    let (mut tracker, mut painted) = (MotionTracker::default(), Vec::new());
    for frame in clip {
        let trail = tracker.next(frame).unwrap();
        let prediction = Prediction::new(&trail, &painted).unwrap();
        assert_eq!(prediction.is_none(), trail.is_cut());
        painted.push(paint(frame, prediction));
    }
    painted
}

#[test]
fn frames_that_take_from_those_before_flicker_less() {
    let (control, networks) = (Control::new(Balance::default()), InstantNetworks::built_in(&Device::cpu()).unwrap());
    let style = Photo::sample("church_at_auvers").frame(|x, y| [x, y]);
    let conditioning = networks.conditioning(&networks.style(&style).unwrap());
    let clip = pan();
    let generator = networks.generator();
    let alone: Vec<Tensor> =
        clip.iter().map(|frame| generator.paint(frame, &conditioning, &control).unwrap()).collect();
    let error = warping_error(&clip, &alone);
    let mixed = |share: f32| {
        let mut next = alone.iter();
        follow(&clip, |_, prediction| {
            let own = next.next().unwrap();
            prediction.map_or_else(|| own.clone(), |prediction| prediction.mixed_into(own, share).unwrap())
        })
    };
    let shares: Vec<f64> = [0.0, 0.45, 0.9].iter().map(|&share| warping_error(&clip, &mixed(share)) / error).collect();
    assert!((shares[0] - 1.0).abs() < 1e-6 && shares[1] < 0.6 && shares[2] < 0.35, "{shares:?}");

    // Shown some of the strokes before, the network paints them again, so that less needs to be mixed.
    let mut held = HeldStatistics::default();
    let guided = follow(&clip, |frame, prediction| {
        held.begin(prediction.is_none());
        let guide = prediction.as_ref().map_or_else(|| frame.clone(), |found| found.mixed_into(frame, 0.4).unwrap());
        let own = generator.paint_in_shot(&guide, &conditioning, Some(&mut held), &control).unwrap();
        prediction.map_or_else(|| own.clone(), |found| found.crisply_mixed_into(&own, 0.37, 0.7, 0.98).unwrap())
    });
    let share = warping_error(&clip, &guided) / error;
    assert!(share < 0.5, "{share}");
}

#[test]
fn a_cut_begins_anew_and_a_still_clip_stays_as_it_is() {
    let (one, other) = (Photo::sample("china"), Photo::sample("chelsea"));
    let frames = [&one, &other].map(|photo| photo.frame(|x, y| [60.0 + x, 60.0 + y]));
    let mut tracker = MotionTracker::default();
    for frame in frames.iter().cycle().take(6) {
        assert!(tracker.next(frame).unwrap().is_cut());
    }
    let painted = frames[0].affine(0.5, 0.2).unwrap();
    let still = vec![frames[0].clone(); 40];
    let shown = follow(&still, |_, prediction| {
        prediction.map_or_else(|| painted.clone(), |found| found.mixed_into(&painted, 0.9).unwrap())
    });
    let (last, own) = (shown[39].to_vec().unwrap(), painted.to_vec().unwrap());
    let most = last.iter().zip(&own).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
    assert!(most < 0.01, "{most}");
}

/// A place that something passes over looks afterwards as it did before.
#[test]
fn what_was_covered_is_remembered() {
    let (ground, sprite) = (Photo::sample("china"), Photo::sample("chelsea"));
    // The sprite is on one place in the third frame only.
    let frame = |time: usize| {
        let behind = ground.frame(|x, y| [60.0 + x, 60.0 + y]).to_vec().unwrap();
        let values = behind.into_iter().enumerate().map(|(index, value)| {
            let (plane, column, row) = (index / SIZE.pixels(), index % SIZE.width, index / SIZE.width % SIZE.height);
            let is_sprite = time == 2 && (120..200).contains(&column) && (60..130).contains(&row);
            if is_sprite { sprite.at(plane, column as f32, row as f32) } else { value }
        });
        image(values.collect())
    };
    let clip: Vec<Tensor> = (0..4).map(frame).collect();
    let mut tracker = MotionTracker::default();
    let trails: Vec<Trail> = clip.iter().map(|frame| tracker.next(frame).unwrap()).collect();
    let prediction = Prediction::new(&trails[3], &clip[..3]).unwrap().unwrap();
    let (sure, image, own) =
        (prediction.sure.to_vec().unwrap(), prediction.image.to_vec().unwrap(), clip[3].to_vec().unwrap());
    let (mut known, mut difference) = (0, 0.0);
    for row in 70..120 {
        for column in 130..190 {
            let at = row * SIZE.width + column;
            if sure[at] > 0.5 {
                known += 1;
                difference += (image[at] - own[at]).abs();
            }
        }
    }
    assert!(known > 2500, "{known}");
    assert!(difference / (known as f32) < 0.02, "{}", difference / known as f32);
}

//! A clip as the photo: looking at frames, painting, the queue, and going on at the next start.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::app::message::{ClipAction, ClipEffect};
use crate::app::model::arrival::UnfinishedWork;
use crate::app::model::card::{OneOf, ReadFrame};
use crate::app::model::clip::ClipJob;
use crate::app::model::sources::NEW_PAINTING;
use crate::app::model::unfinished_clip::UnfinishedClip;
use crate::app::wording;
use crate::clip::{AnimationFormat, AnimationWriter, ClipFrame, ClipInfo, ClipSource, FrameWriter as _, TimeBase};
use crate::studio::Method;
use crate::studio::video::{ClipPart, PaintedFrame, VideoEnd, VideoEvent, VideoNews, VideoProgress};

/// An animated PNG of four frames in two seconds.
fn animation(folder: &TempDir) -> Arc<ClipSource> {
    let path = folder.path().join("dance.png");
    let info = ClipInfo::of_pictures((40, 30), TimeBase::one_in(10));
    let mut writer = AnimationWriter::create(&path, AnimationFormat::Apng, &info, None).unwrap();
    for number in 0..4u8 {
        let pixels = image::RgbImage::from_pixel(40, 30, image::Rgb([60 * number, 0, 0]));
        let picture = Picture::new(DynamicImage::from(pixels));
        writer.write(&ClipFrame { picture, time: 5 * i64::from(number), duration: 5 }).unwrap();
    }
    Box::new(writer).finish().unwrap();
    Arc::new(ClipSource::open(&path, None, None).unwrap())
}

fn frame_of(clip: &Arc<ClipSource>) -> Box<LoadedPicture> {
    let one_of = Some(OneOf::Clip { clip: Arc::clone(clip), time: 0.0 });
    Box::new(LoadedPicture { one_of, ..*loaded("dance.png", 40, 30) })
}

fn act(state: &mut State, action: ClipAction) -> Vec<Effect> {
    state.apply(Action::Clip(action))
}

/// A state with a painting and a clip as the photo.
fn with_clip(folder: &TempDir) -> State {
    let mut state = State::default();
    load(&mut state, Target::NewPainting, "waves.png");
    let request = add(&mut state, Target::Anywhere, &["dance.png"])[0];
    assert!(state.apply(Action::Loaded { request, result: Ok(frame_of(&animation(folder))) }).is_empty());
    state
}

/// Asks to paint to a file.
fn paint_to(state: &mut State, path: &str) -> Vec<Effect> {
    let effects = act(state, ClipAction::AskWhere);
    assert!(matches!(&effects[..], [Effect::OpenDialog { purpose: Purpose::PaintClip, .. }]), "{effects:?}");
    state.apply(chosen(Purpose::PaintClip, &[path], false))
}

fn job(effects: &[Effect]) -> &ClipJob {
    let [Effect::Clip(ClipEffect::Paint(job))] = effects else { panic!("{effects:?}") };
    job
}

fn progress(number: u64, seconds_left: Option<u64>) -> ClipAction {
    let frame = PaintedFrame { number, is_new: true, picture: picture(40, 30) };
    ClipAction::Progress(VideoProgress { frame, of: Some(4), remaining: seconds_left.map(Duration::from_secs) })
}

fn ended(frames: u64, is_stopped: bool) -> ClipAction {
    ClipAction::News(VideoNews::Ended(VideoEnd { frames, is_stopped }))
}

fn read(shade: u32) -> ReadFrame {
    ReadFrame { picture: picture(40, 30), thumbnail: picture(shade, 3) }
}

#[test]
fn a_clip_is_the_photo_wherever_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let clip = animation(&folder);
    let mut state = ready();
    // Only its content says that this is a clip.
    let request = add(&mut state, Target::Anywhere, &["dance.webp"])[0];
    assert_eq!(state.sources.paintings.len(), 3);
    state.apply(Action::Loaded { request, result: Ok(frame_of(&clip)) });
    assert_eq!(state.sources.paintings.len(), 2);
    assert_eq!(state.sources.loaded_photo().unwrap().name, "dance.png");
    assert!(state.clip.as_ref().is_some_and(|open| Arc::ptr_eq(&open.source, &clip) && open.choices.is_loop));
    assert!(!state.sources.is_loading());
    // Undo brings the photo back, redo the clip.
    state.apply(Action::Undo);
    assert!(state.clip.is_none() && state.sources.loaded_photo().unwrap().name == "cat.png");
    state.apply(Action::Redo);
    assert!(state.clip.is_some());
    // The picture that came with it was the photo only because it came first.
    let mut state = State::default();
    let requests = add(&mut state, Target::Anywhere, &["waves.png", "frames"]);
    assert_eq!(state.sources.photo.as_ref().unwrap().name(), "waves.png");
    state.apply(Action::Loaded { request: requests[1], result: Ok(frame_of(&clip)) });
    assert_eq!(state.sources.loaded_photo().unwrap().name, "dance.png");
    let [painting] = &state.sources.paintings[..] else { panic!("{:?}", state.sources.paintings) };
    assert_eq!((painting.source.name(), painting.balance()), ("waves.png", NEW_PAINTING));
    // One that was there before is replaced.
    let mut state = State::default();
    add(&mut state, Target::Anywhere, &["cat.png"]);
    let request = add(&mut state, Target::Anywhere, &["frames"])[0];
    state.apply(Action::Loaded { request, result: Ok(frame_of(&clip)) });
    assert!(state.sources.paintings.is_empty() && state.sources.loaded_photo().unwrap().name == "dance.png");
    // A film is known by its name, also among others.
    let mut state = State::default();
    let requests = add(&mut state, Target::Anywhere, &["stars.jpg", "walk.MP4", "waves.png"]);
    let film = state.sources.photo.as_ref().unwrap().pending.as_ref().unwrap();
    assert_eq!((film.name.as_str(), film.request, state.sources.paintings.len()), ("walk.MP4", requests[0], 2));
    let sentence = "ffmpeg is needed for this clip".to_owned();
    state.apply(Action::Loaded { request: requests[0], result: Err(sentence) });
    assert!(state.sources.photo.is_none() && texts(&state) == ["Ffmpeg is needed for this clip"]);
}

#[test]
fn looking_for_a_frame_reads_one_at_a_time_and_ends_with_the_latest() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = with_clip(&folder);
    let effects = act(&mut state, ClipAction::Seek(0.6));
    let [Effect::Clip(ClipEffect::ReadFrame { request: first, time, .. })] = effects[..] else { panic!("{effects:?}") };
    assert_eq!((time, state.view.side), (0.6, Side::Photo));
    assert!(act(&mut state, ClipAction::Seek(1.0)).is_empty());
    assert!(act(&mut state, ClipAction::Seek(99.0)).is_empty());
    assert!((state.clip.as_ref().unwrap().time - 2.0).abs() < 1e-9);
    // Meanwhile no instant picture is painted of a frame that is about to be replaced.
    assert!(!state.apply(Action::Tick(1.0)).iter().any(|effect| matches!(effect, Effect::PaintInstant(_))));
    let effects = act(&mut state, ClipAction::FrameRead(first, Ok(read(5))));
    let [Effect::Clip(ClipEffect::ReadFrame { request: second, time, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert!((time - 2.0).abs() < 1e-9);
    // An answer to a request that is not waited for is ignored.
    assert!(act(&mut state, ClipAction::FrameRead(first, Ok(read(6)))).is_empty());
    assert_eq!(state.sources.loaded_photo().unwrap().thumbnail.width(), 5);
    assert!(act(&mut state, ClipAction::FrameRead(second, Ok(read(7)))).is_empty());
    let photo = state.sources.loaded_photo().unwrap();
    let Some(OneOf::Clip { time, .. }) = photo.one_of else { panic!("{:?}", photo.one_of) };
    assert_eq!((photo.thumbnail.width(), time), (7, 2.0));
    assert!(matches!(photo.source.place, Place::Inside(_)));
    // Looking at frames is no step to undo; the undone setting leaves the frame.
    assert!(state.apply(Action::Tick(3.0)).iter().any(|effect| matches!(effect, Effect::PaintInstant(_))));
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    state.apply(Action::Tick(10.0));
    state.apply(Action::Tick(20.0));
    state.apply(Action::Undo);
    assert!((state.settings.strength - 50.0).abs() < 1e-6);
    assert_eq!(state.sources.loaded_photo().unwrap().thumbnail.width(), 7);
    // A frame that cannot be read is told, and the photo stays.
    let effects = act(&mut state, ClipAction::Seek(0.0));
    let [Effect::Clip(ClipEffect::ReadFrame { request, .. })] = effects[..] else { panic!("{effects:?}") };
    act(&mut state, ClipAction::FrameRead(request, Err("it is damaged".to_owned())));
    assert_eq!(texts(&state), ["It is damaged"]);
    // Of another photo, nothing is shown.
    act(&mut state, ClipAction::Seek(1.0));
    state.apply(Action::RemovePhoto);
    assert!(state.clip.is_none() && act(&mut state, ClipAction::Seek(1.0)).is_empty());
}

#[test]
fn the_part_to_paint_stays_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = with_clip(&folder);
    let part = |state: &State| state.clip.as_ref().unwrap().choices.part;
    act(&mut state, ClipAction::BeginAt(0.5));
    act(&mut state, ClipAction::EndAt(1.5));
    assert_eq!(part(&state), ClipPart { from: 0.5, to: Some(1.5) });
    act(&mut state, ClipAction::BeginAt(1.700_04));
    assert_eq!(part(&state), ClipPart { from: 1.7, to: None });
    act(&mut state, ClipAction::EndAt(1.0));
    assert_eq!(part(&state), ClipPart { from: 0.0, to: Some(1.0) });
    act(&mut state, ClipAction::EndAt(2.0));
    assert!(part(&state).is_whole());
    act(&mut state, ClipAction::SetSteadiness(300.0));
    act(&mut state, ClipAction::SetLoop(false));
    let choices = state.clip.as_ref().unwrap().choices;
    assert!((choices.steadiness - 100.0).abs() < 1e-6 && !choices.is_loop);
}

#[test]
fn a_clip_is_painted_paused_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = with_clip(&folder);
    act(&mut state, ClipAction::BeginAt(0.5));
    let effects = act(&mut state, ClipAction::AskWhere);
    let [Effect::OpenDialog { suggestion, folder: begin, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((suggestion.as_str(), begin.as_deref()), ("dance painted.png", Some(folder.path())));
    let effects = state.apply(chosen(Purpose::PaintClip, &["/out/mine"], false));
    let ClipJob { recipe, output, choices, .. } = job(&effects);
    assert_eq!(recipe.ingredients().settings.method, Method::Instant);
    // The dialog has not asked about this name.
    assert!(output.path == Path::new("/out/mine.png") && !output.may_replace);
    assert!((choices.part.from - 0.5).abs() < 1e-9);
    assert!(state.is_painting() && state.unfinished_clip.is_some());

    act(&mut state, ClipAction::News(VideoNews::Planned { size: (40, 30), frames: Some(3) }));
    let news = VideoEvent::Started { device: "CPU".to_owned(), before: 1 };
    act(&mut state, ClipAction::News(VideoNews::Told(news)));
    let news = VideoEvent::Remark("this format has no sound".to_owned());
    act(&mut state, ClipAction::News(VideoNews::Told(news)));
    assert_eq!(texts(&state), ["This format has no sound"]);
    act(&mut state, progress(2, Some(130)));
    let painting = state.clip_painting.as_ref().unwrap();
    assert_eq!(wording::progress_of_clip(painting), "Frame 2 of 4, about 2 minutes left");
    assert_eq!((painting.device.as_deref(), painting.fraction()), (Some("CPU"), 0.5));
    // The frame is shown instead of an instant picture, and trainings wait.
    assert!(state.shown_canvas().is_some() && state.shown_instant().is_none());
    assert!(!state.apply(Action::Tick(1.0)).iter().any(|effect| matches!(effect, Effect::PaintInstant(_))));
    assert!(matches!(act(&mut state, ClipAction::TogglePause)[..], [Effect::Clip(ClipEffect::Pause)]));
    assert!(matches!(act(&mut state, ClipAction::TogglePause)[..], [Effect::Clip(ClipEffect::Resume)]));
    assert!(matches!(act(&mut state, ClipAction::Stop)[..], [Effect::Clip(ClipEffect::Stop)]));
    assert!(act(&mut state, ClipAction::TogglePause).is_empty());
    // Closing loses nothing, so nothing is asked.
    assert!(state.apply(Action::CloseRequested).is_empty());
    assert!(matches!(act(&mut state, ended(2, true))[..], [Effect::Clip(ClipEffect::ForgetWork(_))]));
    assert!(!state.is_painting() && state.unfinished_clip.is_none() && state.shown_canvas().is_none());
    assert!(texts(&state)[1].contains("its first 2 frames are kept. Paint the same clip to the same name to go on"));
    // News of a painting that has ended change nothing.
    assert!(act(&mut state, progress(3, None)).is_empty() && act(&mut state, ended(9, false)).is_empty());
}

#[test]
fn what_ends_a_clip_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = with_clip(&folder);
    act(&mut state, ClipAction::SetMethod(Method::Optimise));
    let effects = paint_to(&mut state, "/out/a.gif");
    assert_eq!(job(&effects).recipe.ingredients().settings.method, Method::Optimise);
    assert!(job(&effects).output.may_replace);
    act(&mut state, ClipAction::News(VideoNews::Failed("the disk is full".to_owned())));
    assert!(!state.is_painting() && texts(&state) == ["The disk is full"]);
    // Its frames are kept, so that the next start asks about them.
    assert!(state.unfinished_clip.is_some());
    assert!(
        matches!(paint_to(&mut state, "/out/a.gif")[..], [Effect::Clip(ClipEffect::Paint(_))])
            && texts(&state).is_empty()
    );
    act(&mut state, ended(4, false));
    assert_eq!(texts(&state), ["The clip a.gif is painted, 4 frames: /out/a.gif"]);
    paint_to(&mut state, "/out/b.gif");
    act(&mut state, ended(0, true));
    assert!(texts(&state).contains(&"The painting of b.gif was stopped before its first frame."));
}

#[test]
fn clips_and_pictures_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = with_clip(&folder);
    let run = begin(&mut state);
    assert!(paint_to(&mut state, "/out/a.gif").is_empty());
    assert!(state.apply(Action::Start).is_empty());
    assert!(paint_to(&mut state, "/out/b.gif").is_empty());
    assert_eq!((state.queue.waiting().len(), state.clip_painting.is_some()), (3, false));
    // The first clip begins when the picture ends, the next picture when the clip does, and so on.
    let effects = state.apply(Action::Painter(Event { run, kind: EventKind::Finished(done(1)) }));
    assert!(matches!(&effects[..], [Effect::MakeThumbnail(..), Effect::Clip(ClipEffect::Paint(job))]
        if job.output.path == Path::new("/out/a.gif")));
    assert!(state.apply(Action::Start).is_empty());
    // What waits would be lost, so closing asks.
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(matches!(state.question(), Some(Question::Close)));
    state.apply(Action::Cancel);
    let effects = act(&mut state, ended(4, false));
    let [Effect::Clip(ClipEffect::ForgetWork(_)), Effect::Start(start)] = &effects[..] else { panic!("{effects:?}") };
    let effects = state.apply(Action::Painter(Event { run: start.id, kind: EventKind::Failed("no".to_owned()) }));
    assert!(matches!(effects[..], [Effect::Clip(ClipEffect::Paint(_))]));
    // A failure does not hold up the next one.
    let effects = act(&mut state, ClipAction::News(VideoNews::Failed("the disk is full".to_owned())));
    assert!(matches!(effects[..], [Effect::Start(_)]) && state.queue.waiting().is_empty());
}

#[test]
fn an_unfinished_clip_is_asked_about_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = with_clip(&folder);
    before.settings.strength = 70.0;
    act(&mut before, ClipAction::EndAt(1.5));
    act(&mut before, ClipAction::SetSteadiness(20.0));
    let effects = paint_to(&mut before, "/out/a.gif");
    let first = job(&effects);
    // The program ends here; the next one has read the preferences.
    let written = serde_json::to_string(&before.preferences()).unwrap();
    let mut state = State::with_preferences(serde_json::from_str(&written).unwrap(), None);
    assert_eq!(state.unfinished_clip.as_ref().map(UnfinishedClip::name).as_deref(), Some("a.gif"));
    act(&mut state, ClipAction::Unfinished(2, Some(3)));
    assert!(matches!(state.question(), Some(Question::UnfinishedClip { done: 2, of: Some(3), .. })));
    // Put off, it is asked about again at the next start.
    state.apply(Action::Cancel);
    assert!(state.preferences().unfinished_clip.is_some() && act(&mut state, ClipAction::GoOn).is_empty());
    act(&mut state, ClipAction::Unfinished(2, Some(3)));
    assert!(matches!(act(&mut state, ClipAction::GoOn)[..], [Effect::Clip(ClipEffect::ReadWork(_))]));
    let ready = LoadedSetup { setup: first.inputs.setup.clone(), protection: None, masks: vec![None], start: None };
    let painting = ArrivalPicture {
        source: source("waves.png"),
        found: SearchResult::Found(loaded("waves.png", 40, 30)),
        is_needed: true,
    };
    let setup = Arrival {
        origin: ArrivalOrigin::Picture("a.gif".to_owned()),
        pictures: vec![painting],
        ready,
        results: Vec::new(),
        unfinished: None,
        searching: false,
    };
    let photo = *frame_of(&first.source);
    let effects = act(&mut state, ClipAction::WorkRead(Ok(Box::new(UnfinishedWork { setup, photo }))));
    let second = job(&effects);
    assert_eq!((second.choices, &second.output.path), (first.choices, &first.output.path));
    assert_eq!(second.recipe.ingredients().settings, first.recipe.ingredients().settings);
    assert_eq!(state.sources.paintings.len(), 1);
    // What cannot be read is told.
    act(&mut state, ended(3, false));
    act(&mut state, ClipAction::WorkRead(Err("a painting is gone".to_owned())));
    assert!(texts(&state).contains(&"A painting is gone"));
    // Left as it is, it is not asked about again.
    paint_to(&mut state, "/out/b.gif");
    act(&mut state, ClipAction::News(VideoNews::Failed("no".to_owned())));
    act(&mut state, ClipAction::Unfinished(1, None));
    assert!(matches!(act(&mut state, ClipAction::Forget)[..], [Effect::Clip(ClipEffect::ForgetWork(_))]));
    assert!(state.question().is_none() && state.preferences().unfinished_clip.is_none());
}

#[test]
fn the_folder_of_ffmpeg_is_remembered() {
    let mut state = State::default();
    let effects = act(&mut state, ClipAction::ChooseFfmpegFolder);
    assert!(matches!(&effects[..], [Effect::OpenDialog { purpose: Purpose::FfmpegFolder, .. }]));
    let effects = state.apply(chosen(Purpose::FfmpegFolder, &["/opt/ffmpeg"], false));
    let folder = Some(PathBuf::from("/opt/ffmpeg"));
    assert!(matches!(&effects[..], [Effect::Clip(ClipEffect::FindFfmpegIn(chosen))] if *chosen == folder));
    assert_eq!(state.preferences().ffmpeg_folder, folder);
    assert!(matches!(
        act(&mut state, ClipAction::SetFfmpegFolder(None))[..],
        [Effect::Clip(ClipEffect::FindFfmpegIn(None))]
    ));
}

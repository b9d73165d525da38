//! A clip as the photo: looking at its frames, and painting it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{ClipAction, ClipEffect, Effect};
use crate::app::model::arrival::UnfinishedWork;
use crate::app::model::card::{OneOf, Origin, ReadFrame, Request, Target};
use crate::app::model::clip::{ClipJob, ClipPainting, OpenClip};
use crate::app::model::dialog::Purpose;
use crate::app::model::mask::MaskAction;
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::model::queue::QueuedRequest;
use crate::app::model::unfinished_clip::UnfinishedClip;
use crate::app::model::view::Side;
use crate::app::state::State;
use crate::app::wording;
use crate::picture::path::{has_ending, with_ending};
use crate::studio::Settings;
use crate::studio::video::{VideoEnd, VideoEvent, VideoNews, VideoOutput};

impl State {
    pub(super) fn clip_action(&mut self, action: ClipAction) -> Vec<Effect> {
        match action {
            ClipAction::Seek(time) => return self.seek(time),
            ClipAction::FrameRead(request, result) => return self.frame_read(request, result),
            ClipAction::AskWhere => return self.ask_where_to_paint_clip(),
            ClipAction::TogglePause => return self.toggle_pause_of_clip(),
            ClipAction::Stop => return self.stop_clip(),
            ClipAction::News(news) => return self.clip_news(news),
            ClipAction::Progress(progress) => {
                if let Some(painting) = &mut self.clip_painting {
                    painting.advance(progress);
                }
            }
            ClipAction::OpenAsPhotos => {
                if let Some(clip) = &self.clip {
                    let folder = Origin::Photos(clip.source.path().to_path_buf());
                    return self.add(vec![folder], Target::Photo);
                }
            }
            ClipAction::ChooseFfmpegFolder => {
                return self.open_dialog(Purpose::FfmpegFolder, String::new(), self.ffmpeg_folder.clone());
            }
            ClipAction::SetFfmpegFolder(folder) => return self.set_ffmpeg_folder(folder),
            ClipAction::Unfinished(done, of) => {
                if let Some(name) = self.unfinished_clip.as_ref().map(UnfinishedClip::name) {
                    self.questions.push_behind(Question::UnfinishedClip { name, done, of });
                }
            }
            ClipAction::GoOn => return self.go_on_with_clip(),
            ClipAction::Forget => {
                self.questions.take(|asked| matches!(asked, Question::UnfinishedClip { .. }));
                return self.forget_clip();
            }
            ClipAction::WorkRead(Ok(work)) => return self.use_clip_work(*work),
            ClipAction::WorkRead(Err(sentence)) => self.notices.report(Topic::Clip, &sentence),
            choice => {
                if let Some(clip) = &mut self.clip {
                    choose(clip, &choice);
                }
            }
        }
        Vec::new()
    }

    /// After the photo has changed: its clip, if it is one, is the open one.
    pub(super) fn follow_clip(&mut self) -> Option<Effect> {
        let shown = match self.sources.loaded_photo().and_then(|photo| photo.one_of.as_ref()) {
            Some(OneOf::Clip { clip, time }) => Some((clip, *time)),
            Some(OneOf::Folder { .. }) | None => None,
        };
        let is_same = match (&self.clip, shown) {
            (Some(open), Some((clip, _))) => Arc::ptr_eq(&open.source, clip),
            (open, shown) => open.is_none() && shown.is_none(),
        };
        if is_same {
            return None;
        }
        self.clip = shown.map(|(clip, time)| OpenClip::new(Arc::clone(clip), time));
        let source = &self.clip.as_ref()?.source;
        source.known_count().is_none().then(|| Effect::Clip(ClipEffect::CountFrames(Arc::clone(source))))
    }

    fn seek(&mut self, time: f64) -> Vec<Effect> {
        let Some(clip) = &mut self.clip else { return Vec::new() };
        clip.time = clip.within(time);
        if self.easel.is_none() {
            self.view.side = Side::Photo;
        }
        self.read_frame()
    }

    /// Reads the frame at the chosen time, unless another one is being read: that one is shown first.
    fn read_frame(&mut self) -> Vec<Effect> {
        let Some(clip) = self.clip.as_mut().filter(|clip| clip.reading.is_none()) else { return Vec::new() };
        let request = self.sources.new_request();
        clip.reading = Some((request, clip.time));
        vec![Effect::Clip(ClipEffect::ReadFrame { request, clip: Arc::clone(&clip.source), time: clip.time })]
    }

    fn frame_read(&mut self, request: Request, result: Result<ReadFrame, String>) -> Vec<Effect> {
        let reading = self.clip.as_mut().and_then(|clip| clip.reading.take_if(|(asked, _)| *asked == request));
        // By now, the photo may be another one.
        let Some((_, time)) = reading else { return Vec::new() };
        match result {
            Ok(frame) => self.sources.show_frame(frame, time),
            Err(sentence) => self.notices.report(Topic::Clip, &sentence),
        }
        let is_latest = self.clip.as_ref().is_some_and(|clip| clip.time.to_bits() == time.to_bits());
        if is_latest { Vec::new() } else { self.read_frame() }
    }

    fn ask_where_to_paint_clip(&mut self) -> Vec<Effect> {
        let Some(clip) = self.clip.as_ref().filter(|_| self.start_obstacle().is_none()) else { return Vec::new() };
        let path = clip.source.path();
        let folder = self.export_folder.clone().or_else(|| path.parent().map(Path::to_path_buf));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let suggestion = format!("{name} painted.{}", usual_ending(clip));
        self.open_dialog(Purpose::PaintClip, suggestion, folder)
    }

    /// Paints the clip to the file that was chosen, at once or after what is being painted.
    pub(super) fn paint_clip_to(&mut self, chosen: PathBuf) -> Vec<Effect> {
        match self.clip_job(chosen) {
            Some(Ok(job)) if self.is_painting() => {
                self.queue.add(QueuedRequest::Clip(job));
                Vec::new()
            }
            Some(Ok(job)) => self.begin_clip(job),
            Some(Err(sentence)) => {
                self.notices.report(Topic::Clip, &sentence);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Everything that painting the open clip needs, validated.
    fn clip_job(&mut self, chosen: PathBuf) -> Option<Result<Box<ClipJob>, String>> {
        let clip = self.clip.as_ref()?;
        let request = match self.prepare_instant(self.settings_by(clip.method), &self.sources) {
            Ok(request) => request,
            Err(sentence) => return Some(Err(sentence)),
        };
        self.export_folder = chosen.parent().map(Path::to_path_buf);
        // The dialog has asked whether the file may be replaced, unless an ending is added now.
        let is_named = has_ending(&chosen);
        let path = if is_named { chosen } else { with_ending(&chosen, usual_ending(clip)) };
        let ffmpeg_folder = self.ffmpeg_folder.clone();
        Some(Ok(Box::new(ClipJob {
            source: Arc::clone(&clip.source),
            recipe: request.recipe,
            inputs: request.inputs,
            choices: clip.choices,
            output: VideoOutput { path, codec: None, ffmpeg_folder, may_replace: is_named },
            disclosure: self.export.disclosure,
        })))
    }

    pub(super) fn begin_clip(&mut self, job: Box<ClipJob>) -> Vec<Effect> {
        self.notices.clear_topic(Topic::Clip);
        self.clip_painting = Some(ClipPainting::new(&job));
        // One is remembered, the latest.
        self.unfinished_clip.take_if(|unfinished| unfinished.output == job.output.path);
        let mut effects = self.forget_clip();
        self.unfinished_clip = Some(UnfinishedClip::of(&job));
        self.view.show_latest();
        self.view.leave_photo();
        effects.push(Effect::Clip(ClipEffect::Paint(job)));
        effects
    }

    fn toggle_pause_of_clip(&mut self) -> Vec<Effect> {
        let Some(painting) = self.clip_painting.as_mut().filter(|painting| !painting.is_stopping) else {
            return Vec::new();
        };
        painting.is_paused = !painting.is_paused;
        vec![if painting.is_paused { Effect::Clip(ClipEffect::Pause) } else { Effect::Clip(ClipEffect::Resume) }]
    }

    fn stop_clip(&mut self) -> Vec<Effect> {
        let Some(painting) = &mut self.clip_painting else { return Vec::new() };
        painting.is_stopping = true;
        vec![Effect::Clip(ClipEffect::Stop)]
    }

    fn clip_news(&mut self, news: VideoNews) -> Vec<Effect> {
        let Some(painting) = &mut self.clip_painting else { return Vec::new() };
        match news {
            VideoNews::Planned { frames, .. } => painting.of = frames,
            VideoNews::Told(VideoEvent::Started { device, before }) => {
                (painting.device, painting.frame) = (Some(device), before);
            }
            VideoNews::Told(VideoEvent::MovedTo(device)) => painting.device = Some(device),
            VideoNews::Told(VideoEvent::Remark(sentence)) => self.notices.notify(NoticeKind::Remark, &sentence),
            // Frames come as progress.
            VideoNews::Told(VideoEvent::Painted(_)) => {}
            VideoNews::Ended(end) => return self.clip_ended(end),
            VideoNews::Failed(sentence) => {
                self.clip_painting = None;
                self.notices.report(Topic::Clip, &sentence);
                return self.after_run();
            }
        }
        Vec::new()
    }

    fn clip_ended(&mut self, end: VideoEnd) -> Vec<Effect> {
        if let Some(painting) = self.clip_painting.take() {
            // It stays until it is dismissed: a clip takes long, and nobody may be watching.
            self.notices.notify(NoticeKind::Remark, &wording::end_of_clip(&painting, end));
        }
        let mut effects = self.forget_clip();
        effects.extend(self.after_run());
        effects
    }

    /// Does not ask about the unfinished painting at the next start.
    fn forget_clip(&mut self) -> Vec<Effect> {
        let unfinished = self.unfinished_clip.take().map(|unfinished| unfinished.output);
        // The next painting into the same file needs the same.
        let unneeded = unfinished.filter(|output| !self.queue.paints_next_into(output));
        unneeded.map(|output| Effect::Clip(ClipEffect::ForgetWork(output))).into_iter().collect()
    }

    fn go_on_with_clip(&mut self) -> Vec<Effect> {
        let asked = self.questions.take(|asked| matches!(asked, Question::UnfinishedClip { .. }));
        let unfinished = self.unfinished_clip.clone().filter(|_| asked.is_some());
        unfinished.map(|unfinished| Effect::Clip(ClipEffect::ReadWork(unfinished))).into_iter().collect()
    }

    /// Opens the clip with its paintings and settings, and goes on with its painting.
    fn use_clip_work(&mut self, work: UnfinishedWork) -> Vec<Effect> {
        let Some(unfinished) = self.unfinished_clip.clone() else { return Vec::new() };
        let settings = self.use_unfinished_work(work);
        let mut effects: Vec<Effect> = self.follow_clip().into_iter().collect();
        if let Some(clip) = &mut self.clip {
            (clip.choices, clip.method) = (unfinished.choices(), settings.method);
        }
        effects.extend(self.paint_clip_to(unfinished.output));
        effects
    }

    /// Opens what was not finished, with its paintings and settings. Returns the settings that it was painted with.
    pub(super) fn use_unfinished_work(&mut self, work: UnfinishedWork) -> Settings {
        let UnfinishedWork { setup, photo } = work;
        self.mask(MaskAction::Done);
        self.keep_step();
        self.use_setup(&setup);
        self.sources.photo = Some(self.sources.new_card(Some(photo)));
        setup.ready.setup.settings
    }

    pub(super) fn set_ffmpeg_folder(&mut self, folder: Option<PathBuf>) -> Vec<Effect> {
        self.ffmpeg_folder.clone_from(&folder);
        vec![Effect::Clip(ClipEffect::FindFfmpegIn(folder))]
    }
}

/// Makes a choice about what to paint of a clip, and how.
fn choose(clip: &mut OpenClip, choice: &ClipAction) {
    match *choice {
        ClipAction::BeginAt(seconds) => clip.begin_at(seconds),
        ClipAction::EndAt(seconds) => clip.end_at(seconds),
        ClipAction::SetSteadiness(steadiness) => clip.choices.steadiness = steadiness.clamp(0.0, 100.0),
        ClipAction::SetLoop(is_loop) => clip.choices.is_loop = is_loop,
        ClipAction::SetMethod(method) => clip.method = method,
        _ => {}
    }
}

/// The ending of a painted clip: animations keep their format, films become MP4.
fn usual_ending(clip: &OpenClip) -> &'static str {
    let ending = clip.source.path().extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending.to_lowercase().as_str() {
        _ if clip.source.is_coded() => "mp4",
        "gif" => "gif",
        "webp" => "webp",
        _ => "png",
    }
}

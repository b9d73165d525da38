//! A folder of photos as the photo: looking at its photos, and painting them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Effect, FolderAction, FolderEffect};
use crate::app::model::arrival::UnfinishedWork;
use crate::app::model::card::{LoadedPicture, Origin, Request, Target};
use crate::app::model::dialog::Purpose;
use crate::app::model::folder::{FolderChoices, FolderJob, OpenFolder};
use crate::app::model::folder_painting::{FolderEnd, FolderPainting, ReadResult};
use crate::app::model::mask::MaskAction;
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::model::queue::QueuedRequest;
use crate::app::model::unfinished_folder::UnfinishedFolder;
use crate::app::model::view::Side;
use crate::app::state::State;
use crate::app::wording;
use crate::picture::Picture;
use crate::studio::Hardware;
use crate::studio::batch::{BatchEvent, BatchNews, ItemOutcome};

impl State {
    pub(super) fn folder_action(&mut self, action: FolderAction) -> Vec<Effect> {
        match action {
            FolderAction::Choose => return self.open_dialog(Purpose::OpenFolder, String::new(), None),
            FolderAction::Seek(index) => return self.seek_photo(index),
            FolderAction::PhotoRead(request, result) => return self.photo_read(request, result),
            FolderAction::OpenAsClip => {
                if let Some(open) = &self.folder {
                    let folder = Origin::Frames(open.folder.path.clone());
                    return self.add(vec![folder], Target::Photo);
                }
            }
            FolderAction::Ask => {
                if self.folder.is_some() && self.start_obstacle().is_none() {
                    self.questions.push(Question::PaintFolder);
                }
            }
            FolderAction::Set(choices) => {
                if let Some(open) = &mut self.folder {
                    let method = choices.method;
                    open.choices = if method == open.choices.method { choices } else { choices.with_method(method) };
                }
            }
            FolderAction::ChooseOutput => {
                let output = self.folder.as_ref().map(|open| open.choices.output.clone());
                // The folder itself may not exist yet.
                let begin = output.as_deref().and_then(Path::parent).map(Path::to_path_buf);
                return self.open_dialog(Purpose::FolderOutput, String::new(), begin);
            }
            FolderAction::Paint => return self.paint_folder(),
            FolderAction::TogglePause => return self.toggle_pause_of_folder(),
            FolderAction::Stop => return self.stop_folder(),
            FolderAction::GoOn => return self.go_on_with_folder(),
            FolderAction::Close => {
                self.folder_painting.take_if(|painting| !painting.is_active());
            }
            FolderAction::News(news) => return self.folder_news(news),
            FolderAction::ToggleList => {
                if let Some(painting) = &mut self.folder_painting {
                    painting.view.is_list_open = !painting.view.is_list_open;
                }
            }
            FolderAction::Show(row) => return self.show_row(row),
            FolderAction::ResultRead(number, row, result) => return self.result_read(number, row, result),
            FolderAction::ReadThumbnail(row) => return self.read_thumbnail(row),
            FolderAction::Thumbnail(number, row, thumbnail) => self.thumbnail_read(number, row, thumbnail),
            FolderAction::Unfinished => {
                if let Some(name) = self.unfinished_folder.as_ref().map(UnfinishedFolder::name) {
                    self.questions.push_behind(Question::UnfinishedFolder(name));
                }
            }
            FolderAction::GoOnWithUnfinished => {
                let asked = self.questions.take(|asked| matches!(asked, Question::UnfinishedFolder(_)));
                let unfinished = self.unfinished_folder.clone().filter(|_| asked.is_some());
                return unfinished.map(|folder| Effect::Folder(FolderEffect::ReadWork(folder))).into_iter().collect();
            }
            FolderAction::Forget => {
                self.questions.take(|asked| matches!(asked, Question::UnfinishedFolder(_)));
                return self.forget_folder();
            }
            FolderAction::WorkRead(Ok(work)) => return self.use_folder_work(*work),
            FolderAction::WorkRead(Err(sentence)) => self.notices.report(Topic::Folder, &sentence),
        }
        Vec::new()
    }

    /// After the photo has changed: its folder, if it is of one, is the open one.
    pub(super) fn follow_folder(&mut self) {
        let shown = self.sources.loaded_photo().and_then(LoadedPicture::folder);
        match (&mut self.folder, shown) {
            (Some(open), Some((folder, index))) if Arc::ptr_eq(&open.folder, folder) => {
                // Undo may have brought another photo back.
                if open.reading.is_none() {
                    open.index = index;
                }
                return;
            }
            (None, None) => return,
            (_, shown) => self.folder = shown.map(|(folder, index)| OpenFolder::new(Arc::clone(folder), index)),
        }
        self.questions.take(|asked| matches!(asked, Question::PaintFolder));
        self.dialog.take_if(|dialog| dialog.purpose == Purpose::FolderOutput);
    }

    fn seek_photo(&mut self, index: usize) -> Vec<Effect> {
        let Some(open) = &mut self.folder else { return Vec::new() };
        open.index = index.min(open.folder.photos.len().saturating_sub(1));
        if self.easel.is_none() {
            self.view.side = Side::Photo;
        }
        if let Some(painting) = &mut self.folder_painting {
            painting.view.hide();
            painting.view.is_list_open = false;
        }
        self.read_photo()
    }

    /// Reads the chosen photo, unless another one is being read: that one is shown first.
    fn read_photo(&mut self) -> Vec<Effect> {
        let Some(open) = self.folder.as_mut().filter(|open| open.reading.is_none()) else { return Vec::new() };
        let (request, index) = (self.sources.new_request(), open.index);
        open.reading = Some((request, index));
        vec![Effect::Folder(FolderEffect::ReadPhoto { request, folder: Arc::clone(&open.folder), index })]
    }

    fn photo_read(&mut self, request: Request, result: Result<Box<LoadedPicture>, String>) -> Vec<Effect> {
        let reading = self.folder.as_mut().and_then(|open| open.reading.take_if(|(asked, _)| *asked == request));
        // By now, another folder may be open.
        let Some((_, index)) = reading else { return Vec::new() };
        match result {
            Ok(photo) => {
                // The mask being edited belongs to the photo before.
                self.mask(MaskAction::Done);
                self.keep_step();
                self.sources.show_photo(*photo);
                self.remove_unfit_masks();
            }
            Err(sentence) => self.notices.report(Topic::Folder, &sentence),
        }
        let is_latest = self.folder.as_ref().is_some_and(|open| open.index == index);
        if is_latest { Vec::new() } else { self.read_photo() }
    }

    pub(super) fn set_folder_output(&mut self, output: PathBuf) -> Vec<Effect> {
        if let Some(open) = &mut self.folder {
            open.choices.output = output;
        }
        Vec::new()
    }

    /// Paints the folder as chosen, at once or after what is being painted.
    fn paint_folder(&mut self) -> Vec<Effect> {
        let Some(choices) = self.folder.as_ref().map(|open| open.choices.clone()) else { return Vec::new() };
        self.questions.take(|asked| matches!(asked, Question::PaintFolder));
        self.dialog.take_if(|dialog| dialog.purpose == Purpose::FolderOutput);
        match self.folder_job(choices) {
            Ok(job) if self.is_painting() => self.queue.add(QueuedRequest::Folder(job)),
            Ok(job) => return self.begin_folder(job),
            Err(sentence) => self.notices.report(Topic::Folder, &sentence),
        }
        Vec::new()
    }

    /// Everything that painting the open folder needs, validated.
    fn folder_job(&self, choices: FolderChoices) -> Result<Box<FolderJob>, String> {
        let folder = self.folder.as_ref().map(|open| Arc::clone(&open.folder)).ok_or("no folder is open")?;
        let settings = self.settings_by(choices.method);
        let inputs = self.prepare_for_others(settings.clone())?.inputs;
        let hardware = Hardware { low_priority: true, takes_snapshots: false, ..self.hardware };
        Ok(Box::new(FolderJob { folder, choices, settings, hardware, inputs, disclosure: self.export.disclosure }))
    }

    pub(super) fn begin_folder(&mut self, job: Box<FolderJob>) -> Vec<Effect> {
        self.notices.clear_topic(Topic::Folder);
        // One is remembered, the latest.
        self.unfinished_folder.take_if(|unfinished| unfinished.output == job.choices.output);
        let mut effects = self.forget_folder();
        self.unfinished_folder = Some(UnfinishedFolder::of(&job));
        let is_list_open = self.folder_painting.as_ref().is_some_and(|before| before.view.is_list_open);
        let mut painting = FolderPainting::new(job.clone(), self.sources.new_request());
        painting.view.is_list_open = is_list_open;
        self.folder_painting = Some(painting);
        self.view.show_latest();
        self.view.leave_photo();
        effects.push(Effect::Folder(FolderEffect::Paint(job)));
        effects
    }

    fn toggle_pause_of_folder(&mut self) -> Vec<Effect> {
        let Some(painting) =
            self.folder_painting.as_mut().filter(|painting| painting.is_active() && !painting.is_stopping)
        else {
            return Vec::new();
        };
        painting.is_paused = !painting.is_paused;
        vec![Effect::Folder(if painting.is_paused { FolderEffect::Pause } else { FolderEffect::Resume })]
    }

    fn stop_folder(&mut self) -> Vec<Effect> {
        let Some(painting) = self.folder_painting.as_mut().filter(|painting| painting.is_active()) else {
            return Vec::new();
        };
        painting.is_stopping = true;
        vec![Effect::Folder(FolderEffect::Stop)]
    }

    /// Paints what is missing of the folder that was painted last, as it was chosen then.
    fn go_on_with_folder(&mut self) -> Vec<Effect> {
        let painting = self.folder_painting.as_ref().filter(|painting| painting.can_go_on());
        let Some(job) = painting.map(|painting| painting.job.clone()) else { return Vec::new() };
        if !self.is_painting() {
            return self.begin_folder(job);
        }
        if !self.queue.paints_into(&job.choices.output) {
            self.queue.add(QueuedRequest::Folder(job));
        }
        Vec::new()
    }

    fn folder_news(&mut self, news: BatchNews) -> Vec<Effect> {
        let Some(painting) = self.folder_painting.as_mut().filter(|painting| painting.is_active()) else {
            return Vec::new();
        };
        match news {
            BatchNews::Told(event, remaining) => {
                let is_item = matches!(event, BatchEvent::Item(_));
                if let Some(remark) = painting.take(event, remaining) {
                    self.notices.notify(NoticeKind::Remark, &remark);
                } else if is_item {
                    return self.read_result();
                }
            }
            BatchNews::Ended(end) => {
                painting.end = Some(FolderEnd::Ended(end));
                // It stays until it is dismissed: a folder takes long, and nobody may be watching.
                let sentence = wording::end_of_folder(painting, end);
                self.notices.notify(NoticeKind::Remark, &sentence);
                let mut effects = self.forget_folder();
                effects.extend(self.folder_ended());
                return effects;
            }
            BatchNews::Failed(sentence) => {
                painting.end = Some(FolderEnd::Failed);
                self.notices.report(Topic::Folder, &sentence);
                return self.folder_ended();
            }
        }
        Vec::new()
    }

    fn folder_ended(&mut self) -> Vec<Effect> {
        // The preview shows the photo again, with the settings as they are now.
        if let Some(painting) = self.folder_painting.as_mut().filter(|painting| painting.view.follows) {
            painting.view.hide();
        }
        self.after_run()
    }

    /// No picture of the folder that was painted last is shown any more, so that the preview shows what changed since.
    pub(super) fn leave_painted_folder(&mut self) {
        if let Some(painting) = self.folder_painting.as_mut().filter(|painting| !painting.is_active()) {
            painting.view.hide();
        }
    }

    /// Shows the picture of a row, or the photo of one that has failed.
    fn show_row(&mut self, row: usize) -> Vec<Effect> {
        let Some(painting) = &mut self.folder_painting else { return Vec::new() };
        let Some(report) = painting.rows.get(row).map(|row| &row.report) else { return Vec::new() };
        let (has_failed, photo) = (report.outcome == ItemOutcome::Failed, report.photo.clone());
        let painted_folder = painting.job.folder.path.clone();
        painting.view.choose(row);
        // By now, another photo may be open.
        let open = self.folder.as_ref().filter(|open| open.folder.path == painted_folder);
        let index = open.map(|open| open.folder.photos.iter().position(|own| *own == photo));
        let mut effects = match index {
            Some(Some(index)) if has_failed => return self.seek_photo(index),
            Some(_) => Vec::new(),
            None => self.add(vec![Origin::Photos(painted_folder)], Target::Photo),
        };
        if !has_failed {
            self.view.show_latest();
            self.view.leave_photo();
            effects.extend(self.read_result());
        }
        effects
    }

    /// Reads the picture that is to be shown, unless another one is being read.
    pub(super) fn read_result(&mut self) -> Vec<Effect> {
        let Some(painting) = &mut self.folder_painting else { return Vec::new() };
        let Some(row) = painting.next_to_show() else { return Vec::new() };
        let (number, report) = (painting.number, painting.rows[row].report.clone());
        vec![Effect::Folder(FolderEffect::ReadResult { painting: number, row, report })]
    }

    fn result_read(&mut self, number: Request, row: usize, result: Result<Box<ReadResult>, String>) -> Vec<Effect> {
        let painting = self.folder_painting.as_mut().filter(|painting| painting.number == number);
        let Some(painting) = painting else { return Vec::new() };
        // Meanwhile, the user may have chosen another one, or a photo.
        let is_wanted = painting.was_read(row);
        match result {
            Ok(read) if is_wanted => painting.show(row, *read),
            Err(sentence) if is_wanted => {
                painting.view.shown = None;
                self.notices.report(Topic::Folder, &sentence);
            }
            Ok(_) | Err(_) => {}
        }
        self.read_result()
    }

    fn read_thumbnail(&mut self, row: usize) -> Vec<Effect> {
        let Some(painting) = &mut self.folder_painting else { return Vec::new() };
        let number = painting.number;
        let Some(picture) = painting.ask_for_thumbnail(row) else { return Vec::new() };
        vec![Effect::Folder(FolderEffect::ReadThumbnail { painting: number, row, picture })]
    }

    fn thumbnail_read(&mut self, number: Request, row: usize, thumbnail: Option<Arc<Picture>>) {
        if let Some(painting) = self.folder_painting.as_mut().filter(|painting| painting.number == number) {
            painting.keep_thumbnail(row, thumbnail);
        }
    }

    /// Does not ask about the unfinished painting at the next start.
    fn forget_folder(&mut self) -> Vec<Effect> {
        let unfinished = self.unfinished_folder.take().map(|unfinished| unfinished.output);
        // The next painting into the same folder needs the same.
        let unneeded = unfinished.filter(|output| !self.queue.paints_next_into(output));
        unneeded.map(|output| Effect::Folder(FolderEffect::ForgetWork(output))).into_iter().collect()
    }

    /// Opens the folder with its paintings and settings, and goes on with its painting.
    fn use_folder_work(&mut self, work: UnfinishedWork) -> Vec<Effect> {
        let Some(unfinished) = self.unfinished_folder.clone() else { return Vec::new() };
        let settings = self.use_unfinished_work(work);
        self.follow_folder();
        if let Some(open) = &mut self.folder {
            open.choices = unfinished.choices(settings.method);
        }
        self.paint_folder()
    }
}

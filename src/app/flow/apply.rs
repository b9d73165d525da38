//! Passes each action to its flow.

use crate::app::message::{Action, Effect};
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::model::view::Side;
use crate::app::state::State;
use crate::studio::{Hardware, Settings};

impl State {
    /// Applies an action; returns the effects to carry out, in order.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        let mut effects = self.act(action);
        self.follow_folder();
        effects.extend(self.follow_map());
        self.drop_stale_questions();
        effects.extend(self.follow_clip());
        effects
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Add { origins, target } => return self.add(origins, target),
            Action::Loaded { request, result } => self.loaded(request, result),
            Action::Choose(target) => return self.choose_pictures(target),
            Action::Paste => return self.paste(),
            Action::Pasted(clip) => return self.pasted(clip),
            Action::RemovePhoto => self.remove_photo(),
            Action::RemovePainting(id) => self.remove_painting(id),
            Action::RemovePaintings => self.remove_paintings(),
            Action::MovePainting(id, to) => self.sources.move_painting(id, to),
            Action::SetBalance(id, balance) => {
                self.sources.set_balance(id, balance);
                return self.adjust();
            }
            Action::Mask(action) => self.mask(action),
            Action::SetSettings(settings) => return self.set_settings(settings),
            Action::SetHardware(hardware) => self.hardware = hardware,
            Action::ResetAll => {
                self.hardware = Hardware::default();
                return self.set_settings(Settings::default());
            }
            Action::Preset(action) => return self.preset(action),
            Action::Undo => return self.undo(),
            Action::Redo => return self.redo(),
            Action::Start => return self.start(),
            Action::Continue => return self.continue_painting(),
            Action::PaintLarger(long_side) => return self.paint_larger(long_side),
            Action::TogglePause => return self.toggle_pause(),
            Action::Stop => return self.stop(),
            Action::Painter(event) => return self.painter_event(event),
            Action::InstantPainter(event) => self.instant_event(event),
            Action::Painted(frame) => self.show_frame(frame),
            Action::Training(action) => return self.training_action(action),
            Action::Trainer(event) => return self.training_event(event),
            Action::Clip(action) => return self.clip_action(action),
            Action::Folder(action) => return self.folder_action(action),
            Action::Style(action) => return self.style_action(action),
            Action::Map(action) => return self.map_action(action),
            Action::Queue(action) => self.edit_queue(action),
            Action::History(action) => return self.edit_results(action),
            Action::Export => self.ask_how_to_export(),
            Action::SetExport(choice) => self.export = choice,
            Action::ChooseFile => return self.ask_where_to_export(),
            Action::Exported(result) => return self.exported(result),
            Action::Overwrite => return self.overwrite(),
            Action::Chosen(answer) => return self.chosen(answer),
            Action::Project(action) => return self.project_action(action),
            Action::ArrivalRead(result) => return self.arrived(result),
            Action::Searched(found) => self.searched(found),
            Action::ProjectSaved(result) => return self.project_saved(result),
            Action::WorkFound(Some(arrival)) => self.questions.push_behind(Question::Recovered(arrival)),
            Action::WorkSaved(result) => self.notices.work_saved(Topic::SavingSetup, result),
            Action::CloseRequested => return self.close_requested(),
            Action::ConfirmClose => return self.confirm_close(),
            Action::Cancel => self.cancel(),
            Action::Dismiss(id) => self.notices.dismiss(id),
            Action::PutBack => return self.put_back(),
            Action::SetSide(side) => return self.set_side(side),
            Action::SetDivider(divider) => self.view.divider = divider.clamp(0.0, 1.0),
            Action::SetViewport(viewport) => self.view.viewport = viewport,
            Action::SetAppearance(appearance) => self.appearance = appearance.zoomed(appearance.zoom),
            Action::ToggleLosses => self.appearance.losses_open = !self.appearance.losses_open,
            Action::ToggleHelp => self.toggle_help(),
            Action::Tick(time) => {
                self.tick(time);
                return [self.refresh_instant(), self.refresh_training()].concat();
            }
            Action::Paced(pace) => self.pace = pace,
            Action::ProcessorsFound(processors) => self.processors = Some(processors),
            Action::SampleReady { index, thumbnail } => {
                self.sample_thumbnails.extend(thumbnail.map(|thumbnail| (index, thumbnail)));
            }
            Action::PreferencesSaved(Ok(())) => self.notices.clear_topic(Topic::Preferences),
            Action::PreferencesSaved(Err(reason)) => self.notices.report(Topic::Preferences, &reason),
            Action::WorkFound(None) | Action::Nothing => {}
        }
        Vec::new()
    }

    fn set_side(&mut self, side: Side) -> Vec<Effect> {
        (self.view.side, self.view.beside) = (side, None);
        if side != Side::Photo
            && let Some(painting) = self.folder_painting.as_mut().filter(|painting| painting.is_active())
            && painting.view.shown.is_none()
        {
            // Until the user chooses a photo or a picture again.
            painting.view.follows = true;
        }
        if side == Side::Compare && self.shown_canvas().is_some() && !self.can_compare() {
            let text = "The photo and this result have different shapes, so they cannot be compared.";
            self.notices.notify(NoticeKind::Remark, text);
        }
        self.read_result()
    }
}

//! Closing the window, file dialogs, the view and the notices.

use super::*;
use crate::app::message::ProjectAction;

#[test]
fn closing_asks_only_while_a_picture_is_being_painted() {
    let mut state = ready();
    assert!(state.apply(Action::CloseRequested).is_empty());
    let (mut state, run) = painting();
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(matches!(state.question(), Some(Question::Close)));
    state.apply(Action::Cancel);
    assert!(state.question().is_none() && state.run.is_active());
    state.apply(Action::CloseRequested);
    assert!(matches!(state.apply(Action::ConfirmClose)[..], [Effect::Stop, Effect::Close]));
    // The window system asks again, and now the window may close.
    assert!(state.apply(Action::CloseRequested).is_empty());

    // The question goes away when the run ends.
    let (mut other, _) = painting();
    other.apply(Action::CloseRequested);
    emit(&mut other, run, EventKind::Finished(done(1)));
    assert!(other.question().is_none());
}

#[test]
fn the_window_closes_once_the_picture_is_written() {
    let mut state = exporting();
    state.apply(chosen(Purpose::Export, &["/out.png"], false));
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(state.closes_after_writing());
    let saved = ExportedFile { path: "/out.png".into(), width: 40, height: 30 };
    // The picture is saved, so nothing would be lost.
    assert!(matches!(state.apply(Action::Exported(Ok(saved)))[..], [Effect::Close]));
    assert!(state.apply(Action::CloseRequested).is_empty());

    let mut state = exporting();
    state.apply(chosen(Purpose::Export, &["/out.png"], false));
    state.apply(Action::CloseRequested);
    assert!(state.apply(Action::Exported(Err(SaveError::Failed("the disk is full".to_owned())))).is_empty());
    assert!(!state.closes_after_writing());
    assert_eq!(texts(&state), ["The disk is full"]);
}

#[test]
fn only_one_dialog_is_open_at_a_time() {
    let mut state = ready();
    assert!(matches!(state.apply(Action::Choose(Target::Photo))[..], [Effect::OpenDialog { .. }]));
    assert!(state.apply(Action::Choose(Target::NewPainting)).is_empty());
    assert_eq!(state.notices.len(), 1);
    // The user cancels the dialog.
    assert!(state.apply(chosen(Purpose::Open(Target::Photo), &[], false)).is_empty());
    assert_eq!((purpose(&state), state.notices.len()), (None, 1));
    assert_eq!(state.apply(Action::Choose(Target::NewPainting)).len(), 1);
    let effects = state.apply(chosen(Purpose::Open(Target::NewPainting), &["/a.png", "/b.png"], false));
    assert_eq!((effects.len(), state.sources.paintings.len()), (2, 4));
}

#[test]
fn a_hanging_dialog_does_not_block_exporting() {
    let mut state = exporting();
    assert_eq!(purpose(&state), Some(Purpose::Export));
    // Asking again opens a new dialog at once.
    assert!(matches!(state.apply(Action::ChooseFile)[..], [Effect::OpenDialog { purpose: Purpose::Export, .. }]));
    assert!(state.notices.is_empty());
    // The export is cancelled and started again.
    state.apply(Action::Cancel);
    assert!(state.questions.to_export().is_none() && state.dialog.is_none());
    assert!(state.apply(chosen(Purpose::Export, &["/late.png"], false)).is_empty());
    state.apply(Action::Export);
    assert!(matches!(state.apply(Action::ChooseFile)[..], [Effect::OpenDialog { .. }]));
    // A hanging dialog of another kind does not block it either.
    state.apply(Action::Cancel);
    state.apply(Action::Choose(Target::Photo));
    state.apply(Action::Export);
    assert!(matches!(state.apply(Action::ChooseFile)[..], [Effect::OpenDialog { purpose: Purpose::Export, .. }]));
}

#[test]
fn a_dialog_to_save_the_old_project_does_not_save_the_new_one() {
    let mut state = ready();
    state.apply(Action::Project(ProjectAction::SaveAs));
    assert_eq!(purpose(&state), Some(Purpose::SaveProject(None)));
    state.apply(Action::Project(ProjectAction::New));
    state.apply(Action::Project(ProjectAction::Leave));
    assert!(state.sources.is_empty() && state.dialog.is_none());
    assert!(state.apply(chosen(Purpose::SaveProject(None), &["/late.impasto"], false)).is_empty());
    assert!(state.document.saving.is_none());
}

#[test]
fn a_failed_background_job_does_not_answer_a_question() {
    let (mut state, _) = painting();
    state.apply(Action::CloseRequested);
    // The search for processors ends with this action when it panics.
    assert!(state.apply(Action::Nothing).is_empty());
    assert!(matches!(state.question(), Some(Question::Close)));
}

#[test]
fn a_dialog_that_cannot_be_shown_is_reported() {
    let mut state = State { takes_drops: true, ..ready() };
    state.apply(Action::Choose(Target::Photo));
    state.apply(chosen(Purpose::Open(Target::Photo), &[], true));
    assert!(texts(&state)[0].contains("No file dialog can be shown"));
    assert!(texts(&state)[0].contains("dropped"));
    // On Wayland nothing can be dropped on the window.
    let mut state = ready();
    state.apply(Action::Choose(Target::Photo));
    state.apply(chosen(Purpose::Open(Target::Photo), &[], true));
    assert!(!texts(&state)[0].contains("drop"), "{:?}", texts(&state));
}

#[test]
fn the_second_request_for_another_dialog_abandons_a_hanging_one() {
    let mut state = ready();
    state.apply(Action::Choose(Target::Photo));
    assert!(state.apply(Action::Choose(Target::Photo)).is_empty());
    assert!(texts(&state)[0].contains("try again"));
    assert!(matches!(
        state.apply(Action::Choose(Target::NewPainting))[..],
        [Effect::OpenDialog { purpose: Purpose::Open(Target::NewPainting), .. }]
    ));
    // The next hanging dialog is reported again before it is abandoned.
    assert!(state.apply(Action::Choose(Target::Photo)).is_empty());
}

#[test]
fn only_available_sides_are_shown() {
    let (mut state, run) = painting();
    state.apply(Action::SetSide(Side::Compare));
    assert_eq!(state.shown_side(), Side::Photo);
    state.apply(frame(run));
    assert_eq!(state.shown_side(), Side::Compare);
    emit(&mut state, run, EventKind::Finished(done(1)));
    // A new photo is shown at once, and the next run switches back to the result.
    load(&mut state, Target::Photo, "dog.png");
    assert_eq!(state.shown_side(), Side::Photo);
    begin(&mut state);
    assert_eq!(state.shown_side(), Side::Result);
    state.apply(Action::RemovePhoto);
    state.apply(Action::SetSide(Side::Photo));
    assert!(state.shown_photo().is_some());
    state.apply(Action::SetDivider(3.0));
    assert!((state.view.divider - 1.0).abs() < 1e-6);
}

#[test]
fn notices_do_not_pile_up() {
    let mut state = State::default();
    for text in ["one", "two", "two", "three", "four", "five"] {
        state.notices.notify(NoticeKind::Problem, text);
    }
    assert_eq!(texts(&state), ["Two", "Three", "Four", "Five"]);
    state.notices.notify(NoticeKind::Done, "saved a");
    state.notices.notify(NoticeKind::Done, "saved b");
    assert_eq!(texts(&state), ["Three", "Four", "Five", "Saved b"]);
}

#[test]
fn closing_during_an_export_asks_about_the_run_afterwards() {
    let (mut state, run) = painting();
    state.apply(frame(run));
    state.apply(Action::Export);
    state.apply(Action::ChooseFile);
    state.apply(chosen(Purpose::Export, &["/out.png"], false));
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(state.closes_after_writing() && state.question().is_none());
    let saved = ExportedFile { path: "/out.png".into(), width: 20, height: 15 };
    assert!(state.apply(Action::Exported(Ok(saved))).is_empty());
    assert!(matches!(state.question(), Some(Question::Close)) && state.run.is_active());
    state.apply(Action::Cancel);
    assert!(state.run.is_active() && !state.closes_after_writing());
    // Without a run, it asks about unsaved results.
    emit(&mut state, run, EventKind::Finished(done(1)));
    emit(&mut state, run, EventKind::Finished(done(1)));
    state.apply(Action::Export);
    state.export.long_side = Some(10);
    state.apply(Action::ChooseFile);
    state.apply(chosen(Purpose::Export, &["/small.png"], false));
    state.apply(Action::CloseRequested);
    let saved = ExportedFile { path: "/small.png".into(), width: 10, height: 8 };
    assert!(state.apply(Action::Exported(Ok(saved))).is_empty());
    assert!(matches!(state.question(), Some(Question::Unsaved(Next::Close))));
}

#[test]
fn remarks_outlast_successes() {
    let mut state = State::default();
    state.notices.notify(NoticeKind::Remark, "Left out, because not found: cat.png");
    state.notices.notify(NoticeKind::Remark, "A picture of the unfinished work is missing or has changed.");
    assert_eq!(state.notices.len(), 2);
    // Successes are dropped first.
    for (kind, text) in [(NoticeKind::Done, "saved"), (NoticeKind::Problem, "one"), (NoticeKind::Problem, "two")] {
        state.notices.notify(kind, text);
    }
    assert_eq!(texts(&state)[0], "Left out, because not found: cat.png");
    assert_eq!(texts(&state).len(), 4);
}

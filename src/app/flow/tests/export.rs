//! Exporting the shown picture to a file.

use super::*;
use crate::app::preferences::ExportChoice;

#[test]
fn there_is_nothing_to_export_before_the_first_frame() {
    let mut state = ready();
    state.apply(Action::Export);
    assert!(state.questions.to_export().is_none() && state.apply(Action::ChooseFile).is_empty());
    let (mut state, run) = painting();
    state.apply(Action::Export);
    assert!(state.questions.to_export().is_none());
    state.apply(frame(run));
    state.apply(Action::Export);
    assert_eq!(state.apply(Action::ChooseFile).len(), 1);
}

#[test]
fn the_picture_shown_when_export_was_pressed_is_saved() {
    let (mut state, run) = painting();
    state.apply(frame(run));
    let seen = state.canvas.clone().unwrap().image;
    state.apply(Action::Export);
    state.apply(Action::ChooseFile);
    state.apply(frame(run));
    emit(&mut state, run, EventKind::Finished(done(1)));
    let effects = state.apply(chosen(Purpose::Export, &["/out.png"], false));
    let [Effect::Export(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.image.is_same(&seen));
}

#[test]
fn a_file_that_the_dialog_asked_about_is_replaced() {
    let mut state = exporting();
    let effects = state.apply(chosen(Purpose::Export, &["/out.jpg"], false));
    let [Effect::Export(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.replace);
    assert!(save.inputs.contains(&PathBuf::from("/pictures/cat.png")));
    assert!(!state.can_export() && state.questions.to_export().is_none());
    state.apply(Action::Export);
    assert!(state.questions.to_export().is_none());
    let path = PathBuf::from("/out.jpg");
    assert!(state.apply(Action::Exported(Ok(ExportedFile { path, width: 40, height: 30 }))).is_empty());
    assert_eq!(texts(&state), ["Saved 40 × 30 pixels to /out.jpg"]);
    assert!(state.can_export());
}

#[test]
fn a_name_without_an_extension_becomes_png_and_is_asked_about() {
    let mut state = exporting();
    let effects = state.apply(chosen(Purpose::Export, &["/out"], false));
    let [Effect::Export(save)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((save.path.as_path(), save.replace), (PathBuf::from("/out.png").as_path(), false));
    state.apply(Action::Exported(Err(SaveError::Exists(save.path.clone()))));
    assert!(matches!(state.question(), Some(Question::Overwrite(_))));
    let mut other = State { questions: state.questions.clone(), ..State::default() };
    assert!(other.apply(Action::Cancel).is_empty() && other.question().is_none());
    let effects = state.apply(Action::Overwrite);
    let [Effect::Export(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.replace && state.question().is_none());
    state.apply(Action::Exported(Err(SaveError::Failed("the disk is full".to_owned()))));
    assert_eq!(texts(&state), ["The disk is full"]);
    assert!(state.can_export() && state.apply(Action::Overwrite).is_empty());
}

#[test]
fn a_cancelled_export_saves_nothing() {
    let mut state = exporting();
    assert!(state.apply(chosen(Purpose::Export, &[], false)).is_empty());
    // The export options are shown again; cancelling them saves nothing either.
    assert!(state.questions.to_export().is_some());
    state.apply(Action::Cancel);
    assert!(state.questions.to_export().is_none() && state.notices.is_empty() && state.can_export());
}

#[test]
fn export_options_are_remembered_except_the_size() {
    let mut state = exporting();
    let choice = ExportChoice { format: Format::Jpeg, quality: 80, long_side: Some(20), ..ExportChoice::default() };
    state.apply(Action::SetExport(choice));
    assert_eq!(state.export_size(), Some((20, 15)));
    let effects = state.apply(chosen(Purpose::Export, &["/art/out"], false));
    let [Effect::Export(save)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((save.path.to_str().unwrap(), save.long_side), ("/art/out.jpg", Some(20)));
    assert_eq!((save.encoding.format, save.encoding.quality), (Format::Jpeg, 80));
    state.apply(Action::Exported(Ok(ExportedFile { path: "/art/out.jpg".into(), width: 20, height: 15 })));
    state.apply(Action::Export);
    let effects = state.apply(Action::ChooseFile);
    let [Effect::OpenDialog { suggestion, folder, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(suggestion, "cat, waves, stars.jpg");
    assert_eq!(folder.as_ref().unwrap(), &PathBuf::from("/art"));
    assert_eq!(state.export.long_side, None);
    // A typed extension overrides the chosen format.
    let effects = state.apply(chosen(Purpose::Export, &["/art/out.tif"], false));
    let [Effect::Export(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.encoding.format == Format::Tiff && save.encoding.sixteen_bit);
}

//! Modal questions.

use std::path::Path;

use egui::text::CCursorRange;
use egui::{Button, Context, Id, Key, Modal, TextEdit, Ui, vec2};

use super::context::PanelContext;
use super::{folder_sheet, missing, training};
use crate::app::message::{Action, ClipAction, FolderAction, PresetAction, ProjectAction, StyleAction};
use crate::app::model::document::Next;
use crate::app::model::question::Question;
use crate::app::state::State;
use crate::app::widget::theme;
use crate::duration::time_taken;

/// The text of a question and its answers. The first answer is emphasised; it never loses work.
struct Wording {
    title: String,
    text: String,
    answers: Vec<(&'static str, Action)>,
}

pub(super) fn show(ui: &Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let saving = || Wording {
        title: "Saving…".to_owned(),
        text: "The window closes once everything is saved.".to_owned(),
        answers: Vec::new(),
    };
    let wording = match state.question() {
        _ if state.closes_after_writing() => saving(),
        Some(Question::PresetName(name)) => return ask_for_a_name(ui.ctx(), context, name.clone()),
        Some(Question::StyleName { name, .. }) => return ask_for_a_style_name(ui.ctx(), context, name.clone()),
        Some(Question::Train(sheet)) => return training::ask(ui.ctx(), context, sheet),
        Some(Question::PaintFolder) => return folder_sheet::ask(ui.ctx(), context),
        Some(Question::Missing(arrival)) => return missing::ask(ui.ctx(), context, arrival),
        Some(question) => wording_of(question, state),
        None => match &state.document.reading {
            Some(name) => Wording {
                title: format!("Opening {name}…"),
                text: "Loading its pictures.".to_owned(),
                answers: Vec::new(),
            },
            None => return,
        },
    };
    ask(ui.ctx(), context, wording);
}

fn wording_of(question: &Question, state: &State) -> Wording {
    let project = |action| Action::Project(action);
    match question {
        Question::Close if state.map_making.is_some() && !state.is_painting() => Wording {
            title: "Stop and close?".to_owned(),
            text: "A style map is being made or changed. If the window closes now, nothing of that is kept.".to_owned(),
            answers: vec![("Go on", Action::Cancel), ("Stop and close", Action::ConfirmClose)],
        },
        Question::Close if !state.run.is_active() => Wording {
            title: "Stop painting and close?".to_owned(),
            text: "What waits to be painted is lost when the window closes. The clip or the folder that is being painted can \
                   go on at the next start."
                .to_owned(),
            answers: vec![("Keep painting", Action::Cancel), ("Stop and close", Action::ConfirmClose)],
        },
        Question::Close => Wording {
            title: "Stop painting and close?".to_owned(),
            text: "A picture is being painted. Its progress is lost when the window closes, unless you save the \
                   project: painting resumes from here when you open it again."
                .to_owned(),
            answers: vec![
                ("Keep painting", Action::Cancel),
                ("Stop and close", Action::ConfirmClose),
                ("Save project", project(ProjectAction::SaveFirst)),
            ],
        },
        Question::Unsaved(next) => Wording {
            title: match (next, state.document.name()) {
                (_, Some(name)) => format!("Save the changes to {name}?"),
                (_, None) => "Save your work as a project?".to_owned(),
            },
            text: match (next, state.run.is_active()) {
                (_, true) => "A picture is being painted. If you save, painting can resume when you open the project.",
                (Next::Close, false) => "Results and masks that are not saved are lost when the window closes.",
                (_, false) => "Otherwise, unsaved results and masks are lost.",
            }
            .to_owned(),
            answers: vec![
                ("Save project", project(ProjectAction::SaveFirst)),
                ("Don’t save", project(ProjectAction::Leave)),
                ("Cancel", Action::Cancel),
            ],
        },
        Question::Overwrite(job) => replace(&job.path, Action::Overwrite),
        Question::ReplaceProject { path, changed_outside: false, .. } => replace(path, project(ProjectAction::Replace)),
        Question::ReplaceProject { path, changed_outside: true, .. } => Wording {
            title: "Replace the changed project?".to_owned(),
            text: format!(
                "Another window or program has changed this project since it was opened here. Save it under \
                 another name to keep both.\n\n{}",
                path.display()
            ),
            answers: vec![
                ("Save as…", project(ProjectAction::SaveAs)),
                ("Replace", project(ProjectAction::Replace)),
                ("Cancel", Action::Cancel),
            ],
        },
        Question::Recovered(_) | Question::UnfinishedClip { .. } | Question::UnfinishedFolder(_) => of_unfinished(question),
        Question::Restore(finished) => Wording {
            title: "Restore the settings of this picture?".to_owned(),
            text: format!(
                "{} was painted with Impasto and contains its settings and the names of its photo and paintings. \
                 You can restore these, or add the picture as it is.",
                finished.loaded.name
            ),
            answers: vec![
                ("Restore settings", project(ProjectAction::Restore)),
                ("Add the picture", project(ProjectAction::UseAsPicture)),
                ("Cancel", Action::Cancel),
            ],
        },
        Question::PresetName(_)
        | Question::StyleName { .. }
        | Question::Train(_)
        | Question::PaintFolder
        | Question::Missing(_)
        | Question::Export(_)
        | Question::Help => {
            unreachable!("other panels draw these")
        }
    }
}

/// The wording of a question about work that was not finished.
fn of_unfinished(question: &Question) -> Wording {
    match question {
        Question::Recovered(arrival) => Wording {
            title: "Resume your work?".to_owned(),
            text: match &arrival.unfinished {
                Some(run) => format!(
                    "Impasto ended before this picture was finished. Its progress, {} of painting, was kept.",
                    time_taken(std::time::Duration::from_secs_f64(run.seconds))
                ),
                None => "Impasto ended before you saved this work. Its pictures and settings were kept.".to_owned(),
            },
            answers: vec![("Resume", Action::Project(ProjectAction::Proceed)), ("Not now", Action::Cancel)],
        },
        Question::UnfinishedClip { name, done, of } => Wording {
            title: format!("Go on with {name}?"),
            text: format!(
                "This clip is unfinished: {done}{} frames are painted. Painting can go on where it ended. The frames are \
                 kept beside the clip.",
                of.map_or_else(String::new, |of| format!(" of {of}"))
            ),
            answers: vec![
                ("Go on", Action::Clip(ClipAction::GoOn)),
                ("Not now", Action::Cancel),
                ("Leave it", Action::Clip(ClipAction::Forget)),
            ],
        },
        Question::UnfinishedFolder(name) => Wording {
            title: format!("Go on with {name}?"),
            text:
                "Not all photos of this folder are painted. Painting can go on where it ended; what is painted stays."
                    .to_owned(),
            answers: vec![
                ("Go on", Action::Folder(FolderAction::GoOnWithUnfinished)),
                ("Not now", Action::Cancel),
                ("Leave it", Action::Folder(FolderAction::Forget)),
            ],
        },
        _ => unreachable!("the others are not about unfinished work"),
    }
}

fn replace(path: &Path, action: Action) -> Wording {
    Wording {
        title: "Replace the file?".to_owned(),
        text: format!("A file of this name already exists. Replacing it cannot be undone.\n\n{}", path.display()),
        answers: vec![("Keep the old file", Action::Cancel), ("Replace", action)],
    }
}

fn ask_for_a_name(ctx: &Context, context: &mut PanelContext<'_>, name: String) {
    let preset = |action| Action::Preset(action);
    let form = NameForm {
        title: "Save as preset",
        text: "Choose a name. A preset with the same name is replaced.",
        label: "Preset name",
        button: "Save preset",
        done: preset(PresetAction::Save),
    };
    type_a_name(ctx, context, &form, name, |name| preset(PresetAction::Name(name)));
}

fn ask_for_a_style_name(ctx: &Context, context: &mut PanelContext<'_>, name: String) {
    let style = |action| Action::Style(action);
    let form = NameForm {
        title: "Rename the style",
        text: "Choose another name.",
        label: "Style name",
        button: "Rename",
        done: style(StyleAction::Rename),
    };
    type_a_name(ctx, context, &form, name, |name| style(StyleAction::Name(name)));
}

/// A dialog that asks for a name.
struct NameForm {
    title: &'static str,
    text: &'static str,
    /// For screen readers.
    label: &'static str,
    /// The button that uses the name.
    button: &'static str,
    done: Action,
}

fn type_a_name(
    ctx: &Context,
    context: &mut PanelContext<'_>,
    form: &NameForm,
    mut name: String,
    typed: impl FnOnce(String) -> Action,
) {
    let before = name.clone();
    let modal = Modal::new(Id::unique(form.label)).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
        ui.set_width(340.0);
        ui.add_space(4.0);
        ui.label(theme::strong(form.title).size(17.0));
        ui.label(form.text);
        let field = ui.add(
            TextEdit::singleline(&mut name)
                .hint_text("Name")
                .align(egui::Align2::LEFT_CENTER)
                .desired_width(f32::INFINITY),
        );
        ui.ctx().accesskit_node_builder(field.id, |node| node.set_label(form.label));
        if is_new(ui.ctx(), field.id) {
            field.request_focus();
            let mut state = TextEdit::load_state(ui.ctx(), field.id).unwrap_or_default();
            state.cursor.set_char_range(Some(CCursorRange::select_all_str(&name)));
            state.store(ui.ctx(), field.id);
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(12.0);
        let mut answer = entered.then(|| form.done.clone());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let size = vec2(96.0, 34.0);
            ui.scope(|ui| {
                theme::emphasise(ui);
                let named = !name.trim().is_empty();
                if ui.add_enabled(named, Button::new(theme::strong(form.button)).min_size(size)).clicked() {
                    answer = Some(form.done.clone());
                }
            });
            if ui.add(Button::new("Cancel").min_size(size)).clicked() {
                answer = Some(Action::Cancel);
            }
        });
        answer
    });
    let closed = modal.should_close().then_some(Action::Cancel);
    if name != before {
        context.send(typed(name));
    }
    context.actions.extend(modal.inner.or(closed));
}

/// Whether a widget was not drawn just before.
fn is_new(ctx: &Context, id: Id) -> bool {
    let now = ctx.cumulative_pass_nr();
    let last = ctx.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<u64>(id), now));
    now > last + 1
}

fn ask(ctx: &Context, context: &mut PanelContext<'_>, wording: Wording) {
    let waits = wording.answers.is_empty();
    let answer = Modal::new(Id::unique("question")).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
        ui.set_width(400.0);
        ui.add_space(4.0);
        ui.label(theme::strong(wording.title).size(17.0));
        ui.label(wording.text);
        if waits {
            ui.add(egui::Spinner::new());
            return None;
        }
        ui.add_space(12.0);
        let mut answer = None;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let size = vec2(116.0, 34.0);
            for (index, (text, action)) in wording.answers.into_iter().enumerate() {
                let clicked = ui.scope(|ui| {
                    if index > 0 {
                        return ui.add(Button::new(text).min_size(size)).clicked();
                    }
                    theme::emphasise(ui);
                    ui.add(Button::new(theme::strong(text)).min_size(size)).clicked()
                });
                if clicked.inner {
                    answer = Some(action);
                }
            }
        });
        answer
    });
    let closed = (answer.should_close() && !waits).then_some(Action::Cancel);
    context.actions.extend(answer.inner.or(closed));
}

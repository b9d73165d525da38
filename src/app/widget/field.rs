//! The controls of a setting: name, value, slider and tooltip.

use std::ops::RangeInclusive;

use egui::{Align, DragValue, Layout, Response, Role, Slider, SliderClamping, Ui, WidgetInfo, vec2};

use crate::app::widget::hint::Hint;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;

pub(in crate::app) struct Field<'a> {
    pub(in crate::app) name: &'a str,
    /// The tooltip.
    pub(in crate::app) meaning: &'a str,
}

impl Field<'_> {
    /// Draws the name and, on the right, the value and a reset button if `changed`; `waits` adds a note that the value
    /// applies to the next run. Returns whether the reset button was clicked.
    pub(in crate::app) fn row(&self, ui: &mut Ui, changed: bool, waits: bool, value: impl FnOnce(&mut Ui)) -> bool {
        let reset = ui
            .horizontal(|ui| {
                ui.label(self.name).hint(self.meaning);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    value(ui);
                    changed && icon::button(ui, Icon::Reset, &format!("Reset {}", self.name), 24.0).clicked()
                })
                .inner
            })
            .inner;
        if waits {
            next_run_note(ui);
        }
        reset
    }

    /// A value that applies to the next run; `running` is the value of the active run. `control` draws it.
    pub(in crate::app) fn value<T: Copy + PartialEq>(
        &self,
        ui: &mut Ui,
        value: &mut T,
        standard: T,
        running: Option<T>,
        control: impl FnOnce(&mut Ui, &mut T),
    ) {
        let waits = running.is_some_and(|running| running != *value);
        if self.row(ui, *value != standard, waits, |ui| control(ui, value)) {
            *value = standard;
        }
    }

    /// A number with a slider below, which applies at once.
    pub(in crate::app) fn slider(&self, ui: &mut Ui, value: &mut f32, standard: f32, scale: &Scale) {
        group(ui, |ui| {
            let changed = (*value - standard).abs() > 1e-4;
            if self.row(ui, changed, false, |ui| {
                let number = number(value)
                    .range(scale.allowed.clone())
                    .speed(scale.speed)
                    .max_decimals(scale.decimals)
                    .min_decimals(scale.decimals)
                    .suffix(scale.unit);
                sized_number(ui, number, self.name, self.meaning);
            }) {
                *value = standard;
            }
            slider(ui, value, scale.reach.clone(), scale.logarithmic, self.name).hint(self.meaning);
        });
    }
}

/// Draws widgets closer together, with room below.
pub(in crate::app) fn group(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        contents(ui);
    });
    ui.add_space(2.0);
}

/// The range and step of a number.
pub(in crate::app) struct Scale {
    /// The range of typed values.
    pub(in crate::app) allowed: RangeInclusive<f32>,
    /// The range of the slider.
    pub(in crate::app) reach: RangeInclusive<f32>,
    pub(in crate::app) logarithmic: bool,
    /// Change per point of a drag over the number.
    pub(in crate::app) speed: f32,
    pub(in crate::app) decimals: usize,
    /// The suffix of the number.
    pub(in crate::app) unit: &'static str,
}

/// Parses a typed number with a decimal point or comma. `None` if it is not a finite number.
pub(in crate::app) fn typed_number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let text = text.replace('\u{2212}', "-");
    let last = text.rfind(['.', ',']);
    let plain: String = match last {
        // Only the last separator can be decimal; those before it group thousands.
        Some(last) => {
            let whole: String = text[..last].chars().filter(|character| !matches!(character, '.' | ',')).collect();
            let is_grouped = text[..last].contains(&text[last..=last]);
            if is_grouped { whole + &text[last + 1..] } else { format!("{whole}.{}", &text[last + 1..]) }
        }
        None => text,
    };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number field, to be drawn by [`sized_number`].
pub(in crate::app) fn number<Number: egui::emath::Numeric>(value: &mut Number) -> DragValue<'_> {
    DragValue::new(value).custom_parser(typed_number)
}

pub(in crate::app) fn sized_number(ui: &mut Ui, number: DragValue<'_>, name: &str, meaning: &str) -> Response {
    let response = ui.add_sized(vec2(76.0, 28.0), number).hint(meaning);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(format!("{name}, number")));
    response
}

/// A slider over the available width.
pub(in crate::app) fn slider(
    ui: &mut Ui,
    value: &mut f32,
    reach: RangeInclusive<f32>,
    logarithmic: bool,
    name: &str,
) -> Response {
    ui.scope(|ui| {
        let palette = theme::palette(ui);
        let width = ui.available_width();
        let spacing = ui.spacing_mut();
        spacing.interact_size.y = 18.0;
        spacing.slider_width = width;
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = palette.accent;
        // The handle is filled with the colour of the rail, so it needs a ring to stand out.
        visuals.widgets.inactive.bg_fill = if visuals.dark_mode { palette.hovered } else { palette.pressed };
        visuals.widgets.inactive.fg_stroke = egui::Stroke::new(2.0, palette.accent);
        for widget in [&mut visuals.widgets.hovered, &mut visuals.widgets.active] {
            widget.bg_fill = palette.accent_hovered;
            widget.fg_stroke = egui::Stroke::new(2.0, palette.accent_hovered);
        }
        let response = ui.add(
            Slider::new(value, reach)
                .show_value(false)
                .logarithmic(logarithmic)
                .smallest_positive(0.1)
                .clamping(SliderClamping::Edits),
        );
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::slider(enabled, f64::from(*value), name));
        response
    })
    .inner
}

/// Combo box.
pub(in crate::app) fn combo<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, choices: &[(T, &str)]) {
    let current = choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, text)| text);
    let response = egui::ComboBox::from_id_salt(name)
        .width(132.0)
        // The name of a GPU may be long; the list shows it in full.
        .truncate()
        .selected_text(current)
        .icon(|ui, place, visuals, _| icon::chevron(ui.painter(), place, 1.0, visuals.fg_stroke.color))
        .show_ui(ui, |ui| {
            for (choice, text) in choices {
                ui.selectable_value(value, *choice, *text);
            }
        })
        .response;
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, name);
        info.current_text_value = Some(current.to_owned());
        info
    });
}

/// Checkbox.
pub(in crate::app) fn checkbox(ui: &mut Ui, checked: &mut bool, text: &str) -> Response {
    ui.scope(|ui| {
        let palette = theme::palette(ui);
        // Only the box is coloured; the text keeps its colour.
        let text = egui::RichText::new(text).color(palette.text);
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, fill) in [
            (&mut widgets.inactive, palette.accent),
            (&mut widgets.hovered, palette.accent_hovered),
            (&mut widgets.active, palette.accent_hovered),
        ] {
            widget.corner_radius = egui::CornerRadius::same(4);
            if *checked {
                widget.bg_fill = fill;
                widget.fg_stroke = egui::Stroke::new(2.0, palette.on_accent);
            } else {
                widget.bg_stroke = egui::Stroke::new(1.5, palette.weak);
            }
        }
        // The focus must be visible on the accent colour too.
        widgets.active.bg_stroke = egui::Stroke::new(2.0, if *checked { palette.text } else { palette.accent });
        ui.checkbox(checked, text)
    })
    .inner
}

/// Notes that a change applies to the next run.
pub(in crate::app) fn next_run_note(ui: &mut Ui) {
    let color = theme::palette(ui).accent;
    ui.label(egui::RichText::new("Applies to the next run").small().color(color));
}

#[cfg(test)]
mod tests {
    use super::typed_number;

    #[test]
    fn decimal_commas_and_thousands_separators_are_parsed() {
        for (text, number) in [
            ("2,5", 2.5),
            ("2.5", 2.5),
            ("0,7", 0.7),
            (",5", 0.5),
            ("2,", 2.0),
            ("-1,25", -1.25),
            ("\u{2212}3", -3.0),
            ("1 200", 1200.0),
            ("1.200,5", 1200.5),
            ("1,200.5", 1200.5),
            ("1.200.300", 1_200_300.0),
            ("1e3", 1000.0),
        ] {
            assert_eq!(typed_number(text), Some(number), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_a_finite_number_is_rejected() {
        for text in ["", " ", "-", "nan", "inf", "1e999", "\u{663}", "a", "12a", "1e", ",", "--2"] {
            assert_eq!(typed_number(text), None, "{text}");
        }
    }
}

//! Colours, type and spacing. Quiet greys, so that the pictures stand out; one warm accent.

use std::sync::Arc;

use egui::style::{HandleShape, ScrollStyle, Selection, WidgetVisuals};
use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText, Shadow, Stroke,
    Style, TextStyle, Theme, Ui, Visuals, vec2,
};

pub(in crate::app) const SOURCES_WIDTH: f32 = 256.0;
pub(in crate::app) const SETTINGS_WIDTH: f32 = 280.0;
pub(in crate::app) const PANEL_MARGIN: i8 = 16;
pub(in crate::app) const GROUP_SPACE: f32 = 20.0;
/// Corner radius of cards and pictures.
pub(in crate::app) const ROUND: u8 = 6;

/// The colour of masks: few photos contain it, so it is visible on nearly all of them.
pub(in crate::app) const MASK: Color32 = Color32::from_rgb(0xf0, 0x20, 0x90);

#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct ThemePalette {
    /// Behind the picture.
    pub(in crate::app) canvas: Color32,
    /// Behind controls.
    pub(in crate::app) panel: Color32,
    /// Cards and fields.
    pub(in crate::app) raised: Color32,
    /// A card or field under the pointer.
    pub(in crate::app) hovered: Color32,
    /// A card or field while pressed.
    pub(in crate::app) pressed: Color32,
    /// Separators and outlines.
    pub(in crate::app) line: Color32,
    pub(in crate::app) text: Color32,
    /// Secondary text.
    pub(in crate::app) weak: Color32,
    /// The next action, and progress.
    pub(in crate::app) accent: Color32,
    pub(in crate::app) accent_hovered: Color32,
    pub(in crate::app) on_accent: Color32,
    /// Selected items.
    pub(in crate::app) chosen: Color32,
    /// Text on selected items.
    pub(in crate::app) on_chosen: Color32,
    /// Errors.
    pub(in crate::app) problem: Color32,
    /// Success.
    pub(in crate::app) done: Color32,
}

const DARK: ThemePalette = ThemePalette {
    canvas: Color32::from_rgb(0x17, 0x17, 0x17),
    panel: Color32::from_rgb(0x22, 0x22, 0x22),
    raised: Color32::from_rgb(0x30, 0x30, 0x30),
    hovered: Color32::from_rgb(0x3b, 0x3b, 0x3b),
    pressed: Color32::from_rgb(0x28, 0x28, 0x28),
    line: Color32::from_rgb(0x38, 0x38, 0x38),
    text: Color32::from_rgb(0xe6, 0xe6, 0xe5),
    weak: Color32::from_rgb(0xa2, 0xa2, 0xa0),
    accent: Color32::from_rgb(0xe2, 0x8f, 0x45),
    accent_hovered: Color32::from_rgb(0xee, 0xa1, 0x5c),
    on_accent: Color32::from_rgb(0x1e, 0x11, 0x05),
    chosen: Color32::from_rgb(0x55, 0x3a, 0x22),
    on_chosen: Color32::from_rgb(0xff, 0xe3, 0xc6),
    problem: Color32::from_rgb(0xf2, 0x7d, 0x72),
    done: Color32::from_rgb(0x8d, 0xc8, 0x8f),
};

const LIGHT: ThemePalette = ThemePalette {
    canvas: Color32::from_rgb(0xdb, 0xdb, 0xda),
    panel: Color32::from_rgb(0xf4, 0xf4, 0xf3),
    raised: Color32::from_rgb(0xe6, 0xe6, 0xe4),
    hovered: Color32::from_rgb(0xda, 0xda, 0xd8),
    pressed: Color32::from_rgb(0xce, 0xce, 0xcc),
    line: Color32::from_rgb(0xd3, 0xd3, 0xd1),
    text: Color32::from_rgb(0x1e, 0x1e, 0x1d),
    weak: Color32::from_rgb(0x5f, 0x5f, 0x5d),
    accent: Color32::from_rgb(0xb3, 0x54, 0x0f),
    accent_hovered: Color32::from_rgb(0x9a, 0x47, 0x0b),
    on_accent: Color32::WHITE,
    chosen: Color32::from_rgb(0xf1, 0xd6, 0xbd),
    on_chosen: Color32::from_rgb(0x52, 0x26, 0x05),
    problem: Color32::from_rgb(0xb3, 0x26, 0x1e),
    done: Color32::from_rgb(0x2c, 0x73, 0x31),
};

pub(in crate::app) fn palette(ui: &Ui) -> ThemePalette {
    palette_of(ui.visuals().dark_mode)
}

fn palette_of(dark: bool) -> ThemePalette {
    if dark { DARK } else { LIGHT }
}

/// Sets the fonts and both styles, light and dark.
pub(in crate::app) fn apply(ctx: &Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

/// Margin of a side panel, whose first line is level with the toolbar above the picture.
pub(in crate::app) fn panel_margin() -> Margin {
    Margin { top: 10, ..Margin::same(PANEL_MARGIN) }
}

pub(in crate::app) fn dialog_frame(style: &Style) -> egui::Frame {
    egui::Frame::window(style).inner_margin(20)
}

/// The title line of a panel.
pub(in crate::app) fn headline(ui: &mut Ui, text: &str, at_right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(28.0);
        ui.label(heading(text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), at_right);
    });
}

pub(in crate::app) fn heading(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Heading)
}

/// Small secondary text.
pub(in crate::app) fn caption(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).small().color(palette(ui).weak)
}

/// The largest text, for the welcome screen.
pub(in crate::app) fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(22.0, semibold()))
}

pub(in crate::app) fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).family(semibold())
}

fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let families = [
        ("Inter", FontFamily::Proportional, &include_bytes!("../../../assets/fonts/Inter-Regular.otf")[..]),
        ("Inter SemiBold", semibold(), &include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")[..]),
    ];
    // Characters that Inter lacks are drawn with egui's default fonts.
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    for (name, family, bytes) in families {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let names = std::iter::once(name.to_owned()).chain(fallback.iter().cloned()).collect();
        fonts.families.insert(family, names);
    }
    fonts
}

fn style(theme: Theme) -> Style {
    let dark = theme == Theme::Dark;
    let mut style = Style { visuals: visuals(dark), ..theme.default_style() };
    style.text_styles = [
        (TextStyle::Heading, FontId::new(14.0, semibold())),
        (TextStyle::Body, FontId::new(13.5, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(13.5, FontFamily::Proportional)),
        (TextStyle::Small, FontId::new(12.0, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Body;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 8.0);
    spacing.button_padding = vec2(12.0, 4.0);
    spacing.interact_size = vec2(40.0, 28.0);
    spacing.slider_rail_height = 4.0;
    spacing.window_margin = Margin::same(20);
    spacing.menu_margin = Margin::same(8);
    spacing.tooltip_width = 280.0;
    spacing.icon_width = 16.0;
    spacing.icon_spacing = 8.0;
    spacing.icon_width_inner = 10.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, ..ScrollStyle::floating() };
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    style
}

fn visuals(dark: bool) -> Visuals {
    let palette = palette_of(dark);
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let widget = |fill: Color32, text: Color32, stroke: Stroke| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius: CornerRadius::same(ROUND),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(palette.panel, palette.text, Stroke::new(1.0, palette.line));
    widgets.inactive = widget(palette.raised, palette.text, Stroke::NONE);
    widgets.hovered = widget(palette.hovered, palette.text, Stroke::NONE);
    // Focused widgets use this style too, so it has an outline.
    widgets.active = widget(palette.pressed, palette.text, Stroke::new(1.5, palette.accent));
    widgets.open = widget(palette.hovered, palette.text, Stroke::NONE);
    visuals.selection = Selection { bg_fill: palette.chosen, stroke: Stroke::new(1.0, palette.on_chosen) };
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.error_fg_color = palette.problem;
    visuals.warn_fg_color = palette.accent;
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.extreme_bg_color = if dark { palette.canvas } else { Color32::WHITE };
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    let shadow =
        Shadow { offset: [0, 6], blur: 24, spread: 0, color: Color32::from_black_alpha(if dark { 110 } else { 40 }) };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.collapsing_header_frame = false;
    visuals.indent_has_left_vline = false;
    visuals
}

/// Draws the buttons of this `ui` in the accent colour: for the most likely next action.
pub(in crate::app) fn emphasise(ui: &mut Ui) {
    let palette = palette(ui);
    let widgets = &mut ui.visuals_mut().widgets;
    for (widget, fill) in [
        (&mut widgets.inactive, palette.accent),
        (&mut widgets.hovered, palette.accent_hovered),
        (&mut widgets.active, palette.accent_hovered),
    ] {
        widget.weak_bg_fill = fill;
        widget.bg_fill = fill;
        widget.fg_stroke.color = palette.on_accent;
    }
    // The focus must be visible on the accent colour too.
    widgets.active.bg_stroke = egui::Stroke::new(2.0, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio as defined by the Web Content Accessibility Guidelines.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let luminance = |color: Color32| {
            let [red, green, blue, _] = egui::Rgba::from(color).to_array();
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (one, other) = (luminance(one), luminance(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_has_a_contrast_of_at_least_4_5() {
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 0.01);
        for (theme, palette) in [("dark", DARK), ("light", LIGHT)] {
            let ThemePalette { canvas, panel, raised, hovered, pressed, text, weak, .. } = palette;
            for (name, front, behind) in [
                ("text", text, vec![canvas, panel, raised, hovered, pressed]),
                ("weak", weak, vec![canvas, panel, raised]),
                ("on_accent", palette.on_accent, vec![palette.accent, palette.accent_hovered]),
                ("on_chosen", palette.on_chosen, vec![palette.chosen]),
                ("accent", palette.accent, vec![panel]),
                ("problem", palette.problem, vec![panel]),
                ("done", palette.done, vec![panel]),
            ] {
                for behind in behind {
                    let contrast = contrast(front, behind);
                    assert!(contrast >= 4.5, "{theme}: {name} on {behind:?} has {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn icons_and_outlines_have_a_contrast_of_at_least_3() {
        for (theme, palette) in [("dark", DARK), ("light", LIGHT)] {
            for (name, front, behind) in [
                ("edge of a box", palette.weak, palette.panel),
                ("focus", palette.accent, palette.raised),
                ("outline", palette.accent, palette.canvas),
                ("progress", palette.accent, palette.panel),
            ] {
                let contrast = contrast(front, behind);
                assert!(contrast >= 3.0, "{theme}: {name} has {contrast:.2}");
            }
        }
    }
}

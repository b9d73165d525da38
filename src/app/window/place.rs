//! The window's place on the screen, and the zoom of its interface.

use egui::{Context, Rect, Vec2, ViewportInfo, vec2};

use crate::app::preferences::{Appearance, WindowPlace};

/// Smallest width and height, in points, at which everything fits in the window.
pub(in crate::app) const SMALLEST: Vec2 = vec2(960.0, 620.0);
/// Change of the zoom with one press of a key or button.
pub(in crate::app) const ZOOM_STEP: f32 = 0.1;

/// The largest zoom at which everything fits in the window.
pub(in crate::app) fn largest_zoom(ctx: &Context) -> f32 {
    let room = ctx.content_rect().size() * ctx.zoom_factor() / SMALLEST;
    // In whole steps, and never below 1, not even in a window smaller than the minimum.
    ((room.min_elem() / ZOOM_STEP + 1e-3).floor() * ZOOM_STEP).max(1.0)
}

/// The appearance with the zoom changed by `step`, as far as everything fits.
pub(in crate::app) fn zoomed_by(ctx: &Context, appearance: Appearance, step: f32) -> Appearance {
    let largest = largest_zoom(ctx);
    appearance.zoomed((appearance.zoom.min(largest) + step).min(largest))
}

/// The window's place, in points of the system. A maximised window keeps the size and corner that it had before, a
/// minimised one all of its place. `zoom` is the size of the points of `viewport` in points of the system.
pub(in crate::app) fn of_window(
    viewport: &ViewportInfo,
    zoom: f32,
    before: Option<WindowPlace>,
) -> Option<WindowPlace> {
    let maximized = viewport.maximized.or(viewport.fullscreen).unwrap_or(false);
    if viewport.minimized == Some(true) {
        return before;
    }
    if let Some(before) = before.filter(|_| maximized) {
        return Some(WindowPlace { maximized, ..before });
    }
    let Some(inner) = viewport.inner_rect.filter(|inner| inner.is_positive() && inner.is_finite()) else {
        return before;
    };
    let inner = inner * zoom;
    let corner = viewport.outer_rect.map(|outer| outer.min * zoom).map(|corner| (corner.x, corner.y));
    Some(WindowPlace { width: inner.width(), height: inner.height(), corner, maximized })
}

/// Width and height, in pixels, of the part of the title bar that must be on a screen, so that the window can be seen
/// and moved.
const GRIP: Vec2 = vec2(120.0, 32.0);

/// The new place for a window whose monitor is gone: on the nearest monitor, and no larger than it. `None` if the
/// window can be seen and moved where it is, or if no monitor is known. All in pixels of the desktop.
pub(in crate::app) fn on_screen(window: Rect, monitors: &[Rect]) -> Option<Rect> {
    let size = window.size().min(GRIP);
    let can_be_moved = |monitor: &Rect| {
        // The upper edge, where the title bar is.
        let edge = Rect::from_min_size(window.min, vec2(window.width(), size.y)).intersect(*monitor);
        edge.width() >= size.x && edge.height() >= size.y
    };
    if monitors.iter().any(can_be_moved) {
        return None;
    }
    let away = |monitor: &Rect| monitor.distance_sq_to_pos(window.center());
    let nearest = monitors.iter().min_by(|one, other| away(one).total_cmp(&away(other)))?;
    Some(Rect::from_center_size(nearest.center(), window.size().min(nearest.size())))
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn the_stored_size_does_not_depend_on_the_zoom() {
        let viewport = ViewportInfo {
            inner_rect: Some(Rect::from_min_size(pos2(10.0, 40.0), vec2(1000.0, 600.0))),
            outer_rect: Some(Rect::from_min_size(pos2(10.0, 20.0), vec2(1000.0, 620.0))),
            ..ViewportInfo::default()
        };
        let place = of_window(&viewport, 1.5, None).unwrap();
        let expected = WindowPlace { width: 1500.0, height: 900.0, corner: Some((15.0, 30.0)), maximized: false };
        assert_eq!(place, expected);
        let maximized = ViewportInfo { maximized: Some(true), ..viewport };
        assert_eq!(of_window(&maximized, 1.0, Some(place)), Some(WindowPlace { maximized: true, ..place }));
    }

    #[test]
    fn a_minimised_window_keeps_its_place() {
        let place = WindowPlace { width: 1000.0, height: 700.0, corner: Some((15.0, 30.0)), maximized: false };
        let minimised = ViewportInfo { minimized: Some(true), ..ViewportInfo::default() };
        assert_eq!(of_window(&minimised, 1.0, Some(place)), Some(place));
        let nowhere = ViewportInfo { inner_rect: Some(Rect::NOTHING), ..ViewportInfo::default() };
        assert_eq!(of_window(&nowhere, 1.0, Some(place)), Some(place));
        assert_eq!(of_window(&ViewportInfo::default(), 1.0, Some(place)), Some(place));
    }

    #[test]
    fn a_window_on_a_missing_monitor_moves_to_the_nearest_one() {
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0));
        let beside = Rect::from_min_size(pos2(1920.0, 0.0), vec2(1280.0, 1024.0));
        let window = |x, y| Rect::from_min_size(pos2(x, y), vec2(1280.0, 800.0));
        for here in [window(100.0, 50.0), window(1800.0, 1000.0), window(-1100.0, 0.0), window(2500.0, 10.0)] {
            assert_eq!(on_screen(here, &[screen, beside]), None, "{here:?}");
        }
        for (gone, monitor) in [
            (window(9000.0, 9000.0), beside),
            (window(-30000.0, 0.0), screen),
            (window(100.0, -900.0), screen),
            (window(100.0, 1070.0), screen),
            (window(-1270.0, 0.0), screen),
        ] {
            let back = on_screen(gone, &[screen, beside]).unwrap();
            assert!(monitor.contains_rect(back) && back.size() == gone.size(), "{gone:?}: {back:?}");
        }
        let small = Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 600.0));
        assert_eq!(on_screen(window(3000.0, 0.0), &[small]), Some(small));
        assert_eq!(on_screen(window(9000.0, 0.0), &[]), None);
    }
}

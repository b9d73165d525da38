//! Where the window stands, and how large everything in it may be.

use egui::{Context, Rect, Vec2, ViewportInfo, vec2};

use crate::app::preferences::{Appearance, WindowPlace};

/// Width and height, in points, that everything in the window has room in.
pub(in crate::app) const SMALLEST: Vec2 = vec2(960.0, 620.0);
/// One press of a key or button that makes the interface larger or smaller.
pub(in crate::app) const ZOOM_STEP: f32 = 0.1;

/// The size of the interface at which everything still has room in the window.
pub(in crate::app) fn largest_zoom(ctx: &Context) -> f32 {
    let room = ctx.content_rect().size() * ctx.zoom_factor() / SMALLEST;
    // In the steps that it has; a window smaller than it should be makes nothing smaller than usual.
    ((room.min_elem() / ZOOM_STEP + 1e-3).floor() * ZOOM_STEP).max(1.0)
}

/// The appearance with the interface larger or smaller by so much, as far as there is room.
pub(in crate::app) fn zoomed_by(ctx: &Context, appearance: Appearance, step: f32) -> Appearance {
    let largest = largest_zoom(ctx);
    appearance.zoomed((appearance.zoom.min(largest) + step).min(largest))
}

/// Where the window stands, in points of the system. While it fills the screen, its own size is the one it had before;
/// while it is minimised, so is its place. `zoom` is how much larger than those the points of `viewport` are.
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

/// The part of a window, below its upper edge and from its left, that must be on a screen so that the window can be
/// seen and moved; in pixels.
const GRIP: Vec2 = vec2(120.0, 32.0);

/// Where a window belongs whose monitor is gone: on the nearest monitor, and no larger than it. Nothing when the window
/// can be seen and moved where it is, or when no monitor is known. All in pixels of the desktop.
pub(in crate::app) fn brought_back(window: Rect, monitors: &[Rect]) -> Option<Rect> {
    let size = window.size().min(GRIP);
    let can_be_moved = |monitor: &Rect| {
        // The upper edge, whose middle is where people take hold of it.
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
    fn a_larger_interface_does_not_make_the_window_smaller() {
        let viewport = ViewportInfo {
            inner_rect: Some(Rect::from_min_size(pos2(10.0, 40.0), vec2(1000.0, 600.0))),
            outer_rect: Some(Rect::from_min_size(pos2(10.0, 20.0), vec2(1000.0, 620.0))),
            ..ViewportInfo::default()
        };
        let place = of_window(&viewport, 1.5, None).unwrap();
        let expected = WindowPlace { width: 1500.0, height: 900.0, corner: Some((15.0, 30.0)), maximized: false };
        assert_eq!(place, expected);
        let filling = ViewportInfo { maximized: Some(true), ..viewport };
        assert_eq!(of_window(&filling, 1.0, Some(place)), Some(WindowPlace { maximized: true, ..place }));
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
    fn a_window_is_brought_back_from_a_monitor_that_is_gone() {
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0));
        let beside = Rect::from_min_size(pos2(1920.0, 0.0), vec2(1280.0, 1024.0));
        let window = |x, y| Rect::from_min_size(pos2(x, y), vec2(1280.0, 800.0));
        for here in [window(100.0, 50.0), window(1800.0, 1000.0), window(-1100.0, 0.0), window(2500.0, 10.0)] {
            assert_eq!(brought_back(here, &[screen, beside]), None, "{here:?}");
        }
        for (gone, monitor) in [
            (window(9000.0, 9000.0), beside),
            (window(-30000.0, 0.0), screen),
            (window(100.0, -900.0), screen),
            (window(100.0, 1070.0), screen),
            (window(-1270.0, 0.0), screen),
        ] {
            let back = brought_back(gone, &[screen, beside]).unwrap();
            assert!(monitor.contains_rect(back) && back.size() == gone.size(), "{gone:?}: {back:?}");
        }
        let small = Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 600.0));
        assert_eq!(brought_back(window(3000.0, 0.0), &[small]), Some(small));
        assert_eq!(brought_back(window(9000.0, 0.0), &[]), None);
    }
}

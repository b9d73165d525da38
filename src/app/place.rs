//! Where the window stands, and how large everything in it may be.

use egui::{Context, Vec2, ViewportInfo, vec2};

use super::preferences::{Appearance, WindowPlace};

/// Width and height, in points, that everything in the window has room in.
pub(super) const SMALLEST: Vec2 = vec2(960.0, 620.0);
/// One press of a key or button that makes the interface larger or smaller.
pub(super) const ZOOM_STEP: f32 = 0.1;

/// The size of the interface at which everything still has room in the window.
pub(super) fn largest_zoom(ctx: &Context) -> f32 {
    let room = ctx.content_rect().size() * ctx.zoom_factor() / SMALLEST;
    // In the steps that it has; a window smaller than it should be makes nothing smaller than usual.
    ((room.min_elem() / ZOOM_STEP + 1e-3).floor() * ZOOM_STEP).max(1.0)
}

/// The appearance with the interface larger or smaller by so much, as far as there is room.
pub(super) fn zoomed_by(ctx: &Context, appearance: Appearance, step: f32) -> Appearance {
    let largest = largest_zoom(ctx);
    appearance.zoomed((appearance.zoom.min(largest) + step).min(largest))
}

/// Where the window stands, in points of the system; while it fills the screen, its own size is the one it had before.
/// `zoom` is how much larger than those the points of `viewport` are.
pub(super) fn of_window(viewport: &ViewportInfo, zoom: f32, before: Option<WindowPlace>) -> Option<WindowPlace> {
    let maximized = viewport.maximized.or(viewport.fullscreen).unwrap_or(false);
    if let Some(before) = before.filter(|_| maximized) {
        return Some(WindowPlace { maximized, ..before });
    }
    let inner = viewport.inner_rect? * zoom;
    let corner = viewport.outer_rect.map(|outer| outer.min * zoom).map(|corner| (corner.x, corner.y));
    Some(WindowPlace { width: inner.width(), height: inner.height(), corner, maximized })
}

#[cfg(test)]
mod tests {
    use egui::{Rect, pos2};

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
}

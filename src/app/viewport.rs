//! Zoom and pan: which part of the picture is where on the screen.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// The part of the picture to show. It does not depend on the picture's size, so that nothing jumps when a larger
/// picture of the same shape replaces it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Viewport {
    /// All of it, as large as fits.
    #[default]
    Fit,
    /// A part of it.
    Free {
        /// Width of the whole picture in screen pixels, so that 100 % stays 100 % when the interface is enlarged.
        width: f32,
        /// The point of the picture at the centre of the area, from 0 to 1 in both directions.
        center: Vec2,
    },
}

/// The area on the screen and the picture in it.
#[derive(Clone, Copy, Debug)]
pub struct ViewportGeometry {
    /// The area, in points.
    pub area: Rect,
    /// Width and height of the picture in its own pixels.
    pub picture: Vec2,
    /// Screen pixels per point.
    pub pixels_per_point: f32,
}

/// Margin around a fitted picture, in points.
const MARGIN: f32 = 24.0;
/// Size of the zoom bar in the lower right corner, in points.
const BAR: Vec2 = vec2(236.0, 36.0);
/// Margin around it, in points.
const BAR_MARGIN: f32 = 12.0;
/// Largest and smallest zoom, in screen pixels per pixel of the picture.
const LARGEST: f32 = 32.0;
const SMALLEST: f32 = 0.02;

impl ViewportGeometry {
    /// The rectangle of the whole picture, in points.
    pub fn rect(&self, viewport: Viewport) -> Rect {
        let width = self.width(viewport) / self.pixels_per_point;
        let size = vec2(width, width * self.picture.y / self.picture.x);
        match viewport {
            Viewport::Fit => Rect::from_center_size(self.room().center(), size),
            Viewport::Free { center, .. } => Rect::from_min_size(self.area.center() - center * size, size),
        }
    }

    /// Screen pixels per pixel of the picture.
    pub fn zoom(&self, viewport: Viewport) -> f32 {
        self.width(viewport) / self.picture.x
    }

    /// Zooms by a factor; the point of the picture under `at` stays in place.
    pub fn zoomed(&self, viewport: Viewport, factor: f32, at: Pos2) -> Viewport {
        let before = self.rect(viewport);
        let zoom = (self.zoom(viewport) * factor).clamp(SMALLEST.min(self.zoom(Viewport::Fit)), LARGEST);
        let width = zoom * self.picture.x;
        let size = vec2(width, width * self.picture.y / self.picture.x) / self.pixels_per_point;
        let fixed = (at - before.min) / before.size();
        let min = at - fixed * size;
        clamped(width, (self.area.center() - min) / size)
    }

    /// Moves the picture by this many points.
    pub fn panned(&self, viewport: Viewport, by: Vec2) -> Viewport {
        let rect = self.rect(viewport);
        clamped(self.width(viewport), (self.area.center() - rect.min - by) / rect.size())
    }

    /// Zooms to one screen pixel per pixel of the picture, around the centre.
    pub fn actual_size(&self, viewport: Viewport) -> Viewport {
        self.zoomed(viewport, 1.0 / self.zoom(viewport), self.area.center())
    }

    /// Width of the whole picture in screen pixels.
    fn width(&self, viewport: Viewport) -> f32 {
        match viewport {
            Viewport::Fit => self.fitted_width(self.room().size()) * self.pixels_per_point,
            Viewport::Free { width, .. } => width,
        }
    }

    /// The space for a fitted picture; it ends above the zoom bar if that would cover a corner of the picture.
    fn room(&self) -> Rect {
        let size = (self.area.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(16.0));
        let room = Rect::from_center_size(self.area.center(), size);
        let width = self.fitted_width(size);
        let picture = Rect::from_center_size(room.center(), vec2(width, width * self.picture.y / self.picture.x));
        if !picture.intersects(self.bar()) {
            return room;
        }
        let bottom = self.bar().top() - BAR_MARGIN;
        Rect { max: pos2(room.right(), bottom.max(room.top() + 16.0)), ..room }
    }

    fn fitted_width(&self, room: Vec2) -> f32 {
        room.x.min(room.y * self.picture.x / self.picture.y)
    }

    /// The rectangle of the zoom bar, in points.
    pub(super) fn bar(&self) -> Rect {
        Rect::from_min_size(self.area.right_bottom() - BAR - Vec2::splat(BAR_MARGIN), BAR)
    }
}

/// Keeps some of the picture at the centre of the area, so that it cannot be lost.
fn clamped(width: f32, center: Vec2) -> Viewport {
    Viewport::Free { width, center: center.clamp(Vec2::ZERO, Vec2::splat(1.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry() -> ViewportGeometry {
        ViewportGeometry {
            area: Rect::from_min_size(pos2(100.0, 50.0), vec2(848.0, 648.0)),
            picture: vec2(400.0, 200.0),
            pixels_per_point: 2.0,
        }
    }

    #[test]
    fn fitting_keeps_the_shape_and_a_margin() {
        let rect = geometry().rect(Viewport::Fit);
        assert_eq!(rect.size(), vec2(800.0, 400.0));
        assert_eq!(rect.center(), geometry().area.center());
        assert!((geometry().zoom(Viewport::Fit) - 4.0).abs() < 1e-4);
    }

    #[test]
    fn a_picture_that_fits_is_not_covered() {
        for shape in [vec2(400.0, 200.0), vec2(400.0, 300.0), vec2(300.0, 300.0), vec2(20.0, 900.0)] {
            let geometry = ViewportGeometry { picture: shape, ..geometry() };
            let rect = geometry.rect(Viewport::Fit);
            assert!(!rect.intersects(geometry.bar()) && geometry.area.shrink(12.0).contains_rect(rect), "{rect:?}");
        }
    }

    #[test]
    fn actual_size_is_one_screen_pixel_per_pixel() {
        let actual = geometry().actual_size(Viewport::Fit);
        assert!((geometry().zoom(actual) - 1.0).abs() < 1e-4);
        assert!((geometry().rect(actual).width() - 200.0).abs() < 1e-2);
    }

    #[test]
    fn a_larger_interface_leaves_the_picture_at_100_percent() {
        let usual = geometry();
        let actual = usual.actual_size(Viewport::Fit);
        let larger = ViewportGeometry { pixels_per_point: 2.6, ..usual };
        assert!((larger.zoom(actual) - 1.0).abs() < 1e-4);
        assert!((larger.rect(actual).width() * 2.6 - 400.0).abs() < 1e-2);
        let panned = larger.panned(actual, vec2(10.0, 0.0));
        assert!((larger.zoom(panned) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let geometry = geometry();
        let at = pos2(300.0, 300.0);
        let under = |viewport| {
            let rect = geometry.rect(viewport);
            (at - rect.min) / rect.size()
        };
        let zoomed = geometry.zoomed(Viewport::Fit, 1.5, at);
        assert!((under(zoomed) - under(Viewport::Fit)).length() < 1e-4);
        assert!((geometry.zoom(zoomed) - 6.0).abs() < 1e-3);
    }

    #[test]
    fn zoom_is_limited() {
        let geometry = geometry();
        let center = geometry.area.center();
        assert!((geometry.zoom(geometry.zoomed(Viewport::Fit, 1e9, center)) - LARGEST).abs() < 1e-2);
        assert!(geometry.zoom(geometry.zoomed(Viewport::Fit, 1e-9, center)) >= SMALLEST * 0.999);
    }

    #[test]
    fn a_picture_cannot_be_panned_out_of_sight() {
        let geometry = geometry();
        let away = geometry.panned(geometry.actual_size(Viewport::Fit), vec2(1e6, -1e6));
        assert!(geometry.rect(away).expand(0.5).contains(geometry.area.center()));
    }

    #[test]
    fn a_larger_picture_of_the_same_shape_stays_in_place() {
        let small = geometry();
        let large = ViewportGeometry { picture: small.picture * 4.0, ..small };
        let viewport = small.zoomed(Viewport::Fit, 3.0, pos2(200.0, 200.0));
        assert!((small.rect(viewport).min - large.rect(viewport).min).length() < 1e-3);
        assert!((small.rect(viewport).max - large.rect(viewport).max).length() < 1e-3);
    }
}

//! Zoom and pan of a style map: which places of the map are where on the screen.

use egui::{Pos2, Rect, Vec2, vec2};

use crate::picture::style_map::StyleMap;

/// The part of the map to show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum MapView {
    /// All paintings.
    #[default]
    Fit,
    /// A part of it.
    Free {
        /// The place in the middle.
        centre: [f32; 2],
        /// How many times larger than if all paintings are shown.
        zoom: f32,
    },
}

/// The area on the screen, and the bounds of the paintings.
#[derive(Clone, Copy, Debug)]
pub struct MapGeometry {
    /// The area, in points.
    pub area: Rect,
    /// The least and the largest coordinates of the paintings.
    pub bounds: [[f32; 2]; 2],
}

/// Room around all paintings, in points: half a thumbnail and a little more.
const MARGIN: f32 = 40.0;

/// The shortest side of what is shown, in coordinates of the map.
const LEAST: f32 = 1.0;

/// The largest zoom. The least one shows the whole map.
const LARGEST: f32 = 40.0;

impl MapGeometry {
    /// Where a place is on the screen.
    pub fn position(&self, view: MapView, place: [f32; 2]) -> Pos2 {
        let (centre, scale) = self.centre_and_scale(view);
        self.area.center() + scale * vec2(place[0] - centre[0], centre[1] - place[1])
    }

    /// The place at a position on the screen.
    pub fn place(&self, view: MapView, position: Pos2) -> [f32; 2] {
        let (centre, scale) = self.centre_and_scale(view);
        let away = (position - self.area.center()) / scale;
        [centre[0] + away.x, centre[1] - away.y]
    }

    /// The rectangle of the whole map on the screen.
    pub fn whole(&self, view: MapView) -> Rect {
        const REACH: f32 = StyleMap::REACH;
        Rect::from_two_pos(self.position(view, [-REACH, REACH]), self.position(view, [REACH, -REACH]))
    }

    /// Zoomed by this factor, so that the place at a position stays there.
    pub fn zoomed(&self, view: MapView, factor: f32, at: Pos2) -> MapView {
        let (centre, scale) = self.centre_and_scale(view);
        let fit = self.fit_scale();
        let least = self.area.size().min_elem() / (2.0 * StyleMap::REACH) / fit;
        let zoom = (scale / fit * factor).clamp(least.min(1.0), LARGEST);
        let away = (at - self.area.center()) * (1.0 / scale - 1.0 / (zoom * fit));
        moved([centre[0] + away.x, centre[1] - away.y], zoom)
    }

    /// Moved with the pointer.
    pub fn panned(&self, view: MapView, by: Vec2) -> MapView {
        let (centre, scale) = self.centre_and_scale(view);
        moved([centre[0] - by.x / scale, centre[1] + by.y / scale], scale / self.fit_scale())
    }

    /// Moved so far that a place is visible.
    pub fn showing(&self, view: MapView, place: [f32; 2]) -> MapView {
        let inner = self.area.shrink(MARGIN.min(0.25 * self.area.size().min_elem()));
        let at = self.position(view, place);
        let missing = inner.clamp(at) - at;
        if missing.length() < 1.0 { view } else { self.panned(view, missing) }
    }

    /// A place moved by this many points on the screen.
    pub fn stepped(&self, view: MapView, place: [f32; 2], by: Vec2) -> [f32; 2] {
        let (_, scale) = self.centre_and_scale(view);
        [place[0] + by.x / scale, place[1] - by.y / scale]
    }

    /// The place in the middle, and points per unit.
    fn centre_and_scale(&self, view: MapView) -> ([f32; 2], f32) {
        match view {
            MapView::Fit => {
                let [least, most] = self.bounds;
                ([0, 1].map(|axis| f32::midpoint(least[axis], most[axis])), self.fit_scale())
            }
            MapView::Free { centre, zoom } => (centre, zoom * self.fit_scale()),
        }
    }

    fn fit_scale(&self) -> f32 {
        let [least, most] = self.bounds;
        let size = vec2(most[0] - least[0], most[1] - least[1]).max(Vec2::splat(LEAST));
        ((self.area.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(16.0)) / size).min_elem()
    }
}

fn moved(centre: [f32; 2], zoom: f32) -> MapView {
    MapView::Free { centre: centre.map(|number| number.clamp(-StyleMap::REACH, StyleMap::REACH)), zoom }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    fn geometry() -> MapGeometry {
        let area = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 300.0));
        MapGeometry { area, bounds: [[-1.0, -2.0], [2.0, 1.0]] }
    }

    #[test]
    fn all_paintings_fit_and_places_are_where_they_are_drawn() {
        let geometry = geometry();
        for view in [MapView::Fit, MapView::Free { centre: [1.0, -1.5], zoom: 3.0 }] {
            for place in [[0.0, 0.0], [-1.0, 1.0], [2.0, -2.0]] {
                let back = geometry.place(view, geometry.position(view, place));
                assert!((back[0] - place[0]).abs() < 2e-3 && (back[1] - place[1]).abs() < 2e-3, "{back:?}");
            }
        }
        for corner in geometry.bounds {
            assert!(geometry.area.shrink(39.0).contains(geometry.position(MapView::Fit, corner)));
        }
        // Up is up.
        assert!(geometry.position(MapView::Fit, [0.0, 1.0]).y < geometry.position(MapView::Fit, [0.0, 0.0]).y);
        // One painting, or all at one place.
        let one = MapGeometry { bounds: [[1.0, 1.0]; 2], ..geometry };
        assert_eq!(one.position(MapView::Fit, [1.0, 1.0]), one.area.center());
    }

    #[test]
    fn zoom_keeps_the_place_under_the_pointer_and_has_limits() {
        let geometry = geometry();
        let at = pos2(200.0, 120.0);
        let before = geometry.place(MapView::Fit, at);
        let near = geometry.zoomed(MapView::Fit, 2.5, at);
        let after = geometry.place(near, at);
        assert!((before[0] - after[0]).abs() < 2e-3 && (before[1] - after[1]).abs() < 2e-3, "{before:?} {after:?}");
        let far = geometry.zoomed(MapView::Fit, 1e-6, at);
        assert!(geometry.whole(far).height() > 299.0, "{:?}", geometry.whole(far));
        let MapView::Free { zoom, .. } = geometry.zoomed(MapView::Fit, 1e6, at) else { panic!() };
        assert!((zoom - LARGEST).abs() < 1e-3);
        let panned = geometry.panned(near, vec2(30.0, -20.0));
        let moved = geometry.place(panned, at + vec2(30.0, -20.0));
        assert!((before[0] - moved[0]).abs() < 3e-3 && (before[1] - moved[1]).abs() < 3e-3);
        // What is outside is brought in, what is inside stays.
        let showing = geometry.showing(near, [-1.0, 1.0]);
        assert!(geometry.area.contains(geometry.position(showing, [-1.0, 1.0])));
        assert_eq!(geometry.showing(showing, [-1.0, 1.0]), showing);
    }
}

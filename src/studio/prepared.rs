//! What was prepared for an instant picture, kept for the next one of the same pictures.

use std::sync::{Arc, Weak};

use super::ingredients::{Ingredients, Subject};
use super::settings::Palette;
use super::trained::carries_style;
use crate::engine::instant::InstantStyles;
use crate::engine::pyramid::Size;
use crate::engine::transfer::Job;
use crate::picture::Picture;

/// Pixels of the largest result that is kept: memory should not stay taken because of a large one.
const MOST_PIXELS: usize = 2048 * 2048;

/// A job, and the styles of its pictures.
pub(super) struct Prepared {
    key: Key,
    pub(super) job: Job,
    pub(super) styles: Option<InstantStyles>,
}

/// What a job depends on, apart from settings that act later.
struct Key {
    /// The photo, the protection mask, and each painting and its mask. Pixels of paintings that carry a style do not count.
    pictures: Vec<Option<Weak<Picture>>>,
    size: Size,
    palette: Palette,
}

impl Prepared {
    pub(super) fn new(ingredients: &Ingredients, job: Job) -> Self {
        let weak = |picture: Option<&Arc<Picture>>| picture.map(Arc::downgrade);
        let pictures = pictures(ingredients).into_iter().map(weak).collect();
        let key = Key { pictures, size: ingredients.extent().size, palette: ingredients.settings.palette };
        Self { key, job, styles: None }
    }

    /// Whether it is of these pictures at this size; paintings that carry a style may carry another one.
    pub(super) fn fits(&self, ingredients: &Ingredients) -> bool {
        let now = pictures(ingredients);
        let is_same = |(kept, now): (&Option<Weak<Picture>>, Option<&Arc<Picture>>)| match (kept, now) {
            (Some(kept), Some(now)) => std::ptr::eq(kept.as_ptr(), Arc::as_ptr(now)),
            (None, None) => true,
            _ => false,
        };
        self.key.pictures.len() == now.len()
            && self.key.pictures.iter().zip(now).all(is_same)
            && self.key.size == ingredients.extent().size
            && self.key.palette == ingredients.settings.palette
    }

    /// Whether it is small enough to be kept.
    pub(super) fn is_small(&self) -> bool {
        self.key.size.pixels() <= MOST_PIXELS
    }
}

fn pictures(ingredients: &Ingredients) -> Vec<Option<&Arc<Picture>>> {
    let mut pictures = Vec::new();
    if let Subject::Photo { picture, protect } = &ingredients.subject {
        pictures.extend([Some(picture), protect.as_ref()]);
    }
    pictures.extend(ingredients.styles.iter().flat_map(|style| {
        let painting = Some(&style.source).filter(|painting| !carries_style(painting));
        [painting, style.mask.as_ref()]
    }));
    pictures
}

#[cfg(test)]
mod tests {
    use image::DynamicImage;

    use super::super::hardware::Hardware;
    use super::super::job::job;
    use super::super::recipe::Recipe;
    use super::super::settings::{Method, Settings};
    use super::super::style::Style;
    use super::*;
    use crate::engine::balance::Balance;
    use crate::engine::control::Control;

    #[test]
    fn it_fits_the_same_pictures_at_the_same_size_only() {
        let picture = || Arc::new(Picture::new(DynamicImage::new_rgb8(40, 30)));
        let (photo, painting, mask) = (picture(), picture(), picture());
        let ingredients = Ingredients {
            subject: Subject::photo(Arc::clone(&photo)),
            styles: vec![Style::new(painting)],
            start_picture: None,
            settings: Settings { size: 40, method: Method::Instant, ..Settings::default() },
            hardware: Hardware::default(),
            time_limit: None,
        };
        let recipe = Recipe::new(ingredients.clone()).unwrap();
        let prepared = Prepared::new(&ingredients, job(&recipe, false, &Control::new(Balance::default())).unwrap());
        let fits = |change: &dyn Fn(&mut Ingredients)| {
            let mut changed = ingredients.clone();
            change(&mut changed);
            prepared.fits(&changed)
        };
        assert!(fits(&|_| ()));
        assert!(fits(&|changed| changed.settings.strength = 3.0));
        assert!(fits(&|changed| changed.styles[0].weight = 3.0));
        assert!(!fits(&|changed| changed.settings.size = 30));
        assert!(!fits(&|changed| changed.settings.palette = Palette::Photo));
        assert!(!fits(&|changed| changed.subject = Subject::photo(picture())));
        let protect = || Some(Arc::clone(&mask));
        assert!(!fits(&|changed| changed.subject = Subject::Photo { picture: Arc::clone(&photo), protect: protect() }));
        assert!(!fits(&|changed| changed.styles[0].source = picture()));
        assert!(!fits(&|changed| changed.styles[0].mask = protect()));
        assert!(!fits(&|changed| changed.styles.push(Style::new(picture()))));
    }
}

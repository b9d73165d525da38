//! The styles of paintings that instant pictures were painted in, kept for other photos.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use crate::engine::instant::InstantStyle;
use crate::picture::Picture;

/// How many are kept: each takes less than a kilobyte, besides parameters that the painting holds as well.
const KEPT: usize = 64;

/// Styles of paintings, the latest last.
#[derive(Default)]
pub(super) struct KnownStyles(VecDeque<(Weak<Picture>, InstantStyle)>);

impl KnownStyles {
    /// The style of a painting, if it is known.
    pub(super) fn get(&self, painting: &Arc<Picture>) -> Option<InstantStyle> {
        let is_own = |known: &Weak<Picture>| std::ptr::eq(known.as_ptr(), Arc::as_ptr(painting));
        self.0.iter().find(|(known, _)| is_own(known)).map(|(_, style)| style.clone())
    }

    /// Remembers the style of a painting.
    pub(super) fn remember(&mut self, painting: &Arc<Picture>, style: &InstantStyle) {
        if self.get(painting).is_some() {
            return;
        }
        // The place of a picture that is gone may become another's, so its style goes as well.
        self.0.retain(|(known, _)| known.strong_count() > 0);
        self.0.push_back((Arc::downgrade(painting), style.clone()));
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use image::DynamicImage;

    use super::*;
    use crate::engine::instant::{GeneratorParameters, GeneratorWidths};

    fn style() -> InstantStyle {
        let widths = GeneratorWidths::BUILT_IN;
        let numbers = vec![0.0; GeneratorParameters::count(widths)];
        InstantStyle::Trained(Arc::new(GeneratorParameters::new(widths, numbers).unwrap()))
    }

    #[test]
    fn paintings_are_told_apart_and_those_that_are_gone_are_forgotten() {
        let painting = || Arc::new(Picture::new(DynamicImage::new_rgb8(4, 3)));
        let (one, other, style) = (painting(), painting(), style());
        let mut known = KnownStyles::default();
        known.remember(&one, &style);
        assert!(known.get(&one).is_some() && known.get(&other).is_none());
        drop(one);
        known.remember(&other, &style);
        assert!(known.get(&other).is_some() && known.0.len() == 1);
        let more: Vec<_> = (0..2 * KEPT).map(|_| painting()).collect();
        for painting in &more {
            known.remember(painting, &style);
        }
        assert!(known.0.len() == KEPT && known.get(&more[2 * KEPT - 1]).is_some() && known.get(&other).is_none());
    }
}

//! The instant picture: what one pass of a network makes of the photo and the paintings, before any run.

use super::canvas::Canvas;
use super::fingerprint::{Fingerprint, Identity, PaintingFingerprint};
use super::run::RunInputs;
use crate::picture::Picture;
use crate::studio::{Hardware, Method, Recipe, RunId, Settings, Start, Style};

/// The instant picture, and the one being painted.
#[derive(Clone, Debug, Default)]
pub struct InstantPicture {
    /// The picture; it may be painted from inputs that have changed since.
    pub canvas: Option<Canvas>,
    /// What the last one that was asked for depends on; `None` while there is nothing to paint.
    asked: Option<InstantKey>,
    /// Its number; events of others are stale.
    id: RunId,
    /// The inputs of the one being painted.
    inputs: Option<RunInputs>,
    /// Whether the picture is a small one, of a place on a style map that was tried.
    pub is_tried: bool,
    /// The photo of the last one that was painted.
    photo: Option<Identity<Picture>>,
    /// The photo, the paintings and the masks when last looked at.
    pictures: Option<Fingerprint>,
}

/// What an instant picture depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct InstantKey {
    inputs: Fingerprint,
    hardware: Hardware,
    /// Whether a place on a style map is tried.
    is_tried: bool,
}

/// An instant picture to paint.
#[derive(Clone, Debug)]
pub struct InstantRequest {
    /// Its number.
    pub id: RunId,
    /// What to paint.
    pub recipe: Recipe,
}

/// The longest side in pixels that the window paints after every change. Larger pictures are painted by the command line
/// or by a run.
const LONGEST: u32 = 4096;

/// The settings for an instant picture: those that mean nothing to it have their defaults, so that changing them paints
/// none.
pub(in crate::app) fn instant_settings(settings: &Settings) -> Settings {
    let Settings { strength, brush_scale, detail_kept, smoothness, keep_colors, palette, .. } = *settings;
    Settings {
        size: settings.size.min(LONGEST),
        strength,
        brush_scale,
        detail_kept,
        smoothness,
        keep_colors,
        palette,
        method: Method::Instant,
        start: Start::Content,
        ..Settings::default()
    }
}

impl InstantKey {
    /// For the inputs of the next run.
    pub(in crate::app) fn new(inputs: Fingerprint, hardware: Hardware) -> Self {
        let settings = instant_settings(&inputs.settings);
        Self { inputs: Fingerprint { settings, results: Vec::new(), ..inputs }, hardware, is_tried: false }
    }

    /// For inputs with a place on a style map that is tried.
    pub(in crate::app) fn of_tried_place(inputs: Fingerprint, hardware: Hardware) -> Self {
        Self { is_tried: true, ..Self::new(inputs, hardware) }
    }

    /// What decides which pictures are prepared and how long painting takes: the photo and the paintings, without masks,
    /// the size and the brush scales. All places on a map take as long.
    fn work(&self) -> Fingerprint {
        let Fingerprint { photo, paintings, settings, .. } = &self.inputs;
        let painting = |painting: &PaintingFingerprint| Style { weight: 1.0, mask: None, ..painting.clone() };
        let (size, brush_scale) = (settings.size, settings.brush_scale);
        Fingerprint {
            photo: photo.clone(),
            paintings: paintings.iter().filter(|_| !self.is_tried).map(painting).collect(),
            settings: Settings { size, brush_scale, ..Settings::default() },
            ..Fingerprint::default()
        }
    }
}

impl InstantPicture {
    /// Whether photo, paintings or masks are others than when it was last asked.
    pub(in crate::app) fn sees_other_pictures(&mut self, now: &Fingerprint) -> bool {
        let pictures = Some(now.pictures());
        let before = std::mem::replace(&mut self.pictures, pictures);
        before.is_some() && before != self.pictures
    }

    /// Whether it was asked for with these inputs.
    pub(in crate::app) fn is_of(&self, key: &InstantKey) -> bool {
        self.asked.as_ref() == Some(key)
    }

    /// Whether one of the same pictures is being painted that takes as long: it is soon there, and worth waiting for.
    pub(in crate::app) fn is_painting(&self, now: &InstantKey) -> bool {
        let is_painting = self.inputs.is_some();
        is_painting && self.asked.as_ref().is_some_and(|asked| asked.work() == now.work())
    }

    /// Asks for one; `inputs` are those that the window remembers, if one can be painted. Returns its number.
    pub(in crate::app) fn ask(&mut self, key: InstantKey, inputs: Option<RunInputs>) -> RunId {
        self.id = self.id.next();
        (self.asked, self.inputs) = (Some(key), inputs);
        self.id
    }

    /// Shows a picture; returns whether it is the first one of its photo.
    pub(in crate::app) fn show(&mut self, canvas: Canvas) -> bool {
        let photo = Some(Identity::of(&canvas.photo));
        let is_first = self.photo != photo;
        self.is_tried = self.asked.as_ref().is_some_and(|asked| asked.is_tried);
        (self.photo, self.canvas) = (photo, Some(canvas));
        is_first
    }

    /// Drops the picture and the one being painted. Returns whether one was being painted.
    pub(in crate::app) fn clear(&mut self) -> bool {
        let was_painting = self.give_up();
        (self.canvas, self.asked) = (None, None);
        was_painting
    }

    /// Forgets the one being painted, so that it is asked for again. Returns whether there was one.
    pub(in crate::app) fn give_up(&mut self) -> bool {
        let was_painting = self.inputs.take().is_some();
        if was_painting {
            (self.id, self.asked) = (self.id.next(), None);
        }
        was_painting
    }

    /// The inputs of the one being painted, if this is its number.
    pub(in crate::app) fn take_inputs(&mut self, id: RunId) -> Option<RunInputs> {
        if self.id == id { self.inputs.take() } else { None }
    }
}

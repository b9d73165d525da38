//! Paints the frames of a clip one after the other.

use std::collections::VecDeque;

use rayon::ThreadPool;

use super::method::{FrameMeans, instant, optimised};
use super::order::VideoOrder;
use super::raw_frame::RawFrame;
use crate::engine::compute::Tensor;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::engine::instant::{HeldStatistics, InstantStyles};
use crate::engine::motion::{Prediction, Trail};
use crate::engine::transfer::{Carried, ContentSource, Job};
use crate::studio::ingredients::Ingredients;
use crate::studio::job::{job, matched};
use crate::studio::settings::{Method, Palette};
use crate::studio::style::Style;
use crate::studio::workbench::Workbench;

/// What must be known to go on after a frame, beside the painted frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PainterState {
    /// Index of the first frame of the shot.
    pub(super) shot: u64,
    /// The statistics that instant frames are normalised with.
    pub(super) held: HeldStatistics,
}

/// A frame to be painted.
pub(super) struct FrameToPaint<'a> {
    /// Its index in the part of the clip that is painted; `None` for one of a loop's last frames before its first.
    pub(super) index: Option<u64>,
    /// 3 x height x width, 0..1, at the size of the result.
    pub(super) image: &'a Tensor,
    /// How it follows the frames before.
    pub(super) trail: &'a Trail,
}

/// Paints frames, in the order of the clip.
pub(super) struct FramePainter<'a> {
    order: &'a VideoOrder,
    pool: &'a ThreadPool,
    control: &'a Control,
    workbench: Workbench,
    /// The paintings and masks, and the current frame as the photo.
    job: Job,
    /// The paintings in their own colours.
    paintings: Vec<Tensor>,
    shot: Option<Shot>,
    held: HeldStatistics,
    /// The latest painted frames, the last one last.
    painted: VecDeque<Tensor>,
}

/// What is the same in all frames of a shot.
struct Shot {
    /// Index of its first frame.
    begin: u64,
    /// Its first frame, whose colours stand for those of the shot.
    first: Tensor,
    /// The styles of instant frames, once they are known.
    styles: Option<InstantStyles>,
    /// What an optimised frame leaves for the next one.
    carried: Option<Carried>,
}

impl<'a> FramePainter<'a> {
    /// # Errors
    /// When there is not enough memory, or after a stop.
    pub(super) fn new(
        order: &'a VideoOrder,
        pool: &'a ThreadPool,
        workbench: Workbench,
        control: &'a Control,
    ) -> Result<Self, EngineError> {
        let job = pool.install(|| job(&order.recipe, false, control))?;
        let paintings = job.styles.iter().map(|style| style.image.clone()).collect();
        let (held, painted) = (HeldStatistics::default(), VecDeque::new());
        Ok(Self { order, pool, control, workbench, job, paintings, shot: None, held, painted })
    }

    /// Goes on after frames that were painted before: `first` is the first frame of their shot, and `painted` are the
    /// latest of them, the last one last.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn go_on(
        &mut self,
        PainterState { shot, held }: PainterState,
        first: Tensor,
        painted: impl IntoIterator<Item = Tensor>,
    ) -> Result<(), EngineError> {
        self.begin_shot(shot, first)?;
        self.held = held;
        self.painted = painted.into_iter().collect();
        Ok(())
    }

    /// What must be known to go on after the last painted frame.
    pub(super) fn state(&self) -> PainterState {
        PainterState { shot: self.shot.as_ref().map_or(0, |shot| shot.begin), held: self.held.clone() }
    }

    /// Paints the next frame. `remark` is given a sentence where another processor had to take over, and `on` the name of
    /// the processor that paints.
    ///
    /// # Errors
    /// When no processor can paint, or after a stop.
    pub(super) fn paint(
        &mut self,
        frame: &FrameToPaint,
        remark: impl Fn(&str),
        on: impl Fn(&str) + Send + Sync,
    ) -> Result<RawFrame, EngineError> {
        let steadiness = self.order.steadiness();
        let (is_steady, is_first) = (steadiness > 0.0, frame.trail.is_cut());
        if self.shot.is_none() || is_steady && is_first || frame.index == Some(0) {
            self.begin_shot(frame.index.unwrap_or(0), frame.image.clone())?;
        }
        let prediction = if is_steady {
            self.pool.install(|| Prediction::new(frame.trail, self.painted.make_contiguous()))?
        } else {
            None
        };
        if let ContentSource::Photo { image, .. } = &mut self.job.content {
            *image = frame.image.clone();
        }
        let Some(shot) = &mut self.shot else { unreachable!("a shot has begun") };
        let Ingredients { settings, styles, .. } = self.order.recipe.ingredients();
        let balance = settings.balance(styles.iter().map(Style::balance));
        let (order, pool, control) = (self.order, self.pool, self.control);
        let mut means =
            FrameMeans { order, pool, control, workbench: &mut self.workbench, balance, remark: &remark, on: &on };
        let held = is_steady.then_some(&mut self.held);
        let image = match settings.method {
            Method::Instant => {
                instant(&mut means, &self.job, (&shot.first, &mut shot.styles), held, prediction, steadiness)?
            }
            Method::Optimise => optimised(&mut means, &mut self.job, &mut shot.carried, prediction, steadiness)?,
        };
        let raw = RawFrame::new(&image)?;
        if is_steady {
            // As it is kept, so that a session that goes on later sees the same numbers.
            self.painted.push_back(raw.to_image()?);
            let kept = if frame.index == Some(0) { 1 } else { Trail::LONGEST };
            self.painted.drain(..self.painted.len().saturating_sub(kept));
        }
        Ok(raw)
    }

    /// A shot begins with this frame.
    fn begin_shot(&mut self, begin: u64, first: Tensor) -> Result<(), EngineError> {
        if self.order.recipe.ingredients().settings.palette == Palette::Photo {
            let matched =
                || self.paintings.iter().map(|painting| matched(painting, &first)).collect::<Result<Vec<_>, _>>();
            for (style, image) in self.job.styles.iter_mut().zip(self.pool.install(matched)?) {
                style.image = image;
            }
        }
        self.shot = Some(Shot { begin, first, styles: None, carried: None });
        Ok(())
    }
}

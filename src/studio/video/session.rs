//! Paints a clip, from file to file. Three threads work at the same time: one reads frames and follows their motion, one
//! paints, and one keeps and writes what was painted.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use rayon::ThreadPool;

use super::error::VideoError;
use super::event::{PaintedFrame, VideoEnd, VideoEvent};
use super::order::VideoOrder;
use super::painter::{FramePainter, FrameToPaint, PainterState};
use super::part::PartReader;
use super::place::VideoPlace;
use super::raw_frame::RawFrame;
use super::work_folder::WorkFolder;
use crate::clip::{ClipError, ClipFrame, FrameWriter};
use crate::engine::balance::Balance;
use crate::engine::compute::Tensor;
use crate::engine::control::Control;
use crate::engine::device::Processors;
use crate::engine::error::EngineError;
use crate::engine::motion::{MotionTracker, Trail};
use crate::engine::pyramid::Size;
use crate::lock::lock;
use crate::picture::Picture;
use crate::picture::encode::move_into_place;
use crate::studio::ingredients::Ingredients;
use crate::studio::job::{planes, with_photo_colors};
use crate::studio::pool::pool;
use crate::studio::settings::Method;
use crate::studio::sizes::Part;
use crate::studio::workbench::{NetworkLoader, Workbench};

/// Frames that wait to be painted, beside the one that the reader holds until it is taken: what is known of its motion takes
/// far more memory than the frame.
const WAITING_TO_BE_PAINTED: usize = 0;

/// Painted frames that wait to be written.
const WAITING_TO_BE_WRITTEN: usize = 1;

/// How many frames are painted before the first one of a loop, so that it looks as if the loop had always run. The strokes
/// of instant frames settle more slowly.
fn frames_before_a_loop(method: Method) -> usize {
    match method {
        Method::Instant => 60,
        Method::Optimise => 24,
    }
}

/// The most bytes of frames that are read for that.
const LOOP_BYTES: usize = 96 << 20;

/// A frame as it was read.
struct SeenFrame {
    /// `None` for the last frames of a loop, which are painted before the first one.
    index: Option<u64>,
    frame: ClipFrame,
    /// As the painter needs it, and how it follows the frames before; not known of most frames that were painted before.
    seen: Option<(Tensor, Trail)>,
}

/// A frame to be kept and written.
struct DoneFrame {
    index: u64,
    frame: ClipFrame,
    /// The frame as the painter needed it, if it did.
    image: Option<Tensor>,
    /// The painted frame and what is known after it; `None` if it is kept already.
    new: Option<(RawFrame, PainterState)>,
}

/// Paints a clip, and goes on where an earlier session was interrupted. After a stop the clip ends with the last painted
/// frame, and the frames are kept, so that another session can go on.
///
/// # Errors
/// When the clip cannot be read or written, or no processor can paint. Frames that were painted are kept, and if the clip
/// is damaged, those before the damage are written.
pub fn paint_clip(
    order: &VideoOrder,
    place: &VideoPlace,
    loader: NetworkLoader,
    control: &Control,
    on_event: &(dyn Fn(VideoEvent) + Sync),
) -> Result<VideoEnd, VideoError> {
    let pool = pool(order.recipe.ingredients().hardware)?;
    let folder = WorkFolder::open(&place.target.path, &order.fingerprint(), place.may_discard)?;
    let session = Session { order, pool: &pool, control, on_event, before: folder.done() };
    session.run(folder, place, loader)
}

struct Session<'a> {
    order: &'a VideoOrder,
    pool: &'a ThreadPool,
    control: &'a Control,
    on_event: &'a (dyn Fn(VideoEvent) + Sync),
    /// Frames that are kept from an earlier session.
    before: u64,
}

/// How painting ended.
enum Ended {
    Whole,
    Stopped,
}

impl Session<'_> {
    fn run(&self, folder: WorkFolder, place: &VideoPlace, loader: NetworkLoader) -> Result<VideoEnd, VideoError> {
        let state = folder.state().unwrap_or_default();
        let latest = self.before.saturating_sub(Trail::LONGEST as u64)..self.before;
        let latest =
            latest.map(|index| Ok(folder.frame(index)?.to_image()?)).collect::<Result<Vec<_>, VideoError>>()?;
        let writing = folder.unfinished_clip(&place.target.path);
        let (painted, kept) = thread::scope(|scope| {
            let (send_seen, seen) = sync_channel(WAITING_TO_BE_PAINTED);
            let (send_done, done) = sync_channel(WAITING_TO_BE_WRITTEN);
            let shot = state.shot;
            scope.spawn(move || self.read(shot, &send_seen));
            let writing = &writing;
            let keeper = scope.spawn(move || self.keep(folder, place, writing, &done));
            let painted = self.paint((state, latest), loader, &seen, &send_done);
            // The other threads end where their channels do.
            drop((seen, send_done));
            (painted, keeper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (folder, frames) = kept?;
        let is_damaged = matches!(painted, Err(VideoError::Clip(_)));
        if frames > 0 && (painted.is_ok() || is_damaged) && !place.target.format.is_sequence() {
            // Before: a process that is killed in between must find its own clip there.
            folder.note_left(&writing)?;
            move_into_place(&writing, &place.target.path, place.existing)?;
        }
        match painted? {
            Ended::Whole => {
                folder.remove();
                Ok(VideoEnd { frames, is_stopped: false })
            }
            Ended::Stopped => Ok(VideoEnd { frames, is_stopped: true }),
        }
    }

    /// Reads the frames and follows their motion, until the clip ends or nobody wants more.
    fn read(&self, shot: u64, send: &SyncSender<Result<SeenFrame, VideoError>>) {
        if let Err(error) = self.read_all(shot, send) {
            // Nobody is left who wants it if painting has ended.
            let _ = send.send(Err(error));
        }
    }

    fn read_all(&self, shot: u64, send: &SyncSender<Result<SeenFrame, VideoError>>) -> Result<(), VideoError> {
        let VideoOrder { source, choices, .. } = self.order;
        let mut tracker = MotionTracker::default();
        let mut follow = |index: Option<u64>, frame: ClipFrame, wants_motion: bool| -> Result<bool, VideoError> {
            let image = self.pool.install(|| self.image(&frame.picture, self.control))?;
            let is_steady = wants_motion && choices.steadiness > 0.0;
            let trail = if is_steady { self.pool.install(|| tracker.next(&image))? } else { Trail::default() };
            if index == Some(0) {
                // The frames of a loop before it are not there when another session goes on.
                tracker.forget_earlier();
            }
            Ok(send.send(Ok(SeenFrame { index, frame, seen: Some((image, trail)) })).is_ok())
        };
        if choices.is_loop && choices.steadiness > 0.0 && self.before == 0 {
            let (last, count) = self.frames_before()?;
            for frame in last.iter().cycle().take(count) {
                if !follow(None, frame.clone(), true)? {
                    return Ok(());
                }
            }
        }
        let mut reader = PartReader::open(source, choices.part)?;
        let mut index = 0;
        while let Some(frame) = reader.read()? {
            // One frame more than the longest trail, so that a cut before them is seen.
            let is_followed = index + 1 + Trail::LONGEST as u64 >= self.before;
            let is_wanted = if is_followed || index == shot && self.before > 0 {
                follow(Some(index), frame, is_followed)?
            } else {
                send.send(Ok(SeenFrame { index: Some(index), frame, seen: None })).is_ok()
            };
            if !is_wanted {
                return Ok(());
            }
            index += 1;
        }
        Ok(())
    }

    /// The last frames of a loop, and how many frames are painted before its first one: all of a short clip is painted more
    /// than once.
    fn frames_before(&self) -> Result<(VecDeque<ClipFrame>, usize), VideoError> {
        let VideoOrder { source, choices, recipe, .. } = self.order;
        let wanted = frames_before_a_loop(recipe.ingredients().settings.method);
        let mut reader = PartReader::open(source, choices.part)?;
        let mut last: VecDeque<ClipFrame> = VecDeque::new();
        let mut is_whole = true;
        while let Some(frame) = reader.read()? {
            self.control.checkpoint()?;
            let bytes = frame.picture.pixels().as_bytes().len();
            last.push_back(frame);
            if last.len() > (LOOP_BYTES / bytes).clamp(1, wanted) {
                last.pop_front();
                is_whole = false;
            }
        }
        let rounds = if is_whole { wanted.div_ceil(last.len().max(1)) } else { 1 };
        let count = rounds * last.len();
        Ok((last, count))
    }

    /// A frame as the painter needs it.
    fn image(&self, picture: &Picture, control: &Control) -> Result<Tensor, EngineError> {
        let Ingredients { settings, .. } = self.order.recipe.ingredients();
        let (width, height) = self.order.size();
        let size = Size { width: width as usize, height: height as usize };
        planes(&Part::whole(picture), size, settings.method, control)
    }

    /// Paints what was read, until it ends.
    fn paint(
        &self,
        (state, latest): (PainterState, Vec<Tensor>),
        loader: NetworkLoader,
        seen: &Receiver<Result<SeenFrame, VideoError>>,
        send: &SyncSender<DoneFrame>,
    ) -> Result<Ended, VideoError> {
        let paint = || -> Result<(), VideoError> {
            let workbench = Workbench::new(Box::new(Processors::detect), loader);
            let mut painter = FramePainter::new(self.order, self.pool, workbench, self.control)?;
            let (shot, mut kept) = (state.shot, Some((state, latest)));
            let device = Mutex::new(None);
            for frame in seen {
                self.control.checkpoint()?;
                let SeenFrame { index, frame, seen } = frame?;
                let is_done = index.is_some_and(|index| index < self.before);
                if let (true, Some((image, _))) = (is_done && index == Some(shot), &seen)
                    && let Some((state, latest)) = kept.take()
                {
                    painter.go_on(state, image.clone(), latest)?;
                }
                let new = match &seen {
                    _ if is_done => None,
                    Some((image, trail)) => {
                        let frame = FrameToPaint { index, image, trail };
                        let painted = painter.paint(
                            &frame,
                            |sentence| (self.on_event)(VideoEvent::Remark(sentence.to_owned())),
                            |name| self.on(&device, name),
                        )?;
                        Some((painted, painter.state()))
                    }
                    None => unreachable!("a frame to be painted was prepared"),
                };
                let Some(index) = index else { continue };
                let image = seen.map(|(image, _)| image);
                if send.send(DoneFrame { index, frame, image, new }).is_err() {
                    // It says itself why it has ended.
                    return Ok(());
                }
            }
            Ok(())
        };
        match paint() {
            Ok(()) => Ok(Ended::Whole),
            Err(VideoError::Engine(EngineError::Stopped)) => Ok(Ended::Stopped),
            Err(error) => Err(error),
        }
    }

    /// This processor paints.
    fn on(&self, device: &Mutex<Option<String>>, name: &str) {
        let mut device = lock(device);
        if device.as_deref() == Some(name) {
            return;
        }
        let is_first = device.replace(name.to_owned()).is_none();
        let device = name.to_owned();
        (self.on_event)(if is_first {
            VideoEvent::Started { device, before: self.before }
        } else {
            VideoEvent::MovedTo(device)
        });
    }

    /// Keeps painted frames and writes them to the clip `writing`. Returns the folder, and how many frames were written.
    fn keep(
        &self,
        mut folder: WorkFolder,
        place: &VideoPlace,
        writing: &Path,
        done: &Receiver<DoneFrame>,
    ) -> Result<(WorkFolder, u64), VideoError> {
        let mut target = place.target.clone();
        if !target.format.is_sequence() {
            target.path = writing.to_path_buf();
        }
        // Nobody knows the file that is being written in its stead.
        let about = |error: ClipError| error.about(&place.target.path);
        let mut writer: Option<Box<dyn FrameWriter>> = None;
        let mut frames = 0;
        for DoneFrame { index, frame, image, new } in done {
            let is_new = new.is_some();
            let raw = match new {
                Some((raw, state)) => {
                    folder.keep(&raw, &state)?;
                    raw
                }
                None => folder.frame(index)?,
            };
            let picture = self.finished(&raw, &frame.picture, image)?;
            let frame = ClipFrame { picture, ..frame };
            let writer = match &mut writer {
                Some(writer) => writer,
                none => none.insert(target.create().map_err(about)?),
            };
            writer.write(&frame).map_err(about)?;
            frames += 1;
            let picture = Arc::new(frame.picture);
            (self.on_event)(VideoEvent::Painted(PaintedFrame { number: index + 1, is_new, picture }));
        }
        if let Some(writer) = writer {
            writer.finish().map_err(about)?;
        }
        Ok((folder, frames))
    }

    /// A painted frame as it is shown: with the colours that are kept of the clip's frame, and with its transparency.
    fn finished(&self, raw: &RawFrame, own: &Picture, image: Option<Tensor>) -> Result<Picture, VideoError> {
        let percent = self.order.recipe.ingredients().settings.keep_colors;
        let picture = if percent > 0.0 {
            let (width, height) = self.order.size();
            let colored = self.pool.install(|| -> Result<_, EngineError> {
                // A stop does not keep what was painted from being written.
                let image = image.map_or_else(|| self.image(own, &Control::new(Balance::default())), Ok)?;
                Ok(with_photo_colors(&raw.to_image()?, Some(&image), percent)?)
            });
            Picture::from_planes(width, height, &colored?)
        } else {
            raw.picture()
        };
        Ok(picture.with_alpha_of(own))
    }
}

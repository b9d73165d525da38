//! Window input besides egui's own events: drags on X11, and the clipboard keys. eframe would read the clipboard on the
//! window's thread, where a slow owner would block the window.

use std::collections::VecDeque;
use std::sync::{Arc, mpsc};

use egui::{Context, Event, Key, Modifiers, RawInput, ViewportCommand};

use super::desktop::Desktop;
#[cfg(target_os = "linux")]
use super::desktop::{
    Clip,
    drag::{Drag, Drags, DroppedPath},
};
use crate::app::message::Action;

/// Window input besides egui's own events.
pub(in crate::app) struct Incoming {
    desktop: Arc<dyn Desktop>,
    /// Whether the paste key is down.
    pasting: bool,
    texts: (mpsc::Sender<Option<String>>, mpsc::Receiver<Option<String>>),
    actions: VecDeque<Action>,
    #[cfg(target_os = "linux")]
    drags: Option<Drags>,
    /// Number of files dragged over the window.
    #[cfg(target_os = "linux")]
    hovering: usize,
}

impl Incoming {
    pub(in crate::app) fn new(desktop: Arc<dyn Desktop>) -> Self {
        Self {
            desktop,
            pasting: false,
            texts: mpsc::channel(),
            actions: VecDeque::new(),
            #[cfg(target_os = "linux")]
            drags: None,
            #[cfg(target_os = "linux")]
            hovering: 0,
        }
    }

    /// Listens for drags over the window, instead of winit on X11.
    #[cfg(target_os = "linux")]
    pub(in crate::app) fn take_drops(&mut self, creation: &eframe::CreationContext<'_>) {
        use eframe::wgpu::rwh::{HasWindowHandle, RawWindowHandle};
        let window = match creation.window_handle().map(|handle| handle.as_raw()) {
            Ok(RawWindowHandle::Xlib(handle)) => u32::try_from(handle.window).ok(),
            Ok(RawWindowHandle::Xcb(handle)) => Some(handle.window.get()),
            _ => None,
        };
        let ctx = creation.egui_ctx.clone();
        // If this fails, winit handles drops.
        self.drags = window.and_then(|window| Drags::over(window, move || ctx.request_repaint()).ok());
    }

    /// winit handles drops.
    #[cfg(not(target_os = "linux"))]
    pub(in crate::app) fn take_drops(&mut self, _: &eframe::CreationContext<'_>) {}

    /// Adds the input to egui's.
    pub(in crate::app) fn put_into(&mut self, ctx: &Context, raw: &mut RawInput) {
        self.take_keys(ctx, raw);
        while let Ok(text) = self.texts.1.try_recv() {
            match text {
                Some(text) if !text.is_empty() => raw.events.push(Event::Paste(text)),
                Some(_) => {}
                None => ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            }
        }
        #[cfg(target_os = "linux")]
        self.take_drags(ctx, raw);
    }

    pub(in crate::app) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn take_keys(&mut self, ctx: &Context, raw: &mut RawInput) {
        let events = std::mem::take(&mut raw.events);
        for event in events {
            match event {
                Event::Key { key, pressed: true, modifiers, .. } if is_copy(key, modifiers) => {
                    raw.events.push(Event::Copy);
                }
                Event::Key { key, pressed: true, modifiers, .. } if is_cut(key, modifiers) => {
                    raw.events.push(Event::Cut);
                }
                Event::Key { key, pressed: true, modifiers, .. } if is_paste(key, modifiers) => {
                    // A held key pastes once.
                    if !std::mem::replace(&mut self.pasting, true) {
                        self.paste(ctx, raw);
                    }
                }
                event => {
                    let is_released = match event {
                        Event::Key { key: Key::V | Key::Insert | Key::Paste, pressed, .. } => !pressed,
                        Event::WindowFocused(focused) => !focused,
                        _ => false,
                    };
                    self.pasting &= !is_released;
                    raw.events.push(event);
                }
            }
        }
    }

    fn paste(&self, ctx: &Context, raw: &mut RawInput) {
        if !ctx.text_edit_focused() {
            // `shortcut::pressed` pastes a picture.
            raw.events.push(Event::Paste(String::new()));
            return;
        }
        let (desktop, sender, ctx) = (Arc::clone(&self.desktop), self.texts.0.clone(), ctx.clone());
        let read = move || {
            // The window may have closed.
            let _ = sender.send(desktop.clipboard_text());
            ctx.request_repaint();
        };
        if std::thread::Builder::new().name("impasto text".to_owned()).spawn(read).is_err() {
            let _ = self.texts.0.send(None);
        }
    }

    #[cfg(target_os = "linux")]
    fn take_drags(&mut self, ctx: &Context, raw: &mut RawInput) {
        let Some(drags) = &self.drags else { return };
        let scale = ctx.pixels_per_point();
        for drag in drags.take() {
            match drag {
                Drag::Over { files, at } => {
                    self.hovering = files;
                    let at = egui::pos2(f32::from(at.0), f32::from(at.1)) / scale;
                    // During a drag, the system reports no pointer movement to the window.
                    raw.events.push(Event::PointerMoved(at));
                }
                Drag::Left => self.hovering = 0,
                Drag::Dropped(Ok(Clip::Files(files))) => drop_into(raw, files),
                Drag::Dropped(Ok(Clip::Partly { files, problem })) => {
                    drop_into(raw, files);
                    self.actions.push_back(Action::Pasted(Err(problem)));
                }
                Drag::Dropped(Ok(Clip::Nothing)) => {
                    let nothing = "there is no picture in what was dropped; drop a picture file".to_owned();
                    self.actions.push_back(Action::Pasted(Err(nothing)));
                }
                Drag::Dropped(picture_or_trouble) => self.actions.push_back(Action::Pasted(picture_or_trouble)),
            }
        }
        if self.hovering > 0 {
            raw.hovered_files = vec![egui::HoveredFile::default(); self.hovering];
        }
    }
}

#[cfg(target_os = "linux")]
fn drop_into(raw: &mut RawInput, files: Vec<std::path::PathBuf>) {
    raw.dropped_files.extend(files.into_iter().map(|file| -> egui::DroppedFileHandle { Arc::new(DroppedPath(file)) }));
}

fn is_copy(key: Key, modifiers: Modifiers) -> bool {
    key == Key::Copy || modifiers.command_only() && matches!(key, Key::C | Key::Insert)
}

fn is_cut(key: Key, modifiers: Modifiers) -> bool {
    key == Key::Cut || modifiers.command_only() && key == Key::X || modifiers.shift_only() && key == Key::Delete
}

fn is_paste(key: Key, modifiers: Modifiers) -> bool {
    key == Key::Paste || modifiers.command_only() && key == Key::V || modifiers.shift_only() && key == Key::Insert
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::services::desktop::{Choice, FileRequest};

    struct NoDesktop;

    impl Desktop for NoDesktop {
        fn choose(&self, _: &FileRequest, _: &eframe::Frame) -> Choice {
            Box::pin(std::future::ready(Ok(Vec::new())))
        }

        fn clipboard(&self) -> Result<crate::app::services::desktop::Clip, String> {
            Ok(crate::app::services::desktop::Clip::Nothing)
        }
    }

    fn key(key: Key, modifiers: Modifiers, pressed: bool) -> Event {
        Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }
    }

    fn after(incoming: &mut Incoming, events: Vec<Event>) -> Vec<Event> {
        let mut raw = RawInput { events, ..RawInput::default() };
        incoming.put_into(&Context::default(), &mut raw);
        raw.events
    }

    #[test]
    fn clipboard_keys_become_clipboard_events() {
        let mut incoming = Incoming::new(Arc::new(NoDesktop));
        for (pressed, modifiers, expected) in [
            (Key::C, Modifiers::COMMAND, Event::Copy),
            (Key::X, Modifiers::COMMAND, Event::Cut),
            (Key::V, Modifiers::COMMAND, Event::Paste(String::new())),
        ] {
            assert_eq!(after(&mut incoming, vec![key(pressed, modifiers, true)]), [expected], "{pressed:?}");
        }
        for (other, modifiers) in [(Key::C, Modifiers::NONE), (Key::V, Modifiers::COMMAND | Modifiers::SHIFT)] {
            let event = key(other, modifiers, true);
            assert_eq!(after(&mut incoming, vec![event.clone()]), [event]);
        }
    }

    #[test]
    fn a_held_key_pastes_once() {
        let mut incoming = Incoming::new(Arc::new(NoDesktop));
        let press = key(Key::V, Modifiers::COMMAND, true);
        let pasted = |events: Vec<Event>| events.iter().filter(|event| matches!(event, Event::Paste(_))).count();
        assert_eq!(pasted(after(&mut incoming, vec![press.clone(); 30])), 1);
        assert_eq!(pasted(after(&mut incoming, vec![press.clone()])), 0);
        // Control may be released first.
        assert_eq!(pasted(after(&mut incoming, vec![key(Key::V, Modifiers::NONE, false), press.clone()])), 1);
        assert_eq!(pasted(after(&mut incoming, vec![Event::WindowFocused(false), press])), 1);
    }
}

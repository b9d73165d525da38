//! What another program offers, on the clipboard or in a drag: which of its forms to ask for, and what comes of them.

use super::clip::Clip;
use super::list::List;
use crate::picture::decode;

/// Another program that offers one thing in several forms.
pub(super) trait Offer {
    /// The forms, as media types or as X11 calls them.
    ///
    /// # Errors
    /// One sentence.
    fn forms(&self) -> Result<Vec<String>, String>;

    /// The thing in one of its forms.
    ///
    /// # Errors
    /// One sentence.
    fn read(&self, form: &str) -> Result<Vec<u8>, String>;
}

/// Lists of files. The files come before the pictures beside them, which may be small or converted copies.
const LISTS: [&str; 2] = ["text/uri-list", "x-special/gnome-copied-files"];

/// Pictures, those first that lose nothing; many programs offer several and convert when asked.
const PICTURES: [&str; 12] = [
    "image/png",
    "image/tiff",
    "image/bmp",
    "image/x-bmp",
    "image/x-ms-bmp",
    "image/x-MS-bmp",
    "image/webp",
    "image/jpeg",
    "image/jpg",
    "image/pjpeg",
    "image/gif",
    "image/x-tiff",
];

/// Text, which may be the path of a file.
const TEXTS: [&str; 5] = ["text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING", "TEXT"];

/// Text is read as paths up to this length, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// Whether there can be a picture in it.
pub(super) fn is_welcome(forms: &[String]) -> bool {
    let known = LISTS.iter().chain(&PICTURES).chain(&TEXTS);
    known.into_iter().any(|known| has(forms, known)) || unknown_picture(forms).is_some()
}

/// How many files would come of it; one when it is something else, such as a picture.
pub(super) fn count_files(offer: &impl Offer, host: Option<&str>) -> usize {
    let forms = offer.forms().unwrap_or_default();
    let list = LISTS.iter().find(|form| has(&forms, form)).map(|form| offer.read(form));
    let is_picture = PICTURES.iter().any(|form| has(&forms, form));
    match list {
        Some(Ok(bytes)) => List::parse(without_verb(&bytes), host).files.len().max(usize::from(is_picture)),
        _ => 1,
    }
}

/// Reads what is offered: files, else a picture, else paths in a text.
///
/// # Errors
/// One sentence, when there is something that was meant and cannot be read.
pub(super) fn read(offer: &impl Offer, host: Option<&str>) -> Result<Clip, String> {
    let forms = offer.forms()?;
    let mut trouble = None;
    if let Some(form) = LISTS.iter().find(|form| has(&forms, form)) {
        match offer.read(form) {
            Ok(bytes) => {
                let list = List::parse(without_verb(&bytes), host);
                if !list.files.is_empty() {
                    return Ok(files(list));
                }
                trouble = list.trouble();
            }
            Err(reason) => trouble = Some(reason),
        }
    }
    for form in PICTURES.iter().filter(|form| has(&forms, form)) {
        match offer.read(form).and_then(|bytes| picture(&bytes)) {
            Ok(clip) => return Ok(clip),
            Err(reason) => trouble = trouble.or(Some(reason)),
        }
    }
    if trouble.is_none() {
        trouble = unknown_picture(&forms).map(|form| {
            format!("the picture is in a form that is not read ({form}); save it as PNG, then open the file")
        });
    }
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    let Some(form) = TEXTS.iter().find(|form| has(&forms, form)) else { return Ok(Clip::Nothing) };
    let text = offer.read(form)?;
    if text.len() > LONGEST_TEXT {
        return Ok(Clip::Nothing);
    }
    let list = List::parse(&text, host);
    Ok(if list.files.is_empty() { Clip::Nothing } else { files(list) })
}

/// Reads the text that is offered; nothing when there is none.
///
/// # Errors
/// One sentence.
pub(super) fn read_text(offer: &impl Offer) -> Result<Option<String>, String> {
    let forms = offer.forms()?;
    let Some(form) = TEXTS.iter().find(|form| has(&forms, form)) else { return Ok(None) };
    let bytes = offer.read(form)?;
    // `STRING` is Latin-1, where each byte is its own character.
    let text =
        String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    Ok(Some(text.trim_end_matches('\0').replace("\r\n", "\n")))
}

fn has(forms: &[String], form: &str) -> bool {
    forms.iter().any(|offered| offered == form)
}

fn unknown_picture(forms: &[String]) -> Option<&String> {
    forms.iter().find(|form| form.starts_with("image/") && !PICTURES.contains(&form.as_str()))
}

/// Nautilus writes what is to be done with the files into the first line.
fn without_verb(list: &[u8]) -> &[u8] {
    [&b"copy\n"[..], b"cut\n"].into_iter().find_map(|verb| list.strip_prefix(verb)).unwrap_or(list)
}

fn files(list: List) -> Clip {
    match list.trouble() {
        None => Clip::Files(list.files),
        Some(trouble) => Clip::Partly { files: list.files, trouble },
    }
}

fn picture(bytes: &[u8]) -> Result<Clip, String> {
    let picture = decode::from_bytes(bytes, "the picture that was copied").map_err(|error| error.to_string())?;
    Ok(Clip::Pixels { width: picture.width(), height: picture.height(), rgba: picture.to_rgba8() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    /// Forms and what comes when they are asked for.
    struct FakeOffer(Vec<(&'static str, Vec<u8>)>);

    impl Offer for FakeOffer {
        fn forms(&self) -> Result<Vec<String>, String> {
            Ok(self.0.iter().map(|(form, _)| (*form).to_owned()).collect())
        }

        fn read(&self, form: &str) -> Result<Vec<u8>, String> {
            let (_, bytes) = self.0.iter().find(|(offered, _)| *offered == form).unwrap();
            Ok(bytes.clone())
        }
    }

    fn red(format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::from_pixel(8, 4, Rgb([200, 10, 10])).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn read_one(form: &'static str, bytes: &[u8]) -> Result<Clip, String> {
        read(&FakeOffer(vec![(form, bytes.to_vec())]), None)
    }

    #[test]
    fn pictures_are_read_in_every_form() {
        for (form, format) in [
            ("image/png", ImageFormat::Png),
            ("image/jpeg", ImageFormat::Jpeg),
            ("image/bmp", ImageFormat::Bmp),
            ("image/x-MS-bmp", ImageFormat::Bmp),
            ("image/webp", ImageFormat::WebP),
            ("image/gif", ImageFormat::Gif),
        ] {
            let Ok(Clip::Pixels { width, height, rgba }) = read_one(form, &red(format)) else { panic!("{form}") };
            assert_eq!((width, height, rgba.len()), (8, 4, 8 * 4 * 4), "{form}");
            assert!(rgba[0].abs_diff(200) < 6 && rgba[1] < 20 && rgba[3] == 255, "{form}: {:?}", &rgba[..4]);
        }
    }

    #[test]
    fn files_come_before_pictures_and_pictures_before_text() {
        let list = ("text/uri-list", b"file:///a.png\r\n".to_vec());
        let pixels = ("image/png", red(ImageFormat::Png));
        let text = ("UTF8_STRING", b"/b.png".to_vec());
        let files = |clip| match clip {
            Ok(Clip::Files(paths)) => paths,
            other => panic!("{other:?}"),
        };
        let all = FakeOffer(vec![text.clone(), pixels.clone(), list]);
        assert_eq!(files(read(&all, None)), [Path::new("/a.png")]);
        assert!(matches!(read(&FakeOffer(vec![text.clone(), pixels.clone()]), None), Ok(Clip::Pixels { .. })));
        assert_eq!(files(read(&FakeOffer(vec![text]), None)), [Path::new("/b.png")]);
        // A browser gives the address of the picture beside the picture.
        let web = ("text/uri-list", b"https://example.org/a.png".to_vec());
        assert!(matches!(read(&FakeOffer(vec![web, pixels]), None), Ok(Clip::Pixels { .. })));
        let partly = read_one("text/uri-list", b"file:///a.png\r\nsftp://h/b.png\r\n");
        assert!(matches!(partly, Ok(Clip::Partly { files, .. }) if files == [Path::new("/a.png")]));
        let copied = read_one("x-special/gnome-copied-files", b"copy\nfile:///a.png\nfile:///c.png");
        assert_eq!(files(copied), [Path::new("/a.png"), Path::new("/c.png")]);
    }

    #[test]
    fn what_cannot_be_read_is_not_called_nothing() {
        for (form, bytes, said) in [
            ("image/png", &b"\x89PNG\r\n\x1a\nhalf"[..], "the picture that was copied"),
            ("image/svg+xml", b"<svg/>", "image/svg+xml"),
            ("text/uri-list", b"https://example.org/a.png", "https://example.org/a.png"),
        ] {
            let reason = read_one(form, bytes).unwrap_err();
            assert!(reason.contains(said), "{form}: {reason}");
        }
        for (form, bytes) in [("UTF8_STRING", &b"hello"[..]), ("text/html", b"<p>"), ("UTF8_STRING", b"")] {
            assert_eq!(read_one(form, bytes), Ok(Clip::Nothing));
        }
        assert_eq!(read(&FakeOffer(Vec::new()), None), Ok(Clip::Nothing));
    }

    #[test]
    fn a_damaged_form_gives_way_to_another() {
        let offered = FakeOffer(vec![("image/png", b"nothing".to_vec()), ("image/jpeg", red(ImageFormat::Jpeg))]);
        assert!(matches!(read(&offered, None), Ok(Clip::Pixels { .. })));
    }

    #[test]
    fn text_is_read_for_text_fields() {
        let text = |form, bytes: &[u8]| read_text(&FakeOffer(vec![(form, bytes.to_vec())])).unwrap();
        assert_eq!(text("UTF8_STRING", "Stürm\r\n\0".as_bytes()).unwrap(), "Stürm\n");
        assert_eq!(text("STRING", b"St\xfcrm").unwrap(), "Stürm");
        assert_eq!(text("image/png", b""), None);
    }
}

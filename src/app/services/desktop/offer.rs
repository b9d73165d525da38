//! Reads what another program offers on the clipboard or in a drag: picks a format and decodes the data.

use super::clip::Clip;
use super::list::List;
use crate::picture::decode;

/// Data that another program offers in several formats. Errors are one sentence.
pub(super) trait Offer {
    /// The formats, as media types or X11 targets.
    fn formats(&self) -> Result<Vec<String>, String>;

    /// The data in one of the formats.
    fn read(&self, format: &str) -> Result<Vec<u8>, String>;
}

/// Lists of files. These are preferred to pictures offered besides, which may be small or converted copies.
const LISTS: [&str; 2] = ["text/uri-list", "x-special/gnome-copied-files"];

/// Pictures, lossless formats first; many programs offer several and convert on request.
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

/// The longest text that is read as paths, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// Whether the data may contain a picture.
pub(super) fn is_welcome(formats: &[String]) -> bool {
    let known = LISTS.iter().chain(&PICTURES).chain(&TEXTS);
    known.into_iter().any(|known| has(formats, known)) || unknown_picture(formats).is_some()
}

/// The number of files offered; 1 for something else, such as a picture.
pub(super) fn count_files(offer: &impl Offer, host: Option<&str>) -> usize {
    let formats = offer.formats().unwrap_or_default();
    let list = LISTS.iter().find(|format| has(&formats, format)).map(|format| offer.read(format));
    let is_picture = PICTURES.iter().any(|format| has(&formats, format));
    match list {
        Some(Ok(bytes)) => List::parse(without_verb(&bytes), host).files.len().max(usize::from(is_picture)),
        _ => 1,
    }
}

/// Reads files, else a picture, else paths in a text. An error is one sentence about data that cannot be read.
pub(super) fn read(offer: &impl Offer, host: Option<&str>) -> Result<Clip, String> {
    let formats = offer.formats()?;
    let mut problem = None;
    if let Some(format) = LISTS.iter().find(|format| has(&formats, format)) {
        match offer.read(format) {
            Ok(bytes) => {
                let list = List::parse(without_verb(&bytes), host);
                if !list.files.is_empty() {
                    return Ok(files(list));
                }
                problem = list.problem();
            }
            Err(reason) => problem = Some(reason),
        }
    }
    for format in PICTURES.iter().filter(|format| has(&formats, format)) {
        match offer.read(format).and_then(|bytes| picture(&bytes)) {
            Ok(clip) => return Ok(clip),
            Err(reason) => problem = problem.or(Some(reason)),
        }
    }
    if problem.is_none() {
        problem = unknown_picture(&formats).map(|format| {
            format!("the picture is in an unsupported format ({format}); save it as PNG, then open the file")
        });
    }
    if let Some(problem) = problem {
        return Err(problem);
    }
    let Some(format) = TEXTS.iter().find(|format| has(&formats, format)) else { return Ok(Clip::Nothing) };
    let text = offer.read(format)?;
    if text.len() > LONGEST_TEXT {
        return Ok(Clip::Nothing);
    }
    let list = List::parse(&text, host);
    Ok(if list.files.is_empty() { Clip::Nothing } else { files(list) })
}

/// Reads the text that is offered, if any. An error is one sentence.
pub(super) fn read_text(offer: &impl Offer) -> Result<Option<String>, String> {
    let formats = offer.formats()?;
    let Some(format) = TEXTS.iter().find(|format| has(&formats, format)) else { return Ok(None) };
    let bytes = offer.read(format)?;
    // `STRING` is Latin-1, where each byte is one character.
    let text =
        String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    Ok(Some(text.trim_end_matches('\0').replace("\r\n", "\n")))
}

fn has(formats: &[String], format: &str) -> bool {
    formats.iter().any(|offered| offered == format)
}

fn unknown_picture(formats: &[String]) -> Option<&String> {
    formats.iter().find(|format| format.starts_with("image/") && !PICTURES.contains(&format.as_str()))
}

/// Removes the first line, in which Nautilus says whether to copy or move the files.
fn without_verb(list: &[u8]) -> &[u8] {
    [&b"copy\n"[..], b"cut\n"].into_iter().find_map(|verb| list.strip_prefix(verb)).unwrap_or(list)
}

fn files(list: List) -> Clip {
    match list.problem() {
        None => Clip::Files(list.files),
        Some(problem) => Clip::Partly { files: list.files, problem },
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

    /// Formats with their data.
    struct FakeOffer(Vec<(&'static str, Vec<u8>)>);

    impl Offer for FakeOffer {
        fn formats(&self) -> Result<Vec<String>, String> {
            Ok(self.0.iter().map(|(format, _)| (*format).to_owned()).collect())
        }

        fn read(&self, format: &str) -> Result<Vec<u8>, String> {
            let (_, bytes) = self.0.iter().find(|(offered, _)| *offered == format).unwrap();
            Ok(bytes.clone())
        }
    }

    fn red(format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::from_pixel(8, 4, Rgb([200, 10, 10])).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn read_one(format: &'static str, bytes: &[u8]) -> Result<Clip, String> {
        read(&FakeOffer(vec![(format, bytes.to_vec())]), None)
    }

    #[test]
    fn pictures_are_read_in_every_format() {
        for (mime, format) in [
            ("image/png", ImageFormat::Png),
            ("image/jpeg", ImageFormat::Jpeg),
            ("image/bmp", ImageFormat::Bmp),
            ("image/x-MS-bmp", ImageFormat::Bmp),
            ("image/webp", ImageFormat::WebP),
            ("image/gif", ImageFormat::Gif),
        ] {
            let Ok(Clip::Pixels { width, height, rgba }) = read_one(mime, &red(format)) else { panic!("{mime}") };
            assert_eq!((width, height, rgba.len()), (8, 4, 8 * 4 * 4), "{mime}");
            assert!(rgba[0].abs_diff(200) < 6 && rgba[1] < 20 && rgba[3] == 255, "{mime}: {:?}", &rgba[..4]);
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
        // A browser offers the address of the picture besides the picture.
        let web = ("text/uri-list", b"https://example.org/a.png".to_vec());
        assert!(matches!(read(&FakeOffer(vec![web, pixels]), None), Ok(Clip::Pixels { .. })));
        let partly = read_one("text/uri-list", b"file:///a.png\r\nsftp://h/b.png\r\n");
        assert!(matches!(partly, Ok(Clip::Partly { files, .. }) if files == [Path::new("/a.png")]));
        let copied = read_one("x-special/gnome-copied-files", b"copy\nfile:///a.png\nfile:///c.png");
        assert_eq!(files(copied), [Path::new("/a.png"), Path::new("/c.png")]);
    }

    #[test]
    fn unreadable_data_is_an_error_and_unrelated_data_is_nothing() {
        for (format, bytes, said) in [
            ("image/png", &b"\x89PNG\r\n\x1a\nhalf"[..], "the picture that was copied"),
            ("image/svg+xml", b"<svg/>", "image/svg+xml"),
            ("text/uri-list", b"https://example.org/a.png", "https://example.org/a.png"),
        ] {
            let reason = read_one(format, bytes).unwrap_err();
            assert!(reason.contains(said), "{format}: {reason}");
        }
        for (format, bytes) in [("UTF8_STRING", &b"hello"[..]), ("text/html", b"<p>"), ("UTF8_STRING", b"")] {
            assert_eq!(read_one(format, bytes), Ok(Clip::Nothing));
        }
        assert_eq!(read(&FakeOffer(Vec::new()), None), Ok(Clip::Nothing));
    }

    #[test]
    fn a_damaged_format_falls_back_to_another() {
        let offered = FakeOffer(vec![("image/png", b"nothing".to_vec()), ("image/jpeg", red(ImageFormat::Jpeg))]);
        assert!(matches!(read(&offered, None), Ok(Clip::Pixels { .. })));
    }

    #[test]
    fn text_is_read_for_text_fields() {
        let text = |format, bytes: &[u8]| read_text(&FakeOffer(vec![(format, bytes.to_vec())])).unwrap();
        assert_eq!(text("UTF8_STRING", "Stürm\r\n\0".as_bytes()).unwrap(), "Stürm\n");
        assert_eq!(text("STRING", b"St\xfcrm").unwrap(), "Stürm");
        assert_eq!(text("image/png", b""), None);
    }
}

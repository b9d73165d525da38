//! Labels in the XML format of Pascal VOC.

use quick_xml::events::{BytesText, Event};
use quick_xml::{Reader, Writer};

/// Width and height of the photo.
pub(super) fn stated_size(text: &str) -> Option<(u32, u32)> {
    let number = |name: &str| {
        let size = text.split_once("<size>")?.1.split_once("</size>")?.0;
        size.split_once(&format!("<{name}>"))?.1.split_once("</")?.0.trim().parse::<f64>().ok()
    };
    Some((number("width")? as u32, number("height")? as u32))
}

/// The same labels of a photo with another name; `None` if the text is not of this format.
pub(super) fn renamed(text: &str, name: &str) -> Option<String> {
    let (mut reader, mut writer) = (Reader::from_str(text), Writer::new(Vec::new()));
    let (mut depth, mut is_name, mut is_labels) = (0, false, false);
    loop {
        match reader.read_event().ok()? {
            Event::Eof => break,
            Event::Start(element) => {
                depth += 1;
                is_labels |= depth == 1 && element.name().as_ref() == b"annotation";
                // A path would lead to the photo as it was.
                is_name = depth == 2 && matches!(element.name().as_ref(), b"filename" | b"path");
                writer.write_event(Event::Start(element)).ok()?;
                if is_name {
                    writer.write_event(Event::Text(BytesText::new(name))).ok()?;
                }
            }
            Event::End(element) => {
                depth -= 1;
                is_name = false;
                writer.write_event(Event::End(element)).ok()?;
            }
            // The old name, with the characters that stand for others.
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if is_name => {}
            event => writer.write_event(event).ok()?,
        }
    }
    is_labels.then(|| String::from_utf8(writer.into_inner()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_another_one_and_nothing_else() {
        let text = "<annotation>\n  <folder>a</folder><filename>a &amp; b.jpg</filename>\n  <path>/x/a.jpg</path>\n  \
                    <size><width>60</width><height>40.0</height><depth>3</depth></size>\n  <object><name>cat</name>\
                    <part><name>ear</name></part><bndbox><xmin>3</xmin></bndbox></object>\n</annotation>\n";
        let expected = text.replace("a &amp; b.jpg", "a--x&lt;.jpg").replace("/x/a.jpg", "a--x&lt;.jpg");
        assert_eq!(renamed(text, "a--x<.jpg").unwrap(), expected);
        assert_eq!(stated_size(text), Some((60, 40)));
        assert_eq!((renamed("<html><p>x</p></html>", "a"), renamed("<annotation>", "a").is_some()), (None, true));
        assert_eq!(stated_size("<annotation></annotation>"), None);
    }
}

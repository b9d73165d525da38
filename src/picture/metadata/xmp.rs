//! XMP packets (ISO 16684-1): the one place that PNG, JPEG, TIFF and WebP all have for text of a program's own.

use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

/// The term of IPTC's vocabulary for an existing picture that a trained algorithm made over: neither the photo
/// ("digital capture") nor a picture out of nothing but the algorithm ("trained algorithmic media").
const DIGITAL_SOURCE_TYPE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// The namespace of what only Impasto writes.
const NAMESPACE: &str = "urn:impasto:xmp#";

/// Longer packets are left alone: nothing that Impasto writes comes near.
const LONGEST_PACKET: usize = 1 << 20;

/// Where a picture comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The program that made it, with its version.
    pub program: String,
    /// The names of the files it was made from, without their folders.
    pub sources: Vec<String>,
    /// How to make it again, in the program's own words; a sheet of many pictures has no one way.
    pub recipe: Option<String>,
    /// The same in fewer words, for files that have little room, where there are fewer.
    pub brief: Option<String>,
}

impl Provenance {
    /// The packet, or where it is longer than so many bytes, the one with fewer words.
    pub(in crate::picture) fn packet_within(&self, longest: usize) -> String {
        let whole = self.packet();
        match &self.brief {
            Some(brief) if whole.len() > longest => Self { recipe: Some(brief.clone()), ..self.clone() }.packet(),
            _ => whole,
        }
    }

    /// The XMP packet that says so.
    pub(in crate::picture) fn packet(&self) -> String {
        let program = escape(without_controls(&self.program));
        let sources = escape(without_controls(&self.sources.join(", ")));
        let recipe = self.recipe.as_ref().map_or_else(String::new, |recipe| {
            format!("<impasto:recipe>{}</impasto:recipe>", escape(without_controls(recipe)))
        });
        let ingredients = self.sources.iter().map(|source| {
            let source = escape(without_controls(source));
            format!("<rdf:li rdf:parseType=\"Resource\"><stRef:filePath>{source}</stRef:filePath></rdf:li>")
        });
        let ingredients = ingredients.collect::<Vec<_>>().concat();
        format!(
            "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" \
             xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\" \
             xmlns:stRef=\"http://ns.adobe.com/xap/1.0/sType/ResourceRef#\" \
             xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
             xmlns:impasto=\"{NAMESPACE}\">\
             <xmp:CreatorTool>{program}</xmp:CreatorTool>\
             <Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>\
             <dc:source>{sources}</dc:source>\
             <xmpMM:Ingredients><rdf:Bag>{ingredients}</rdf:Bag></xmpMM:Ingredients>\
             {recipe}\
             </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
        )
    }
}

/// XML has no way to write control characters; file names on some systems may hold them.
fn without_controls(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{FFFD}' } else { character }).collect()
}

/// The recipe in an XMP packet, whichever of XMP's ways the last program to write it chose: as an element, or as
/// an attribute of its description.
pub fn recipe_in(packet: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(packet.get(..LONGEST_PACKET.min(packet.len()))?).ok()?;
    let mut reader = NsReader::from_str(text);
    let mut recipe: Option<String> = None;
    loop {
        let is_ours = |resolved: ResolveResult| resolved == ResolveResult::Bound(Namespace(NAMESPACE.as_bytes()));
        match reader.read_resolved_event().ok()? {
            (resolved, Event::Start(element)) => {
                if is_ours(resolved) && element.local_name().as_ref() == b"recipe" {
                    recipe = Some(String::new());
                } else if let Some(found) = recipe_attribute(&reader, &element) {
                    return Some(found);
                }
            }
            (_, Event::Empty(element)) => {
                if let Some(found) = recipe_attribute(&reader, &element) {
                    return Some(found);
                }
            }
            (_, Event::Text(text)) => {
                if let Some(recipe) = &mut recipe {
                    recipe.push_str(&text.decode().ok()?);
                }
            }
            (_, Event::CData(text)) => {
                if let Some(recipe) = &mut recipe {
                    recipe.push_str(&text.decode().ok()?);
                }
            }
            (_, Event::GeneralRef(reference)) => {
                if let Some(recipe) = &mut recipe {
                    match reference.resolve_char_ref().ok()? {
                        Some(character) => recipe.push(character),
                        None => recipe.push_str(resolve_predefined_entity(&reference.decode().ok()?)?),
                    }
                }
            }
            (_, Event::End(_)) if recipe.is_some() => return recipe,
            (_, Event::Eof) => return None,
            _ => {}
        }
    }
}

fn recipe_attribute(reader: &NsReader<&[u8]>, element: &BytesStart) -> Option<String> {
    element.attributes().flatten().find_map(|attribute| {
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        let is_ours = namespace == ResolveResult::Bound(Namespace(NAMESPACE.as_bytes())) && name.as_ref() == b"recipe";
        is_ours.then(|| attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance() -> Provenance {
        Provenance {
            program: "Impasto 0.1.0".to_owned(),
            sources: vec!["<photo> & \"friends\".jpg".to_owned(), "a\u{1}b.png".to_owned()],
            recipe: Some(r#"{"version":1,"name":"<é> & 'so' \"on\""}"#.to_owned()),
            brief: None,
        }
    }

    #[test]
    fn a_recipe_comes_back_from_its_packet() {
        let packet = provenance().packet();
        assert_eq!(recipe_in(packet.as_bytes()), provenance().recipe);
        let without = Provenance { recipe: None, ..provenance() }.packet();
        assert!(recipe_in(without.as_bytes()).is_none() && without.contains("compositeWithTrained"));
        let both = Provenance { brief: Some("{}".to_owned()), ..provenance() };
        let within = |longest| recipe_in(both.packet_within(longest).as_bytes());
        assert_eq!((within(packet.len()), within(packet.len() - 1)), (provenance().recipe, Some("{}".to_owned())));
        assert!(packet.contains("digitalsourcetype/compositeWithTrainedAlgorithmicMedia"));
        assert!(packet.contains("&lt;photo&gt; &amp;") && !packet.contains('\u{1}'));
    }

    #[test]
    fn another_program_may_have_written_the_packet_anew() {
        let packet = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <r:Description r:about="" xmlns:ns1="urn:impasto:xmp#" ns1:recipe="{&quot;a&quot;: 1}"/></r:RDF></x:xmpmeta>"#;
        assert_eq!(recipe_in(packet.as_bytes()).as_deref(), Some(r#"{"a": 1}"#));
        let packet = r#"<a xmlns:i="urn:impasto:xmp#"><i:recipe><![CDATA[{"a"]]>: &#49;}</i:recipe></a>"#;
        assert_eq!(recipe_in(packet.as_bytes()).as_deref(), Some(r#"{"a": 1}"#));
    }

    #[test]
    fn other_packets_hold_no_recipe() {
        for packet in [
            "",
            "<a",
            "<a><recipe>{}</recipe></a>",
            r#"<a xmlns:i="urn:other"><i:recipe>{}</i:recipe></a>"#,
            r#"<a xmlns:i="urn:impasto:xmp#"><i:recipe>&unknown;</i:recipe></a>"#,
            r#"<a xmlns:i="urn:impasto:xmp#"><i:recipe>never ends"#,
        ] {
            assert_eq!(recipe_in(packet.as_bytes()), None, "{packet}");
        }
        assert_eq!(recipe_in(b"\xFF\xFE<"), None);
    }
}

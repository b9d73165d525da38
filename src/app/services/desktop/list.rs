//! Lists of files (`text/uri-list`, RFC 2483) that are dropped or pasted.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use percent_encoding::percent_decode;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    /// Files on this machine, which may not exist.
    pub(super) files: Vec<PathBuf>,
    /// Other entries, such as web addresses, as written.
    pub(super) others: Vec<String>,
}

impl List {
    /// Parses a list, or plain text with paths. `host` is the name of this machine.
    pub(super) fn parse(bytes: &[u8], host: Option<&str>) -> Self {
        let mut list = Self::default();
        for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r' | 0)).map(<[u8]>::trim_ascii) {
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match path_of(line, host) {
                Some(path) => list.files.push(path),
                None => list.others.push(String::from_utf8_lossy(line).into_owned()),
            }
        }
        list
    }

    /// One sentence about the entries that cannot be opened, if any.
    pub(super) fn problem(&self) -> Option<String> {
        const LONGEST: usize = 80;
        let first = self.others.first()?;
        let mut shown: String = first.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
        if shown.len() < first.len() {
            shown.push('…');
        }
        let is_address = first.split_once("://").is_some_and(|(scheme, _)| scheme.chars().all(char::is_alphanumeric));
        Some(match (self.others.len(), is_address) {
            (1, true) => {
                format!("this is not a file on this machine; save it to a folder here, then open the file: {shown}")
            }
            (1, false) => format!("this is not a picture file; choose a picture file: {shown}"),
            (more, true) => {
                format!(
                    "{more} of these are not files on this machine; save them to a folder here, then open them: {shown}"
                )
            }
            (more, false) => format!("{more} of these are not picture files; choose picture files: {shown}"),
        })
    }
}

/// The local file that a line names, as a `file` URI or an absolute path.
fn path_of(line: &[u8], host: Option<&str>) -> Option<PathBuf> {
    const SCHEME: &[u8] = b"file:";
    let bytes: Vec<u8> = if line.starts_with(b"/") {
        line.to_vec()
    } else {
        let (scheme, rest) = line.split_at_checked(SCHEME.len())?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        let path = match rest.strip_prefix(b"//") {
            Some(rest) => {
                let (named, path) = rest.split_at(rest.iter().position(|byte| *byte == b'/')?);
                let named = str::from_utf8(named).ok()?;
                let is_here = |name: &str| named.eq_ignore_ascii_case(name);
                if !named.is_empty() && !is_here("localhost") && !host.is_some_and(is_here) {
                    return None;
                }
                path
            }
            None => rest,
        };
        percent_decode(path).collect()
    };
    // Other names cannot be files.
    let is_name = bytes.starts_with(b"/") && !bytes.contains(&0);
    is_name.then(|| PathBuf::from(OsString::from_vec(bytes)))
}

/// The name of this machine, which may appear in the URIs of its files.
pub(super) fn host() -> Option<String> {
    sysinfo::System::host_name().ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use super::*;

    fn files(bytes: &[u8]) -> Vec<PathBuf> {
        List::parse(bytes, Some("desk")).files
    }

    #[test]
    fn uris_and_paths_are_parsed() {
        for line in [
            &b"file:///a/b.png"[..],
            b"file:///a/b.png\r\n",
            b"file:///a/b.png\n",
            b"file:///a/b.png\0",
            b"file://localhost/a/b.png",
            b"file://LOCALHOST/a/b.png",
            b"file://desk/a/b.png",
            b"file:/a/b.png",
            b"FILE:///a/b.png",
            b"# a comment\r\nfile:///a/b.png\r\n",
            b"\r\n\r\nfile:///a/b.png\r\n\r\n",
            b"file:///a/b%2Epng",
            b"/a/b.png",
            b"  file:///a/b.png  ",
        ] {
            assert_eq!(files(line), [Path::new("/a/b.png")], "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn names_need_not_be_utf8() {
        let name = |bytes| vec![PathBuf::from(OsStr::from_bytes(bytes))];
        assert_eq!(files(b"file:///a/%FF.png"), name(b"/a/\xff.png"));
        assert_eq!(files(b"file:///a/\xff.png"), name(b"/a/\xff.png"));
        assert_eq!(files(b"file:///a/x%0D%0Ay.png"), name(b"/a/x\r\ny.png"));
        assert_eq!(files("file:///a/%C3%A8 猫.png".as_bytes()), name("/a/è 猫.png".as_bytes()));
        assert_eq!(files(b"file:///a/100%.png"), name(b"/a/100%.png"));
        assert_eq!(files(b"file:///a/file%3A%2F%2Fb.png"), name(b"/a/file://b.png"));
    }

    #[test]
    fn remote_entries_do_not_discard_the_local_files() {
        let list = List::parse(b"file:///a.png\r\nsftp://h/b.png\r\nfile:///c.png\r\n", None);
        assert_eq!(list.files, [Path::new("/a.png"), Path::new("/c.png")]);
        assert_eq!(list.others, ["sftp://h/b.png"]);
        let problem = list.problem().unwrap();
        assert!(problem.contains("not a file on this machine") && problem.ends_with("sftp://h/b.png"), "{problem}");
    }

    #[test]
    fn entries_that_are_not_local_files_are_reported() {
        for line in [
            "https://example.org/a.png",
            "smb://server/a.png",
            "file://elsewhere/a.png",
            "file://",
            "file:a.png",
            "file:///a%00.png",
            "a.png",
            "some text",
            "data:image/png;base64,AAAA",
            "é",
        ] {
            let list = List::parse(line.as_bytes(), Some("desk"));
            assert_eq!(list.files, [] as [PathBuf; 0], "{line}");
            assert!(list.problem().unwrap().contains(line), "{line}");
        }
        assert_eq!(List::parse(b"", None), List::default());
        assert_eq!(List::parse(b"# nothing\r\n", None).problem(), None);
        let long = List::parse("x".repeat(10_000).as_bytes(), None).problem().unwrap();
        assert!(long.len() < 200 && long.ends_with('…'), "{long}");
    }
}

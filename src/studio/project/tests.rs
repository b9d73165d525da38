//! Projects survive a round trip, older ones open, and every error is one sentence.

use std::io::{Cursor, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::bf16;
use image::DynamicImage;
use proptest::prelude::*;

use super::*;
use crate::engine::optimizer::Optimizer;
use crate::engine::snapshot::{OptimizerState, Snapshot};
use crate::picture::encode::{Existing, write_whole};
use crate::picture::{Checksum, Picture};
use crate::studio::{Settings, Style};

fn stored_picture(width: u32) -> StoredPicture {
    StoredPicture::of(Arc::new(Picture::new(DynamicImage::new_rgb16(width, 3))))
}

fn snapshot() -> Snapshot {
    let array =
        |from: f32| (0..3 * 4 * 2).map(|index| bf16::from_f32((index as f32 + from) / 31.0)).collect::<Vec<_>>();
    let arrays = vec![("mean".to_owned(), array(-3.5)), ("square".to_owned(), array(7.0))];
    Snapshot {
        scale: 1,
        iteration: 17,
        width: 4,
        height: 2,
        image: (0..3 * 4 * 2).map(|index| index * 2_000 + 7).collect(),
        optimizer: OptimizerState { steps: 17, arrays },
    }
}

/// A project with all fields set, whose files are in `folder`.
fn project(folder: &Path) -> Project {
    let source = |place| Source {
        near: vec![("wave.jpg".to_owned(), 60), ("scream.jpg".to_owned(), 40)],
        ..Source::new("a photo.jpg".to_owned(), Some(Checksum::of(b"photo")), place)
    };
    let style = |place, mask| Style { source: source(place), weight: 0.25, brush_scale: 1.5, mask };
    let picture = stored_picture(8);
    let past_setup = Setup {
        content: Some(source(Place::Inside(stored_picture(10)))),
        styles: vec![style(Place::Sample, Some(stored_picture(11)))],
        protection: Some(stored_picture(12)),
        start: Some(picture.clone()),
        settings: Settings { seed: 4, ..Settings::default() },
    };
    let past =
        |picture, setup| PastResult { picture, setup, seconds: 61.5, reached: Some(7), stopped: true, kept: true };
    Project {
        setup: Setup {
            content: Some(source(Place::File(folder.join("photos/a photo.jpg")))),
            styles: vec![
                style(Place::File(folder.join("wave.png")), Some(stored_picture(5))),
                style(Place::Sample, None),
                style(Place::Inside(stored_picture(6)), None),
            ],
            protection: Some(stored_picture(7)),
            start: Some(stored_picture(13)),
            settings: Settings { strength: 12.5, ..Settings::default() },
        },
        picture: Some(picture.clone()),
        history: vec![past(stored_picture(9), past_setup), past(picture, Setup::default())],
        unfinished: Some(Unfinished { snapshot: Arc::new(snapshot()), seconds: 12.75 }),
    }
}

fn save(project: &Project) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evening.impasto");
    project.save(&path, Existing::Refuse).unwrap();
    (folder, path)
}

/// The bytes of a project with a changed manifest.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let whole = project(Path::new("/art"));
    let (manifest, entries) = manifest::Manifest::of(&whole, Path::new("/art")).unwrap();
    let mut manifest = serde_json::from_str(&manifest.to_json()).unwrap();
    change(&mut manifest);
    let mut file = Cursor::new(Vec::new());
    archive::write(&mut file, &manifest.to_string(), &entries).unwrap();
    file.into_inner()
}

fn open_error(bytes: &[u8]) -> String {
    Project::from_bytes(bytes, Path::new("/art")).unwrap_err().to_string()
}

#[test]
fn a_project_survives_a_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    let project = project(folder.path());
    let path = folder.path().join("evening.impasto");
    project.save(&path, Existing::Refuse).unwrap();
    assert_eq!(Project::open(&path).unwrap(), project);
    let opened = Project::open(&path).unwrap();
    assert_eq!(project.picture.as_ref().unwrap().open().unwrap().width(), 8);
    // A picture that is used twice is stored once and shared again after opening.
    assert!(opened.picture.as_ref().is_some_and(|picture| picture.is_same(&opened.history[1].picture)));
    assert!(project.save(&path, Existing::Refuse).is_err());
    project.save(&path, Existing::Replace).unwrap();

    let (_folder, path) = save(&Project::default());
    assert_eq!(Project::open(&path).unwrap(), Project::default());
}

#[test]
fn a_folder_can_be_moved_with_its_project() {
    let before = tempfile::tempdir().unwrap();
    let folder = before.path().join("before");
    std::fs::create_dir_all(folder.join("photos")).unwrap();
    project(&folder).save(&folder.join("evening.impasto"), Existing::Refuse).unwrap();
    let after = before.path().join("after");
    std::fs::rename(&folder, &after).unwrap();
    let opened = Project::open(&after.join("evening.impasto")).unwrap();
    assert_eq!(opened.setup.content.unwrap().place, Place::File(after.join("photos/a photo.jpg")));
}

#[test]
fn newer_projects_are_refused_and_older_ones_open() {
    let newer = "the project was written by Impasto 9.0.0, which is newer than this version; update Impasto to open it";
    let by_version = changed(|manifest| {
        manifest["version"] = 3.into();
        manifest["program"] = "Impasto 9.0.0".into();
    });
    let by_field = changed(|manifest| {
        manifest["program"] = "Impasto 9.0.0".into();
        manifest["styles"][0]["texture"] = true.into();
    });
    let by_setting = changed(|manifest| {
        manifest["program"] = "Impasto 9.0.0".into();
        manifest["settings"]["texture"] = true.into();
    });
    for bytes in [by_version, by_field, by_setting] {
        assert_eq!(open_error(&bytes), newer);
    }
    let older = changed(|manifest| {
        manifest["settings"] = serde_json::json!({"strength": 70.0});
        let fields = manifest.as_object_mut().unwrap();
        for field in ["protection", "start", "picture", "history", "unfinished"] {
            fields.remove(field);
        }
        fields.insert("history".to_owned(), serde_json::json!([{"picture": "history/0.png", "settings": {}}]));
    });
    let opened = Project::from_bytes(&older, Path::new("/art")).unwrap();
    let optimizer = Optimizer::Pixels;
    assert_eq!(opened.setup.settings, Settings { strength: 70.0, optimizer, ..Settings::default() });
    assert_eq!(opened.history[0].setup.settings, Settings { optimizer, ..Settings::default() });
    assert_eq!((opened.history.len(), opened.history[0].seconds), (1, 0.0));
    assert!(opened.history[0].setup.content.is_none() && opened.unfinished.is_none());
}

#[test]
fn errors_are_one_sentence() {
    let damaged = "the project is damaged; open an older copy of it";
    let whole = changed(|_| {});
    assert!(Project::from_bytes(&whole, Path::new("/art")).is_ok());
    assert_eq!(open_error(b""), "this is not an Impasto project");
    assert_eq!(open_error(b"\x89PNG\r\n\x1a\n"), "this is not an Impasto project");
    assert_eq!(open_error(&whole[..whole.len() / 2]), damaged);
    assert_eq!(open_error(&changed(|manifest| manifest["styles"] = 3.into())), damaged);
    assert_eq!(open_error(&changed(|manifest| manifest["picture"] = "nowhere.png".into())), damaged);
    assert_eq!(open_error(&changed(|manifest| manifest["unfinished"]["seconds"] = (-1.0).into())), damaged);
    assert_eq!(open_error(&changed(|manifest| manifest["unfinished"]["snapshot"] = "picture.png".into())), damaged);
    let setting = changed(|manifest| manifest["settings"]["strength"] = 1000.into());
    assert!(open_error(&setting).starts_with("a setting in the project cannot be used: the strength is 1000"));

    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| Project::open(path).unwrap_err().to_string();
    assert!(message(folder.path()).starts_with("this is not a file; choose a project file: "));
    let missing = folder.path().join("missing.impasto");
    let sentence = message(&missing);
    assert!(sentence.starts_with("the project cannot be read (") && sentence.ends_with("missing.impasto"));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.impasto");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success());
    let pipe = made.then_some(pipe);
    for path in pipe.iter().map(PathBuf::as_path).chain([Path::new("/dev/zero")]) {
        let sentence = Project::open(path).unwrap_err().to_string();
        assert!(sentence.starts_with("this is not a file; choose a project file: "), "{sentence}");
    }
}

/// A disk with room for this many bytes.
struct Disk(usize, Cursor<Vec<u8>>);

impl std::io::Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.1.position() as usize + bytes.len() > self.0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.1.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.1.seek(to)
    }
}

#[test]
fn a_full_disk_is_reported_at_any_position() {
    let whole = project(Path::new("/art"));
    let (manifest, entries) = manifest::Manifest::of(&whole, Path::new("/art")).unwrap();
    let written = |room| archive::write(Disk(room, Cursor::default()), &manifest.to_json(), &entries);
    let mut file = Cursor::new(Vec::new());
    archive::write(&mut file, &manifest.to_json(), &entries).unwrap();
    let length = file.into_inner().len();
    assert!(written(length).is_ok());
    for room in (0..length * 9 / 10).step_by(97) {
        assert!(matches!(written(room), Err(crate::picture::Problem::DiskFull(_))), "{room} of {length} bytes");
    }
}

#[test]
fn a_zip_file_without_a_manifest_is_refused() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file(
            "other.txt",
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
        )
        .unwrap();
    assert_eq!(open_error(&archive.finish().unwrap().into_inner()), "this is not an Impasto project");
}

/// A project with this many pictures in its history, which all share the same bytes of the file.
fn with_overlapping_entries(pictures: usize) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let history: Vec<_> =
        (0..pictures).map(|index| serde_json::json!({"picture": index.to_string(), "settings": {}})).collect();
    let manifest = serde_json::json!({
        "version": 1, "program": "Impasto 0.1.0", "styles": [], "settings": {}, "history": history,
    });
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("project.json", options).unwrap();
    std::io::Write::write_all(&mut archive, manifest.to_string().as_bytes()).unwrap();
    archive.start_file("0", options).unwrap();
    std::io::Write::write_all(&mut archive, &vec![7; 50_000]).unwrap();
    for index in 1..pictures {
        archive.shallow_copy_file("0", &index.to_string()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn overlapping_entries_are_refused() {
    let open = |pictures| Project::from_bytes(&with_overlapping_entries(pictures), Path::new("/art"));
    assert_eq!(open(1).unwrap().history.len(), 1);
    assert_eq!(open(40).unwrap_err().to_string(), "the project is damaged; open an older copy of it");
}

#[test]
fn snapshots_with_missing_or_infinite_numbers_are_damaged() {
    for break_it in [
        (|snapshot| snapshot.width = 5) as fn(&mut Snapshot),
        |snapshot| snapshot.image.truncate(5),
        |snapshot| snapshot.optimizer.arrays[0].1[0] = bf16::NAN,
        |snapshot| snapshot.optimizer.arrays[0].1[0] = bf16::INFINITY,
        |snapshot| (snapshot.width, snapshot.image) = (0, Vec::new()),
    ] {
        let mut broken = snapshot();
        break_it(&mut broken);
        let mut bytes = Vec::new();
        super::snapshot_file::write(&broken, &mut bytes).unwrap();
        assert!(super::snapshot_file::read(&bytes).is_err());
    }
}

/// A snapshot in version 1 of the format, with 32-bit floats.
fn snapshot_version_1(image: &[f32]) -> Vec<u8> {
    use safetensors::tensor::{Dtype, TensorView};
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let (image, mean) = (bytes(image), bytes(&[1e-9; 6]));
    let tensors = [
        ("image", TensorView::new(Dtype::F32, vec![3, 1, 2], &image).unwrap()),
        ("optimizer.mean", TensorView::new(Dtype::F32, vec![6], &mean).unwrap()),
    ];
    let metadata =
        [("scale", "2"), ("iteration", "3"), ("steps", "4")].map(|(name, value)| (name.into(), value.into()));
    safetensors::serialize(tensors, Some(metadata.into())).unwrap()
}

#[test]
fn snapshots_of_version_1_are_read() {
    let read = super::snapshot_file::read(&snapshot_version_1(&[0.0, 1.0, 0.5, 0.25, -0.1, 1.1])).unwrap();
    assert_eq!((read.scale, read.iteration, read.width, read.height, read.optimizer.steps), (2, 3, 2, 1, 4));
    assert_eq!(read.image, [0, 65535, 32768, 16384, 0, 65535]);
    assert_eq!(read.optimizer.arrays, [("mean".to_owned(), vec![bf16::from_f32(1e-9); 6])]);
    for broken in [f32::NAN, f32::INFINITY] {
        assert!(super::snapshot_file::read(&snapshot_version_1(&[0.0, 1.0, 0.5, 0.25, broken, 1.0])).is_err());
    }
}

#[test]
fn only_projects_with_an_unfinished_run_are_written_as_version_2() {
    let version = |project: &Project| manifest::Manifest::of(project, Path::new("/art")).unwrap().0.to_json();
    let mut project = project(Path::new("/art"));
    assert!(version(&project).contains(r#""version": 2"#));
    project.unfinished = None;
    assert!(version(&project).contains(r#""version": 1"#));
}

#[test]
fn write_errors_are_about_the_project_not_a_picture() {
    let written = |error: std::io::Error| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evening.impasto");
        let problem = crate::picture::Problem::writing(error);
        let error = write_whole(&path, Existing::Refuse, |_| Err(problem)).unwrap_err();
        ProjectError::writing(error).in_file(Path::new("evening.impasto")).to_string()
    };
    assert_eq!(
        written(std::io::ErrorKind::StorageFull.into()),
        "the project was not saved, because the disk is full; free some space or choose another folder: evening.impasto"
    );
    assert_eq!(
        written(std::io::Error::from_raw_os_error(5)),
        "the project was not saved (Input/output error); check the disk or choose another folder: evening.impasto"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_damaged_project_is_an_error_or_valid(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        kept in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        static WHOLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| changed(|_| {}));
        let mut bytes = WHOLE.clone();
        for (index, value) in damage {
            let index = index.index(bytes.len());
            bytes[index] = value;
        }
        if cut {
            bytes.truncate(kept.index(bytes.len()));
        }
        if let Ok(project) = Project::from_bytes(&bytes, Path::new("/art")) {
            prop_assert!(project.setup.settings.validate().is_ok());
            prop_assert!(project.unfinished.is_none_or(|run| run.snapshot.is_valid()));
        }
    }
}

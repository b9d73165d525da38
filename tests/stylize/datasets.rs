//! `batch` on data sets: labels stay with their photos, and only what is for training is painted.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::*;

/// A desk with files below the folder `data`: pictures where the text is empty.
fn desk(files: &[(&str, &str)]) -> Desk {
    let desk = Desk::new();
    for (name, content) in files {
        let path = desk.path("data").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if content.is_empty() {
            desk.picture(&format!("data/{name}"), 60, 40);
        } else {
            fs::write(path, content).unwrap();
        }
    }
    desk
}

/// Paints the data set into `out` and returns the names of all files there.
fn painted(desk: &Desk, arguments: &[&str]) -> BTreeSet<String> {
    let words = ["batch", "--content", "data", "--style", "painting.png", "--output", "out"];
    let output = desk.run(&[&words[..], arguments].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    names(desk)
}

fn names(desk: &Desk) -> BTreeSet<String> {
    let files = desk.files("out").into_keys();
    files.filter(|name| !name.starts_with('.') && !name.starts_with("manifest")).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn one_folder_a_class() {
    let desk = desk(&[("train/cat/a.png", ""), ("train/dog/b.png", ""), ("val/cat/c.png", ""), ("README.md", "hello")]);
    let all = ["train/cat/a.png", "train/dog/b.png", "val/cat/c.png", "README.md"];
    let new = ["train/cat/a--painting.png", "train/dog/b--painting.png"];
    assert_eq!(painted(&desk, &[]), set(&[&all[..], &new].concat()));
    assert_eq!(fs::read(desk.path("out/val/cat/c.png")).unwrap(), fs::read(desk.path("data/val/cat/c.png")).unwrap());
    fs::remove_dir_all(desk.path("out")).unwrap();
    assert_eq!(painted(&desk, &["--labels", "none"]), set(&[&new[..], &["val/cat/c--painting.png"]].concat()));
    fs::remove_dir_all(desk.path("out")).unwrap();
    let replaced = painted(&desk, &["--without-originals"]);
    assert_eq!(replaced, set(&[&new[..], &["val/cat/c.png", "README.md"]].concat()));
    fs::remove_dir_all(desk.path("out")).unwrap();
    assert_eq!(painted(&desk, &["--fraction", "0"]), set(&all));
}

fn coco(split: &str, first: u64) -> String {
    let image = |id: u64, name: &str| json!({"id": id, "file_name": name, "width": 60, "height": 40, "coco_url": "http://example.org/1.jpg"});
    let label = |id: u64, image: u64, left: f64| {
        json!({"id": id, "image_id": image, "category_id": 2, "bbox": [left, 1.5, 20.0, 10.25], "iscrowd": 0,
               "keypoints": [3, 4, 2], "segmentation": [[1.0, 2.0, 3.0, 4.0, 5.5, 6.0]]})
    };
    json!({
        "info": {"description": split}, "categories": [{"id": 2, "name": "cat"}],
        "images": [image(first, "1.png"), image(first + 7, "2.png")],
        "annotations": [label(10, first, 3.0), label(11, first, 5.0), label(14, first + 7, 7.0)],
    })
    .to_string()
}

#[test]
fn coco_labels_are_extended() {
    let (train, val) = (coco("train", 40), coco("val", 80));
    let files = [
        ("train2017/1.png", ""),
        ("train2017/2.png", ""),
        ("val2017/1.png", ""),
        ("val2017/2.png", ""),
        ("annotations/instances_train2017.json", &train),
        ("annotations/instances_val2017.json", &val),
    ];
    let desk = desk(&files);
    let names = painted(&desk, &["--variants", "2", "--strength", "40..90"]);
    let new = ["1--painting--1", "1--painting--2", "2--painting--1", "2--painting--2"];
    let expected: Vec<String> = new.iter().map(|name| format!("train2017/{name}.png")).collect();
    let all = files.iter().map(|(name, _)| (*name).to_owned()).chain(expected.clone()).collect();
    assert_eq!(names, all);
    let read = |split: &str| -> Value {
        serde_json::from_slice(&desk.read(&format!("out/annotations/instances_{split}2017.json"))).unwrap()
    };
    assert_eq!(read("val"), serde_json::from_str::<Value>(&val).unwrap());
    let labels = read("train");
    let images = labels["images"].as_array().unwrap();
    let files: Vec<&str> = images.iter().map(|image| image["file_name"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        ["1.png", "1--painting--1.png", "1--painting--2.png", "2.png", "2--painting--1.png", "2--painting--2.png"]
    );
    assert!(images[0].get("coco_url").is_some() && images[1].get("coco_url").is_none());
    // Every number once, and each painted photo with the boxes of its photo.
    let ids = |list: &str| {
        labels[list].as_array().unwrap().iter().map(|entry| entry["id"].as_u64().unwrap()).collect::<BTreeSet<_>>()
    };
    assert_eq!((ids("images").len(), ids("annotations").len()), (6, 9));
    let boxes = |image: &Value| -> Vec<Value> {
        let own = labels["annotations"].as_array().unwrap().iter().filter(|label| label["image_id"] == image["id"]);
        own.map(|label| json!([label["bbox"], label["keypoints"], label["segmentation"]])).collect()
    };
    assert_eq!((boxes(&images[0]).len(), boxes(&images[3]).len()), (2, 1));
    assert!(boxes(&images[1]) == boxes(&images[0]) && boxes(&images[5]) == boxes(&images[3]));
    assert_eq!((&labels["info"]["description"], &labels["categories"][0]["name"]), (&"train".into(), &"cat".into()));
    // Once more changes nothing.
    let before = desk.read("out/annotations/instances_train2017.json");
    painted(&desk, &["--variants", "2", "--strength", "40..90"]);
    assert_eq!(desk.read("out/annotations/instances_train2017.json"), before);
}

#[test]
fn yolo_labels_are_copied() {
    let files = [
        ("images/train/0.png", ""),
        ("images/train/b.png", ""),
        ("images/val/c.png", ""),
        ("labels/train/0.txt", "0 0.5 0.5 0.2 0.2\n"),
        ("labels/train/b.txt", "1 0.25 0.5 0.1 0.2\n"),
        ("labels/val/c.txt", "0 0.5 0.5 0.2 0.2\n"),
        ("data.yaml", "train: train.txt\n"),
        ("train.txt", "./images/train/0.png\n./images/train/b.png\n"),
    ];
    let desk = desk(&files);
    let names = painted(&desk, &[]);
    let new = [
        "images/train/0--painting.png",
        "images/train/b--painting.png",
        "labels/train/0--painting.txt",
        "labels/train/b--painting.txt",
    ];
    assert_eq!(names, files.iter().map(|(name, _)| *name).chain(new).map(str::to_owned).collect());
    assert_eq!(desk.read("out/labels/train/b--painting.txt"), b"1 0.25 0.5 0.1 0.2\n");
    let list = text(&desk.read("out/train.txt"));
    let lines = ["0.png", "0--painting.png", "b.png", "b--painting.png"].map(|name| format!("./images/train/{name}\n"));
    assert_eq!(list, lines.concat());
}

#[test]
fn voc_labels_and_masks_get_the_new_name() {
    let label = |name: &str| {
        format!(
            "<annotation><filename>{name}.jpg</filename><size><width>60</width><height>40</height></size></annotation>"
        )
    };
    let labels = [label("a"), label("b"), label("c")];
    let files = [
        ("VOC2012/JPEGImages/a.jpg", ""),
        ("VOC2012/JPEGImages/b.jpg", ""),
        ("VOC2012/JPEGImages/c.jpg", ""),
        ("VOC2012/Annotations/a.xml", labels[0].as_str()),
        ("VOC2012/Annotations/b.xml", &labels[1]),
        ("VOC2012/Annotations/c.xml", &labels[2]),
        ("VOC2012/SegmentationClass/a.png", ""),
        ("VOC2012/ImageSets/Main/train.txt", "a\n"),
        ("VOC2012/ImageSets/Main/val.txt", "b\n"),
        ("VOC2012/ImageSets/Main/trainval.txt", "a\nb\n"),
        ("VOC2012/ImageSets/Main/cat_train.txt", "a  1\n"),
    ];
    let desk = desk(&files);
    let names = painted(&desk, &[]);
    // What no list names is for training.
    let new = [
        "JPEGImages/a--painting.jpg",
        "JPEGImages/c--painting.jpg",
        "Annotations/a--painting.xml",
        "Annotations/c--painting.xml",
        "SegmentationClass/a--painting.png",
    ];
    let new = new.map(|name| format!("VOC2012/{name}"));
    assert_eq!(names, files.iter().map(|(name, _)| (*name).to_owned()).chain(new).collect());
    assert_eq!(
        desk.read("out/VOC2012/SegmentationClass/a--painting.png"),
        desk.read("data/VOC2012/SegmentationClass/a.png")
    );
    let renamed = label("a--painting");
    assert_eq!(text(&desk.read("out/VOC2012/Annotations/a--painting.xml")), renamed);
    for (list, lines) in [
        ("train", "a\na--painting\n"),
        ("val", "b\n"),
        ("trainval", "a\na--painting\nb\n"),
        ("cat_train", "a  1\na--painting  1\n"),
    ] {
        assert_eq!(text(&desk.read(&format!("out/VOC2012/ImageSets/Main/{list}.txt"))), lines, "{list}");
    }
}

#[test]
fn masks_are_not_painted() {
    let files = [
        ("images/a.png", ""),
        ("images/b.png", ""),
        ("masks/a.png", ""),
        ("masks/b_mask.png", ""),
        ("x_mask.png", ""),
        ("x.png", ""),
    ];
    let desk = desk(&files);
    let names = painted(&desk, &[]);
    let new = [
        "images/a--painting.png",
        "images/b--painting.png",
        "masks/a--painting.png",
        "masks/b--painting_mask.png",
        "x--painting.png",
        "x--painting_mask.png",
    ];
    assert_eq!(names, files.iter().map(|(name, _)| *name).chain(new).map(str::to_owned).collect());
    assert_eq!(desk.read("out/masks/b--painting_mask.png"), desk.read("data/masks/b_mask.png"));
    assert_ne!(desk.read("out/images/a--painting.png"), desk.read("data/images/a.png"));
}

/// The last shard writes the lists, whichever it is.
#[test]
fn shards_share_a_data_set() {
    let label = coco("train", 1);
    let desk = desk(&[("train/1.png", ""), ("train/2.png", ""), ("annotations/train.json", &label)]);
    assert!(!painted(&desk, &["--shard", "2/2"]).contains("annotations/train.json"));
    let names = painted(&desk, &["--shard", "1/2"]);
    assert!(names.contains("annotations/train.json") && names.len() == 5, "{names:?}");
    let shards = desk.read("out/annotations/train.json");
    fs::remove_dir_all(desk.path("out")).unwrap();
    painted(&desk, &[]);
    assert_eq!(desk.read("out/annotations/train.json"), shards);
}

#[test]
fn what_would_make_labels_wrong_is_refused() {
    let label = coco("train", 1);
    let desk = desk(&[("train/1.png", ""), ("train/2.png", ""), ("annotations/train.json", &label)]);
    let words = ["batch", "--content", "data", "--style", "painting.png", "--output", "out"];
    let run = |arguments: &[&str]| desk.run(&[&words[..], arguments].concat());
    let resized = run(&["--size", "30"]);
    assert_eq!(resized.status.code(), Some(2));
    assert!(text(&resized.stderr).contains("--size"), "{}", text(&resized.stderr));
    assert_eq!(run(&["--fraction", "2"]).status.code(), Some(2));
    // A photo whose labels are of another size.
    desk.picture("data/train/2.png", 40, 60);
    let turned = run(&[]);
    assert_eq!(turned.status.code(), Some(1));
    assert!(text(&turned.stderr).contains("labels are of 60x40"), "{}", text(&turned.stderr));
    assert_eq!(names(&desk), set(&["train/1.png", "train/1--painting.png", "train/2.png", "annotations/train.json"]));
    let labels: Value = serde_json::from_slice(&desk.read("out/annotations/train.json")).unwrap();
    assert_eq!(labels["images"].as_array().unwrap().len(), 3);
    // A file of somebody else's in the way.
    fs::remove_dir_all(desk.path("out")).unwrap();
    fs::create_dir_all(desk.path("out/train")).unwrap();
    desk.write("out/train/1.png", b"mine");
    let refused = run(&[]);
    assert_eq!((refused.status.code(), desk.read("out/train/1.png")), (Some(2), b"mine".to_vec()));
}

/// Lists name photos that are not there, and a class can be called `train`: what is for tests stays as it is.
#[test]
fn photos_for_tests_are_not_painted() {
    let lists = [
        ("train", "1\n"),
        ("val", "2\n3\ngone\n"),
        ("trainval", "1\n2\n3\n"),
        ("train_train", "1 -1\n"),
        ("train_val", "\u{feff}2  1\r\n3 -1\r\n"),
    ];
    let paths = lists.map(|(name, _)| format!("ImageSets/Main/{name}.txt"));
    let lists = paths.iter().zip(lists).map(|(path, (_, text))| (path.as_str(), text));
    let photos = [("JPEGImages/1.jpg", ""), ("JPEGImages/2.jpg", ""), ("JPEGImages/3.jpg", "")];
    let desk = desk(&photos.into_iter().chain(lists).collect::<Vec<_>>());
    let names = painted(&desk, &[]);
    let new: Vec<&String> = names.iter().filter(|name| name.contains("--")).collect();
    assert_eq!(new, ["JPEGImages/1--painting.jpg"]);
    assert_eq!(desk.read("out/ImageSets/Main/train_train.txt"), b"1 -1\n1--painting -1\n");
    assert_eq!(desk.read("out/ImageSets/Main/val.txt"), b"2\n3\ngone\n");
}

/// Numbers and words that happen to be names of photos do not make a list.
#[test]
fn other_texts_are_copied_as_they_are() {
    let texts = [
        ("labels/99.txt", "0 0.5 0.5 0.2 0.2\n"),
        ("classes.txt", "cat\ndog\n"),
        ("anchors.txt", "1 2\n"),
        ("labels/0.txt", "0 0.1 0.1 0.1 0.1\n"),
    ];
    let photos = [("images/0.jpg", ""), ("images/1.jpg", ""), ("images/cat.jpg", ""), ("images/dog.jpg", "")];
    let desk = desk(&photos.into_iter().chain(texts).collect::<Vec<_>>());
    let names = painted(&desk, &[]);
    assert!(names.contains("images/cat--painting.jpg") && names.contains("labels/0--painting.txt"), "{names:?}");
    for (name, text) in texts {
        assert_eq!(desk.read(&format!("out/{name}")), text.as_bytes(), "{name}");
    }
}

/// Two data sets in one folder, with the same names in both.
#[test]
fn lists_and_labels_are_of_the_nearest_photos() {
    let coco = |split: &str| {
        let image = json!({"id": 1.0, "file_name": "./1.jpg", "width": 60, "height": 40});
        let label = json!({"id": 1.0, "image_id": 1.0, "category_id": 1, "bbox": [1, 2, 3, 4], "caption": split});
        format!("\u{feff}{}", json!({"images": [image], "annotations": [label], "categories": []}))
    };
    let (train, val) = (coco("train"), coco("val"));
    let files = [
        ("a/images/1.jpg", ""),
        ("a/images/2.jpg", ""),
        ("a/train.txt", "images/1.jpg\n"),
        ("a/val.txt", "images/2.jpg\n"),
        ("b/images/1.jpg", ""),
        ("b/images/2.jpg", ""),
        ("b/train.txt", "images/2.jpg\n"),
        ("b/val.txt", "images/1.jpg\n"),
        ("c/train2017/1.jpg", ""),
        ("c/val2017/1.jpg", ""),
        ("c/annotations/instances_train2017.json", &train),
        ("c/annotations/captions_train2017.json", &train),
        ("c/annotations/instances_val2017.json", &val),
    ];
    let desk = desk(&files);
    let names = painted(&desk, &[]);
    let new: Vec<&String> = names.iter().filter(|name| name.contains("--")).collect();
    assert_eq!(new, ["a/images/1--painting.jpg", "b/images/2--painting.jpg", "c/train2017/1--painting.jpg"]);
    assert_eq!(desk.read("out/a/train.txt"), b"images/1.jpg\nimages/1--painting.jpg\n");
    assert_eq!(desk.read("out/b/train.txt"), b"images/2.jpg\nimages/2--painting.jpg\n");
    assert_eq!(desk.read("out/a/val.txt"), b"images/2.jpg\n");
    let images = ["instances_train", "captions_train"].map(|name| {
        let labels: Value = serde_json::from_slice(&desk.read(&format!("out/c/annotations/{name}2017.json"))).unwrap();
        labels["images"].as_array().unwrap().clone()
    });
    assert_eq!(images[0].len(), 2);
    assert_eq!((&images[0][1]["file_name"], &images[0][1]["id"]), (&"./1--painting.jpg".into(), &json!(2)));
    assert_eq!(images[0], images[1]);
}

#[test]
fn masks_are_known_without_their_photos_and_labels_of_one_name_belong_to_all() {
    let files = [
        ("images/a.jpg", ""),
        ("images/a.png", ""),
        ("masks/a.png", ""),
        ("masks/gone.png", ""),
        ("train/x.jpg", ""),
        ("train_masks/x_mask.gif", "GIF89a"),
        ("train_masks/y_mask.png", ""),
        ("annotations/panoptic/1.png", ""),
    ];
    let desk = desk(&files);
    let names = painted(&desk, &[]);
    let new: Vec<&String> = names.iter().filter(|name| name.contains("--")).collect();
    let expected = [
        "images/a.jpg--painting.jpg",
        "images/a.png--painting.png",
        "masks/a.jpg--painting.png",
        "masks/a.png--painting.png",
        "train/x--painting.jpg",
    ];
    assert_eq!(new, expected);
}

/// A camera says how to turn a photo, and libraries for training read it as it lies.
#[test]
fn turned_photos_with_labels_are_not_painted() {
    use exif::{Field, In, Tag, Value};
    use image::ImageEncoder as _;
    let desk = desk(&[
        ("images/a.jpg", ""),
        ("images/b.jpg", ""),
        ("labels/a.txt", "0 1 1 1 1\n"),
        ("labels/b.txt", "0 1 1 1 1\n"),
    ]);
    let field = Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![3]) };
    let mut writer = exif::experimental::Writer::new();
    writer.push_field(&field);
    let mut turned = std::io::Cursor::new(Vec::new());
    writer.write(&mut turned, false).unwrap();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(fs::File::create(desk.path("data/images/b.jpg")).unwrap());
    encoder.set_exif_metadata(turned.into_inner()).unwrap();
    encoder.write_image(&RgbImage::new(60, 40), 60, 40, image::ExtendedColorType::Rgb8).unwrap();
    let output = desk.run(&["batch", "--content", "data", "--style", "painting.png", "--output", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("turned"), "{}", text(&output.stderr));
    let names = names(&desk);
    assert!(names.contains("labels/a--painting.txt") && !names.contains("labels/b--painting.txt"), "{names:?}");
}

/// What the batch copied follows the data set, what is somebody else's stays.
#[test]
fn copies_are_replaced_and_other_files_are_not() {
    let files = [
        ("images/a.jpg", ""),
        ("labels/a.txt", "0 1 1 1 1\n"),
        ("train.txt", "images/a.jpg\n"),
        ("data.yaml", "nc: 1\n"),
    ];
    let desk = desk(&files);
    // An output of a batch can be painted once more.
    desk.write("data/manifest.jsonl", b"{}\n");
    painted(&desk, &[]);
    for (name, text) in [("data.yaml", "nc: 25\n"), ("labels/a.txt", "1 1 1 1 1\n")] {
        desk.write(&format!("data/{name}"), text.as_bytes());
    }
    painted(&desk, &[]);
    assert_eq!(desk.read("out/data.yaml"), b"nc: 25\n");
    assert_eq!(desk.read("out/labels/a--painting.txt"), b"1 1 1 1 1\n");
    for mine in ["train.txt", "labels/a--painting.txt", "data.yaml"] {
        fs::remove_dir_all(desk.path("out")).unwrap();
        fs::create_dir_all(desk.path("out/labels")).unwrap();
        desk.write(&format!("out/{mine}"), b"mine");
        let output = desk.run(&["batch", "--content", "data", "--style", "painting.png", "--output", "out"]);
        assert_eq!(output.status.code(), Some(2), "{mine}: {}", text(&output.stderr));
        assert_eq!(desk.read(&format!("out/{mine}")), b"mine");
    }
    // A photo that has the name of a result.
    desk.picture("data/images/a--painting.jpg", 60, 40);
    let output = desk.run(&["batch", "--content", "data", "--style", "painting.png", "--output", "new"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("same name") && !desk.path("new").exists(), "{}", text(&output.stderr));
    fs::remove_file(desk.path("data/images/a--painting.jpg")).unwrap();
    // What an earlier batch painted is still there.
    fs::remove_dir_all(desk.path("out")).unwrap();
    painted(&desk, &[]);
    let output = desk.run(&["batch", "--content", "data", "--style", "photo.png", "--output", "out"]);
    assert!(output.status.success() && text(&output.stderr).contains("1 more picture"), "{}", text(&output.stderr));
}

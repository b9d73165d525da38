//! `texture --instant`.

use impasto::picture::decode;
use impasto::studio::{Method, WrittenRecipe, WrittenSubject};

use super::train::train;
use super::*;

/// Paints brushwork of `a.style`, unless the arguments name another.
fn brushwork(desk: &Desk, arguments: &[&str]) -> Output {
    let mut all = vec!["texture", "--instant"];
    for (option, default) in [("--style", "a.style"), ("--output", "t.png"), ("--size", "70x34")] {
        if !arguments.contains(&option) {
            all.extend([option, default]);
        }
    }
    all.extend(arguments);
    desk.run(&all)
}

/// With a style that was trained for two steps.
fn desk() -> Desk {
    let desk = Desk::new();
    succeeded(&train(&desk, &["--steps", "2"]));
    desk
}

#[test]
fn it_has_the_exact_size_another_face_at_each_seed_and_its_recipe_repeats_it() {
    let desk = desk();
    let output = brushwork(&desk, &["--json", "--seed", "4"]);
    succeeded(&output);
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["scales"]), (&"started".into(), &serde_json::json!([[70, 34]])));
    assert_eq!((&lines[1]["event"], &lines[1]["rows"], &lines[1]["of"]), (&"progress".into(), &34.into(), &34.into()));
    let last = &lines[lines.len() - 1];
    assert_eq!((&last["event"], &last["width"], &last["height"]), (&"finished".into(), &70.into(), &34.into()));
    let painted = pixels(&desk.path("t.png"));
    assert_eq!(painted.dimensions(), (70, 34));
    for (seed, is_other) in [("4", false), ("5", true)] {
        succeeded(&brushwork(&desk, &["--seed", seed, "--output", "other.png", "--overwrite"]));
        assert_eq!(difference(&painted, &pixels(&desk.path("other.png"))) > 5.0, is_other, "{seed}");
    }
    succeeded(&brushwork(&desk, &["--seed", "4", "--brush-scale", "2", "--output", "large.png"]));
    assert!(difference(&painted, &pixels(&desk.path("large.png"))) > 5.0);

    let file = decode::read(&desk.path("t.png")).unwrap();
    let recipe = WrittenRecipe::parse(&file.recipe.unwrap()).unwrap();
    assert_eq!((recipe.settings.method, recipe.settings.seed), (Method::Instant, 4));
    assert!(matches!(recipe.subject, WrittenSubject::Texture { width: 70, height: 34, seamless: false }));
    assert!(text(&desk.read("t.png")).contains("rainedAlgorithmicMedia"));
    succeeded(&desk.run(&["texture", "--recipe", "t.png", "--output", "again.png"]));
    assert_eq!(painted, pixels(&desk.path("again.png")));
    let optimised = ["texture", "--recipe", "t.png", "--instant=false", "--iterations", "1", "--output", "slow.png"];
    succeeded(&desk.run(&optimised));
    assert!(difference(&painted, &pixels(&desk.path("slow.png"))) > 5.0);
    succeeded(&brushwork(&desk, &["--metadata", "none", "--output", "plain.png"]));
    assert!(!text(&desk.read("plain.png")).contains("mpasto"));
}

#[test]
fn every_format_is_written_and_styles_blend() {
    let desk = desk();
    for name in ["t.png", "t.jpg", "t.tiff", "t.webp"] {
        succeeded(&brushwork(&desk, &["--output", name]));
    }
    let png = pixels(&desk.path("t.png"));
    assert_eq!(png, pixels(&desk.path("t.webp")));
    assert!(difference(&png, &decode::open(&desk.path("t.tiff")).unwrap().pixels().to_rgb8()) < 1.0);
    assert!(difference(&png, &pixels(&desk.path("t.jpg"))) < 12.0);
    // A painting that no network was trained on, and a mean of both.
    desk.picture("wide.png", 90, 20);
    succeeded(&brushwork(&desk, &["--style", "wide.png", "--output", "painting.png", "--overwrite"]));
    succeeded(&brushwork(&desk, &["--style", "a.style:1", "--style", "wide.png:3", "--output", "both.png"]));
    let [painting, both] = ["painting.png", "both.png"].map(|name| pixels(&desk.path(name)));
    assert!(difference(&painting, &png) > difference(&painting, &both) && difference(&png, &both) > 1.0);
    succeeded(&brushwork(&desk, &["--style", "a.style", "--style", "wide.png:0", "--output", "one.png"]));
    assert!(difference(&png, &pixels(&desk.path("one.png"))) < 0.01);
}

#[test]
fn a_seamless_one_tiles() {
    let desk = desk();
    succeeded(&brushwork(&desk, &["--size", "256x128", "--seamless"]));
    let painted = pixels(&desk.path("t.png"));
    // Pixels on both sides of the seam differ about as neighbours elsewhere do.
    let step = |one: u32, other: u32| -> f64 {
        let differences = (0..128).map(|y| painted.get_pixel(one, y).0[0].abs_diff(painted.get_pixel(other, y).0[0]));
        differences.map(f64::from).sum::<f64>() / 128.0
    };
    let usual = (0..255).map(|x| step(x, x + 1)).sum::<f64>() / 255.0;
    assert!(step(255, 0) < 2.0 * usual, "{} {usual}", step(255, 0));
    refused(&brushwork(&desk, &["--size", "255x128", "--seamless", "--overwrite"]), "must be multiples of 4");
}

#[test]
fn wrong_input_is_refused_in_one_sentence() {
    let desk = desk();
    for (arguments, sentence) in [
        (&["--size", "15x40"][..], "each side must be 16 to 100000"),
        (&["--size", "40x100001"], "each side must be 16 to 100000"),
        (&["--size", "17000x40", "--output", "t.webp"], "at most 16383 pixels"),
        (&["--size", "100000x64", "--memory", "20"], "make it narrower, or allow more memory"),
        (&["--size", "20000x20000", "--memory", "700", "--output", "t.jpg"], "may be used; choose PNG"),
        (&["--size", "40000x40000", "--output", "t.tiff"], "a TIFF file holds at most 4 GiB; choose PNG"),
        (&["--time-limit", "0"], "the time limit"),
        (&["--weights", "missing.safetensors"], "there is no such file"),
        (&["--style", "a.style:0"], "weight of 0"),
        (&["--style", "a.style:1:photo.png"], "a texture has none"),
        (&["--threads", "0"], "between 1 and 1024"),
        (&["--brush-scale", "0"], "brush scale"),
        (&["--output", "a.style"], "choose one of these endings"),
    ] {
        refused(&brushwork(&desk, arguments), sentence);
    }
    assert!(["t.png", "t.webp", "t.jpg", "t.tiff"].iter().all(|name| !desk.path(name).exists()));
}

/// Taller pictures take no more memory.
#[test]
fn it_is_written_while_it_is_painted() {
    let desk = desk();
    let peak = |size: &str| {
        let output = brushwork(&desk, &["--size", size, "--json", "--overwrite"]);
        succeeded(&output);
        let last = text(&output.stdout).lines().last().unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&last).unwrap()["peak_bytes"].as_f64().unwrap() / f64::from(1 << 20)
    };
    let (small, tall) = (peak("512x1024"), peak("512x16384"));
    // Its pixels take 24 MiB.
    assert!(tall < small + 8.0, "{small} MiB, {tall} MiB");
    assert_eq!(size(&desk.path("t.png")), (512, 16384));
}

/// Not even a second one, which ends the process at once.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing() {
    let desk = desk();
    for interrupts in [1, 2] {
        interrupt(&desk, interrupts);
        let left = std::fs::read_dir(desk.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".tmp") || name == "t.png").collect();
        assert!(left.is_empty(), "{interrupts}: {left:?}");
    }
}

/// Interrupts a large painting so many times.
#[cfg(unix)]
fn interrupt(desk: &Desk, interrupts: usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_impasto"))
        .current_dir(desk.0.path())
        .args(["texture", "--instant", "--style", "a.style", "--size", "20000x90000", "--output", "t.png", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().contains("\"rows\"")));
    for _ in 0..interrupts {
        // The process may have ended at the first.
        let interrupt = nix::sys::signal::Signal::SIGINT;
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), interrupt);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    if interrupts == 1 {
        assert!(text(&output.stderr).contains("interrupted; nothing was saved"), "{}", text(&output.stderr));
    }
}

"""Runs each schedule, plots the loss that it reaches against the work, and prints a table.

    python benches/convergence.py [--size 256] [--iterations 60,80,100,120] [--coarse-share 0.25] [--pixels]
                                  [--keep FOLDER] [PHOTO:PAINTING ...]

Needs Matplotlib from PyPI, and `cargo`. Without pairs it uses three pairs of the sample pictures. Runs whose output is
already in the `--keep` folder are not repeated. The plot is written to docs/convergence-SIZE.png.
"""

import argparse
import json
import os
import subprocess
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SAMPLES = os.path.join(ROOT, "assets", "samples")
PAIRS = [
    ("astronaut", "cafe_terrace_at_night"),
    ("chelsea", "langlois_bridge"),
    ("flower", "church_at_auvers"),
]


def trial(photo, painting, size, schedule, kept):
    """The points of all runs on one pair, grouped by run."""
    if not os.path.exists(kept):
        command = ["cargo", "bench", "-q", "--bench", "convergence", "--", photo, painting]
        command += ["--size", str(size), *schedule]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        with open(kept, "w") as file:
            file.write(done.stdout)
    runs = {}
    with open(kept) as file:
        for point in map(json.loads, file):
            runs.setdefault(point["run"], []).append(point)
    return runs


def title(path):
    return os.path.splitext(os.path.basename(path))[0].replace("_", " ")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs", nargs="*", metavar="PHOTO:PAINTING")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--iterations", default="60,80,100,120")
    parser.add_argument("--coarse-share", default="0.25")
    parser.add_argument("--pixels", action="store_true", help="optimise pixels only")
    parser.add_argument("--keep", metavar="FOLDER")
    arguments = parser.parse_args()
    pairs = [pair.split(":") for pair in arguments.pairs] or [
        (os.path.join(SAMPLES, f"{photo}.jpg"), os.path.join(SAMPLES, f"{painting}.jpg")) for photo, painting in PAIRS
    ]
    folder = arguments.keep or tempfile.mkdtemp()
    schedule = ["--iterations", arguments.iterations, "--coarse-share", arguments.coarse_share]
    schedule += ["--pixels"] if arguments.pixels else []

    columns = min(len(pairs), 3)
    rows = -(-len(pairs) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.2 * columns, 3.4 * rows), squeeze=False)
    print("| photo and painting | reference |", " | ".join(arguments.iterations.split(",")), "|")
    print("|---" * (2 + len(arguments.iterations.split(","))) + "|")
    for place, (photo, painting) in zip(axes.flat, pairs):
        name = f"{title(photo)}, {title(painting)}"
        kept = os.path.join(folder, f"{name.replace(', ', '-').replace(' ', '_')}-{arguments.size}.jsonl")
        runs = trial(photo, painting, arguments.size, schedule, kept)
        least = runs["reference"][-1]["loss"]
        for run, points in runs.items():
            style = {"color": "black", "linewidth": 2} if run == "reference" else {"linewidth": 1}
            place.plot([p["work"] for p in points], [p["loss"] for p in points], label=run, **style)
        place.axhspan(least, 1.02 * least, color="0.9", label="within 2 %")
        place.set_xscale("log")
        place.set_ylim(0.9 * least, 1.35 * least)
        place.set_title(name, fontsize=9)
        place.set_xlabel("work, in iterations at the last scale", fontsize=8)
        place.set_ylabel("loss at the last scale", fontsize=8)
        place.tick_params(labelsize=7)
        cells = [f"{least:.4f}"]
        for points in (points for run, points in runs.items() if run != "reference"):
            last = points[-1]
            cells.append(f"{100 * (last['loss'] / least - 1):+.1f} %")
        print(f"| {name} |", " | ".join(cells), "|", flush=True)
    axes[0][0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(os.path.join(ROOT, "docs", f"convergence-{arguments.size}.png"), dpi=80)


if __name__ == "__main__":
    main()

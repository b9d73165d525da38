"""Style against content: what the program paints at several strengths, and what its reference paints, judged by a
network that neither optimises. Writes a table, and a plot to docs/curves-SIZE.png.

    python benches/curves.py --keep FOLDER [--size 256] [--label now] [--before LABEL] [PHOTO:PAINTING ...]

The judge is the network that predicts a painting's style for instant pictures (weights/, its inner features). Its
distances are relative:

- style: 0 is the painting, 1 the photo. The 2-Wasserstein distance of Gaussians with the features' means and
  covariances after four of its blocks, each divided by the photo's. A picture is compared with the part of the
  painting that it was painted from: the program leaves out a sixty-fourth at each side, the reference nothing.
- content: 0 is the photo, 1 has nothing of it. One minus the correlation of features with the photo's at the same
  place, each channel normalised.
- colours: 0 is the painting, 1 the photo. The mean distance of sorted colours along 32 directions.

The reference is the default schedule of crowsonkb/style-transfer-pytorch in this program's engine (see
benches/convergence.rs), with several content weights. Two curves are compared at the same content: the table has the
program's style distance divided by the reference's at each content that both reach, and the least and largest of
these ratios; and the same of colours. Pictures that are in the folder already are not painted again, so `--label`
names a version of the program; `--before` also shows one whose pictures are all there. Needs PyTorch, NumPy,
Matplotlib, Pillow and safetensors from PyPI, and `cargo`.
"""

import argparse
import os
import subprocess
import tempfile

import matplotlib
import numpy
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional as F

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SAMPLES = os.path.join(ROOT, "assets", "samples")
PAIRS = [
    ("astronaut", "cafe_terrace_at_night"),
    ("chelsea", "langlois_bridge"),
    ("flower", "church_at_auvers"),
    ("china", "vestibule_of_the_asylum"),
    ("coffee", "church_at_auvers"),
    ("rocket", "cafe_terrace_at_night"),
    ("hubble_deep_field", "langlois_bridge"),
    ("china", "langlois_bridge"),
]
STRENGTHS = [20, 35, 50, 65, 80]
STRIDES = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1]
# Features after these blocks: a quarter, an eighth and a sixteenth of the picture's size.
STYLE_BLOCKS = [2, 5, 9, 12]
CONTENT_BLOCKS = [5, 9]
# The program leaves out one part in so many at each edge of a painting (src/studio/sizes.rs).
MARGIN = 64


class Judge:
    """The blocks of MobileNetV2 in the style predictor."""

    def __init__(self):
        stored = load_file(os.path.join(ROOT, "weights", "arbitrary-style-int8.safetensors"))
        self.weights = {}
        for name, value in stored.items():
            if name.startswith("predict.") and not name.endswith(".scale"):
                if name + ".scale" in stored:
                    value = value.float() * stored[name + ".scale"].view(-1, 1, 1, 1)
                self.weights[name[len("predict."):]] = value.float()

    def layer(self, name, x, stride=1, depthwise=False, clipped=True):
        weight, bias = self.weights[name + ".weight"], self.weights[name + ".bias"]
        if weight.shape[-1] == 3:
            x = F.pad(x, (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1))
        x = F.conv2d(x, weight, bias, stride=stride, groups=weight.shape[0] if depthwise else 1)
        return x.clamp(0, 6) if clipped else x

    def features(self, image):
        """The features of an image (height x width x 3, 0..1) after each block: channels x height x width."""
        x = self.layer("first", torch.from_numpy(image).permute(2, 0, 1)[None], stride=2)
        blocks = []
        for index, stride in enumerate(STRIDES):
            name, y = f"block{index:02}", x
            if index > 0:
                y = self.layer(f"{name}.expand", y)
            y = self.layer(f"{name}.depthwise", y, stride=stride, depthwise=True)
            y = self.layer(f"{name}.project", y, clipped=False)
            x = x + y if stride == 1 and x.shape == y.shape else y
            blocks.append(x[0])
        return blocks


def gaussian(features):
    flat = features.flatten(1).double()
    return flat.mean(1), torch.cov(flat, correction=0)


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


def wasserstein(one, other):
    """The squared 2-Wasserstein distance of two Gaussians."""
    (mean, covariance), (other_mean, other_covariance) = one, other
    half = root(covariance)
    cross = root(half @ other_covariance @ half)
    return float((mean - other_mean).square().sum() + torch.trace(covariance + other_covariance - 2 * cross))


def style_distance(judge, picture, photo, painting):
    parts = []
    pictures = [judge.features(image) for image in (picture, photo, painting)]
    for block in STYLE_BLOCKS:
        picture, photo, painting = (gaussian(features[block]) for features in pictures)
        parts.append((wasserstein(picture, painting) / wasserstein(photo, painting)) ** 0.5)
    return numpy.mean(parts)


def content_distance(judge, picture, photo):
    parts = []
    for block in CONTENT_BLOCKS:
        one, other = (judge.features(image)[block].flatten(1) for image in (picture, photo))
        one, other = ((x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-6) for x in (one, other))
        parts.append(1 - float((one * other).mean()))
    return numpy.mean(parts)


def colour_distance(picture, photo, painting):
    directions = numpy.random.default_rng(0).normal(size=(3, 32))
    directions /= numpy.linalg.norm(directions, axis=0)
    levels = (numpy.arange(512) + 0.5) / 512
    quantiles = [numpy.quantile(image.reshape(-1, 3) @ directions, levels, axis=0) for image in (picture, photo, painting)]
    distance = [numpy.abs(quantiles[index] - quantiles[2]).mean() for index in (0, 1)]
    return distance[0] / distance[1]


def opened(path, side=None, margin=None):
    """A picture (height x width x 3, 0..1), with this long side, and without one part in `margin` at each edge."""
    image = Image.open(path).convert("RGB")
    if margin:
        (width, height), (across, down) = image.size, (length // margin for length in image.size)
        image = image.crop((across, down, width - across, height - down))
    if side:
        longer = max(image.size)
        image = image.resize([max(1, round(length * side / longer)) for length in image.size], Image.LANCZOS)
    return numpy.asarray(image, dtype=numpy.float32) / 255


def painted(photo, painting, strength, size, path):
    if not os.path.exists(path):
        command = ["cargo", "run", "-q", "--release", "--", "stylize", "--content", photo, "--style", painting]
        command += ["--size", str(size), "--strength", str(strength), "--output", path]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def referenced(photo, painting, content, size, path):
    if not os.path.exists(path):
        with tempfile.TemporaryDirectory() as folder:
            command = ["cargo", "bench", "-q", "--bench", "convergence", "--", photo, painting]
            command += ["--size", str(size), "--content", str(content), "--pictures", folder]
            subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
            os.rename(os.path.join(folder, "reference.png"), path)


def ratios(ours, reference, measure):
    """Our distances divided by the reference's, at each curve's contents that the other reaches as well; distances between
    points are interpolated on a logarithmic scale."""
    curves = []
    for points in (ours, reference):
        points = sorted(points, key=lambda point: point["content"])
        curves.append(([p["content"] for p in points], numpy.log([p[measure] for p in points])))
    least, most = (choose(c[end] for c, _ in curves) for choose, end in ((max, 0), (min, -1)))
    contents = [content for points, _ in curves for content in points if least <= content <= most]
    return [numpy.exp(numpy.interp(c, *curves[0]) - numpy.interp(c, *curves[1])) for c in contents]


def title(path):
    return os.path.splitext(os.path.basename(path))[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs", nargs="*", metavar="PHOTO:PAINTING")
    parser.add_argument("--keep", required=True, metavar="FOLDER")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--label", default="now")
    parser.add_argument("--before", metavar="LABEL", help="another version, drawn in grey")
    parser.add_argument("--reference-content", type=float, nargs="+", default=[0.05, 0.015, 0.005], metavar="WEIGHT")
    arguments = parser.parse_args()
    os.makedirs(arguments.keep, exist_ok=True)
    pairs = [pair.split(":") for pair in arguments.pairs] or [
        (os.path.join(SAMPLES, f"{photo}.jpg"), os.path.join(SAMPLES, f"{painting}.jpg")) for photo, painting in PAIRS
    ]
    judge = Judge()
    columns = min(len(pairs), 4)
    rows = -(-len(pairs) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.6 * columns, 3.2 * rows), squeeze=False)
    labels = [arguments.label] + ([arguments.before] if arguments.before else [])
    print("| photo and painting |", " | ".join(f"{label}: style | colours | compared" for label in labels), "|")
    print("|---" * (1 + 3 * len(labels)) + "|")
    for place, (photo, painting) in zip(axes.flat, pairs):
        name, size = f"{title(photo)}-{title(painting)}-{arguments.size}", arguments.size
        before, whole = opened(photo, size), opened(painting, size)
        inner = opened(painting, size, MARGIN)

        def point(path, target):
            picture = opened(path)
            return {
                "style": style_distance(judge, picture, before, target),
                "content": content_distance(judge, picture, before),
                "colours": colour_distance(picture, before, target),
            }

        curves = {label: [] for label in labels}
        for label, points in curves.items():
            for strength in STRENGTHS:
                path = os.path.abspath(os.path.join(arguments.keep, f"{name}-{label}-{strength}.png"))
                if label == arguments.label:
                    painted(photo, painting, strength, size, path)
                points.append(point(path, inner))
        reference = []
        for content in arguments.reference_content:
            path = os.path.abspath(os.path.join(arguments.keep, f"{name}-reference-{content}.png"))
            referenced(photo, painting, content, size, path)
            reference.append(point(path, whole))
        colours = ["black", "tab:red", "tab:gray"]
        for (label, points), colour in zip([("reference", reference), *curves.items()], colours):
            place.plot([p["content"] for p in points], [p["style"] for p in points], "o-", color=colour, label=label)
            place.plot([p["content"] for p in points], [p["colours"] for p in points], "x:", color=colour, linewidth=1)
        place.set_title(f"{title(photo)}, {title(painting)}".replace("_", " "), fontsize=8)
        place.tick_params(labelsize=7)
        cells = []
        for points in curves.values():
            for measure in ("style", "colours"):
                found = ratios(points, reference, measure)
                cells.append(f"{min(found):.2f} to {max(found):.2f}" if found else "-")
            cells.append(str(len(found)))
        print(f"| {title(photo)}, {title(painting)} | {' | '.join(cells)} |".replace("_", " "), flush=True)
    for place in axes[-1]:
        place.set_xlabel("content distance", fontsize=8)
    for row in axes:
        row[0].set_ylabel("style distance (crosses: colours)", fontsize=8)
    axes[0][0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(os.path.join(ROOT, "docs", f"curves-{arguments.size}.png"), dpi=90)


if __name__ == "__main__":
    main()

"""Measures how much painted clips flicker by the optical flow of OpenCV, which the program does not use.

    python3 benches/warping_error.py FOLDER NAME STEADINESS...

FOLDER is where `cargo bench --bench video -- --clip NAME.mp4 --steadiness N --output FOLDER` left its clips. For each
steadiness it prints the warping error (Lai et al. 2018) of the painted clip as a share of that of frames painted each by
itself: the mean square of the difference between each frame and the one before, moved along the flow of the source, where
the flow agrees with the flow in the other direction. It needs ffmpeg, numpy and opencv-python-headless.
"""

import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np


def read(path):
    """The frames of a clip: frames x height x width x 3."""
    probe = "ffprobe -v error -select_streams v:0 -show_entries stream=width,height -of json".split()
    stream = json.loads(subprocess.run([*probe, path], capture_output=True, check=True).stdout)["streams"][0]
    decode = ["ffmpeg", "-v", "error", "-i", path, *"-fps_mode passthrough -f rawvideo -pix_fmt rgb24 -".split()]
    raw = subprocess.run(decode, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, stream["height"], stream["width"], 3)


def motion(frames):
    """For each frame but the first, where each of its pixels was in the frame before, and whether it was seen there."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    height, width = grey[0].shape
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    for before, now in zip(grey, grey[1:]):
        back, there = search.calc(now, before, None), search.calc(before, now, None)
        places = pixels + back
        returned = cv2.remap(there, places, None, cv2.INTER_LINEAR)
        squares = [(field**2).sum(-1) for field in (back + returned, back, returned)]
        is_inside = ((places >= 0) & (places <= [width - 1, height - 1])).all(-1)
        yield places, is_inside & (squares[0] < 0.01 * (squares[1] + squares[2]) + 0.5)


def warping_error(frames, motions):
    total, count = 0.0, 0
    for before, now, (places, seen) in zip(frames, frames[1:], motions):
        moved = cv2.remap(before.astype(np.float32), places, None, cv2.INTER_CUBIC)
        total += ((now.astype(np.float32) - moved) ** 2).mean(-1)[seen].sum()
        count += seen.sum()
    return total / count


def main():
    folder, name, *levels = sys.argv[1:]
    folder = pathlib.Path(folder)
    source, alone = read(folder / f"{name}.mkv"), read(folder / f"{name}-0.mkv")
    motions = list(motion(source))
    whole = warping_error(alone, motions)
    shares = {level: round(warping_error(read(folder / f"{name}-{level}.mkv"), motions) / whole, 3) for level in levels}
    print(json.dumps({"clip": name, **shares, "of_the_clip_itself": round(warping_error(source, motions) / whole, 3)}))


main()

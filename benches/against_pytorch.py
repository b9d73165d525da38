"""Times an iteration of Impasto against one of PyTorch on the same machine, size by size, and prints a table.

    python benches/against_pytorch.py [--pairs 3] [768x512 1536x1024 ...]

Needs PyTorch, NumPy and safetensors from PyPI, and `cargo`. PyTorch's iteration does less work: the same
network (VGG-16 to relu5_1, the same weights), Gram losses instead of Wasserstein, content loss, total
variation, Adam. PyTorch is tuned: the table has the better of both memory layouts, with an allocator that
keeps its memory. Impasto's time is the median at the largest scale of a run with the default settings.
"""

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "17179869184",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}


def torch_iterations(width, height, layout, count=5):
    """Prints the median seconds of an iteration in PyTorch; runs in a separate process."""
    import torch
    from safetensors.torch import load_file
    from torch.nn import functional as F

    weights = {k: v.float() for k, v in load_file(f"{ROOT}/weights/vgg16-imagenet-f16.safetensors").items()}
    stages = [["1_1", "1_2"], ["2_1", "2_2"], ["3_1", "3_2", "3_3"], ["4_1", "4_2", "4_3"], ["5_1"]]
    style_taps = {"1_1", "2_1", "3_1", "4_1", "5_1"}
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    memory_format = torch.channels_last if layout == "channels last" else torch.contiguous_format
    weights = {k: v.to(memory_format=memory_format) if v.dim() == 4 else v for k, v in weights.items()}

    def features(image):
        taps = {}
        x = ((image - mean) / deviation).to(memory_format=memory_format)
        for index, stage in enumerate(stages):
            if index:
                x = F.max_pool2d(x, 2)
            for name in stage:
                weight, bias = weights[f"conv{name}.weight"], weights[f"conv{name}.bias"]
                if name == "1_1":
                    x = F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), weight, bias)
                else:
                    x = F.conv2d(x, weight, bias, padding=1)
                x = F.relu(x)
                if name in style_taps or name == "4_2":
                    taps[name] = x
        return taps

    def gram(x):
        flat = x.flatten(2)[0]
        return flat @ flat.T / flat.shape[1]

    torch.manual_seed(0)
    content, style = torch.rand(1, 3, height, width), torch.rand(1, 3, height, width)
    with torch.no_grad():
        content_target = features(content)["4_2"]
        style_targets = {name: gram(x) for name, x in features(style).items() if name in style_taps}
    image = content.clone().requires_grad_()
    adam = torch.optim.Adam([image], lr=0.02, betas=(0.9, 0.99))
    times = []
    for _ in range(count + 1):
        began = time.perf_counter()
        adam.zero_grad()
        taps = features(image)
        loss = 0.015 * F.mse_loss(taps["4_2"], content_target)
        for name, target in style_targets.items():
            loss = loss + F.mse_loss(gram(taps[name]), target) / 5
        across, down = image[..., 1:] - image[..., :-1], image[..., 1:, :] - image[..., :-1, :]
        loss = loss + 2 * (across.square().mean() + down.square().mean()) / 3
        loss.backward()
        adam.step()
        with torch.no_grad():
            image.clamp_(0, 1)
        times.append(time.perf_counter() - began)
    peak = next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(json.dumps({"median": statistics.median(times[1:]), "peak_mib": peak}))


def run(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--torch"]:
        width, height = map(int, arguments[1].split("x"))
        return torch_iterations(width, height, arguments[2])
    pairs = 1
    if arguments[:1] == ["--pairs"]:
        pairs, arguments = int(arguments[1]), arguments[2:]
    sizes = arguments or ["384x256", "768x512", "1536x1024"]
    subprocess.run(["cargo", "bench", "--bench", "iteration", "--no-run"], check=True, cwd=ROOT)

    import torch

    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, PyTorch {torch.__version__}\n")
    print("| size | Impasto | PyTorch, tuned | ratio | as installed | ratio | Impasto per megapixel | peak memory |")
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        rows = []
        for _ in range(pairs):
            ours = run(["cargo", "bench", "-q", "--bench", "iteration", "--", size])
            script = [sys.executable, os.path.abspath(__file__), "--torch", size]
            plain = run([*script, "contiguous"])
            best = min(
                (run([*script, layout], **KEEP_MEMORY) for layout in ["contiguous", "channels last"]),
                key=lambda result: result["median"],
            )
            rows.append((ours, best, plain))
        megapixels = math.prod(map(int, size.split("x"))) / 1e6
        ours, best, plain = sorted(rows, key=lambda row: row[0]["median"] / row[1]["median"])[len(rows) // 2]
        print(
            f"| {size} | {ours['median']:.2f} s | {best['median']:.2f} s | {ours['median'] / best['median']:.2f} "
            f"| {plain['median']:.2f} s | {ours['median'] / plain['median']:.2f} "
            f"| {ours['median'] / megapixels:.2f} s | {ours['peak_mib']} MiB, PyTorch {plain['peak_mib']} MiB |",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Writes vgg16.safetensors: VGG-16 features and image gradients from PyTorch, for tests/network.rs.

    pip install torch safetensors numpy
    python tests/reference/vgg16.py

A formula gives the image, so that the test can compute it too. The features of each tap are weighted by
cos(index), which covers every feature; the gradient is that of the sum over all taps.
"""

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

weights = {name: value.float() for name, value in load_file("weights/vgg16-imagenet-f16.safetensors").items()}
stages = [["1_1", "1_2"], ["2_1", "2_2"], ["3_1", "3_2", "3_3"], ["4_1", "4_2", "4_3"], ["5_1"]]
taps = ["1_1", "2_1", "3_1", "4_1", "4_2", "5_1"]
mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def features(image):
    flow, result = ((image - mean) / deviation)[None], {}
    for stage, convolutions in enumerate(stages):
        if stage > 0:
            flow = F.max_pool2d(flow, 2)
        for name in convolutions:
            if name == "1_1":
                flow = F.pad(flow, (1, 1, 1, 1), "replicate")
            flow = F.conv2d(flow, weights[f"conv{name}.weight"], weights[f"conv{name}.bias"], padding=0 if name == "1_1" else 1).relu()
            if name in taps:
                result[name] = flow[0]
    return result


def cosines(count):
    return torch.arange(count, dtype=torch.float64).cos().float()


reference = {}
for height, width in [(32, 48), (37, 51)]:
    image = (torch.arange(3 * height * width, dtype=torch.float64) * 0.7).sin().float().view(3, height, width) * 0.5 + 0.5
    image.requires_grad_(True)
    total = 0.0
    for name, value in features(image).items():
        # Height x width x channels, the layout that Impasto uses.
        value = value.permute(1, 2, 0).contiguous()
        weighted = (value.flatten() * cosines(value.numel())).sum()
        total = total + weighted / value.numel()
        reference[f"{height}x{width}.relu{name}.mean"] = value.mean((0, 1)).detach()
        reference[f"{height}x{width}.relu{name}.corner"] = value[0, 0].detach().clone()
    total.backward()
    reference[f"{height}x{width}.gradient"] = image.grad

save_file(reference, "tests/reference/vgg16.safetensors")

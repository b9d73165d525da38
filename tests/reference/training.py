"""The gradients of the generator in weights/arbitrary-style-int8.safetensors, in PyTorch (float64).

training.safetensors holds what this script computes: the sum of a painted picture times fixed factors, and of its gradient
with respect to each kernel, bias, factor and offset, in the order of the layers, the Euclidean norm and the dot product
with fixed factors. Run it in this folder.

    pip install numpy safetensors torch
    python training.py
"""

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

stored = load_file("../../weights/arbitrary-style-int8.safetensors")
reference = load_file("arbitrary-style.safetensors")
HEIGHT, WIDTH = 40, 48


def tensor(name):
    numbers = stored[name].astype(np.float64)
    if stored[name].dtype == np.int8:
        numbers = numbers * stored[name + ".scale"].astype(np.float64).reshape([-1] + [1] * (numbers.ndim - 1))
    return torch.tensor(numbers)


def factors(count, pitch):
    return torch.cos(pitch * torch.arange(count, dtype=torch.float64))


style = torch.tensor(reference["style_vector"].astype(np.float64)).flatten()
y, x, channel = np.mgrid[0:HEIGHT, 0:WIDTH, 0:3].astype(np.float64)
photo = 0.5 + 0.5 * np.sin(0.7 * (0.11 * x + 0.07 * y * (channel + 1)) + channel)
image = torch.tensor(photo.transpose(2, 0, 1)[None].astype(np.float32).astype(np.float64))

parameters = []


def convolution(image, name, stride=1):
    kernel = tensor(f"transform.{name}.weight").requires_grad_()
    parameters.append(kernel)
    padding = kernel.shape[2] // 2
    return F.conv2d(F.pad(image, [padding] * 4, mode="reflect"), kernel, stride=stride)


def contract(image, name, stride):
    sums = convolution(image, name, stride)
    bias = tensor(f"transform.{name}.bias").requires_grad_()
    parameters.append(bias)
    return F.relu(sums + bias[:, None, None])


def normalized(image, name):
    sums = convolution(image, name)
    for kind in ("gamma", "beta"):
        scale = tensor(f"transform.{name}.{kind}.weight") @ style + tensor(f"transform.{name}.{kind}.bias")
        parameters.append(scale.requires_grad_())
    gamma, beta = parameters[-2:]
    return F.instance_norm(sums, weight=gamma, bias=beta, eps=1e-5)


image = contract(image, "contract1", 1)
image = contract(image, "contract2", 2)
image = contract(image, "contract3", 2)
for block in range(1, 6):
    inner = F.relu(normalized(image, f"residual{block}.conv1"))
    image = image + normalized(inner, f"residual{block}.conv2")
for name in ("expand1", "expand2"):
    image = F.relu(normalized(F.interpolate(image, scale_factor=2, mode="nearest"), name))
painted = torch.sigmoid(normalized(image, "expand3"))

loss = (painted.flatten() * factors(painted.numel(), 0.37)).sum()
gradients = [gradient.flatten() for gradient in torch.autograd.grad(loss, parameters)]
print(loss.item(), len(gradients), sum(gradient.numel() for gradient in gradients))
save_file(
    {
        "loss": np.array([loss.item()]),
        "norms": np.array([gradient.norm().item() for gradient in gradients]),
        "dots": np.array([(gradient @ factors(gradient.numel(), 0.61)).item() for gradient in gradients]),
    },
    "training.safetensors",
)

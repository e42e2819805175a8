#!/usr/bin/env python3
"""Every architecture at full size: zoo's logits beside torchvision's, float32, seeded random weights.

    parity.py ZOO [--network NAME]… [--exact] [--bf16]

One line of JSON a network: the largest difference of a logit, relative to the largest logit; the last line sums up.
The image is 256×256 and not resized, so both sides see the same pixels. Exit code 1 if a difference is above 1e-4.
With --bf16 zoo computes in bfloat16, on a batch of four; `pytorchDifference` is what PyTorch's own bfloat16 is off by from
its float32, and `squares` are both differences as root mean squares, zoo's first; nothing is a failure then.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from PIL import Image

import networks
import vision

OTHERS = ["resnet20_cifar", "resnet56_cifar", "mobilenet_v1_x0_25"]
TOLERANCE = 1e-4


def names():
    """All of torchvision's classifiers (those of quantised weights have the same names), and zoo's other networks."""
    return vision.models.list_models(module=vision.models) + OTHERS


def build(name):
    if name in ("googlenet", "inception_v3"):
        network = vision.models.get_model(name, weights=None, init_weights=False)
        network.transform_input = True  # as in their published weights
        return network
    return networks.build(name)


def fill(network):
    """Weights that keep the variance of what they multiply, and statistics that matter; the same every time."""
    torch.manual_seed(0)
    for name, tensor in network.state_dict().items():
        if not tensor.is_floating_point() or name.endswith("relative_coords_table"):
            continue
        uniform = torch.rand(tensor.shape)
        if name.endswith("running_var") or tensor.dim() == 1 and name.endswith("weight"):
            tensor.copy_(0.5 + uniform)
        elif name.endswith("layer_scale"):
            tensor.copy_(0.1 + 0.1 * uniform)
        elif tensor.dim() == 1:
            tensor.copy_(0.5 * (uniform - 0.5))
        else:
            fan = tensor[0].numel()
            tensor.copy_((uniform - 0.5) * 2 * (6 / fan) ** 0.5 * 0.7)
    return network.eval()


def photo(folder, size):
    """An image with structure at all scales, as a file and as PyTorch's input."""
    torch.manual_seed(1)
    image = torch.zeros(1, 3, size, size)
    for side in (4, 16, 64, size):
        image += torch.nn.functional.interpolate(torch.rand(1, 3, side, side), size=(size, size), mode="nearest")
    pixels = (image / 4 * 255).round().to(torch.uint8)[0].permute(1, 2, 0).contiguous()
    path = Path(folder) / f"{size}.png"
    Image.fromarray(pixels.numpy()).save(path)
    prepare = vision.plain_transform() if size == 32 else vision.imagenet_transform()
    return path, prepare(Image.open(path))[None]


def compare(zoo, name, folder, exact, bf16):
    path, images = photo(folder, 32 if name.endswith("_cifar") else 256)
    checkpoint = Path(folder) / "weights.pth"
    network = fill(build(name))
    torch.save(network.state_dict(), checkpoint)
    with torch.inference_mode():
        expected = network(images)[0]
        rounded = network.bfloat16()(images.bfloat16())[0].float() if bf16 else None
    del network
    command = [zoo, "predict", str(checkpoint), *[str(path)] * (4 if bf16 else 1), "--arch", name, "--logits", "--json"]
    command += ["--exact"] * exact + ["--precision", "bf16"] * bf16
    done = subprocess.run(command, capture_output=True, text=True)
    checkpoint.unlink()
    if done.returncode:
        return {"network": name, "error": done.stderr.strip()}
    found = torch.tensor(json.loads(done.stdout)[-1]["logits"])
    largest = expected.abs().max().item()

    def brief(value):
        return float(f"{value / largest:.2g}")

    result = {"network": name, "difference": brief((found - expected).abs().max().item()),
              "largestLogit": float(f"{largest:.3g}")}
    if bf16:
        result["pytorchDifference"] = brief((rounded - expected).abs().max().item())
        result["squares"] = [brief((each - expected).square().mean().sqrt().item()) for each in (found, rounded)]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zoo", help="the program")
    parser.add_argument("--network", action="append", help="may be repeated (default: all)")
    parser.add_argument("--exact", action="store_true", help="zoo keeps to direct convolution")
    parser.add_argument("--bf16", action="store_true", help="zoo computes in bfloat16")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.network or names():
            results.append(compare(arguments.zoo, name, folder, arguments.exact, arguments.bf16))
            print(json.dumps(results[-1]), flush=True)
    failed = [result["network"] for result in results if not result.get("difference", 1) <= TOLERANCE]
    largest = max((result["difference"] for result in results if "difference" in result), default=None)
    print(json.dumps({"networks": len(results), "largestDifference": largest, "failed": failed}))
    return 1 if failed and not arguments.bf16 else 0


if __name__ == "__main__":
    sys.exit(main())

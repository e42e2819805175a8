#!/usr/bin/env python3
"""PyTorch's inference: its speed, and logits to compare zoo's with.

    inference.py speed [--network resnet18]… [--precision bf16]…   images a second at batch 32, 224×224, in every setting
    inference.py logits --out FOLDER           seeded random weights as .pth, their logits on ten photos as JSON
"""

import argparse
import json
import os
import shutil
import time
from pathlib import Path

import torch
from PIL import Image
from torch import nn

import measuring
import networks
import vision

NETWORKS = ["resnet18", "resnet50", "vgg16", "mobilenet_v2", "efficientnet_b0"]
SEEDED = ["resnet18", "resnet50"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    commands = parser.add_subparsers(dest="command", required=True)
    speed = commands.add_parser("speed")
    speed.add_argument("--network", action="append", help="of torchvision; may be repeated (default: five)")
    speed.add_argument("--precision", action="append", choices=["fp32", "bf16", "int8"],
                       help="may be repeated (default: fp32 and bf16)")
    speed.add_argument("--batch", type=int, default=32)
    speed.add_argument("--rounds", type=int, default=7, help="timed runs of one batch; the median counts")
    logits = commands.add_parser("logits")
    logits.add_argument("--out", type=Path, required=True)
    logits.add_argument("--data", type=Path, default=os.environ.get("ZOO_DATA", "../shared/data"),
                        help="folder of the real files (default: $ZOO_DATA)")
    return parser.parse_args()


def measure(name, precision, setting, batch, rounds, threads):
    """One setting's speed and peak of memory.

    With bf16 the whole network and its images are bfloat16; with int8 it is quantised after training (FX graph mode, the
    `x86` configuration, calibrated by the same images).
    """
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    format = torch.contiguous_format if setting == "contiguous" else torch.channels_last
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    network = networks.build(name).eval().to(dtype, memory_format=format)
    images = torch.randn(batch, 3, 224, 224).to(dtype, memory_format=format)
    with torch.inference_mode():
        if precision == "int8":
            network = quantised(network, images)
        start = time.perf_counter()
        if setting == "compiled":
            from torch._inductor import config

            config.freezing = True
            network = torch.compile(network)
            for _ in range(2):
                network(images)
        seconds = time.perf_counter() - start
        found = measuring.rates(lambda: network(images), batch, rounds)
    return found | ({"compileSeconds": round(seconds, 1)} if setting == "compiled" else {})


def quantised(network, images):
    """PyTorch's post-training static quantisation."""
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    network = prepare_fx(network, get_default_qconfig_mapping("x86"), (images,))
    network(images)
    return convert_fx(network)


def settings(precision):
    """What is tried: both layouts; for bfloat16 `torch.compile` with freezing too, where there is a C++ compiler."""
    eager = ["contiguous", "channels_last"]
    return eager + (["compiled"] if precision == "bf16" and (shutil.which("g++") or os.environ.get("CXX")) else [])


def speed(arguments):
    for name in arguments.network or NETWORKS:
        for precision in arguments.precision or ["fp32", "bf16"]:
            found = {setting: measuring.alone(measure, name, precision, setting, arguments.batch, arguments.rounds,
                                              arguments.threads) for setting in settings(precision)}
            best = max(found, key=lambda setting: found[setting]["imagesPerSecond"])
            print(json.dumps({"network": name, "work": "inference", "precision": precision, "batch": arguments.batch,
                              "threads": arguments.threads, "torch": torch.__version__, "best": best,
                              "imagesPerSecond": found[best]["imagesPerSecond"],
                              "peakBytes": found[best]["peakBytes"], "settings": found}), flush=True)


def seeded(name):
    """A network with random weights whose batch norms all matter, and whose activations keep a sane size.

    The running statistics are those of noise, so that each layer's output is of about unit size, then disturbed by
    a random amount; scales and shifts are random too. Residual branches count for less than the shortcut.
    """
    torch.manual_seed(0)
    network = networks.build(name)
    norms = {path: module for path, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)}
    ends_branch = "bn2" if name in ("resnet18", "resnet34") else "bn3"
    for path, norm in norms.items():
        small = path.endswith(ends_branch)
        nn.init.uniform_(norm.weight, 0.2 if small else 0.6, 0.6 if small else 1.4)
        nn.init.normal_(norm.bias, 0, 0.2)
        norm.momentum = None  # a plain mean over the batches
    with torch.no_grad():
        for _ in range(4):
            network.train()(torch.randn(8, 3, 96, 96))
        for norm in norms.values():
            norm.running_mean += torch.randn_like(norm.running_mean) * norm.running_var.sqrt() * 0.1
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.7, 1.4)
    return network.eval()


def photos(folder):
    """Five of each class, every fifth in the order of their names."""
    classes = sorted(path for path in (folder / "datasets" / "hymenoptera" / "val").iterdir() if path.is_dir())
    return [path for each in classes for path in sorted(each.glob("*.jpg"))[:25:5]]


def logits(arguments):
    arguments.out.mkdir(parents=True, exist_ok=True)
    root, prepare = arguments.data / "datasets" / "hymenoptera", vision.imagenet_transform()
    chosen = photos(arguments.data)
    images = torch.stack([prepare(Image.open(path).convert("RGB")) for path in chosen])
    for name in SEEDED:
        network = seeded(name)
        file = arguments.out / f"{name}-seeded.pth"
        torch.save(network.state_dict(), file)
        with torch.inference_mode():
            rows = network(images)
            error = (rows - network.double()(images.double())).abs().max().item()
        largest = rows.abs().max().item()
        expected = {"network": name, "weights": file.name, "torch": torch.__version__, "largest": largest,
                    "errorOfFloat32": error,
                    "logits": {str(path.relative_to(root)): row.tolist() for path, row in zip(chosen, rows)}}
        file.with_suffix(".json").write_text(json.dumps(expected) + "\n")
        print(json.dumps({"network": name, "file": str(file), "byteCount": file.stat().st_size,
                          "images": len(chosen), "largest": round(largest, 4), "std": round(rows.std().item(), 4),
                          "differing": len(set(rows.argmax(1).tolist())), "errorOfFloat32": error}), flush=True)


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    {"speed": speed, "logits": logits}[arguments.command](arguments)


if __name__ == "__main__":
    main()

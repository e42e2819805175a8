#!/usr/bin/env python3
"""PyTorch's inference of ResNets: its speed, and logits to compare zoo's with.

    inference.py speed [--network resnet18]…   images a second at batch 32, 224×224, float32, in either layout
    inference.py logits --out FOLDER           seeded random weights as .pth, their logits on ten photos as JSON
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import torch
from PIL import Image
from torch import nn

import networks
import vision

NETWORKS = ["resnet18", "resnet50"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    commands = parser.add_subparsers(dest="command", required=True)
    speed = commands.add_parser("speed")
    speed.add_argument("--network", action="append", choices=NETWORKS, help="may be repeated (default: both)")
    speed.add_argument("--batch", type=int, default=32)
    speed.add_argument("--rounds", type=int, default=7, help="timed runs of one batch; the median counts")
    logits = commands.add_parser("logits")
    logits.add_argument("--out", type=Path, required=True)
    logits.add_argument("--data", type=Path, default=os.environ.get("ZOO_DATA", "../shared/data"),
                        help="folder of the real files (default: $ZOO_DATA)")
    return parser.parse_args()


def measure(name, batch, rounds, channels_last):
    """Images a second, in the median and in the fastest round; the first round does not count."""
    torch.manual_seed(0)
    network, images = networks.build(name).eval(), torch.randn(batch, 3, 224, 224)
    if channels_last:
        network, images = network.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    seconds = []
    with torch.inference_mode():
        network(images)
        for _ in range(rounds):
            start = time.perf_counter()
            network(images)
            seconds.append(time.perf_counter() - start)
    return batch / statistics.median(seconds), batch / min(seconds)


def speed(arguments):
    for name in arguments.network or NETWORKS:
        medians, fastest = {}, {}
        for layout in ("contiguous", "channels_last"):
            rates = measure(name, arguments.batch, arguments.rounds, layout == "channels_last")
            medians[layout], fastest[layout] = [round(rate, 1) for rate in rates]
        print(json.dumps({
            "network": name, "batch": arguments.batch, "threads": arguments.threads, "torch": torch.__version__,
            "imagesPerSecond": medians, "fastestRound": fastest, "best": max(medians, key=medians.get)}), flush=True)


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
    for name in NETWORKS:
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

#!/usr/bin/env python3
"""PyTorch's full fine-tuning: its speed, and losses to compare zoo's with.

    training.py speed [--network resnet18]… [--precision bf16]…   images a second of whole steps, 224×224
    training.py curve [--network resnet18] [--optimiser adam]…    the loss of each of 20 steps on seeded batches

A step is forward, mean cross-entropy, backward and SGD with momentum, batch norms in training mode; bf16 is autocast.
Weights and batches of `curve` follow from names alone (fixtures/generators/networks.py); dropout is off there.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import measuring
import networks

NETWORKS = ["resnet18", "resnet50", "vgg16", "mobilenet_v2", "efficientnet_b0"]
LAYOUTS = ["contiguous", "channels_last"]
OPTIMISERS = {
    "sgd": lambda values: torch.optim.SGD(values, lr=0.002, momentum=0.9, weight_decay=1e-4),
    "nesterov": lambda values: torch.optim.SGD(values, lr=0.002, momentum=0.9, nesterov=True),
    "adam": lambda values: torch.optim.Adam(values, lr=5e-4, weight_decay=1e-4),
    "adamw": lambda values: torch.optim.AdamW(values, lr=5e-4, weight_decay=0.05),
}
BATCHES = 5  # of a curve; they come again and again, so that the loss falls


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    commands = parser.add_subparsers(dest="command", required=True)
    speed = commands.add_parser("speed")
    speed.add_argument("--network", action="append", help="of torchvision; may be repeated (default: five)")
    speed.add_argument("--precision", action="append", choices=["fp32", "bf16"], help="may be repeated (default: both)")
    speed.add_argument("--batch", type=int, default=32)
    speed.add_argument("--rounds", type=int, default=7, help="timed steps; the median counts")
    curve = commands.add_parser("curve")
    curve.add_argument("--network", default="resnet18", help="a network of torchvision")
    curve.add_argument("--optimiser", action="append", choices=list(OPTIMISERS), help="may be repeated (default: all)")
    curve.add_argument("--batch", type=int, default=8)
    curve.add_argument("--size", type=int, default=64)
    curve.add_argument("--classes", type=int, default=10)
    curve.add_argument("--steps", type=int, default=20)
    return parser.parse_args()


def measure(name, precision, layout, batch, rounds, threads):
    """One setting's speed and peak of memory."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    network = networks.build(name).train().to(memory_format=format)
    images = torch.randn(batch, 3, 224, 224).to(memory_format=format)
    labels = torch.randint(1000, (batch,))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9)

    def step():
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            loss = F.cross_entropy(network(images).float(), labels)
        loss.backward()
        optimiser.step()

    return measuring.rates(step, batch, rounds, warm_up=2)


def speed(arguments):
    for name in arguments.network or NETWORKS:
        for precision in arguments.precision or ["fp32", "bf16"]:
            found = {layout: measuring.alone(measure, name, precision, layout, arguments.batch, arguments.rounds,
                                             arguments.threads) for layout in LAYOUTS}
            best = max(found, key=lambda layout: found[layout]["imagesPerSecond"])
            print(json.dumps({"network": name, "work": "training step", "precision": precision,
                              "batch": arguments.batch, "threads": arguments.threads, "torch": torch.__version__,
                              "best": best, "imagesPerSecond": found[best]["imagesPerSecond"],
                              "peakBytes": found[best]["peakBytes"], "settings": found}), flush=True)


def seeded_batch(step, batch, size, classes):
    """The images and labels of a step, from names alone."""
    from generators.networks import uniform

    index, shape = step % BATCHES, (batch, 3, *size)
    images = (uniform(f"images of batch {index}", int(np.prod(shape))) - 0.5) * 4
    labels = (uniform(f"labels of batch {index}", batch) * classes).astype(np.int64)
    return torch.from_numpy(images.astype(np.float32).reshape(shape)), torch.from_numpy(labels)


def losses(network, make_optimiser, batch, size, classes, steps, dtype=torch.float32, moved=None):
    """The mean cross-entropy of each step, before its update, of a network with seeded weights.

    With a number in `moved` the weights are other ones that float32 cannot tell from these: each is multiplied by
    1 + d with |d| at most 2^-24, drawn with that seed.
    """
    from generators.networks import fill

    fill(network.float()).to(dtype).train()
    if moved is not None:
        generator = torch.Generator().manual_seed(moved)
        with torch.no_grad():
            for values in network.parameters():
                noise = torch.rand(values.shape, generator=generator, dtype=torch.float64) - 0.5
                values.mul_(1 + noise.to(dtype) * 2**-23)
    for module in network.modules():
        if "Dropout" in type(module).__name__ or type(module).__name__ == "StochasticDepth":
            module.eval()
    optimiser, result = make_optimiser(network.parameters()), []
    for step in range(steps):
        images, labels = seeded_batch(step, batch, size, classes)
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(network(images.to(dtype)), labels)
        loss.backward()
        optimiser.step()
        result.append(loss.item())
    return result


def curve(arguments):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures"))
    for name in arguments.optimiser or OPTIMISERS:
        network = networks.build(arguments.network, arguments.classes)
        size = (arguments.size, arguments.size)
        found = losses(network, OPTIMISERS[name], arguments.batch, size, arguments.classes, arguments.steps)
        print(json.dumps({"network": arguments.network, "optimiser": name, "batch": arguments.batch,
                          "size": arguments.size, "classes": arguments.classes, "torch": torch.__version__,
                          "losses": found}), flush=True)


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    {"speed": speed, "curve": curve}[arguments.command](arguments)


if __name__ == "__main__":
    main()

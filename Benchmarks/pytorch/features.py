#!/usr/bin/env python3
"""PyTorch's way from photos on disk to features: ImageFolder, DataLoader, ResNet-18 without its last layer.

    features.py [--weights FILE] [--save FILE]      397 photos, batch 32; seconds of one pass for each number of workers

The weights are random (`--save` keeps them for zoo) or those of a file. The time does not count the start of Python and
the imports; the first pass, which warms the caches of files, does not count either.
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

import measuring
import networks
import vision


class Photos(torch.utils.data.Dataset):
    def __init__(self, root):
        self.paths = sorted(root.glob("*/*/*.jpg"))
        self.prepare = vision.imagenet_transform()

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self.prepare(Image.open(self.paths[index]).convert("RGB"))


def features(root, weights, workers, threads, rounds):
    """Seconds of a pass, as the median of several."""
    torch.set_num_threads(threads)
    network = networks.build("resnet18")
    if weights:
        network.load_state_dict(torch.load(weights, weights_only=True))
    network.fc = nn.Identity()
    network = network.eval().to(memory_format=torch.channels_last)
    photos = Photos(root)
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        loader = torch.utils.data.DataLoader(photos, batch_size=32, num_workers=workers)
        with torch.inference_mode():
            rows = torch.cat([network(batch.contiguous(memory_format=torch.channels_last)) for batch in loader])
        seconds.append(time.perf_counter() - start)
    return {"seconds": round(statistics.median(seconds[1:]), 3), "photos": len(rows),
            "peakBytes": measuring.peak_bytes()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ZOO_DATA", "../shared/data"))
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--save", type=Path, help="write random weights to this file and end")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.save:
        torch.manual_seed(0)
        torch.save(networks.build("resnet18").state_dict(), arguments.save)
        return
    root = arguments.data / "datasets" / "hymenoptera"
    found = {workers: measuring.alone(features, root, arguments.weights, workers, arguments.threads, arguments.rounds)
             for workers in (0, 1, 2, 4)}
    best = min(found, key=lambda workers: found[workers]["seconds"])
    print(json.dumps({"work": "photos to features", "network": "resnet18", "torch": torch.__version__,
                      "best": best, "seconds": found[best]["seconds"], "workers": found}))


if __name__ == "__main__":
    main()

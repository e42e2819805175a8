#!/usr/bin/env python3
"""Head-only fine-tuning as PyTorch's transfer-learning tutorial does it, for comparison with `zoo finetune`.

The backbone is frozen and in evaluation mode; each epoch decodes every image file again in two DataLoader workers
and runs the whole network. Prints a JSON line an epoch and one at the end. The time that counts is the process's,
measured from outside; `seconds` is measured inside and starts before PyTorch is imported.
"""

import time

START = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
from pathlib import Path  # noqa: E402

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

import networks  # noqa: E402
import vision  # noqa: E402

JOBS = {
    "cifar": {
        "network": "resnet20-cifar10", "weights": "weights/cifar10/resnet20-12fca82f.th",
        "data": "datasets/cifar10-jpeg", "val": "test", "transform": vision.plain_transform,
        "lr": 0.1, "batch": 64, "epochs": 20,
    },
    "hymenoptera": {
        "network": "mobilenet_v1_x0_25", "weights": "weights/imagenet/mobilenetV1X0.25_pretrain.tar",
        "data": "datasets/hymenoptera", "val": "val", "transform": vision.imagenet_transform,
        "lr": 0.05, "batch": 32, "epochs": 25,
    },
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--data", type=Path, default=os.environ.get("ZOO_DATA", "../shared/data"),
                        help="folder of the real files (default: $ZOO_DATA)")
    parser.add_argument("--augment", action="store_true", help="hymenoptera: random resized crops and flips")
    parser.add_argument("--epochs", type=int, help="instead of the job's own number")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--workers", type=int, default=2, help="DataLoader processes")
    parser.add_argument("--save", type=Path, help="write the state dict of the best epoch here")
    return parser.parse_args()


def loaders(job, folder, workers):
    """The training set, shuffled, and the validation set, in batches."""
    transform = job["transform"]()
    options = {"batch_size": job["batch"], "num_workers": workers}
    result = []
    for part, shuffle in (("train", True), (job["val"], False)):
        images = vision.datasets.ImageFolder(str(folder / job["data"] / part), transform)
        result.append(torch.utils.data.DataLoader(images, shuffle=shuffle, **options))
    return result


def with_new_head(network, classes):
    """Freezes a network and replaces its output layer; returns the new layer."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    head = nn.Linear(getattr(network, network.head).in_features, classes)
    setattr(network, network.head, head)
    network.eval()
    return head


def train(network, loader, optimiser):
    """One epoch; returns the mean loss."""
    total, count = 0.0, 0
    for images, labels in loader:
        loss = F.cross_entropy(network(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


def accuracy(network, loader):
    """The share of the images that the network gets right."""
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            right, count = right + (network(images).argmax(1) == labels).sum().item(), count + len(labels)
    return right / count


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    job = JOBS[arguments.job]
    training, validation = loaders(job, arguments.data, arguments.workers)
    if arguments.augment:
        training.dataset.transform = vision.training_transform(arguments.job, True)
    network = networks.load(networks.build(job["network"]), arguments.data / job["weights"])
    head = with_new_head(network, len(training.dataset.classes))
    optimiser = torch.optim.SGD(head.parameters(), lr=job["lr"], momentum=0.9)

    best = {"accuracy": -1.0}
    for epoch in range(1, (arguments.epochs or job["epochs"]) + 1):
        loss = train(network, training, optimiser)
        last = accuracy(network, validation)
        seconds = round(time.perf_counter() - START, 2)
        print(json.dumps({"epoch": epoch, "trainLoss": round(loss, 4), "valAccuracy": round(last, 4),
                          "seconds": seconds}), flush=True)
        if last > best["accuracy"]:
            best = {"accuracy": last, "epoch": epoch}
            if arguments.save:
                torch.save(network.state_dict(), arguments.save)
    print(json.dumps({
        "job": arguments.job, "network": job["network"], "torch": torch.__version__, "threads": arguments.threads,
        "workers": arguments.workers, "seed": arguments.seed, "trainImages": len(training.dataset),
        "valImages": len(validation.dataset), "lastAccuracy": round(last, 4),
        "bestAccuracy": round(best["accuracy"], 4), "bestEpoch": best["epoch"],
        "seconds": round(time.perf_counter() - START, 2)}))


if __name__ == "__main__":
    main()

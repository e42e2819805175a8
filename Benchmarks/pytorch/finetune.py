#!/usr/bin/env python3
"""Fine-tuning of layers as PyTorch's tutorials and torchvision's script do it, for comparison with `zoo finetune`.

    finetune.py cifar full|scratch           ResNet-20, flips, batch 64, 10 epochs; d2l's rule: the head learns ×10
    finetune.py hymenoptera full|partial|scratch [--augment]      MobileNetV1 ×0.25, batch 32, 10 epochs, cosine

`partial` freezes everything before stage3 and keeps its batch norms in evaluation mode. The figures that count are the
best epoch's accuracy and the time of the whole process.
"""

import time

START = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
from pathlib import Path  # noqa: E402

import torch  # noqa: E402
from torch import nn  # noqa: E402

import head_only  # noqa: E402
import networks  # noqa: E402
import vision  # noqa: E402

RATES = {  # of the pretrained layers, or of all from scratch
    "cifar": {"full": 0.01, "scratch": 0.05},
    "hymenoptera": {"full": 0.005, "partial": 0.005, "scratch": 0.05},
}
DECAYS = {"cifar": 1e-3, "hymenoptera": 1e-4}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=RATES)
    parser.add_argument("method", choices=["full", "partial", "scratch"])
    parser.add_argument("--augment", action="store_true", help="hymenoptera: random resized crops and flips")
    parser.add_argument("--data", type=Path, default=os.environ.get("ZOO_DATA", "../shared/data"))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--workers", type=int, default=2, help="DataLoader processes")
    return parser.parse_args()


def prepare(arguments, job, classes):
    """The network, its parameter groups, and the modules that stay in evaluation mode."""
    network = networks.build(job["network"])
    if arguments.method == "scratch":
        network = networks.build(job["network"], classes)
    else:
        networks.load(network, arguments.data / job["weights"])
        setattr(network, network.head, nn.Linear(getattr(network, network.head).in_features, classes))
    frozen = [network.stage1, network.stage2] if arguments.method == "partial" else []
    for module in frozen:
        for parameter in module.parameters():
            parameter.requires_grad_(False)
    rate = RATES[arguments.job][arguments.method]
    head = list(getattr(network, network.head).parameters())
    known = {id(parameter) for parameter in head}
    body = [parameter for parameter in network.parameters() if parameter.requires_grad and id(parameter) not in known]
    factor = 1 if arguments.method == "scratch" else 10
    return network, [{"params": body, "lr": rate}, {"params": head, "lr": rate * factor}], frozen


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    job = head_only.JOBS[arguments.job]
    training, validation = head_only.loaders(job, arguments.data, arguments.workers)
    training.dataset.transform = vision.training_transform(arguments.job, arguments.augment)
    network, groups, frozen = prepare(arguments, job, len(training.dataset.classes))
    network = network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(groups, momentum=0.9, weight_decay=DECAYS[arguments.job])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, arguments.epochs)
    accuracies = []
    for _ in range(arguments.epochs):
        network.train()
        for module in frozen:
            module.eval()
        head_only.train(network, training, optimiser)
        schedule.step()
        network.eval()
        accuracies.append(head_only.accuracy(network, validation))
    print(json.dumps({"job": arguments.job, "method": arguments.method, "augment": arguments.augment,
                      "torch": torch.__version__, "threads": arguments.threads, "seed": arguments.seed,
                      "bestAccuracy": round(max(accuracies), 4), "lastAccuracy": round(accuracies[-1], 4),
                      "accuracies": [round(each, 4) for each in accuracies],
                      "seconds": round(time.perf_counter() - START, 2)}))


if __name__ == "__main__":
    main()

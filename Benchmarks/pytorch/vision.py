"""Imports torchvision, also where its compiled operators do not fit the installed torch.

The CPU build of torch and PyPI's torchvision are such a pair. The baselines use none of the operators, but
torchvision describes two of them to torch while it is imported, and torch wants them declared.
"""

import torch

try:
    import torchvision
except RuntimeError:
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # what the failed import left behind
    declared = torch.library.Library("torchvision", "DEF")
    declared.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    declared.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

from torchvision import datasets, models, transforms  # noqa: E402

__all__ = ["datasets", "imagenet_transform", "models", "plain_transform", "torchvision", "training_transform",
           "transforms"]

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def imagenet_transform():
    """torchvision's usual preparation: shorter edge to 256 (antialiased bilinear), centre 224×224, normalised."""
    return transforms.Compose(
        [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def plain_transform():
    """The pixels as they are, normalised."""
    return transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def training_transform(job, augment):
    """What the training images go through; CIFAR's are flipped in any case."""
    normalise = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    if job == "cifar":
        return transforms.Compose([transforms.RandomHorizontalFlip(), *normalise])
    if not augment:
        return imagenet_transform()
    return transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), *normalise])

"""The networks of the baselines, with the names of parameters that their published weights have."""

import re

import torch
import torch.nn.functional as F
from torch import nn


class CifarBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut without parameters ("option A" of He et al. 2015, section 4.2)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.narrows = stride != 1 or inputs != outputs

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.narrows:  # every other pixel, and zero channels on either side
            quarter = y.shape[1] // 4
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, quarter, quarter))
        return F.relu(y + x)


class CifarResNet(nn.Module):
    """A ResNet of 6n+2 layers for `N×3×32×32`; names and initial values as in akamaster/pytorch_resnet_cifar10."""

    head = "linear"

    def __init__(self, depth, classes=10):
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if rest:
            raise ValueError(f"a ResNet for CIFAR has 6n+2 layers, not {depth}")
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, blocks, stride=1)
        self.layer2 = self.stage(16, 32, blocks, stride=2)
        self.layer3 = self.stage(32, 64, blocks, stride=2)
        self.linear = nn.Linear(64, classes)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        others = [CifarBlock(outputs, outputs, 1) for _ in range(blocks - 1)]
        return nn.Sequential(CifarBlock(inputs, outputs, stride), *others)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean(dim=(2, 3)))


def separable(inputs, outputs, stride):
    """Depthwise 3×3, then pointwise 1×1, each with batch norm and a leaky ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.LeakyReLU(0.1, inplace=True),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.1, inplace=True),
    )


class MobileNetV1Quarter(nn.Module):
    """MobileNetV1 ×0.25 for `N×3×224×224`, as the backbone of Pytorch_Retinaface was trained on ImageNet."""

    head = "fc"

    def __init__(self, classes=1000):
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, padding=1, bias=False), nn.BatchNorm2d(8),
                             nn.LeakyReLU(0.1, inplace=True))
        self.stage1 = nn.Sequential(stem, separable(8, 16, 1), separable(16, 32, 2), separable(32, 32, 1),
                                    separable(32, 64, 2), separable(64, 64, 1))
        self.stage2 = nn.Sequential(separable(64, 128, 2), *[separable(128, 128, 1) for _ in range(5)])
        self.stage3 = nn.Sequential(separable(128, 256, 2), separable(256, 256, 1))
        self.fc = nn.Linear(256, classes)

    def forward(self, x):
        x = self.stage3(self.stage2(self.stage1(x)))
        return self.fc(x.mean(dim=(2, 3)))


def build(name, classes=None):
    """A network by name (`resnet20-cifar10`, `mobilenet_v1_x0_25`, or torchvision's), with random weights."""
    options = {} if classes is None else {"classes": classes}
    small = re.match(r"resnet(\d+)[-_](cifar|shapes)", name)
    if small:
        return CifarResNet(int(small[1]), **options)
    if name == "mobilenet_v1_x0_25":
        return MobileNetV1Quarter(**options)
    from vision import torchvision  # slow to import, so only for its own networks

    return torchvision.models.get_model(name, weights=None, num_classes=1000 if classes is None else classes)


def tensors(content):
    """The state dict in what `torch.load` gave, also out of a training checkpoint; `module.` is stripped."""
    return {name.removeprefix("module."): value for name, value in content.get("state_dict", content).items()}


def load(network, path):
    """Loads a file's weights into a network; every name must fit."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(tensors(content), strict=True)
    return network

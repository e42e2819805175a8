#!/usr/bin/env python3
"""Writes registry/torchvision.json and registry/classes/imagenet1k.json from an installed torchvision.

    python3 registry/generate.py            write both files
    python3 registry/generate.py --check    exit with 1 if the committed files say something else

One line of torchvision.json is one pair of architecture and weights, so that a change reads as a diff of lines. The
fields are those of ModelEntry (registry/Sources/ModelEntry.swift). Nothing here is needed to build or run zoo, and
nothing is downloaded: torchvision carries all of it as metadata, and a network is only built without memory (on
torch's meta device) to ask for the names of its first and its last layer.

Full SHA-256 digests and exact sizes are not in torchvision; those that are known stand in registry/known-files.json.
"""

import argparse
import inspect
import json
import math
import pathlib
import re
import sys
import types

# Shape functions for torch.compile. They can't be imported where torchvision was compiled for another build of torch,
# and of torchvision only names and numbers are wanted.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))

import torch  # noqa: E402
import torch.overrides  # noqa: E402
import torchvision  # noqa: E402
from torchvision import models  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent
ORIGIN = "https://github.com/pytorch/vision"
LICENCE = ("BSD-3-Clause", "https://github.com/pytorch/vision/blob/main/LICENSE")

# By the licence URL that torchvision gives with some weights.
LICENCES = {
    "https://github.com/facebookresearch/SWAG/blob/main/LICENSE": "CC-BY-NC-4.0",
}

# torch.hub's own pattern, except that an empty prefix, which any file would satisfy, is none.
HASH = re.compile(r"-([a-f0-9]+)\.")

# What torchvision 0.1 to 0.12 called these weights in its `model_urls`, where that is not today's name.
OLD_NAMES = {
    "Inception_V3_Weights.IMAGENET1K_V1": ["inception_v3_google"],
    "ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1": ["shufflenetv2_x0.5"],
    "ShuffleNet_V2_X1_0_Weights.IMAGENET1K_V1": ["shufflenetv2_x1.0"],
    "VGG16_Weights.IMAGENET1K_FEATURES": ["vgg16_features"],
}


def natural(name):
    """A sort key that puts resnet18 before resnet101."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def number(value):
    """None for what torchvision does not know, which it writes as None or NaN."""
    return None if value is None or math.isnan(value) else value


def one(values, what):
    """The value of a list that must have exactly one, as torchvision writes sizes of squares."""
    values = set(values)
    if len(values) != 1:
        sys.exit(f"{what}: expected one size, found {sorted(values)}; zoo knows square sizes only")
    return values.pop()


class WeightsWithoutMemory(torch.overrides.TorchFunctionMode):
    """Puts uninitialised tensors, which is how layers make their weights, on the meta device."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        return function(*args, **(kwargs | {"device": "meta"} if function is torch.empty else kwargs))


def layers(architecture, class_count):
    """The names of the first convolution and of the output layer."""
    options = {"init_weights": False} if architecture in ("googlenet", "inception_v3") else {}
    with WeightsWithoutMemory():
        network = models.get_model(architecture, weights=None, **options)
    convolutions = [name for name, layer in network.named_modules() if isinstance(layer, torch.nn.Conv2d)]
    heads = [
        name
        for name, layer in network.named_modules()
        if class_count in (getattr(layer, "out_features", None), getattr(layer, "out_channels", None))
        and not name.lower().startswith("aux")
    ]
    return convolutions[0], heads[-1]


def paper(architecture):
    """The article that the builder's documentation cites."""
    links = re.findall(r"<(https?://[^>]+)>`_", inspect.getdoc(models.get_model_builder(architecture)) or "")
    return next((link for link in links if "arxiv.org" in link), links[0] if links else None)


def preprocessing(weights):
    """The arguments of torchvision's ImageClassification preset."""
    preset = weights.transforms()
    return {
        "resize": one(preset.resize_size, weights),
        "crop": one(preset.crop_size, weights),
        "interpolation": preset.interpolation.value,
        "mean": preset.mean,
        "std": preset.std,
    }


def entry(architecture, weights, is_default):
    """The line of one pair; fields without a value are left out."""
    file_name = weights.url.rsplit("/", 1)[-1]
    prefix = HASH.search(file_name)
    meta = weights.meta
    metrics = meta["_metrics"].get("ImageNet-1K", {})
    licence_url = meta.get("license")
    licence, licence_url = (LICENCES[licence_url], licence_url) if licence_url else LICENCE
    classes = meta["categories"]
    first, head = layers(architecture, len(classes) if classes else 1000)
    fields = {
        "name": architecture,
        "weights": weights.name,
        "enum": type(weights).__name__,
        "default": is_default,
        "aliases": OLD_NAMES.get(str(weights)),
        "architecture": architecture,
        "url": weights.url,
        "sha256Prefix": prefix and prefix.group(1),
        "megabytes": number(meta["_file_size"]),
        "parameters": meta["num_params"],
        "top1": number(metrics.get("acc@1")),
        "top5": number(metrics.get("acc@5")),
        "gflops": number(meta["_ops"]),
        "preprocessing": preprocessing(weights),
        "minimumSize": one(meta["min_size"], weights),
        "classList": "imagenet1k" if classes else None,
        "head": head if classes else None,
        "firstConvolution": first,
        "licence": licence,
        "licenceURL": licence_url,
        "recipe": meta["recipe"],
        "origin": ORIGIN,
        "paper": paper(architecture),
    }
    return {key: value for key, value in fields.items() if value is not None}


def entries():
    for architecture in sorted(models.list_models(module=models), key=natural):
        family = models.get_model_weights(architecture)
        for weights in family:
            yield entry(architecture, weights, weights is family.DEFAULT)


def categories():
    """The ImageNet class names, after checking that all weights have the same."""
    lists = {
        tuple(weights.meta["categories"])
        for architecture in models.list_models(module=models)
        for weights in models.get_model_weights(architecture)
        if weights.meta["categories"]
    }
    return one(lists, "categories")


def lines(values):
    return ",\n".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)


def documents():
    """File → (text to write, line that may differ in a check)."""
    source = json.dumps({"source": f"torchvision {torchvision.__version__.split('+')[0]}"})[1:-1]
    return {
        FOLDER / "torchvision.json": f'{{{source},\n"entries":[\n{lines(entries())}\n]}}\n',
        FOLDER / "classes" / "imagenet1k.json": f"[\n{lines(categories())}\n]\n",
    }


def without_source(text):
    """A newer torchvision that says the same is no difference."""
    return re.sub(r'^\{"source".*\n', "", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the files differ")
    check = parser.parse_args().check
    stale = False
    for path, text in documents().items():
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or without_source(path.read_text(encoding="utf-8")) != without_source(text):
            print(f"{path.relative_to(FOLDER.parent)} is not what this torchvision says; run {sys.argv[0]}")
            stale = True
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()

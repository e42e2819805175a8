#!/usr/bin/env python3
"""Shows that PyTorch reads a file: loads it with `weights_only=True` and puts it into the network it belongs to.

Prints one JSON line a tensor and one for the whole. A file of `zoo finetune` says which network it is; for a bare
state dict give `--arch`. Ends with status 1 where PyTorch refuses the file or the names do not fit.
"""

import argparse
import json
import pickle
import sys
from pathlib import Path

import torch

import networks


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--arch", help="resnet20-cifar10, mobilenet_v1_x0_25, resnet18, …; else what the file says")
    parser.add_argument("--quiet", action="store_true", help="no line a tensor")
    return parser.parse_args()


def outputs(tensors):
    """The number of classes: the rows of the last matrix."""
    matrices = [tensor for tensor in tensors.values() if tensor.dim() == 2]
    return len(matrices[-1]) if matrices else None


def main():
    arguments = parse()
    try:
        content = torch.load(arguments.file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        print(f"{arguments.file}: PyTorch does not read it: {error}", file=sys.stderr)
        return 1
    tensors = networks.tensors(content)
    if not arguments.quiet:
        for name, tensor in tensors.items():
            print(json.dumps({"name": name, "dtype": str(tensor.dtype).removeprefix("torch."),
                              "shape": list(tensor.shape)}))
    summary = {"file": str(arguments.file), "tensors": len(tensors), "torch": torch.__version__}
    if "state_dict" in content:  # the rest of a training checkpoint, where it is short
        summary |= {key: value for key, value in content.items() if key in ("arch", "classes", "preprocessing", "zoo")}
    arch = arguments.arch or summary.get("arch")
    if arch:
        try:
            networks.build(arch, outputs(tensors)).load_state_dict(tensors, strict=True)
        except (RuntimeError, ValueError) as error:
            print(f"{arguments.file}: does not fit {arch}: {error}", file=sys.stderr)
            return 1
        summary["loadsInto"] = arch
    print(json.dumps(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main())

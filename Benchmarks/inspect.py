"""Times zoo inspect and zoo scan beside Python on one large checkpoint: whole processes, medians.

    python3 Benchmarks/inspect.py .build/release/zoo --python venv/bin/python [--picklescan venv/bin/picklescan]

The checkpoint is made by torch: a state dict of 240 MB in 320 tensors. Python's side lists names, dtypes and shapes with
torch.load(mmap=True, weights_only=True).
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

MAKE = """
import sys, torch
torch.manual_seed(0)
torch.save({f"layer{i}.weight": torch.randn(384, 512) for i in range(320)}, sys.argv[1])
"""
LIST = """
import sys, torch
state = torch.load(sys.argv[1], map_location="cpu", mmap=True, weights_only=True)
for name, tensor in state.items(): print(name, tensor.dtype, tuple(tensor.shape))
"""


def median(command: list[str], runs: int) -> float:
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("zoo")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--picklescan")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "large.pth")
        subprocess.run([options.python, "-c", MAKE, file], check=True)
        print(f"checkpoint: {pathlib.Path(file).stat().st_size / 1e6:.0f} MB")
        commands = {
            "zoo inspect": [options.zoo, "inspect", file],
            "torch.load(mmap, weights_only)": [options.python, "-c", LIST, file],
            "zoo scan": [options.zoo, "scan", file],
        }
        if options.picklescan:
            commands["picklescan"] = [options.picklescan, "--path", file]
        for name, command in commands.items():
            print(f"{name}: {median(command, options.runs) * 1000:.1f} ms")


if __name__ == "__main__":
    main()

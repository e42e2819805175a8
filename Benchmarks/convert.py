"""Times zoo convert and zoo inspect beside cp and Python on one large checkpoint: whole processes, alternated, medians.

    python3 Benchmarks/convert.py .build/release/zoo [--python venv/bin/python] [--realtime]

The checkpoint is a state dict of 236 MB in 300 tensors. It is made without Python's libraries; without --python
their side is left out. --realtime (root only) gives every process real-time priority, for a machine that has other work.
"""

import argparse
import os
import pathlib
import resource
import statistics
import struct
import subprocess
import tempfile
import time
import json

PYTHON_CONVERT = """
import sys, torch
from safetensors.torch import save_file
state = torch.load(sys.argv[1], map_location="cpu", weights_only=True, mmap=True)
save_file({name: tensor.contiguous() for name, tensor in state.items()}, sys.argv[2])
"""
PYTHON_LIST = """
import sys, torch
state = torch.load(sys.argv[1], map_location="cpu", mmap=True, weights_only=True)
for name, tensor in state.items(): print(name, tensor.dtype, tuple(tensor.shape))
"""


def make(zoo: str, folder: pathlib.Path) -> pathlib.Path:
    """A safetensors file written by hand, converted to PyTorch's format by zoo."""
    header, end = {}, 0
    for index in range(300):
        header[f"layer{index}.weight"] = {
            "dtype": "F32", "shape": [384, 512], "data_offsets": [end, end := end + 384 * 512 * 4]}
    text = json.dumps(header).encode()
    source = folder / "source.safetensors"
    with source.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(300):
            file.write(os.urandom(384 * 512 * 4))
    target = folder / "large.pth"
    subprocess.run([zoo, "convert", source, target], check=True, stdout=subprocess.DEVNULL)
    source.unlink()
    return target


def run(command: list[str]) -> tuple[float, float]:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall * 1000, cpu * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("zoo")
    parser.add_argument("--python", help="an interpreter with torch and safetensors")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--realtime", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = pathlib.Path(name)
        file = str(make(options.zoo, folder))
        copy, out = str(folder / "copy.pth"), str(folder / "out.safetensors")
        commands = {
            "cp": ["cp", file, copy],
            "zoo convert": [options.zoo, "convert", file, out],
            "zoo inspect": [options.zoo, "inspect", file],
        }
        if options.python:
            commands["Python, torch.load + save_file"] = [options.python, "-c", PYTHON_CONVERT, file, out]
            commands["Python, torch.load(mmap=True)"] = [options.python, "-c", PYTHON_LIST, file]
        if options.realtime:
            commands = {key: ["chrt", "-f", "10", *command] for key, command in commands.items()}
        times = {key: [] for key in commands}
        for turn in range(options.runs + 1):
            for key, command in commands.items():
                for path in (copy, out):
                    pathlib.Path(path).unlink(missing_ok=True)
                result = run(command)
                if turn:
                    times[key].append(result)
        print(f"checkpoint: {os.path.getsize(file) / 1e6:.0f} MB, medians of {options.runs}")
        base = statistics.median(wall for wall, _ in times["cp"])
        for key, results in times.items():
            wall, cpu = (statistics.median(column) for column in zip(*results))
            print(f"{key:32} {wall:8.1f} ms  {wall / base:6.2f} × cp  {cpu:8.1f} ms of CPU")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Where the time of a network goes, operator by operator, from oneDNN's own report of every call.

    profile.py PROGRAM [--network resnet18] [--batch 32] [--size 224] [--threads 1] [--bf16] [--exact] [--layers]

PROGRAM is a built NetworkSpeed or TrainingSpeed. A row of the table is a kind of call: milliseconds of a batch (medians
over the batches, the first two left out), share, GFLOP/s (two for a multiply-add, counted as for direct convolution),
and that relative to the peak of one core that peak.c measures, times the threads. What oneDNN does not run (copies of
the input, the loss, the optimiser) is the last row. Debian's oneDNN reads ONEDNN_VERBOSE and reports wall-clock time:
one thread on an idle machine says most.
"""

import argparse
import collections
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

KINDS = {  # (primitive, direction or algorithm) → what it is
    ("convolution", "forward"): "convolution, forward", ("convolution", "backward_data"): "convolution, input's gradient",
    ("convolution", "backward_weights"): "convolution, weights' gradient",
    ("inner_product", "forward"): "linear, forward", ("inner_product", "backward_data"): "linear, input's gradient",
    ("inner_product", "backward_weights"): "linear, weights' gradient",
    ("batch_normalization", "forward"): "batch norm, forward", ("batch_normalization", "backward"): "batch norm, gradients",
    ("layer_normalization", "forward"): "layer norm, forward", ("layer_normalization", "backward"): "layer norm, gradients",
    ("pooling_v2", "forward"): "pooling, forward", ("pooling_v2", "backward"): "pooling, gradient",
    ("eltwise", "forward"): "activations, forward", ("eltwise", "backward"): "activations, gradient",
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--network", default="resnet18")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batches", type=int, default=9)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--layers", action="store_true", help="a row for every shape of a convolution as well")
    return parser.parse_args()


def peak():
    """What peak.c measures on one core."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "peak"
        source = Path(__file__).with_name("peak.c")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-march=native", str(source), "-o", str(program)], check=True)
        return json.loads(subprocess.run([program], capture_output=True, text=True, check=True).stdout)


def run(arguments):
    """For every batch oneDNN's lines and the seconds of the batch."""
    command = [arguments.program, arguments.network, str(arguments.batch), str(arguments.size), str(arguments.threads)]
    command += ["--batches", str(arguments.batches)] + ["--bf16"] * arguments.bf16 + ["--exact"] * arguments.exact
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1,
                               env=os.environ | {"ONEDNN_VERBOSE": "1", "DNNL_VERBOSE": "1"})
    batches, start = [], None
    for line in process.stdout:
        if line.startswith("#"):
            now = time.perf_counter()
            if start is not None:
                batches[-1]["milliseconds"] = (now - start) * 1e3
            start = now
            batches.append({"calls": [], "milliseconds": 0})
        elif batches and ",exec,cpu," in line:
            batches[-1]["calls"].append(line.strip().split(","))
    if process.wait():
        raise SystemExit(f"{arguments.program} failed")
    return batches[2:-1]


def numbers(shape):
    """`mb32_ic64oc64_ih56…` as a dictionary."""
    return {name: int(value) for name, value in re.findall(r"([a-z]+)(\d+)", shape.replace("_", ""))}


def operations(kind, shape):
    """Floating-point operations of a call, or none for what is bound by memory."""
    if kind.startswith("convolution"):
        n = numbers(shape)
        return 2 * n["mb"] * n["oc"] * n["oh"] * n["ow"] * n["ic"] * n["kh"] * n["kw"] // n.get("g", 1)
    if kind.startswith("linear"):
        n = numbers(shape)
        return 2 * n["mb"] * n["oc"] * n["ic"] * n.get("ih", 1) * n.get("iw", 1)
    return 0


def describe(call):
    """The kind of a call, its algorithm where that matters, and its shape."""
    primitive, implementation, direction, shape = call[3], call[4], call[5], call[9]
    for (name, part), kind in KINDS.items():
        if primitive == name and direction.startswith(part):
            if name == "convolution":
                # oneDNN names the algorithm, `alg:convolution_winograd`.
                algorithm = "Winograd" if "winograd" in ",".join(call[6:9]) or "wino" in implementation else "direct"
                return f"{kind}, {algorithm}", shape
            return kind, shape
    return {"reorder": "reorders"}.get(primitive, "sums and products" if primitive in ("binary", "sum") else primitive), shape


def main():
    arguments = parse()
    best = peak()
    bound = best["bfloat16" if arguments.bf16 else "float32"] * arguments.threads
    batches = run(arguments)
    times = [statistics.median(float(batch["calls"][index][10]) for batch in batches)
             for index in range(len(batches[0]["calls"]))]
    rows = collections.defaultdict(lambda: [0, 0.0, 0])
    for call, milliseconds in zip(batches[0]["calls"], times):
        kind, shape = describe(call)
        for name in [kind] + ([f"{kind}: {shape}"] if arguments.layers and kind.startswith("convolution") else []):
            row = rows[name]
            row[0] += 1
            row[1] += milliseconds
            row[2] += operations(kind, shape)
    whole = statistics.median(batch["milliseconds"] for batch in batches)
    rows["not oneDNN's"] = [1, max(0.0, whole - sum(times)), 0]
    print(json.dumps({"program": Path(arguments.program).name, "network": arguments.network, "batch": arguments.batch,
                      "threads": arguments.threads, "precision": "bf16" if arguments.bf16 else "fp32",
                      "exact": arguments.exact, "millisecondsPerBatch": round(whole, 1), "peakOfACore": best}))
    print("| Calls | number | ms | share | GFLOP/s | of the peak |\n| --- | --- | --- | --- | --- | --- |")
    for kind, (count, milliseconds, flops) in sorted(rows.items(), key=lambda row: -row[1][1]):
        rate = flops / milliseconds * 1e-6 if flops and milliseconds else 0
        print(f"| {kind} | {count} | {milliseconds:.1f} | {milliseconds / whole:.0%} "
              f"| {f'{rate:.0f}' if rate else ''} | {f'{rate / bound:.0%}' if rate and bound else ''} |")


if __name__ == "__main__":
    main()

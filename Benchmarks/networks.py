#!/usr/bin/env python3
"""Images a second of zoo's engine beside PyTorch's best setting, network by network, and the peak of memory of both.

    swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks
    Benchmarks/networks.py .build/benchmarks/release --python VENV/bin/python [--network resnet18]… [--work training]…

Batch 32 (`--batch`), 224×224. The two take turns, each alone in a process: zoo (`NetworkSpeed`, `TrainingSpeed`), then PyTorch in
every layout (`pytorch/inference.py`, `pytorch/training.py`), for bfloat16 inference `torch.compile` too. Each row is a
line of JSON; a table in Markdown follows. Where other programs run beside it, `--threads 1 --processor-time` compares
images a second of processor time instead.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

NETWORKS = ["resnet18", "resnet50", "vgg16", "mobilenet_v2", "efficientnet_b0"]
WORK = {"inference": "NetworkSpeed", "training": "TrainingSpeed"}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path, help="the folder of NetworkSpeed and TrainingSpeed")
    parser.add_argument("--python", required=True, help="a Python that has torch and torchvision")
    parser.add_argument("--network", action="append", help="of torchvision; may be repeated (default: five)")
    parser.add_argument("--work", action="append", choices=list(WORK), help="may be repeated (default: both)")
    parser.add_argument("--precision", action="append", choices=["fp32", "bf16", "int8"],
                        help="may be repeated (default: fp32 and bf16); int8 is inference only")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--processor-time", action="store_true", help="count the time of processors, not of the clock")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs of PyTorch; the median counts")
    return parser.parse_args()


def run(command):
    """The JSON that a command prints last, and its peak of memory in bytes."""
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True, env=environment)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return json.loads(output.strip().splitlines()[-1]), usage.ru_maxrss * 1024


def row(arguments, network, work, precision):
    """One comparison."""
    native = [arguments.programs / WORK[work], network, arguments.batch, 224, arguments.threads]
    zoo, zoo_peak = run(native + ([f"--{precision}"] if precision != "fp32" else []))
    script = Path(__file__).parent / "pytorch" / f"{work}.py"
    torch, _ = run([arguments.python, script, "--threads", arguments.threads, "speed", "--network", network,
                    "--precision", precision, "--batch", arguments.batch, "--rounds", arguments.rounds])
    settings = {name: found["imagesPerSecond"] for name, found in torch["settings"].items()}
    own, best, peak = zoo["imagesPerSecond"], torch["best"], torch["peakBytes"]
    if arguments.processor_time:
        settings = {name: round(arguments.batch / found["processorSeconds"], 2)
                    for name, found in torch["settings"].items()}
        own, best = round(1 / zoo["processorSecondsPerImage"], 2), max(settings, key=settings.get)
        peak = torch["settings"][best]["peakBytes"]
    return {"network": network, "work": work, "precision": precision, "batch": arguments.batch,
            "threads": arguments.threads, "zoo": own, "pytorch": settings[best], "setting": best,
            "ratio": round(own / settings[best], 2), "zooPeakMB": zoo_peak // 1_000_000,
            "pytorchPeakMB": peak // 1_000_000, "settings": settings, "torch": torch["torch"]}


def main():
    arguments = parse()
    rows = []
    for network in arguments.network or NETWORKS:
        for work in arguments.work or WORK:
            for precision in arguments.precision or ["fp32", "bf16"]:
                rows.append(row(arguments, network, work, precision))
                print(json.dumps(rows[-1]), flush=True)
    print("\n| Network | Work | Type | zoo | PyTorch | Ratio | Peak MB, zoo | PyTorch |\n|" + " --- |" * 8)
    for each in rows:
        print(f"| {each['network']} | {each['work']} | {each['precision']} | {each['zoo']} | {each['pytorch']} "
              f"({each['setting']}) | {each['ratio']} | {each['zooPeakMB']} | {each['pytorchPeakMB']} |")


if __name__ == "__main__":
    main()

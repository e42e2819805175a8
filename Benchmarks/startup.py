#!/usr/bin/env python3
"""How long zoo takes to start, and how large it is: startup.py ZOO [--cold]

Whole processes, 50 of each command: least and median wall time, median processor time. --cold (as root) also measures ten
starts of `zoo --help` after the kernel has dropped its cache of files. Prints JSON lines.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time

COMMANDS = [["--help"], ["finetune", "--help"], ["list", "--json"], ["cache", "dir"], ["--version"], ["doctor", "-q"]]


def run(command):
    """Wall and processor time of one process, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1e3, cpu * 1e3


def report(name, runs):
    walls, cpus = zip(*runs)
    print(
        json.dumps(
            {
                "command": name,
                "runs": len(runs),
                "leastMilliseconds": round(min(walls), 1),
                "medianMilliseconds": round(statistics.median(walls), 1),
                "medianProcessorMilliseconds": round(statistics.median(cpus), 1),
            }
        )
    )


def sizes(zoo):
    libraries = subprocess.run(["ldd", zoo], capture_output=True, text=True).stdout.splitlines()
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "--strip-all", "-o", stripped.name, zoo], check=True)
        stripped_bytes = os.path.getsize(stripped.name)
    linker = subprocess.run(
        [zoo, "--help"], capture_output=True, text=True, env={**os.environ, "LD_DEBUG": "statistics"}
    ).stderr
    numbers = re.findall(r"(total startup time in dynamic loader|final number of relocations): (\d+)", linker)
    print(
        json.dumps(
            {
                "bytes": os.path.getsize(zoo),
                "strippedBytes": stripped_bytes,
                "libraries": len(libraries),
                "librariesOfSwift": sum("libswift" in line or "libFoundation" in line for line in libraries),
                "linker": {name: int(count) for name, count in numbers},
            }
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zoo")
    parser.add_argument("--cold", action="store_true")
    arguments = parser.parse_args()
    sizes(arguments.zoo)
    for command in COMMANDS:
        run([arguments.zoo, *command])
        report("zoo " + " ".join(command), [run([arguments.zoo, *command]) for _ in range(50)])
    if arguments.cold:
        runs = []
        for _ in range(10):
            os.sync()
            with open("/proc/sys/vm/drop_caches", "w") as file:
                file.write("3")
            runs.append(run([arguments.zoo, "--help"]))
        report("zoo --help, nothing cached", runs)


main()

"""Kills `zoo fetch` at random moments, again and again: is the file right, what comes twice, what is left?

    python3 Benchmarks/kills.py .build/release/zoo --kills 500

For 1 and for 8 connections: cycles of SIGKILL, SIGTERM and SIGINT (three, one and one of five) at random moments until so
many kills are done. Each file is fetched to its end, its SHA-256 compared, the cache verified, and whatever is there
besides the file counted as an orphan. The server (that of segments.py) counts what it hands to the system; what is in
buffers when a client dies counts as sent twice. Standard library only; prints one line of JSON for each.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import tempfile
import time

from segments import Bench

SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


def cycle(bench: Bench, segments: int, wanted: int, draw: random.Random) -> dict:
    counts = {"kills": 0, "files": 0, "wrong": 0, "orphans": 0, "bad_exit_codes": 0}
    sent = bench.counted["sent"]
    while counts["kills"] < wanted:
        with tempfile.TemporaryDirectory() as home:
            while True:
                process = bench.start(home, segments)
                try:
                    status = process.wait(draw.uniform(0.02, 0.5) if counts["kills"] < wanted else 120)
                    counts["bad_exit_codes"] += status != 0
                    break
                except subprocess.TimeoutExpired:
                    chosen = SIGNALS[counts["kills"] % len(SIGNALS)]
                    process.send_signal(chosen)
                    status = process.wait()
                    # One that comes just after the end finds exit code 0; one before the program listens ends it.
                    counts["bad_exit_codes"] += status not in (0, 130, -chosen)
                    counts["kills"] += 1
                    if status == 0:
                        break
            counts["files"] += 1
            counts["wrong"] += not bench.is_right(home)
            environment = dict(os.environ, TORCH_HOME=home)
            subprocess.run([bench.zoo, "verify", "--quiet"], env=environment, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60)
            names = os.listdir(os.path.join(home, "hub", "checkpoints"))
            # The file is no checkpoint and its name has no hash, so verify removes it.
            counts["orphans"] += len([name for name in names if name not in (".zoo", "CACHEDIR.TAG", "weights.pth")])
    time.sleep(0.5)
    twice = bench.counted["sent"] - sent - counts["files"] * bench.length
    return {"segments": segments, **counts, "sent_twice": twice,
            "sent_twice_per_kill_and_segment": round(twice / counts["kills"] / segments)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo")
    parser.add_argument("--megabytes", type=int, default=40)
    parser.add_argument("--rate", type=float, default=20e6, help="bytes a second of all connections together")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--segments", type=int, nargs="*", default=[1, 8])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    bench = Bench(options.zoo, draw.randbytes(options.megabytes * 1_000_000), options.rate)
    for segments in options.segments:
        bench.counted["rate"] = options.rate / segments
        print(json.dumps(cycle(bench, segments, options.kills, draw)), flush=True)


if __name__ == "__main__":
    main()

"""One cache, many fetchers, and disks that refuse: what comes of it.

    python3 Benchmarks/sharing.py .build/release/zoo [--python venv/bin/python]

Sixteen processes fetch one file at once. Then, with an old file in the cache: a full disk (a tmpfs, needs root), a
read-only cache (a bind mount, needs root), and a limit on the length of files (RLIMIT_FSIZE, as near to a quota as every
machine allows). With a Python that has torch: torch.hub finds what zoo fetched, and zoo what torch.hub fetched. Each line
of JSON says what came of it. Standard library only.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile

from segments import make_server


class Case:
    def __init__(self, zoo: str, body: bytes):
        self.zoo, self.body, self.digest = os.path.abspath(zoo), body, hashlib.sha256(body).hexdigest()
        self.server, self.counted = make_server(body, 1e12)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/weights-{self.digest[:8]}.pth"

    def environment(self, home: str) -> dict:
        return dict(os.environ, TORCH_HOME=home, no_proxy="127.0.0.1", SWIFT_BACKTRACE="enable=no")

    def fetch(self, home: str, url: str = "", **options) -> subprocess.Popen:
        return subprocess.Popen(
            [self.zoo, "fetch", url or self.url, "--quiet"], env=self.environment(home), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, **options)

    def at_once(self, count: int) -> dict:
        self.counted["rate"] = len(self.body) / 2.0
        with tempfile.TemporaryDirectory() as home:
            requests = []
            original = self.server.RequestHandlerClass.do_GET

            def counting(handler):
                requests.append(handler.path)
                original(handler)

            self.server.RequestHandlerClass.do_GET = counting
            running = [self.fetch(home) for _ in range(count)]
            statuses = [process.wait(timeout=120) for process in running]
            self.server.RequestHandlerClass.do_GET = original
            self.counted["rate"] = 1e12
            return {"case": f"{count} processes at once", "successes": statuses.count(0), "transfers": len(requests),
                    "left": names(home)}

    def refused(self, name: str, home: str, **options) -> dict:
        """`home` has an old file; the new one does not fit."""
        process = self.fetch(home, **options)
        errors = process.communicate(timeout=120)[1]
        folder = os.path.join(home, "hub", "checkpoints")
        with open(os.path.join(folder, "old.pth"), "rb") as file:
            intact = file.read() == b"old"
        return {"case": name, "exitCode": process.returncode, "oldFileIntact": intact, "left": names(home),
                "says": errors.strip()}


def names(home: str) -> list:
    return sorted(name for name in os.listdir(os.path.join(home, "hub", "checkpoints")) if name[0] != ".")


def put_old(home: str) -> None:
    os.makedirs(os.path.join(home, "hub", "checkpoints"), exist_ok=True)
    with open(os.path.join(home, "hub", "checkpoints", "old.pth"), "wb") as file:
        file.write(b"old")


@contextlib.contextmanager
def mounted(*arguments: str):
    with tempfile.TemporaryDirectory() as home:
        source = [home] if "--bind" in arguments else ["zoo-test"]
        if "--bind" in arguments:
            put_old(home)
        subprocess.run(["mount", *arguments, *source, home], check=True)
        try:
            if "--bind" not in arguments:
                put_old(home)
            yield home
        finally:
            subprocess.run(["umount", "-l", home], check=True)


def limit_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))


def with_torch(case: Case, python: str) -> None:
    load = ("import sys, torch.hub; torch.hub.load_state_dict_from_url(sys.argv[1], check_hash=True, progress=False, "
            "weights_only=True)")
    for first, second in (("zoo", "torch.hub"), ("torch.hub", "zoo")):
        with tempfile.TemporaryDirectory() as home:
            sent = []
            for who in (first, second):
                before = case.counted["sent"]
                command = [case.zoo, "fetch", case.url, "--quiet"] if who == "zoo" else [python, "-c", load, case.url]
                subprocess.run(command, env=case.environment(home), check=True, stdout=subprocess.DEVNULL)
                sent.append(case.counted["sent"] - before)
            print(json.dumps({"case": f"{first} fetches, {second} finds", "bytes": sent, "left": names(home)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo")
    parser.add_argument("--python", help="a Python with torch")
    options = parser.parse_args()
    case = Case(options.zoo, random.Random(1).randbytes(20_000_000))
    print(json.dumps(case.at_once(16)), flush=True)
    if os.geteuid() == 0 and shutil.which("mount"):
        with mounted("-t", "tmpfs", "-o", "size=8m") as home:
            print(json.dumps(case.refused("full disk", home)), flush=True)
        with mounted("--bind", "-o", "ro") as home:
            print(json.dumps(case.refused("read-only cache", home)), flush=True)
    with tempfile.TemporaryDirectory() as home:
        put_old(home)
        print(json.dumps(case.refused("files of 4 MiB at most", home, preexec_fn=limit_files)), flush=True)
    if options.python:
        made = subprocess.run(
            [options.python, "-c", "import io, sys, torch; b = io.BytesIO(); "
             "torch.save({'weight': torch.zeros(500, 500)}, b); sys.stdout.buffer.write(b.getvalue())"],
            check=True, stdout=subprocess.PIPE).stdout
        with_torch(Case(options.zoo, made), options.python)


if __name__ == "__main__":
    main()

"""Measures `zoo fetch --segments` where the server limits each connection, and what kills cost.

    python3 Benchmarks/segments.py .build/release/zoo --megabytes 40 --kills 50

A server on 127.0.0.1 sends a file of random bytes at a limited rate on each connection. First the speed-up of 4
connections over 1; then, with 1 and with 8, cycles of SIGKILL at random moments until so many kills are done, and how
many bytes came twice. The first request of a file also goes to its end before it is divided; what of that is sent in
vain belongs to the excess. Standard library only; prints one line of JSON.
"""

import argparse
import hashlib
import http.server
import json
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

CHUNK = 1 << 14


def make_server(body: bytes, rate: float):
    counted = {"sent": 0, "requests": 0, "rate": rate}
    lock = threading.Lock()
    etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            # Small buffers: what is sent is soon received.
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
            super().setup()

        def do_GET(self):
            match = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range", ""))
            if self.headers.get("If-Range", etag) != etag:
                match = None
            start = int(match.group(1)) if match else 0
            end = int(match.group(2)) + 1 if match and match.group(2) else len(body)
            self.send_response(206 if match else 200)
            if match:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(body)}")
            self.send_header("Content-Length", str(end - start))
            self.send_header("ETag", etag)
            self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            began, sent, rate = time.monotonic(), 0, counted["rate"]
            try:
                for offset in range(start, end, CHUNK):
                    piece = body[offset:min(offset + CHUNK, end)]
                    self.wfile.write(piece)
                    sent += len(piece)
                    with lock:
                        counted["sent"] += len(piece)
                    time.sleep(max(0.0, began + sent / rate - time.monotonic()))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *arguments: None  # Clients are killed; their connections are reset.
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, counted


class Bench:
    def __init__(self, zoo: str, body: bytes, rate: float):
        self.zoo, self.digest, self.length = zoo, hashlib.sha256(body).hexdigest(), len(body)
        self.server, self.counted = make_server(body, rate)

    def start(self, home: str, segments: int) -> subprocess.Popen:
        url = f"http://127.0.0.1:{self.server.server_port}/weights.pth"
        environment = dict(os.environ, TORCH_HOME=home, no_proxy="127.0.0.1", SWIFT_BACKTRACE="enable=no")
        return subprocess.Popen(
            [self.zoo, "fetch", url, "--sha256", self.digest, "--segments", str(segments), "--quiet"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def is_right(self, home: str) -> bool:
        with open(os.path.join(home, "hub", "checkpoints", "weights.pth"), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() == self.digest

    def seconds(self, segments: int) -> float:
        with tempfile.TemporaryDirectory() as home:
            began = time.monotonic()
            assert self.start(home, segments).wait() == 0
            seconds = time.monotonic() - began
            assert self.is_right(home)
            return seconds

    def kills(self, segments: int, wanted: int, draw: random.Random) -> dict:
        done = files = wrong = 0
        sent = self.counted["sent"]
        while done < wanted:
            with tempfile.TemporaryDirectory() as home:
                while True:
                    process = self.start(home, segments)
                    try:
                        status = process.wait(draw.uniform(0.15, 0.6) if done < wanted else None)
                        assert status == 0, status
                        break
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        process.wait()
                        done += 1
                files += 1
                wrong += not self.is_right(home)
        time.sleep(0.5)
        twice = self.counted["sent"] - sent - files * self.length
        return {
            "segments": segments, "kills": done, "files": files, "wrong": wrong, "excess_bytes": twice,
            "excess_per_kill_and_segment": round(twice / done / segments)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo")
    parser.add_argument("--megabytes", type=int, default=40)
    parser.add_argument("--rate", type=float, default=5e6, help="bytes a second of one connection")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    bench = Bench(options.zoo, draw.randbytes(options.megabytes * 1_000_000), options.rate)
    one, four = bench.seconds(1), bench.seconds(4)
    result = {"seconds_1": round(one, 2), "seconds_4": round(four, 2), "speed_up": round(one / four, 2), "kills": []}
    for segments in (1, 8):
        # The same rate in all, so that as much is under way.
        bench.counted["rate"] = options.rate * 8 / segments / 2
        result["kills"].append(bench.kills(segments, options.kills, draw))
    print(json.dumps(result))


if __name__ == "__main__":
    main()

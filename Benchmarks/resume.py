"""Kills `zoo fetch` with SIGKILL at random moments and lets it resume: is the hash right, how much is fetched twice?

    python3 Benchmarks/resume.py .build/release/zoo --megabytes 200 --kills 10

A server on 127.0.0.1 sends a file of random bytes, at a limited rate so that there is time to kill, and counts what it
sent. It honours Range and If-Range. Standard library only; prints one line of JSON.
"""

import argparse
import hashlib
import http.server
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import threading
import time

CHUNK = 1 << 16


def make_server(body: bytes, rate: float):
    counted = {"sent": 0, "requests": 0}
    etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            counted["requests"] += 1
            start = 0
            match = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
            if match and self.headers.get("If-Range", etag) == etag:
                start = int(match.group(1))
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.send_header("ETag", etag)
            self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            began, sent = time.monotonic(), 0
            try:
                for offset in range(start, len(body), CHUNK):
                    piece = body[offset:offset + CHUNK]
                    self.wfile.write(piece)
                    sent += len(piece)
                    counted["sent"] += len(piece)
                    time.sleep(max(0.0, began + sent / rate - time.monotonic()))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rate", type=float, default=100e6, help="bytes per second")
    parser.add_argument("--signal", choices=["KILL", "TERM", "INT"], default="KILL")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    body = draw.randbytes(options.megabytes * 1_000_000)
    digest = hashlib.sha256(body).hexdigest()
    server, counted = make_server(body, options.rate)
    name = f"random-{digest[:8]}.pth"
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    whole = len(body) / options.rate
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "TORCH_HOME": home, "no_proxy": "127.0.0.1"}
        command = [options.zoo, "fetch", url, "--sha256", digest, "--quiet"]
        killed = 0
        for _ in range(options.kills):
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            time.sleep(draw.uniform(0.02, whole / (options.kills + 1)))
            if process.poll() is None:
                process.send_signal(getattr(signal, f"SIG{options.signal}"))
                killed += 1
            process.wait(timeout=60)
        time.sleep(0.2)  # What the server still had in its buffers for the last one that was killed.
        final = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=600)
        checkpoints = os.path.join(home, "hub", "checkpoints")
        with open(os.path.join(checkpoints, name), "rb") as file:
            right = hashlib.sha256(file.read()).hexdigest() == digest
        subprocess.run([options.zoo, "verify", "--quiet"], env=environment, stdout=subprocess.DEVNULL, timeout=60)
        print(json.dumps({
            "bytes": len(body), "kills": killed, "signal": options.signal, "exitCode": final.returncode,
            "hashRight": right, "requests": counted["requests"], "sentByServer": counted["sent"],
            "sentTwicePerKill": round((counted["sent"] - len(body)) / max(killed, 1)),
            "left": sorted(os.listdir(checkpoints)),
        }))
    server.shutdown()


if __name__ == "__main__":
    main()

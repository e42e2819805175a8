"""Fetches from a real nginx with TLS on 127.0.0.1: what segments bring, and what CPU time fetching costs.

    python3 Benchmarks/nginx.py .build/release/zoo --python venv/bin/python

Needs nginx and openssl (Debian: nginx-light, openssl); curl, aria2c and a Python with torch are measured where they are.
nginx is started by this script with a configuration of its own in a temporary folder, listens at 127.0.0.1 only, and is
stopped at the end. Prints JSON lines: the speed-up of 4 connections over 1 where each is limited (limit_rate), HTTP/2, and
user and system time of whole processes, medians, the programs in turn. All check or compute the SHA-256 but plain curl;
`curl+sha256sum` is both, one after the other.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

CONFIGURATION = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log; worker_processes 1;
events {{}}
http {{
  access_log {home}/access.log; client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
  uwsgi_temp_path {home}/d; scgi_temp_path {home}/e; sendfile on;
  server {{
    listen 127.0.0.1:{tls} ssl http2; listen 127.0.0.1:{plain};
    ssl_certificate {home}/certificate.pem; ssl_certificate_key {home}/key.pem;
    location / {{ root {home}/files; }}
    location /slow/ {{ alias {home}/files/; limit_rate {rate}; }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    def __init__(self, home: str, rate: str):
        self.home, self.tls, self.plain = home, free_port(), free_port()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=zoo", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{home}/key.pem", "-out",
             f"{home}/certificate.pem"], check=True, stderr=subprocess.DEVNULL)
        os.chmod(home, 0o755)
        with open(f"{home}/nginx.conf", "w") as file:
            file.write(CONFIGURATION.format(home=home, tls=self.tls, plain=self.plain, rate=rate))
        self.process = subprocess.Popen(["nginx", "-c", f"{home}/nginx.conf", "-p", home], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.tls)) == 0:
                    return
            time.sleep(0.05)
        raise SystemExit("nginx does not start: " + open(f"{home}/error.log").read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def cpu(command: list, environment: dict) -> tuple:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def programs(options, url: str, digest: str, home: str) -> dict:
    target = f"{home}/out/{digest[:8]}.pth"
    certificate = f"{home}/certificate.pem"
    load = (f"import torch.hub; torch.hub.download_url_to_file({url!r}, {target!r}, hash_prefix={digest[:8]!r}, "
            "progress=False)")
    curl = f"curl --silent --cacert {certificate} -o {target} {url}"
    found = {
        "zoo": [options.zoo, "fetch", url, "--sha256", digest, "--segments", "1", "--quiet"],
        "zoo, 4 segments": [options.zoo, "fetch", url, "--sha256", digest, "--segments", "4", "--quiet"],
        "curl": ["sh", "-c", curl],
        "curl+sha256sum": ["sh", "-c", f"{curl} && sha256sum {target}"],
        "aria2c": ["aria2c", "-q", "-x1", "-s1", "--file-allocation=none", f"--checksum=sha-256={digest}",
                   f"--ca-certificate={certificate}", "-d", f"{home}/out", url],
    }
    if options.python:
        found["torch.hub"] = [options.python, "-c", load]
        found["python, import alone"] = [options.python, "-c", "import torch.hub"]
    return {name: command for name, command in found.items() if shutil.which(command[0]) or "/" in command[0]}


def compare(options, nginx: Nginx, url: str, digest: str) -> dict:
    times: dict = {}
    for _ in range(options.rounds):
        for name, command in programs(options, url, digest, nginx.home).items():
            if name == "aria2c" and not shutil.which("aria2c"):
                continue
            shutil.rmtree(f"{nginx.home}/out", ignore_errors=True)
            os.makedirs(f"{nginx.home}/out")
            environment = dict(os.environ, TORCH_HOME=f"{nginx.home}/out", SSL_CERT_FILE=f"{nginx.home}/certificate.pem",
                               CURL_CA_BUNDLE=f"{nginx.home}/certificate.pem",
                               no_proxy="127.0.0.1")
            times.setdefault(name, []).append(cpu(command, environment))
    return {name: {"cpu": round(statistics.median(one[0] for one in all), 3),
                   "wall": round(statistics.median(one[1] for one in all), 3)} for name, all in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo")
    parser.add_argument("--python", help="a Python with torch")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", default="4m", help="what nginx gives each connection a second")
    options = parser.parse_args()
    options.zoo = os.path.abspath(options.zoo)
    with tempfile.TemporaryDirectory() as home:
        os.makedirs(f"{home}/files")
        body = os.urandom(options.megabytes * 1_000_000)
        with open(f"{home}/files/weights.pth", "wb") as file:
            file.write(body)
        with open(f"{home}/files/small.pth", "wb") as file:
            file.write(body[:80_000_000])
        nginx = Nginx(home, options.rate)
        try:
            environment = dict(os.environ, CURL_CA_BUNDLE=f"{home}/certificate.pem", no_proxy="127.0.0.1")
            seconds, digest = {}, hashlib.sha256(body[:80_000_000]).hexdigest()
            for count in (1, 4):
                command = [options.zoo, "fetch", f"https://127.0.0.1:{nginx.tls}/slow/small.pth", "--sha256", digest,
                           "--segments", str(count), "--quiet"]
                seconds[count] = cpu(command, {**environment, "TORCH_HOME": f"{home}/slow{count}"})[1]
            protocols = {line.split('"')[1].split()[-1] for line in open(f"{home}/access.log")}
            print(json.dumps({
                "limit_rate": options.rate, "bytes": 80_000_000, "seconds_1": round(seconds[1], 2),
                "seconds_4": round(seconds[4], 2), "speed_up": round(seconds[1] / seconds[4], 2),
                "protocols": sorted(protocols)}), flush=True)
            digest = hashlib.sha256(body).hexdigest()
            for name, port in (("https", nginx.tls), ("http", nginx.plain)):
                url = f"{name}://127.0.0.1:{port}/weights.pth"
                result = compare(options, nginx, url, digest)
                print(json.dumps({"scheme": name, "bytes": len(body), "seconds": result}), flush=True)
        finally:
            nginx.stop()


if __name__ == "__main__":
    main()

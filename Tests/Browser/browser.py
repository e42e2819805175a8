"""A headless Chromium, spoken to over its debugging pipe: no package of Python is needed."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

NAMES = ["chromium", "chromium-browser", "google-chrome"]


class Browser:
    """Opens pages and says what they look like. Use it as a context manager."""

    def __init__(self):
        program = next((path for path in map(shutil.which, NAMES) if path), None)
        if program is None:
            raise SystemExit("error: there is no Chromium; apt-get install chromium")
        self.profile = tempfile.mkdtemp(prefix="zoo-browser-")
        self.events = []
        self.number = 0
        self.unread = b""
        commands, answers = os.pipe(), os.pipe()

        def place_pipes():
            # Chromium reads commands from descriptor 3 and answers at 4.
            reading, writing = os.dup(commands[0]), os.dup(answers[1])
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-background-networking",
             f"--user-data-dir={self.profile}"],
            preexec_fn=place_pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands[0])
        os.close(answers[1])
        self.input, self.output = commands[1], answers[0]
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        """Sends a command and waits for its answer; events that come before are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.input, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self):
        while b"\0" not in self.unread:
            part = os.read(self.output, 1 << 20)
            if not part:
                raise RuntimeError("Chromium ended")
            self.unread += part
        message, self.unread = self.unread.split(b"\0", 1)
        return json.loads(message)

    def open(self, address, width, height=900, scheme="light", media=""):
        """Loads a page in a window of that size, and returns everything that its console and its requests complain of."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events = []
        self.call("Page.navigate", url=address)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())
        # An answer comes after everything that happened before.
        self.evaluate("0")
        return [text for text in map(complaint, self.events) if text]

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, path, height=None):
        """Writes a PNG of the whole page, or of its first rows."""
        width, whole = self.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": min(whole, height or whole), "scale": 1}
        answer = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))


def complaint(event):
    """What an event says is wrong, if anything."""
    method, details = event.get("method"), event.get("params", {})
    if method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
        return f"log: {details['entry']['text']}"
    if method == "Runtime.consoleAPICalled":
        return f"console.{details['type']}"
    if method == "Runtime.exceptionThrown":
        return f"exception: {details['exceptionDetails']['text']}"
    if method == "Network.requestWillBeSent":
        address = details["request"]["url"]
        if not address.startswith(("data:", "file:")):
            return f"request to {address[:200]}"
    if method == "Network.loadingFailed":
        return f"could not load: {details.get('errorText')}"
    return None

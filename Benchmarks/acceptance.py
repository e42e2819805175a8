"""zoo on real weights and real photos, beside the answers that PyTorch gave: logits, accuracies, times.

    ZOO_DATA=FOLDER python3 Benchmarks/acceptance.py .build/release/zoo [--logits FOLDER]

FOLDER is that of the tests' real data (see CONTRIBUTING.md). `--logits` names what `pytorch/inference.py logits --out`
wrote: ResNet-18 and -50 with seeded random weights. Standard library only; prints one line of JSON a check, and exits 1
if a figure is outside its bound.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

DATA = pathlib.Path(os.environ.get("ZOO_DATA", "../shared/data")).resolve()
failed = False


def report(name: str, holds: bool, **figures) -> None:
    global failed
    failed = failed or not holds
    print(json.dumps({"check": name, "holds": holds, **figures}), flush=True)


class Zoo:
    def __init__(self, program: str, home: str) -> None:
        self.program, self.home = os.path.abspath(program), home

    def run(self, *arguments, mirror=None) -> str:
        environment = {**os.environ, "TORCH_HOME": self.home}
        if mirror:
            environment["ZOO_MIRROR"] = (DATA / "weights" / mirror).as_uri()
        command = [self.program, *map(str, arguments)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def logits(self, model, images) -> list:
        return [answer["logits"] for answer in self.json("predict", model, *images, "--logits")]


def cifar(zoo: Zoo) -> None:
    expected = json.loads((DATA / "expected/cifar10-jpeg-test.json").read_text())["models"]
    images = DATA / "datasets/cifar10-jpeg"
    for file, answer in expected.items():
        model = file.split("-")[0] + "-cifar10"
        zoo.run("fetch", model, mirror="cifar10")
        found = zoo.json("evaluate", model, images)
        report(f"accuracy of {model}", abs(found["accuracy"] - answer["accuracy"]) <= 0.001,
               accuracy=found["accuracy"], pytorch=round(answer["accuracy"], 4), loss=found["loss"])
        names = list(answer["logits"])
        rows = zoo.logits(model, [images / "test" / name for name in names])
        worst = max(abs(a - b) for name, row in zip(names, rows) for a, b in zip(answer["logits"][name], row))
        report(f"logits of {model}", worst <= 1e-3, worst=worst)


def mobilenet(zoo: Zoo) -> None:
    expected = json.loads((DATA / "expected/mobilenet-hymenoptera.json").read_text())["images"]
    zoo.run("fetch", "mobilenet_v1_x0_25", mirror="imagenet")
    names = list(expected)
    rows = zoo.logits("mobilenet_v1_x0_25", [DATA / "datasets/hymenoptera" / name for name in names])
    worst = max(abs(a - b) for name, row in zip(names, rows) for a, b in zip(expected[name]["logits0to9"], row))
    same = sum(row.index(max(row)) == expected[name]["argmax"] for name, row in zip(names, rows))
    report("logits of mobilenet_v1_x0_25", worst <= 1e-2 and same == len(names), worst=worst, sameClass=same)


def finetune(zoo: Zoo, folder: str) -> None:
    jobs = [("cifar10-jpeg", "resnet20-cifar10", [], 0.83),
            ("hymenoptera", "mobilenet_v1_x0_25", ["--epochs", "25"], 0.88)]
    for data, model, options, bound in jobs:
        outputs, times, best = [], [], 0.0
        for run in range(3):
            output = pathlib.Path(folder, f"{data}-{run}.pth")
            began = time.monotonic()
            answer = zoo.json("finetune", DATA / "datasets" / data, "--model", model, "--head-only", *options,
                              "-o", output)
            times.append(round(time.monotonic() - began, 2))
            outputs.append(output.read_bytes())
            best = answer["bestAccuracy"]
        accuracies = [best] + [
            zoo.json("finetune", DATA / "datasets" / data, "--model", model, "--head-only", *options, "--seed", seed,
                     "-o", pathlib.Path(folder, "other.pth"))["bestAccuracy"] for seed in (1, 2)]
        report(f"finetune --head-only on {data}", min(accuracies) >= bound and len(set(outputs)) == 1,
               accuracies=[round(value, 4) for value in accuracies], sameBytes=len(set(outputs)) == 1, seconds=times)


def random_resnets(zoo: Zoo, folder: pathlib.Path) -> None:
    for name in ("resnet18", "resnet50"):
        expected = json.loads((folder / f"{name}-seeded.json").read_text())["logits"]
        rows = zoo.logits(folder / f"{name}-seeded.pth", [DATA / "datasets/hymenoptera" / image for image in expected])
        worst = max(
            max(abs(a - b) for a, b in zip(wanted, row)) / max(map(abs, wanted))
            for wanted, row in zip(expected.values(), rows))
        report(f"logits of {name} with random weights", worst <= 1e-3, photos=len(rows), worstRelative=worst)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo")
    parser.add_argument("--logits", type=pathlib.Path)
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"no real data at {DATA}: set ZOO_DATA", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        zoo = Zoo(options.zoo, os.path.join(folder, "torch"))
        cifar(zoo)
        mobilenet(zoo)
        finetune(zoo, folder)
        if options.logits:
            random_resnets(zoo, options.logits)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

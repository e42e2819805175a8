#!/usr/bin/env python3
"""How many changed copies of images `zoo data check` recognises, and how many different images it takes for copies.

    python Benchmarks/near_duplicates.py ZOO        # needs Pillow; ZOO_DATA names the folder of real files

The validation images of hymenoptera and every fifth test image of cifar10-jpeg are changed one way after the other; the
originals are the training images. Prints a JSON line for each change, and one for the data as they are.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageEnhance


def recompressed(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=50)
    return Image.open(buffer).convert("RGB")


def cropped(image):
    x, y = max(1, image.width // 50), max(1, image.height // 50)
    return image.crop((x, y, image.width - x, image.height - y))


CHANGES = {
    "JPEG 50": recompressed,
    "half size": lambda image: image.resize((image.width // 2, image.height // 2), Image.LANCZOS),
    "contrast 0.7": lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    "brightness 1.2": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "2 % less on each side": cropped,
}


def check(zoo, folder):
    """The near-duplicates that zoo reports, as pairs of paths."""
    command = [zoo, "data", "check", str(folder), "--json", "--min-size", "0"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode > 1:
        sys.exit(result.stderr)
    return [(Path(pair["train"]), Path(pair["validation"])) for pair in json.loads(result.stdout)["nearDuplicates"]]


def main():
    zoo, datasets = sys.argv[1], Path(os.environ["ZOO_DATA"]) / "datasets"
    for name, part, step in [("hymenoptera", "val", 1), ("cifar10-jpeg", "test", 5)]:
        print(json.dumps({"data": name, "change": None, "falselyFound": len(check(zoo, datasets / name))}), flush=True)
        files = sorted((datasets / name / part).glob("*/*.jpg"))[::step]
        for change, function in CHANGES.items():
            with tempfile.TemporaryDirectory() as folder:
                for file in files:
                    image = Image.open(file).convert("RGB")
                    for split, version in [("train", image), ("val", function(image))]:
                        target = Path(folder) / split / file.parent.name / (file.stem + ".png")
                        target.parent.mkdir(parents=True, exist_ok=True)
                        version.save(target)
                pairs = check(zoo, folder)
            found = sum(train.name == copy.name and train.parent.name == copy.parent.name for train, copy in pairs)
            row = {"data": name, "change": change, "images": len(files), "found": found, "falselyFound": len(pairs) - found}
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()

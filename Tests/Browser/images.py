"""Makes a folder of tiny images in many classes: python3 images.py FOLDER CLASSES IMAGES_A_CLASS"""

import os
import random
import sys


def name(number, count):
    """The first names are those that a page must not take for markup, and one that is very long."""
    odd = ["<script>alert(1)<!", "a & b \"c\" 'd'", "a class with a name of many words that no column is wide enough for",
           "日本語のクラス", "Ünïcödé"]
    return odd[number] if count > 8 and number < len(odd) else f"class-{number:04d}"


def main():
    folder, count, images = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random.seed(1)
    for number in range(count):
        base = [random.randrange(40, 216) for _ in range(3)]
        for part in ["train", "val"]:
            place = os.path.join(folder, part, name(number, count))
            os.makedirs(place)
            for index in range(images):
                pixels = bytes(
                    max(0, min(255, base[channel] + random.randrange(-40, 41)))
                    for _ in range(16 * 16) for channel in range(3))
                with open(os.path.join(place, f"{index}.ppm"), "wb") as file:
                    file.write(b"P6 16 16 255\n" + pixels)


if __name__ == "__main__":
    main()

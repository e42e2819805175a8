"""Draws docs/images/architecture.svg from the table of modules in docs/architecture.md and the package's own arrows.

    swift package describe --type json | python3 docs/images/architecture.py

Only arrows that no longer way implies are drawn: from ZooCLI to ZooCore there are many.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
WIDTH, ROW, COLUMN, BOX_HEIGHT, MARGIN = 1000, 92, 168, 46, 24
# Where the middle of each module stands, in columns from the left: so that few arrows run behind boxes.
COLUMNS = {
    "zoo": 3, "ZooCLI": 3, "ZooTraining": 2, "ZooEngine": 0, "ZooGraph": 0, "ZooCheckpoint": 1.5, "ZooFetch": 3, "ZooImage": 4,
    "ZooArchive": 1.42, "ZooPickle": 2.15, "ZooCache": 3, "ZooRegistry": 4, "ZooTensor": 0, "ZooReport": 2.75, "ZooCore": 2,
}
LAYER_NAMES = {7: "program", 6: "command line", 5: "training", 4: "engine", 3: "domains", 2: "parts", 1: "tensors", 0: "ground"}


def layers():
    """The modules of each layer, in the order of the table."""
    found = {}
    for line in (HERE.parent / "architecture.md").read_text().splitlines():
        match = re.match(r"\| (\d) \| `(\w+)` \|", line)
        if match:
            found.setdefault(int(match[1]), []).append(match[2])
    return found


def arrows(description, names):
    """The direct dependencies between modules that no path of others replaces."""
    direct = {t["name"]: [d for d in t.get("target_dependencies", []) if d in names]
              for t in description["targets"] if t["name"] in names}

    def reach(name):
        seen = set()
        todo = list(direct.get(name, []))
        while todo:
            other = todo.pop()
            if other not in seen:
                seen.add(other)
                todo += direct.get(other, [])
        return seen

    for name, others in direct.items():
        implied = set().union(*[reach(o) for o in others]) if others else set()
        for other in others:
            if other not in implied:
                yield name, other


def main():
    modules = layers()
    names = {n for row in modules.values() for n in row}
    top = max(modules)
    height = (top + 1) * ROW + MARGIN
    boxes, parts = {}, []
    for layer, row in modules.items():
        y = MARGIN + (top - layer) * ROW
        parts.append(f'<text class="layer" x="{MARGIN}" y="{y + 28}">{layer} · {LAYER_NAMES[layer]}</text>')
        for name in row:
            width = max(96, 9 * len(name) + 24)
            boxes[name] = (230 + COLUMNS[name] * COLUMN - width / 2, y, width)
    lines = []
    for upper, lower in arrows(json.load(sys.stdin), names):
        (ux, uy, uw), (lx, ly, lw) = boxes[upper], boxes[lower]
        x1, y1, x2, y2 = ux + uw / 2, uy + BOX_HEIGHT, lx + lw / 2, ly - 3
        bend = (y2 - y1) / 2
        lines.append(f'<path class="arrow" d="M{x1:.0f},{y1:.0f} C{x1:.0f},{y1 + bend:.0f} {x2:.0f},{y2 - bend:.0f} {x2:.0f},{y2:.0f}"/>')
    for name, (x, y, width) in boxes.items():
        parts.append(f'<rect x="{x:.0f}" y="{y}" width="{width}" height="{BOX_HEIGHT}" rx="7"/>')
        parts.append(f'<text class="name" x="{x + width / 2:.0f}" y="{y + 28}">{name}</text>')
    style = """
      text { font: 14px system-ui, sans-serif; fill: #1f2328 }
      .name { text-anchor: middle; font-weight: 600 } .layer { fill: #59636e }
      rect { fill: #ddf4ff; stroke: #0969da; stroke-width: 1.2 }
      .arrow { fill: none; stroke: #8c959f; stroke-width: 1.3; marker-end: url(#head) }
      #head path { fill: #8c959f }
      @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 } .layer { fill: #9198a1 } rect { fill: #0c2d6b; stroke: #58a6ff }
        .arrow { stroke: #6e7681 } #head path { fill: #6e7681 } }"""
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
           f'aria-label="The modules of zoo in their layers; arrows point down">'
           f'<style>{style}</style><defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" '
           f'markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
           + "\n".join(lines + parts) + "</svg>\n")
    (HERE / "architecture.svg").write_text(svg)


main()

"""Opens zoo's pages in a real browser and looks at what a person would see.

    python3 Tests/Browser/check.py FOLDER PAGE...

Each page must load without a word from the console and without any request, must not be wider than windows of 360, 768
and 1280 pixels, no text may run out of its box, or in a chart into another, and all text must contrast with
what is behind it. Screenshots go to FOLDER: light, dark, on a phone, printed.
"""

import os
import sys

from browser import Browser

WIDTHS = [360, 768, 1280]

# What sticks out of the window, without what is inside something that scrolls.
OVERFLOW = """(() => {
  const limit = document.documentElement.clientWidth, found = [];
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('.scroll, pre') && !element.matches('.scroll, pre')) continue;
    const box = element.getBoundingClientRect();
    if (box.right > limit + 0.5 || box.left < -0.5) found.push(element.tagName + '.' + element.getAttribute('class'));
  }
  return [document.documentElement.scrollWidth - limit, found.slice(0, 5)];
})()"""

# Text of charts that is cut off, or that covers other text.
COLLISIONS = """(() => {
  const found = [];
  for (const drawing of document.querySelectorAll('svg')) {
    const frame = drawing.getBoundingClientRect();
    if (frame.width === 0) continue;
    const texts = [...drawing.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    for (const [text, box] of texts)
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        found.push(`cut off: ${text}`);
    for (let i = 0; i < texts.length && texts.length < 400; i++)
      for (let j = i + 1; j < texts.length; j++) {
        const [a, b] = [texts[i][1], texts[j][1]];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 3) found.push(`${texts[i][0]} covers ${texts[j][0]}`);
      }
  }
  return found.slice(0, 8);
})()"""

# Text that runs out of its box, over whatever is beside it.
SPILLS = """(() => {
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.namespaceURI.endsWith('svg') || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    if (style.display === 'inline' || style.overflowX !== 'visible') continue;
    if (element.scrollWidth > element.clientWidth + 1) found.push(element.textContent.slice(0, 40));
  }
  return found.slice(0, 5);
})()"""

# Text whose contrast with its background is below 4.5 (WCAG AA). Charts have the page as background; the counts of a
# matrix have their cells, which are mixed with the field below them.
CONTRAST = """(() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); };
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const cell = element => {
    const rect = element.previousElementSibling, field = element.closest('svg').querySelector('.field');
    const share = Number(rect.getAttribute('fill-opacity'));
    const [over, under] = [rect, field].map(e => parse(getComputedStyle(e).fill));
    return over.slice(0, 3).map((c, i) => Math.round(c * share + under[i] * (1 - share)));
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('title') || !element.getClientRects().length) continue;
    const inChart = element.namespaceURI.endsWith('svg');
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(inChart ? style.fill : style.color)), light(element.matches('.count') ? cell(element) : behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`${ratio.toFixed(2)}: ${element.textContent.slice(0, 40)}`);
  }
  return [...found].slice(0, 5);
})()"""


def check(browser, page, folder):
    """Looks at a page in every way, and returns what is wrong."""
    name = os.path.splitext(os.path.basename(page))[0]
    address = "file://" + os.path.abspath(page)
    faults = []
    for scheme in ["light", "dark"]:
        for width in WIDTHS:
            where = f"{name}, {scheme}, {width} px"
            faults += [f"{where}: {text}" for text in browser.open(address, width, scheme=scheme)]
            # What is folded away is looked at too.
            browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            wider, elements = browser.evaluate(OVERFLOW)
            if wider > 0 or elements:
                faults.append(f"{where}: {wider} px too wide: {elements}")
            faults += [f"{where}: {text}" for text in browser.evaluate(COLLISIONS)]
            faults += [f"{where}: runs out of its box: {text}" for text in browser.evaluate(SPILLS)]
            faults += [f"{where}: contrast {text}" for text in browser.evaluate(CONTRAST)]
            browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
            browser.screenshot(os.path.join(folder, f"{name}-{scheme}-{width}.png"))
    browser.open(address, 794, scheme="dark", media="print")
    browser.screenshot(os.path.join(folder, f"{name}-print.png"))
    return faults


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    folder, pages = sys.argv[1], sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    faults = []
    with Browser() as browser:
        for page in pages:
            found = check(browser, page, folder)
            print(f"{page}: {'ok' if not found else f'{len(found)} faults'}")
            faults += found
    for fault in faults:
        print(f"  {fault}", file=sys.stderr)
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()

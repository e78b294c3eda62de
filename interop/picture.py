"""The picture of a report in docs/REPORT.md: its top, light, as a small PNG. Usage: python interop/picture.py FILE"""

import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "checks"))
from PIL import Image
from pages import opened
from support import browser, report

with browser() as chromium:
    page = opened(chromium, report("daily", "html"), 1000)
    end = page.eval_on_selector("#channel figure", "node => node.getBoundingClientRect().bottom")
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": 1000, "height": end + 8}, full_page=True)

# A palette of 128 colours cannot be told from the original, at a third of its size.
picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
picture.save(sys.argv[1], optimize=True)
size = Path(sys.argv[1]).stat().st_size
print(f"{sys.argv[1]}: {picture.width} × {picture.height}, {size} bytes")
sys.exit(size > 200_000)

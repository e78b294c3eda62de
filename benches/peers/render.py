"""Makes the tables of docs/PEERS.md and docs/peers.svg from results.json; with `--check` it only says whether they are those.

Usage: render.py [--check]"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent.parent / "docs"
RESULTS = json.loads((HERE / "results.json").read_text())
NAMES = {"verify-rollup": "verify-rollup", "aiohttp": "aiohttp script", "dlt": "dlt", "airbyte": "Airbyte low-code", "singer": "Singer tap"}
WAYS = {"drill-down": " by default", "list": ", `list = true`", "pages": ", reading the list", "exhaustive": "", "load": ""}
STYLE = (
    ".t{fill:#1f2328}.m{fill:#59636e}.a{fill:#2f6fb5}.i{fill:#b5d3f0}"
    "@media(prefers-color-scheme:dark){.t{fill:#e6edf3}.m{fill:#9198a1}.a{fill:#3f86d6}.i{fill:#23456a}}"
)


def named(key):
    name, _, way = key.partition(" ")
    return NAMES[name] + (WAYS[way] if way else "")


def table(head, results, cells):
    lines = [f"| | {' | '.join(head)} |", "| --- |" + " --- |" * len(head)]
    return "\n".join(lines + [f"| {named(key)} | {' | '.join(cells(value))} |" for key, value in results.items()])


def versions():
    machine = RESULTS["machine"]
    tools = ("; ".join(f"{package} {number}" for package, number in packages.items()) for packages in RESULTS["versions"].values())
    return f"{'; '.join(dict.fromkeys('; '.join(tools).split('; ')))}; Python {machine['python']}; {machine['cores']} cores."


def throughput():
    ours = RESULTS["throughput"]["verify-rollup"]["rate"]
    head = ["in flight", "requests", "seconds", "requests/s", "ours is", "peak MB"]
    flight = iter(RESULTS["machine"]["fastest"].values())

    def cells(one):
        rates = [f"{one['rate']:,.0f}", f"{ours / one['rate']:.1f} ×", f"{one['peak_mb']:.0f}"]
        return [str(next(flight)), f"{one['requests']:,}", f"{one['seconds']:.2f}", *rates]

    return table(head, RESULTS["throughput"], cells)


def limited():
    head = ["requests", "refused (429)", "seconds", "least for as many", "ratio"]

    def cells(one):
        times = [f"{one['seconds']:.1f}", str(one["optimum"]), f"{one['times_optimum']:.3f}"]
        return [str(one["requests"]), str(one["refused"]), *times]

    return table(head, RESULTS["limited"], cells)


def killed():
    head = ["requests without a kill", "with", "asked again", "rows landed twice", "missing", "wrong"]
    names = ["whole", "killed", "asked_again", "duplicates", "missing", "wrong"]
    return table(head, RESULTS["killed"], lambda one: [f"{one[name]:,}" for name in names])


def month():
    head = ["requests", "minutes at the limit, reckoned", "rows", "wrong rows"]

    def cells(one):
        return [f"{one['requests']:,}", f"{one['reckoned_minutes']:.0f}", f"{one['rows']:,}", str(one["wrong"])]

    return table(head, RESULTS["month"], cells)


def ignored():
    return table(["rows published", "of these wrong"], RESULTS["ignored"], lambda one: [str(one["rows"]), str(one["wrong"])])


def panel(left, top, title, values, form):
    """Bars from zero, the longest 130 wide."""
    lines = [f'<text class="t" x="{left}" y="{top}" font-weight="600">{title}</text>']
    most = max(values.values())
    for place, (key, value) in enumerate(values.items()):
        y = top + 12 + 24 * place
        width = max(130 * value / most, 1 if value else 0)
        ink = "a" if key.startswith("verify-rollup") else "i"
        label = named(key).replace("`", "")
        lines.append(f'<text class="t" x="{left + 198}" y="{y + 14}" text-anchor="end">{label}</text>')
        lines.append(f'<rect class="{ink}" x="{left + 206}" y="{y}" width="{width:.1f}" height="18" rx="3"/>')
        lines.append(f'<text class="m" x="{left + 212 + width:.1f}" y="{y + 14}">{form(value)}</text>')
    return lines


def picture():
    def values(question, name):
        return {key: one[name] for key, one in RESULTS[question].items()}

    def whole(value):
        return f"{value:,.0f}"

    machine = f"one run on {RESULTS['machine']['cores']} cores, simulated account on loopback"
    panels = [
        *panel(12, 28, "Requests for 28 days of every country", values("month", "requests"), whole),
        *panel(430, 28, "Requests a second, no limit", values("throughput", "rate"), whole),
        *panel(12, 240, "Asked again after SIGKILL half way", values("killed", "asked_again"), whole),
        *panel(430, 240, "Wrong rows published, a filter being ignored", values("ignored", "wrong"), whole),
        *panel(12, 428, "Seconds for 220 cells at 100 a minute", values("limited", "seconds"), whole),
        *panel(430, 428, "Peak memory, MB", values("throughput", "peak_mb"), whole),
        f'<text class="m" x="12" y="588" font-size="11">{machine}</text>',
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 600" width="840" height="600" role="img"'
    title = "verify-rollup beside an aiohttp script, dlt, Airbyte low-code and a Singer tap: requests, speed, a kill, an ignored filter"
    fonts = 'font-family="system-ui, sans-serif" font-size="13">'
    return "\n".join([f"{head} {fonts}", f"<title>{title}</title>", f"<style>{STYLE}</style>", *panels, "</svg>", ""])


def main():
    page = (DOCS / "PEERS.md").read_text()
    for question in (versions, throughput, limited, killed, month, ignored):
        mark = rf"(<!-- measured: {question.__name__} -->\n).*?(<!-- end -->)"
        page, found = re.subn(mark, lambda block: f"{block[1]}{question()}\n{block[2]}", page, flags=re.S)
        assert found == 1, f"docs/PEERS.md has no place for {question.__name__}"
    made = {"PEERS.md": page, "peers.svg": picture()}
    if sys.argv[1:] == ["--check"]:
        stale = [name for name, text in made.items() if not (DOCS / name).exists() or (DOCS / name).read_text() != text]
        sys.exit(f"not what results.json says: {', '.join(stale)}; run benches/peers/render.py" if stale else 0)
    for name, text in made.items():
        (DOCS / name).write_text(text)


main()

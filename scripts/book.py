"""Builds the pages of docs/ as a book into target/book/docs, and finds what is amiss: a page that is no chapter, a link or an
anchor that leads nowhere, a warning of mdBook's. What pages link to beyond docs/ is laid beside the book, at the same distance as in
the repository: Markdown as a plain page, all else as it is. Usage: scripts/book.py MDBOOK"""

import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "target/book"
BOOK = OUT / "docs"
STYLE = "<style>body { max-width: 62rem; margin: 2rem auto; font-family: sans-serif; line-height: 1.5 }</style>"


def links(page):
    """What a page refers to: targets and anchors, decoded; nothing of another host."""
    found = {unescape(link) for link in re.findall(r'<(?:a|img|link)\b[^>]*?\b(?:href|src)="([^"]*)"', page.read_text())}
    return sorted(link for link in found if not urlsplit(link).scheme and link)


def target(page, link):
    return (page.parent / unquote(urlsplit(link).path)).resolve() if urlsplit(link).path else page


def pages():
    return [page for page in sorted(BOOK.rglob("*.html")) if page.name not in ("404.html", "toc.html")]


def lay_beside():
    for page in pages():
        for link in links(page):
            to = target(page, link)
            if to.exists() or not to.is_relative_to(OUT) or to.is_relative_to(BOOK):
                continue
            source = ROOT / to.relative_to(OUT)
            to.parent.mkdir(parents=True, exist_ok=True)
            if to.suffix == ".html" and source.with_suffix(".md").exists():
                text = MarkdownIt("commonmark").enable("table").render(source.with_suffix(".md").read_text())
                text = re.sub(r"<h(\d)>(.*?)</h\1>", lambda it: f'<h{it[1]} id="{anchor(it[2])}">{it[2]}</h{it[1]}>', text)
                to.write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{source.stem}</title>{STYLE}{text}</html>')
            elif source.is_dir():
                shutil.copytree(source, to, dirs_exist_ok=True)
            elif source.exists():
                shutil.copy(source, to)


def anchor(heading):
    """As GitHub forms them."""
    text = unescape(re.sub(r"<.*?>", "", heading)).lower().replace(" ", "-")
    return "".join(letter for letter in text if letter.isalnum() or letter in "-_")


def dead(page):
    for link in links(page):
        to = target(page, link)
        fragment = unquote(urlsplit(link).fragment)
        if not to.exists():
            yield f"{page.relative_to(OUT)}: {link} leads nowhere"
        elif fragment and f'id="{fragment}"' not in to.read_text():
            yield f"{page.relative_to(OUT)}: {link} has no such anchor"


def main(mdbook):
    shutil.rmtree(OUT, ignore_errors=True)
    built = subprocess.run([mdbook, "build", ROOT / "docs"], capture_output=True, text=True)
    said = built.stdout + built.stderr
    amiss = [line.strip() for line in said.splitlines() if re.search(r"\b(WARN|ERROR)\b", line)]
    if built.returncode:
        sys.exit(said)
    chapters = set(re.findall(r"\]\(([^)]+\.md)\)", (ROOT / "docs/SUMMARY.md").read_text()))
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} - {"SUMMARY.md"}
    amiss += [f"docs/{page} is no chapter of docs/SUMMARY.md" for page in sorted(there - chapters)]
    lay_beside()
    amiss += [line for page in pages() for line in dead(page)]
    if amiss:
        sys.exit("\n".join(amiss))
    print(f"{len(chapters)} chapters: {BOOK / 'index.html'}")


main(sys.argv[1])

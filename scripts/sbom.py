"""Writes what a program is made of as CycloneDX: every crate below it that its target takes, and the C libraries that crates carry.
Crates that only take part in the build, macros and what they need, have the scope `excluded`. Nothing of this machine is told,
and the hour is that of SOURCE_DATE_EPOCH, so that the same commit gives the same bytes. Usage: scripts/sbom.py BINARY"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAYS = re.compile(r"verify-rollup (?P<version>\S+) \((?P<commit>.*), (?P<profile>\S+) build for (?P<target>\S+)\)")
# C libraries that scanners know by vendor and name, not by the crates that carry and compile them, and where their version stands.
CARRIED = {
    "libsqlite3-sys": ("sqlite", "sqlite", "sqlite3/sqlite3.h", r'#define SQLITE_VERSION +"(.+)"'),
    "zstd-sys": ("facebook", "zstandard", "zstd/lib/zstd.h", r"#define ZSTD_VERSION_(?:MAJOR|MINOR|RELEASE) +(\d+)"),
}


def said(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def tree(target, edges):
    """What depends on what, as (name, version); cargo tree shows what hangs from a crate where it first comes."""
    lines = said("cargo", "tree", "--locked", "--prefix=depth", "--format= {p}", f"--edges={edges}", f"--target={target}")
    graph, above = {}, []
    for line in filter(None, lines.splitlines()):
        depth, name, version, *_ = line.split()
        here = (name, version.removeprefix("v"))
        graph.setdefault(here, set())
        del above[int(depth) :]
        if above:
            graph[above[-1]].add(here)
        above.append(here)
    return graph


def carried(package):
    if package["name"] not in CARRIED:
        return {}
    vendor, name, header, pattern = CARRIED[package["name"]]
    text = (Path(package["manifest_path"]).parent / header).read_text()
    version = ".".join(re.findall(pattern, text))
    return {
        "components": [
            {
                "type": "library",
                "bom-ref": f"{ref(package)}#{name}",
                "name": name,
                "version": version,
                "cpe": f"cpe:2.3:a:{vendor}:{name}:{version}:*:*:*:*:*:*:*",
                "purl": f"pkg:generic/{name}@{version}",
            }
        ]
    }


def ref(package):
    # A plus is a space to some readers.
    return f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"


def component(package, checksum, scope):
    return {
        "type": "library",
        "bom-ref": ref(package),
        "name": package["name"],
        "version": package["version"],
        "scope": scope,
        "hashes": [{"alg": "SHA-256", "content": checksum}],
        "licenses": [{"expression": re.sub(r"\s*/\s*", " OR ", package["license"])}],
        "purl": ref(package),
        **carried(package),
    }


def bill(binary):
    program = SAYS.fullmatch(said(binary, "--version").strip())
    graph = tree(program["target"], "normal")
    linked = tree(program["target"], "normal,no-proc-macro")
    known = json.loads(said("cargo", "metadata", "--locked", "--format-version=1"))["packages"]
    known = {(package["name"], package["version"]): package for package in known}
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(entry["name"], entry["version"]): entry.get("checksum") for entry in locked}
    root = next(iter(graph))
    crates = [
        component(known[key], checksums[key], "required" if key in linked else "excluded") for key in sorted(graph) if key != root
    ]
    digest = hashlib.sha256(Path(binary).read_bytes()).hexdigest()
    rustc = said("rustc", "--version").split()[1]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "rustc", "version": rustc}]},
            "component": {
                "type": "application",
                "bom-ref": ref(known[root]),
                "name": "verify-rollup",
                "version": program["version"],
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "licenses": [{"expression": known[root]["license"]}],
                "properties": [{"name": f"verify-rollup:{key}", "value": program[key]} for key in ["commit", "profile", "target"]],
            },
        },
        "components": crates,
        "dependencies": [
            {"ref": ref(known[key]), "dependsOn": [ref(known[to]) for to in sorted(graph[key])]} for key in sorted(graph)
        ],
    }


print(json.dumps(bill(sys.argv[1]), indent=1))

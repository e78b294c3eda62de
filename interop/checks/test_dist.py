"""What `make dist` gives, checked and installed in clean folders. The program inside is the debug one that all checks here run:
optimising takes many minutes, and is packed no differently. It is stripped, but for the wheel's. After a `make dist` of a release,
DIST=target/dist has the same checks look at that.

BIN is the binary."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from rig import AS_OF, job_file

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = Path("/usr/lib/systemd/system")
OF_A_RUN = ["asked_at", "run_id", "published_at"]
# Debian packages that ours needs, in the state that dpkg writes down.
STANZA = """Package: {name}
Status: install ok installed
Architecture: {arch}
Maintainer: nobody
Version: {version}
Description: there

"""


def pack(folder, **variables):
    command = ["make", "--no-print-directory", "dist", "PROFILE=dev", f"DIST={folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **variables})
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Dist(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        there = os.environ.get("DIST")
        cls.dist = ROOT / there if there else pack(ROOT / "target/interop/dist")
        ends = ["tar.gz", "deb", "whl", "cdx.json"]
        [cls.archive], [cls.deb], [cls.wheel], [cls.bill] = (list(cls.dist.glob(f"*.{end}")) for end in ends)
        cls.inside = json.loads(cls.bill.read_text())
        properties = cls.inside["metadata"]["component"]["properties"]
        cls.built = {it["name"].removeprefix("verify-rollup:"): it["value"] for it in properties}

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="dist-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def runs(self, *command, code=0, **options):
        """What a command says, in an environment that holds nothing of this one's."""
        options["env"] = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder), **options.get("env", {})}
        options = {"cwd": self.folder, "timeout": 300, **options}
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def as_told(self, start, local):
        """The line of docs/OPERATING.md that begins so, for the archive and a folder in the place of /usr/local."""
        [line] = (line for line in (ROOT / "docs/OPERATING.md").read_text().splitlines() if line.startswith(start))
        line = re.sub(r"verify-rollup-\S+\.tar\.gz", str(self.archive), line)
        self.runs("sh", "-euc", line.replace("/usr/local", str(local)))

    def unpacked(self):
        """The folder over which the archive is unpacked."""
        local = self.folder / "usr/local"
        local.mkdir(parents=True)
        self.as_told("tar -xzf ", local)
        return local

    def table(self, program, name):
        """The rows that a program publishes of a job."""
        folder = self.folder / name
        folder.mkdir()
        job = job_file(folder, folder / "output", 'formats = ["csv"]')
        self.runs(program, "run", job, "--as-of", AS_OF, "--state-dir", folder / "state", "--quiet")
        rows = []
        for path in sorted((folder / "output").rglob("*.csv")):
            with path.open(newline="") as file:
                rows += ({key: value for key, value in row.items() if key not in OF_A_RUN} for row in csv.DictReader(file))
        self.assertGreater(len(rows), 50)
        return rows

    def works(self, program):
        commit = subprocess.run(["git", "log", "-1", "--format=%h of %cs"], cwd=ROOT, capture_output=True, text=True, check=True)
        self.assertIn(f"({commit.stdout.strip()}, {self.built['profile']} build for ", self.runs(program, "--version"))
        self.assertEqual(self.table(program, "installed"), self.table(os.environ["BIN"], "built"))

    def test_the_checksums_are_of_all_that_is_there(self):
        self.runs("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=self.dist)
        named = {line.split()[1] for line in (self.dist / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(named | {"SHA256SUMS"}, {path.name for path in self.dist.iterdir()})
        self.assertEqual(len(named), 4)

    @unittest.skipIf("DIST" in os.environ, "packed elsewhere")
    def test_the_same_commit_gives_the_same_bytes(self):
        again = pack(self.folder / "again", TZ="Asia/Tokyo", LANG="de_DE.UTF-8", HOME=os.environ["HOME"])
        first, second = ({path.name: digest(path) for path in folder.iterdir()} for folder in [self.dist, again])
        self.assertEqual(first, second)

    def test_the_archive_works_where_it_is_unpacked(self):
        with tarfile.open(self.archive) as archive:
            members = archive.getmembers()
        self.assertEqual({(it.uid, it.gid, it.uname, it.gname) for it in members}, {(0, 0, "", "")})
        self.assertEqual(len({it.mtime for it in members}), 1)
        self.assertEqual({it.mode & 0o022 for it in members}, {0})
        local = self.unpacked()
        self.works(local / "bin/verify-rollup")
        self.assertIn("--stop-after", self.runs("groff", "-man", "-Tascii", "-P-cbou", local / "share/man/man1/verify-rollup-run.1"))
        for path, word in [
            ("bash-completion/completions/verify-rollup", "complete -F"),
            ("fish/vendor_completions.d/verify-rollup.fish", "complete -c verify-rollup"),
            ("zsh/site-functions/_verify-rollup", "#compdef verify-rollup"),
        ]:
            self.assertIn(word, (local / "share" / path).read_text())
        docs = local / "share/doc/verify-rollup"
        for name in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]:
            self.assertEqual((docs / name).read_bytes(), (ROOT / name).read_bytes())

    def units(self, root, under):
        """Each as systemd takes it in the tree below `root`, of which its program is a part; and the targets are this machine's."""
        targets = root / "etc/systemd/system"
        targets.mkdir(parents=True)
        for path in [*SYSTEM.glob("*.target"), *SYSTEM.glob("*.slice")]:
            shutil.copy(path, targets)
        for path in sorted((root / under).glob("*@.*")):
            # What it does not know is a warning only.
            said = self.runs("systemd-analyze", "verify", "--man=no", f"--root={root}", f"/{path.relative_to(root)}")
            self.assertEqual(said, "", path.name)
            yield path

    def test_the_archive_goes_as_it_came(self):
        local = self.unpacked()
        (local / "bin/of-another").touch()
        self.assertEqual(len(list(self.units(self.folder, "usr/local/lib/systemd/system"))), 4)
        self.runs("systemd-sysusers", f"--root={self.folder}")
        self.assertIn("verify-rollup:x:", (self.folder / "etc/passwd").read_text())
        self.as_told("tar -tzf ", local)
        self.assertEqual([path.name for path in local.rglob("*") if path.is_file()], ["of-another"])

    def machine(self, **changes):
        """A root folder that knows of the packages that this one here has."""
        root = self.folder / "root"
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"]:
            (root / folder).mkdir(parents=True)
        stanzas = []
        for name in ["libc6", "libgcc-s1", "ca-certificates"]:
            version, arch = self.runs("dpkg-query", "-W", "-f", "${Version} ${Architecture}", name).split()
            stanzas.append(STANZA.format(name=name, arch=arch, version=changes.get(name, version)))
            (root / f"var/lib/dpkg/info/{name}.list").touch()
        (root / "var/lib/dpkg/status").write_text("".join(stanzas))
        return root

    def dpkg(self, root, *command, **options):
        return self.runs("dpkg", f"--root={root}", "--force-script-chrootless", *command, **options)

    def test_debian_installs_and_removes_the_package(self):
        self.runs("lintian", "--allow-root", "--fail-on", "error", self.deb)
        root = self.machine()
        # Twice, as an upgrade.
        for _ in range(2):
            self.dpkg(root, "-i", self.deb)
        self.assertEqual(self.dpkg(root, "--verify", "verify-rollup"), "")
        made = {line.split(":")[0] for line in (root / "etc/passwd").read_text().splitlines()}
        services = [path for path in self.units(root, "usr/lib/systemd/system") if path.suffix == ".service"]
        self.assertEqual(len(services), 2)
        for path in services:
            unit = path.read_text()
            self.assertEqual(set(re.findall(r"^User=(.+)", unit, re.MULTILINE)), made)
            self.assertEqual(re.findall(r"^ExecStart=(\S+)", unit, re.MULTILINE), ["/usr/bin/verify-rollup"])
        self.assertEqual(list(root.glob("etc/systemd/**/*.timer")), [])
        self.assertIn("Depends: libc6 (>= 2.", self.dpkg(root, "-s", "verify-rollup"))
        self.runs("gzip", "--test", *root.glob("usr/share/man/man1/*.gz"))
        self.works(root / "usr/bin/verify-rollup")
        kept = [root / "var/lib/verify-rollup/ledger.sqlite", root / "etc/verify-rollup/environment"]
        for path in kept:
            path.parent.mkdir(parents=True)
            path.write_text("of the user")
        with (root / "usr/bin/verify-rollup").open("ab") as program:
            program.write(b"!")
        self.assertIn("/usr/bin/verify-rollup", self.dpkg(root, "--verify", "verify-rollup"))
        self.dpkg(root, "--purge", "verify-rollup")
        self.assertEqual([path for path in root.rglob("*verify-rollup*") if path.is_file()], [])
        self.assertTrue(all(path.exists() for path in kept))

    def test_debian_refuses_it_without_what_it_needs(self):
        self.assertIn("libc6", self.dpkg(self.machine(libc6="2.31-1"), "-i", self.deb, code=1))

    def test_pip_installs_and_removes_the_wheel(self):
        venv = self.folder / "venv"
        self.runs(sys.executable, "-m", "venv", venv)
        pip = [venv / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        self.runs(*pip, "install", "--no-index", self.wheel)
        self.works(venv / "bin/verify-rollup")
        [metadata] = venv.glob("lib/*/site-packages/verify_rollup-*/METADATA")
        self.assertIn("License-Expression: MIT OR Apache-2.0\n", metadata.read_text())
        self.runs(*pip, "uninstall", "--yes", "verify-rollup")
        self.assertFalse((venv / "bin/verify-rollup").exists())

    def test_uvx_runs_the_wheel_as_it_is(self):
        uvx = Path(sys.executable).parent / "uvx"
        said = self.runs(uvx, "--offline", "--no-config", "--python", sys.executable, "--from", self.wheel, "verify-rollup", "-V")
        self.assertIn(f"verify-rollup {self.inside['metadata']['component']['version']}", said)

    def test_what_is_inside_is_named(self):
        self.assertIsNone(JsonStrictValidator(SchemaVersion.V1_6).validate_str(self.bill.read_text()))
        with zipfile.ZipFile(self.wheel) as wheel:
            [carried] = (name for name in wheel.namelist() if "/sboms/" in name)
            self.assertEqual(wheel.read(carried), self.bill.read_bytes())
            [program] = (name for name in wheel.namelist() if name.endswith("/scripts/verify-rollup"))
            in_the_wheel = hashlib.sha256(wheel.read(program)).hexdigest()
        program = self.unpacked() / "bin/verify-rollup"
        [hashed] = self.inside["metadata"]["component"]["hashes"]
        self.assertEqual(hashed, {"alg": "SHA-256", "content": digest(program)})
        if self.built["profile"] == "release":
            self.assertEqual(in_the_wheel, digest(program))

        crates = {f"{it['name']}-{it['version']}": it for it in self.inside["components"]}
        tree = ["cargo", "tree", "--locked", "-e", "normal", "--prefix", "none", "--target", self.built["target"]]
        said = subprocess.run(tree, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        named = {line.split(" (")[0].replace(" v", "-") for line in said.splitlines()}
        self.assertEqual({name for name in named if not name.startswith("verify-rollup-")}, set(crates))
        # Panics name the files of crates that are truly inside.
        seen = set(re.findall(rb"/registry/src/[^/]+/([\w.+-]+)/", program.read_bytes()))
        self.assertGreater(len(seen), 50)
        for name in seen:
            self.assertEqual(crates[name.decode()]["scope"], "required")
        self.assertEqual(crates[next(name for name in crates if name.startswith("serde_derive-"))]["scope"], "excluded")
        for name, it in crates.items():
            self.assertTrue(it["licenses"] and it["hashes"][0]["content"] and it["purl"].startswith("pkg:cargo/"), name)
        carried = {inner["name"]: inner["version"] for it in crates.values() for inner in it.get("components", [])}
        self.assertEqual(sorted(carried), ["sqlite", "zstandard"])
        self.assertIn(carried["sqlite"].encode(), program.read_bytes())

"""What the checks against servers share: a job of the simulated account, a free port, and servers of their own.

POSTGRES_BIN is the folder of PostgreSQL's programs, STORES the one with the stores."""

import http.client
import http.server
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

PROGRAMS = Path(os.environ.get("POSTGRES_BIN", ""))
STORES = Path(os.environ.get("STORES", ""))
AS_OF = "2026-11-03T12:00:00Z"
JOB = """
name = "{name}"
[source]
base_url = "simulator"
retention = "none"
list = {list}
[windows]
start = "{start}"
end = "{end}"
every = "{every}"
[matrix]
countries = {countries}
channels = "all"
[limits]
requests_per_minute = 0
[output]
directory = "{directory}"
{output}
"""
DEFAULTS = {
    "name": "daily", "list": "false", "start": "2026-10-01", "end": "2026-10-06", "every": "day",
    "countries": '["CO", "US", "PE"]',
}


def job_file(folder, directory, output, **changes):
    """Writes one; `output` ends it."""
    path = folder / "job.toml"
    path.write_text(JOB.format(directory=directory, output=output, **{**DEFAULTS, **changes}))
    return path


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A server of this check's own, on loopback, until it is closed."""

    def __init__(self, command, port):
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="store-"))
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command(self.folder), stdout=log, stderr=log, cwd=self.folder)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


class Between:
    """Stands before a server on loopback: what `refusal` of a request's path and headers gives a status for has that for an
    answer, and the rest is handed on."""

    def __init__(self, port, refusal):
        class Way(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if status := refusal(self.path, self.headers):
                    return self.send_error(status)
                way = http.client.HTTPConnection("127.0.0.1", port)
                way.request(self.command, self.path, body, dict(self.headers))
                answer = way.getresponse()
                content = answer.read()
                way.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ["content-length", "connection", "date", "server", "transfer-encoding"]:
                        self.send_header(name, value)
                # What is asked about by HEAD has its length told, and no bytes.
                length = answer.getheader("Content-Length") if self.command == "HEAD" else len(content)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Way)
        # Who asked may have been killed meanwhile.
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def moto():
    """S3 that heeds conditions."""
    port = free_port()
    return Server(lambda _: [STORES / "bin/python", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port)


def system(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options)


def as_postgres(*command):
    """PostgreSQL refuses to serve as root."""
    if os.getuid() == 0:
        return ["runuser", "-u", "postgres", "--", *map(str, command)]
    return [str(part) for part in command]


class PostgreSql:
    """A cluster below a temporary folder, with a Unix socket, a loopback port and certificates of its own."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        owner = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.folder.chmod(0o755)
        shutil.chown(self.folder, owner)
        self.port = free_port()
        self.data = self.folder / "data"
        system(*as_postgres(PROGRAMS / "initdb", "-D", self.data, "-U", "admin", "-A", "trust", "-E", "UTF8", "--no-locale"), cwd="/")
        self.certify(owner)
        (self.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(
                f"unix_socket_directories = '{self.folder}'\nport = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"ssl = on\nssl_cert_file = '{self.folder}/server.pem'\nssl_key_file = '{self.folder}/server.key'\n"
            )
        self.start()

    def certify(self, owner):
        def openssl(*arguments):
            system("openssl", *map(str, arguments), cwd=self.folder)

        for ca in ["ca", "other"]:
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", f"/CN={ca}", "-keyout",
                    f"{ca}.key", "-out", f"{ca}.pem")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
        (self.folder / "ext").write_text("subjectAltName = DNS:localhost\nbasicConstraints = CA:FALSE\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", 2, "-extfile", "ext",
                "-out", "server.pem", "-set_serial", 1)
        for name in ["server.key", "server.pem"]:
            shutil.chown(self.folder / name, owner)
        (self.folder / "server.key").chmod(0o600)

    def start(self):
        system(*as_postgres(PROGRAMS / "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start"), cwd="/")

    def stop(self, mode="fast"):
        system(*as_postgres(PROGRAMS / "pg_ctl", "-D", self.data, "-w", "-m", mode, "stop"), cwd="/")

    def kill(self):
        """At once, as by a power cut: every process of the server."""
        while mine := self.processes():
            for each in mine:
                try:
                    os.kill(each, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)
        # Nobody may have buried the process, and as long as it has a number the server takes these for a living one's.
        for mark in [self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")]:
            mark.unlink(missing_ok=True)

    def processes(self):
        """All of them work in the folder of the data; one that has ended works nowhere."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd") == str(self.data):
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    def psql(self, database, *more):
        options = ["-h", self.folder, "-p", self.port, "-U", "admin", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--csv", "-t"]
        return [str(part) for part in [PROGRAMS / "psql", *options, *more, database]]

    def sql(self, text, database="postgres"):
        return system(*self.psql(database, "-c", text), env={"PATH": os.environ["PATH"]}).stdout

    def close(self):
        try:
            self.stop("immediate")
        except subprocess.CalledProcessError:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)

"""What docs/OPERATING.md says of proxies and certificates, by whole runs: an account behind TLS of its own CA, and a proxy
that notes whom it was asked for.

BIN is the binary."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from deployed import ACCOUNT, JOB, SECRET, Account, Machine

# No name server knows it, so that only the proxy leads there.
HOST = "verify.example.invalid"


def join(one, other):
    """Hands all bytes on, both ways, until either side ends."""

    def copy(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    threading.Thread(target=copy, args=(one, other), daemon=True).start()
    copy(other, one)


class Server:
    """Hands each connection to `serve`, in a thread of its own, until it is closed."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def close(self):
        self.listener.close()


def authority(folder):
    """A CA's bundle, and a server's certificate by it with its key."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=A CA of our own", "-days", "2")
    openssl("req", *new, "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={HOST}")
    names = f"subjectAltName=DNS:{HOST},DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
    (folder / "names").write_text(names)
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", *signed)
    return folder / "ca.pem", folder / "cert.pem", folder / "key.pem"


class Network(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="network-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.account = Account()
        cls.addClassCleanup(cls.account.close)
        cls.bundle, certificate, key = authority(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        api = ("127.0.0.1", urlsplit(cls.account.url).port)

        def decrypt(connection):
            with context.wrap_socket(connection, server_side=True) as plain, socket.create_connection(api) as behind:
                join(plain, behind)

        cls.tls = Server(decrypt)
        cls.addClassCleanup(cls.tls.close)

    def setUp(self):
        self.asked = []
        self.proxy = Server(self.connect)
        self.addCleanup(self.proxy.close)
        self.machine = Machine(self.account)
        self.addCleanup(self.machine.close)
        self.variables = {"SSL_CERT_FILE": str(self.bundle)}

    def connect(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        self.asked.append(head.decode())
        with socket.create_connection(("127.0.0.1", self.tls.port)) as behind:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            join(connection, behind)

    def run_against(self, url):
        """Exit code, and what was said."""
        self.machine.job("daily", JOB.format(name="daily", url=url, windows="last-2-days"))
        variables = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": SECRET, **self.variables}
        return self.machine.ends([os.environ["BIN"], "run", "jobs/daily.toml"], **variables)

    def test_a_ca_of_our_own_is_trusted_by_its_bundle_alone(self):
        url = f"https://localhost:{self.tls.port}"
        code, said = self.run_against(url)
        self.assertEqual(code, 0, said)
        self.variables = {}
        code, said = self.run_against(url)
        self.assertEqual(code, 1)
        self.assertIn("cannot set up TLS", said)

    def test_the_proxy_leads_there_and_sees_the_host_alone(self):
        self.variables["HTTPS_PROXY"] = f"http://us:pw@127.0.0.1:{self.proxy.port}"
        code, said = self.run_against(f"https://{HOST}")
        self.assertEqual(code, 0, said)
        self.assertGreater(len(self.asked), 0)
        for head in self.asked:
            self.assertTrue(head.startswith(f"CONNECT {HOST}:443 "), head)
            # The proxy's own password, us:pw.
            self.assertRegex(head, "(?i:proxy-authorization: basic) dXM6cHc=")

    def test_exceptions_and_dotenv_lead_past_the_proxy(self):
        self.variables |= {"HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}", "NO_PROXY": HOST}
        code, said = self.run_against(f"https://{HOST}")
        self.assertEqual((code, self.asked), (1, []), said)
        # Of .env only the program's own variables are read.
        del self.variables["HTTPS_PROXY"], self.variables["NO_PROXY"]
        (self.machine.verify / ".env").write_text(f"HTTPS_PROXY=http://127.0.0.1:{self.proxy.port}\n")
        code, said = self.run_against(f"https://{HOST}")
        self.assertEqual((code, self.asked), (1, []), said)

"""The vendor's clients against the simulated account: its own base URL and the vendor's through the proxy, every filter,
the list, errors; the HTTPS clients of other languages; and schemathesis against what the account says of itself. Lastly our
own against a mock of one answer.

CLIENTS is the folder with the clients, BIN the binary. The wire forms of clients that are not run are in
tests/simulate_clients.rs."""

import csv
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from rig import job_file

OURS = os.environ["BIN"]
CLIENTS = Path(os.environ["CLIENTS"])
SCRIPTS = Path(__file__).parents[1] / "clients"
ACCOUNT, TOKEN = "AC" + "1" * 32, "hunter2-correct-horse"
NOW = "2026-10-15T12:00:00Z"
DAY = {"DateCreatedAfter": "2026-10-14T00:00:00Z", "DateCreatedBefore": "2026-10-15T00:00:00Z"}
SUMMARY = "https://verify.twilio.com/v2/Attempts/Summary"


class Account:
    """A simulated account with TLS, served until it is closed."""

    def __init__(self, *flags):
        command = [OURS, "simulate", "--tls", "--now", NOW, "--requests-per-minute", "0", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()
        self.ca = self.process.stdout.readline().removeprefix("CA certificate ").strip()

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=60)


def ask(kind, questions, account, way):
    """Answers of a client that is told the base URL ("base") or the proxy ("proxy")."""
    programs = {"python": [CLIENTS / "bin/python", SCRIPTS / "ask.py"], "node": ["node", SCRIPTS / "ask.js"]}
    variables = {"PATH": os.environ["PATH"], "NODE_PATH": str(CLIENTS / "node_modules")}
    if way == "proxy" and kind == "python":
        variables |= {"HTTPS_PROXY": account.url, "REQUESTS_CA_BUNDLE": account.ca}
    elif way == "proxy":
        variables |= {"HTTP_PROXY": account.url, "NODE_EXTRA_CA_CERTS": account.ca}
    command = [*map(str, programs[kind]), account.url if way == "base" else "", ACCOUNT, TOKEN]
    done = subprocess.run(command, env=variables, input=json.dumps(questions), text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def curl(account, url, *more):
    """Status, headers and body."""
    variables = {"PATH": os.environ["PATH"], "HTTPS_PROXY": account.url, "CURL_CA_BUNDLE": account.ca}
    command = ["curl", "-sS", "-i", "--suppress-connect-headers", "--max-time", "60", *more, url]
    text = subprocess.run(command, env=variables, text=True, capture_output=True, check=True).stdout
    head, body = text.replace("\r", "").split("\n\n", 1)
    headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:])
    return int(head.split()[1]), headers, json.loads(body)


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.account = Account()
        cls.addClassCleanup(cls.account.close)
        cls.folder = Path(tempfile.mkdtemp(prefix="clients-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        described = subprocess.run([OURS, "simulate", "--describe", "--now", NOW], text=True, capture_output=True, check=True)
        service, attempts = re.search(r"Summary\?(\S*VerifyServiceSid=\S+)  (\d+) attempts", described.stdout).groups()

        def true(countries, **wanted):
            """What an honest run of a job of these countries would publish, summed."""
            job = job_file(cls.folder, cls.folder / "out", "", start="2026-10-14", end="2026-10-15", countries=countries)
            told = subprocess.run([OURS, "simulate", "--truth", job, "--now", NOW], text=True, capture_output=True, check=True)
            rows = csv.DictReader(told.stdout.splitlines())
            found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
            assert found, wanted
            return tuple(sum(int(row[name]) for row in found) for name in ["total_attempts", "total_converted"])

        every = '["CO", "US"]'
        prefix = '["CO"]\ndestination_prefixes = ["+573"]'
        # Each filter, with what is true of it.
        cls.questions = {
            "everything": (DAY, true(every)),
            "country": ({**DAY, "Country": "CO"}, true(every, country="CO")),
            "channel": ({**DAY, "Channel": "whatsapp"}, true(every, channel="whatsapp")),
            "country and channel": ({**DAY, "Country": "US", "Channel": "sms"}, true(every, country="US", channel="sms")),
            "service": (dict(parse_qsl(service)), (int(attempts), None)),
            "prefix": ({**DAY, "DestinationPrefix": "+573"}, true(prefix, destination_prefix="+573")),
            "nothing": ({**DAY, "VerifyServiceSid": "VA" + "0" * 32}, (0, 0)),
        }

    def curl(self, filters, *more):
        return curl(self.account, f"{SUMMARY}?{urlencode(filters)}", "-u", f"{ACCOUNT}:{TOKEN}", *more)

    def test_every_filter_is_answered_by_what_is_true(self):
        for name, (filters, truth) in self.questions.items():
            status, headers, body = self.curl(filters)
            with self.subTest(name):
                self.assertEqual((status, headers["content-type"], body["url"]), (200, "application/json", SUMMARY))
                attempts, converted = body["total_attempts"], body["total_converted"]
                self.assertEqual(body["total_unconverted"], attempts - converted)
                for said, true in zip((attempts, converted), truth):
                    self.assertIn(true, (said, None))
                if attempts:
                    self.assertAlmostEqual(float(body["conversion_rate_percentage"]), 100 * converted / attempts, 8)
                else:
                    self.assertIsNone(body["conversion_rate_percentage"])
                self.assertEqual(attempts > 0, name != "nothing")

    def test_python_and_node_read_what_curl_reads_by_either_way(self):
        expected = [self.curl(filters)[2] for filters, _ in self.questions.values()]
        questions = [{"what": "summary", "filters": filters} for filters, _ in self.questions.values()]
        for kind in ["python", "node"]:
            for way in ["base", "proxy"]:
                with self.subTest(f"{kind} {way}"):
                    self.assertEqual(ask(kind, questions, self.account, way), expected)

    def test_pages_are_followed_to_the_end(self):
        _, (attempts, _) = self.questions["everything"]
        question = [{"what": "list", "filters": DAY}]
        seen = set()
        for kind in ["python", "node"]:
            for way in ["base", "proxy"]:
                [answer] = ask(kind, question, self.account, way)
                with self.subTest(f"{kind} {way}"):
                    self.assertEqual((len(answer["sids"]), len(set(answer["sids"]))), (attempts, attempts))
                seen.add(tuple(answer["sids"]))
        self.assertEqual(len(seen), 1)

    def test_the_command_line_reads_the_same(self):
        filters, (attempts, converted) = self.questions["country and channel"]
        flags = {"--date-created-after": filters["DateCreatedAfter"], "--date-created-before": filters["DateCreatedBefore"]}
        flags |= {"--country": filters["Country"], "--channel": filters["Channel"]}
        programs = CLIENTS / "node_modules/.bin"
        variables = {
            "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(self.folder), "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN, "HTTP_PROXY": self.account.url, "NODE_EXTRA_CA_CERTS": self.account.ca,
        }
        command = ["twilio", "api:verify:v2:attempts:summary:fetch", *(word for flag in flags.items() for word in flag), "-o", "json"]
        done = subprocess.run(command, env=variables, text=True, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        [found] = json.loads(done.stdout)
        self.assertEqual((found["totalAttempts"], found["totalConverted"]), (attempts, converted))

    def test_other_languages_reach_it_by_the_settings_of_the_page(self):
        # Their own HTTPS clients: what the vendor's rest on, and needs no package.
        filters, (attempts, converted) = self.questions["country and channel"]
        words = [ACCOUNT, TOKEN, f"{SUMMARY}?{urlencode(filters)}"]
        store, go, port = self.folder / "ca.jks", self.folder / "ask", self.account.url.rsplit(":", 1)[1]
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "HTTPS_PROXY": self.account.url}

        def run(*command, **more):
            return subprocess.run([*map(str, command)], env=variables | more, text=True, capture_output=True, timeout=120)

        made = [
            run("go", "build", "-o", go, SCRIPTS / "ask.go", CGO_ENABLED="0"),
            run("keytool", "-importcert", "-noprompt", "-alias", "simulate", "-file", self.account.ca, "-keystore", store,
                "-storepass", "changeit"),
        ]
        self.assertEqual([done.returncode for done in made], [0, 0], made)
        java = ["java", "-Dhttps.proxyHost=127.0.0.1", f"-Dhttps.proxyPort={port}"]
        java_trust = [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit"]
        for language, program, trust, script, trusted in [
            ("Go", [go], [], [], {"SSL_CERT_FILE": self.account.ca}),
            ("Java", java, java_trust, [SCRIPTS / "Ask.java"], {}),
            ("PHP", ["php"], ["-d", f"curl.cainfo={self.account.ca}"], [SCRIPTS / "ask.php"], {}),
            ("Ruby", ["ruby"], [], [SCRIPTS / "ask.rb"], {"SSL_CERT_FILE": self.account.ca}),
        ]:
            with self.subTest(language):
                done = run(*program, *trust, *script, *words, **trusted)
                self.assertEqual(done.returncode, 0, done.stderr)
                found = json.loads(done.stdout)
                self.assertEqual((found["total_attempts"], found["total_converted"]), (attempts, converted))
                stranger = run(*program, *script, *words)
                self.assertNotEqual(stranger.returncode, 0)
                self.assertIn("certificat", stranger.stderr)

    def test_errors_arrive_as_such(self):
        questions = [
            {"what": "summary", "filters": {"Country": "ZZ"}},
            {"what": "summary", "filters": {"Channel": "fax"}},
            {"what": "summary", "filters": {}, "account": "AC1"},
            {"what": "other", "filters": {}},
        ]
        expected = [(400, 60200), (400, 60200), (401, 20003), (404, 20404)]
        for kind in ["python", "node"]:
            for way in ["base", "proxy"]:
                answers = ask(kind, questions, self.account, way)
                self.assertEqual([(it["status"], it["code"]) for it in answers], expected, (kind, way))
        status, headers, body = self.curl({"Country": "ZZ"})
        self.assertEqual((status, sorted(body)), (400, ["code", "message", "more_info", "status"]))

    def test_one_too_many_is_told_when_to_come_back(self):
        account = Account("--requests-per-minute", "2")
        self.addCleanup(account.close)
        questions = [{"what": "summary", "filters": DAY}] * 3
        answers = ask("python", questions, account, "proxy")
        self.assertEqual(answers[2], {"status": 429, "code": 20429})
        self.assertEqual([answer["url"] for answer in answers[:2]], [SUMMARY] * 2)
        status, headers, body = curl(account, SUMMARY, "-u", f"{ACCOUNT}:{TOKEN}")
        self.assertEqual((status, body["code"]), (429, 20429))
        self.assertTrue(0 < int(headers["retry-after"]) <= 60, headers)

    def assert_described(self, *which):
        """What is asked by the description is answered by it; `which` says of which paths, on an account of their own."""
        # A month is soon counted, whatever is asked.
        account = Account("--retention", "30d")
        self.addCleanup(account.close)
        command = [CLIENTS / "bin/schemathesis", "--config-file", SCRIPTS / "schemathesis.toml", "run", f"{account.url}/openapi.json"]
        command += ["--max-examples", "25", "--generation-deterministic", "--workers", "1", *which]
        command += ["--phases", "examples,coverage,fuzzing", "--request-timeout", "60", "--no-color"]
        done = subprocess.run(
            [*map(str, command)], cwd=self.folder, text=True, capture_output=True, timeout=170,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
        )
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr)
        self.assertRegex(done.stdout, r"Tested: 6\b")
        return account

    def test_the_account_is_what_it_says_of_itself(self):
        # Without the controls: what they are asked here would set faults, which the other answers would then show.
        self.assert_described("--auth", f"{ACCOUNT}:{TOKEN}", "--exclude-path-regex", "^/_simulator/")

    def test_the_controls_are_what_is_said_of_them(self):
        # Without credentials; and what was asked of the controls was asked nothing of the account.
        account = self.assert_described("--include-path-regex", "^/_simulator/")
        status, _, stats = curl(account, f"{account.url}/_simulator/stats")
        self.assertEqual((status, stats["requests"], stats["statuses"]), (200, 0, {}))


class Constant(http.server.BaseHTTPRequestHandler):
    """What a mock that knows one example answers to everything."""

    def do_GET(self):
        body = json.dumps({
            "total_attempts": 11, "total_converted": 9, "total_unconverted": 2, "conversion_rate_percentage": "81.818181818", "url": SUMMARY
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Mock(unittest.TestCase):
    def test_one_total_for_every_question_is_refused_and_nothing_published(self):
        for split, more in [("false", []), ("true", []), ("false", ["--strategy", "exhaustive"]), ("false", ["--strategy", "drill-down"])]:
            with (
                http.server.ThreadingHTTPServer(("127.0.0.1", 0), Constant) as mock, tempfile.TemporaryDirectory() as name,
                self.subTest(list=split, more=more),
            ):
                threading.Thread(target=mock.serve_forever, daemon=True).start()
                folder = Path(name)
                job = job_file(folder, folder / "out", 'formats = ["csv"]', list=split, start="2026-10-12", end="2026-10-15")
                command = [OURS, "run", job, "--base-url", f"http://127.0.0.1:{mock.server_port}", "--as-of", NOW, "--json", *more]
                variables = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "XDG_STATE_HOME": name, "PATH": os.environ["PATH"]}
                done = subprocess.run(command, env=variables, cwd=name, text=True, capture_output=True, timeout=120)
                mock.shutdown()
                self.assertIn(done.returncode, (1, 3), done.stderr)
                self.assertEqual([path for path in folder.rglob("*.csv") if path.stat().st_size], [], done.stderr)


if __name__ == "__main__":
    unittest.main()

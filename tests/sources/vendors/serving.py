"""What the stand-in servers share: the synthetic members, HTTP on loopback, the log of requests, and refusals.

A vendor's module defines a class with `answer(request)` and `refusal(status, detail)` and passes an instance to `serve`.
Everything that a stand-in is asked goes into DATA_DIR/requests.ndjson, one JSON object a line: method, target, headers
(pairs, as they came), body, and the port it was asked on.

The environment changes how a stand-in behaves:

    SOURCE_TOKEN           the credential that it asks for                      synthetic-members-token
    STANDIN_PREFIX         a path that its address has, as a contest at the proxy has one: /leader-2026
    STANDIN_REFUSE         401, 403, 429, 502 or 503: it answers everything so, 429 and 503 with Retry-After
    STANDIN_REFUSE_AFTER   only after that many requests                        0
    STANDIN_RETRY_AFTER    the seconds in Retry-After                           1
    STANDIN_REFUSE_BODY    problem: the members of the problem document alone; vendor: the vendor's own beside them
    STANDIN_CERT, _KEY     PEM files: it speaks TLS
"""

import email.parser
import email.policy
import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

TOKEN = os.environ.get("SOURCE_TOKEN", "synthetic-members-token")


def members(data):
    """The members of DATA_DIR/members.ndjson, as tests/sources/members writes them."""
    with open(Path(data) / "members.ndjson", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Request:
    """One request, its query and its form as lists of pairs."""

    prefix = os.environ.get("STANDIN_PREFIX", "")

    def __init__(self, method, target, headers, body, origin):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, self.origin = urlsplit(target).path.removeprefix(self.prefix), origin + self.prefix
        self.query = parse_qsl(urlsplit(target).query, keep_blank_values=True)

    def form(self):
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            return parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True)
        if kind.startswith("multipart/form-data"):
            parser = email.parser.BytesParser(policy=email.policy.HTTP)
            parts = parser.parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + self.body)
            return [(part.get_param("name", header="content-disposition"), part.get_content().rstrip("\n"))
                    for part in parts.iter_parts()]  # fmt: skip
        return []

    def json(self):
        try:
            return json.loads(self.body or b"null")
        except ValueError:
            return None

    def one(self, name, otherwise=None):
        """A parameter of the query; of two, the last."""
        return dict(self.query).get(name, otherwise)

    def number(self, name, otherwise):
        value = self.one(name, "")
        return int(value) if value.isdigit() else otherwise

    def bearer(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"


class Answer:
    """A status, a body (text, or what becomes JSON), and headers."""

    def __init__(self, body, status=200, kind="application/json", headers=()):
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self.status, self.kind, self.headers, self.bytes = status, kind, list(headers), text.encode()


class Log:
    def __init__(self, data):
        self.path, self.lock = Path(data) / "requests.ndjson", threading.Lock()
        self.path.write_text("")

    def add(self, request, port):
        line = {"method": request.method, "target": request.target, "headers": request.headers.items(),
                "body": request.body.decode(errors="replace"), "port": port}  # fmt: skip
        with self.lock, open(self.path, "a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


class Refusals:
    """What STANDIN_REFUSE asks for: the problem document of the proxy, as the vendor's clients would meet it."""

    REASONS = {
        401: ("Unauthorized", "unknown_credential", "The key is not one that this contest knows."),
        403: ("Forbidden", "window_not_open", "The window of this export is not open."),
        429: ("Too Many Requests", "rate_limited", "Too many pulls were started; wait."),
        502: ("Bad Gateway", "source_answer_refused", "The source's answer was not of the expected form."),
        503: ("Service Unavailable", "source_unreachable", "The source cannot be reached."),
    }

    def __init__(self, status=None):
        self.status = int(os.environ.get("STANDIN_REFUSE") or 0) if status is None else status
        self.left = int(os.environ.get("STANDIN_REFUSE_AFTER") or 0)
        self.wait = os.environ.get("STANDIN_RETRY_AFTER", "1")
        self.alone = os.environ.get("STANDIN_REFUSE_BODY") == "problem"

    def answer(self, vendor):
        """The refusal, or None where the vendor is to answer."""
        if not self.status:
            return None
        if self.left > 0:
            self.left -= 1
            return None
        title, reason, detail = self.REASONS[self.status]
        problem = {"type": f"urn:portcullis:reason:{reason}", "title": title, "status": self.status, "detail": detail,
                   "reason": reason, "request_id": "01JSTANDIN"}  # fmt: skip
        body = problem if self.alone else vendor.refusal(self.status, detail, problem)
        headers = [("Retry-After", self.wait)] if self.status in (429, 503) else []
        return Answer(body, self.status, "application/problem+json", headers)


def handler(vendor, log, refusals):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together
        disable_nagle_algorithm = True

        def exchange(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scheme = "https" if tls() else "http"
            port = self.server.server_address[1]
            origin = f"{scheme}://{self.headers.get('Host') or f'127.0.0.1:{port}'}"
            request = Request(self.command, self.path, self.headers, body, origin)
            log.add(request, port)
            self.reply(refusals.answer(vendor) or self.answered(request))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_SEARCH = exchange

        def answered(self, request):
            try:
                return vendor.answer(request)
            except Exception as error:  # what a stand-in does not foresee; a test that meets it sees why
                return Answer({"standin": f"{type(error).__name__}: {error}"}, 500)

        def reply(self, answer):
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.bytes)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.bytes)
            self.wfile.flush()

        def version_string(self):
            return "standin"

        def log_message(self, *_):
            pass

    return Handler


def tls():
    return os.environ.get("STANDIN_CERT")


def listen(port, vendor, log, refusals):
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(vendor, log, refusals))
    server.daemon_threads = True
    if tls():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls(), os.environ["STANDIN_KEY"])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def serve(make):
    """Runs the vendor that `make` builds from the members. A vendor with `files` gets a second server for those."""
    port, data = int(sys.argv[1]), sys.argv[2]
    vendor, log, refusals = make(members(data)), Log(data), Refusals()
    files = getattr(vendor, "files", None)
    if files:
        second = listen(int(os.environ.get("STANDIN_FILES_PORT") or 0), files, log, Refusals(0))
        files.origin = f"{'https' if tls() else 'http'}://127.0.0.1:{second.server_address[1]}"
        threading.Thread(target=second.serve_forever, daemon=True).start()
    listen(port, vendor, log, refusals).serve_forever()

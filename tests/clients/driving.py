"""What the drivers share: their arguments, the addresses that a library contacts, and the one JSON object that they print.

A driver passes `main` the library's name in the registry and a function that pulls the whole list of people with it.
What is printed:

    {"client", "ok": true, "count", "records": the first three, "ids": all, "origins", "seconds", "logged"}
    {"client", "ok": false, "shown": class and message of what the library raised, "origins", "seconds", "logged"}

`origins` are the addresses of every connection that was opened, seen by an audit hook under the libraries: with the
scheme of --base where it is the address of --base, and tcp://ADDRESS:PORT elsewhere. `logged` is what went to the log
as an error. Exit code 0 in both cases, and 2 when the driver could not run.
"""

import argparse
import contextlib
import importlib.metadata
import json
import logging
import os
import signal
import socket
import sys
import time
from urllib.parse import urlsplit


class CannotRun(Exception):
    """The driver cannot do what it is asked, whatever the server says."""


class NoEnd(BaseException):
    """The time is up. No library catches this, as it would an Exception."""


def arguments(description, add):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="what replaces the vendor's https://host, a path prefix and all")
    parser.add_argument("--key", required=True, help="the credential")
    parser.add_argument("--ca", help="certificate authority to trust, PEM")
    parser.add_argument("--seconds", type=int, default=60, help="when to give up on a library that does not end")
    add(parser)
    options = parser.parse_args()
    options.base = options.base.rstrip("/")
    return options


def watch_connections():
    """The addresses that sockets are connected to, from now on. A hook cannot be taken away again."""
    seen = []

    def hook(event, details):
        if event == "socket.connect" and isinstance(details[1], tuple) and details[0].type & socket.SOCK_STREAM:
            seen.append(details[1][:2])

    sys.addaudithook(hook)
    return seen


def origins(seen, base):
    parts = urlsplit(base)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    with contextlib.suppress(OSError):
        home = {found[4][:2] for found in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)}
    return sorted({f"{parts.scheme}://{parts.hostname}:{port}" if one in home else f"tcp://{one[0]}:{one[1]}" for one in seen})


class Errors(logging.Handler):
    def __init__(self):
        super().__init__(logging.ERROR)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def prepare(options):
    os.environ["NO_PROXY"] = "*"
    if options.ca:
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = options.ca

    def late(*_):
        raise NoEnd(f"no end within {options.seconds} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(options.seconds)


def outcome(pull, options):
    """What the library gave, or what a user of it sees."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            records, ids = pull(options)
        return {"ok": True, "count": len(records), "records": records[:3], "ids": ids}
    except (CannotRun, ImportError):
        raise
    except (Exception, NoEnd) as error:
        return {"ok": False, "shown": f"{type(error).__module__}.{type(error).__qualname__}: {error}"}


def main(description, library, pull, add=lambda parser: None):
    options, errors = arguments(description, add), Errors()
    prepare(options)
    logging.getLogger().addHandler(errors)
    try:
        client = f"{library} {importlib.metadata.version(library)}"
        seen, began = watch_connections(), time.monotonic()
        said = outcome(pull, options)
    except (CannotRun, ImportError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    signal.alarm(0)
    rest = {"origins": origins(seen, options.base), "seconds": round(time.monotonic() - began, 1), "logged": errors.lines}
    print(json.dumps({"client": client} | said | rest, default=str, ensure_ascii=False))

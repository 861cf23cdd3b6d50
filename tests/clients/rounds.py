"""Runs every driver against its stand-in, served and refused, and prints what its user sees as Markdown.

    rounds.py [DATA_DIR [NAME …]]

    tests/clients/setup && tests/.venv-clients/bin/python tests/clients/rounds.py /tmp/rounds

DATA_DIR/members.ndjson is read when it is there; otherwise tests/sources/members writes it, which builds the proxy's
tests. NAMEs choose among the drivers. The first table counts what arrives, from an address without and with a path
prefix. The second shows what a library makes of a refusal: the problem document alone, and with the vendor's own
members beside it. Exit code 1 when a pull is not whole.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
TOKEN = "synthetic-members-token"
DRIVERS = {
    "civicrmapi": ("civicrm", ["drive_civicrmapi.py"]),
    "civicrmapi, v3": ("civicrm", ["drive_civicrmapi.py", "--api", "3"]),
    "civicrm-py": ("civicrm", ["drive_civicrm_py.py"]),
    "civipy": ("civicrm", ["drive_civipy.py"]),
    "parsons NationBuilder": ("nationbuilder", ["drive_parsons.py", "--connector", "nationbuilder", "--seconds", "8"]),
    "dlt, NationBuilder v2": ("nationbuilder", ["drive_dlt.py", "--vendor", "nationbuilder2"]),
    "parsons ActionNetwork": ("actionnetwork", ["drive_parsons.py", "--connector", "actionnetwork"]),
    "pyactionnetwork": ("actionnetwork", ["drive_pyactionnetwork.py"]),
    "dlt, Action Network": ("actionnetwork", ["drive_dlt.py", "--vendor", "actionnetwork"]),
    "parsons VAN": ("everyaction", ["drive_parsons.py", "--connector", "van"]),
    "parsons VAN, changed": ("everyaction", ["drive_parsons.py", "--connector", "van-changed"]),
    "everyaction-client": ("everyaction", ["drive_everyaction_client.py"]),
    "everyaction-client, changed": ("everyaction", ["drive_everyaction_client.py", "--what", "changed"]),
    "dlt, EveryAction": ("everyaction", ["drive_dlt.py", "--vendor", "everyaction"]),
    "simple-salesforce": ("salesforce", ["drive_simple_salesforce.py", "--page", "100"]),
    "simple-salesforce, bulk": ("salesforce", ["drive_simple_salesforce.py", "--what", "bulk", "--page", "100"]),
    "dataverse-api": ("dynamics", ["drive_dataverse_api.py"]),
    "dlt, Dynamics": ("dynamics", ["drive_dlt.py", "--vendor", "dynamics"]),
    "postgrest-py": ("postgrest", ["drive_postgrest.py"]),
    "postgrest-py, limit": ("postgrest", ["drive_postgrest.py", "--paging", "limit", "--as", "supabase"]),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder):
    """A certificate of its own for simple-salesforce, which speaks https alone."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        [*make, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    return {"STANDIN_CERT": str(cert), "STANDIN_KEY": str(key)}


class StandIn:
    """A vendor's stand-in, up while it is entered."""

    def __init__(self, vendor, data, environment):
        self.port, self.vendor, self.data = free_port(), vendor, data
        self.environment = os.environ | environment

    def __enter__(self):
        run = HERE.parent / "sources" / "vendors" / "run"
        self.process = subprocess.Popen([run, self.vendor, str(self.port), self.data], env=self.environment)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"the stand-in for {self.vendor} does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def requests(self):
        return len((self.data / "requests.ndjson").read_text().splitlines())


def drive(name, data, tls, **environment):
    """What the driver prints, and how many requests the stand-in had."""
    vendor, (script, *arguments) = DRIVERS[name]
    secure = tls if vendor == "salesforce" else {}
    with StandIn(vendor, data, environment | secure) as server:
        base = f"http{'s' if secure else ''}://127.0.0.1:{server.port}{environment.get('STANDIN_PREFIX', '')}"
        command = [sys.executable, HERE / script, "--base", base, "--key", TOKEN, *arguments]
        done = subprocess.run(command + (["--ca", tls["STANDIN_CERT"]] if secure else []), capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        answer = json.loads(done.stdout)
        shown = [text.replace(base, "BASE") for text in [answer.get("shown", ""), *answer["logged"][:1]] if text]
        return answer | {"requests": server.requests(), "shown": " — logged: ".join(shown)}


def cell(text):
    return text.replace("|", "\\|").replace("\n", "⏎")


def served(names, data, tls, wanted):
    print("| client | pulled | requests | other addresses | with a path prefix |\n|---|---|---|---|---|")
    whole = True
    for name in names:
        plain, prefixed = drive(name, data, tls), drive(name, data, tls, STANDIN_PREFIX="/leader-2026")
        whole &= all(len(set(map(str, one.get("ids", [])))) == wanted for one in (plain, prefixed))
        others = ", ".join(one.rpartition(":")[0] for one in plain["origins"][1:]) or "none"
        print(f"| {name} ({plain['client']}) | {plain.get('count') or plain['shown']} | {plain['requests']} | {others} "
              f"| {prefixed.get('count') or cell(prefixed['shown'])} |", flush=True)  # fmt: skip
    return whole


def refused(names, data, tls):
    print("\n| client | status | with | requests | seconds | what its user sees |\n|---|---|---|---|---|---|")
    for name in names:
        for status in ("401", "403", "429", "502", "503"):
            for body in ("problem", "vendor"):
                one = drive(name, data, tls, STANDIN_REFUSE=status, STANDIN_REFUSE_BODY=body)
                shown = f"**ok, {one['count']} records**" if one["ok"] else cell(one["shown"])
                print(f"| {name} | {status} | {body} | {one['requests']} | {one['seconds']} | `{shown}` |", flush=True)


def main():
    data = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    names = sys.argv[2:] or list(DRIVERS)
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "members.ndjson").exists():
        subprocess.run([HERE.parent / "sources" / "members", "300", data / "members.ndjson"], check=True)
    wanted = len((data / "members.ndjson").read_text(encoding="utf-8").splitlines())
    tls = certificate(data)
    whole = served(names, data, tls, wanted)
    refused(names, data, tls)
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()

"""Measures proxies beside one another and prints a Markdown table. `tests/bench/run` calls it; see there for its use.

In each cycle every contender takes its turn, in a rotating order, against the same source: pages of 200 records from one
client connection and from eight, single records from one, and pulls of everything. What is compared is the contender's own
CPU time, since wall time is noisy; each ratio is taken within one cycle, and the table has the medians.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import secrets
import socket
import statistics
import subprocess
import sys
import time
from datetime import datetime, timezone

from process import Process

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "portcullis_" + secrets.token_urlsafe(32)
KEPT = {
    "member_id", "first_name", "last_name", "email", "mobile", "address", "constituency", "joined_on", "status",
    "membership_type",
}  # fmt: skip
# A limit other than 1 and 200 makes the source send everything in one answer; 10,000 is the most that portcullis asks for.
EVERYTHING = 10_000
# As many campaigns' tools at once, where there is more than one.
CLIENTS = 8
PULLS_MAX = 12
PULL_CPU_SECONDS = 0.6


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True, help="of page-1.json, page-200.json and all.json; state goes there too")
    parser.add_argument("--records", type=int, required=True, help="in all.json")
    parser.add_argument("--portcullis", help="the binary; without it only the others are measured")
    parser.add_argument("--beside", action="append", default=[], metavar="LABEL=BINARY", help="another build of it")
    parser.add_argument("--cycles", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of pages or single records")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fill(template, target, values):
    """Writes the template with what stands in {CAPITALS} filled in."""
    with open(os.path.join(HERE, template)) as file:
        text = re.sub(r"\{([A-Z0-9_]+)\}", lambda match: str(values[match[1]]), file.read())
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w") as file:
        file.write(text)


class Contender:
    """One way from the client to the source: a process of its own, and where its list is."""

    def __init__(self, name, folder, process, list_url, keyed=False, kept=None, yardstick=None):
        self.name, self.folder, self.process, self.list_url, self.kept = name, folder, process, list_url, kept
        self.header = ["-H", f"Authorization: Bearer {KEY}"] if keyed else []
        # Nobody checks the certificate: it was made a moment ago, for this run.
        self.curl = ["curl", "-sS", *(["--insecure"] if list_url.startswith("https") else []), *self.header]
        self.yardstick = yardstick or self
        self.rows = []

    def url(self, limit):
        return f"{self.list_url}?limit={limit}"

    def fetch(self, limit):
        """One answer, checked for what it must be."""
        body = subprocess.run(
            [*self.curl, "--fail-with-body", self.url(limit)], check=True, capture_output=True
        ).stdout
        return body, json.loads(body)

    def wait_until_ready(self):
        for _ in range(100):
            if not self.process.running():
                break
            try:
                return self.fetch(1)
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        with open(self.process.log.name) as output:
            raise SystemExit(f"{self.name} does not answer:\n{output.read()[-2000:]}")

    def check(self, records):
        """Its answers have all records, and where it filters, the kept fields and no other. The length of a page."""
        for limit, expected in ((EVERYTHING, records), (1, 1), (200, 200)):
            body, document = self.fetch(limit)
            values = document["values"]
            if len(values) != expected or (self.kept and {key for value in values for key in value} != self.kept):
                raise SystemExit(f"{self.name} gives {len(values)} records instead of {expected}, or other fields: {body[:600]!r}")
        return len(body)


def certificate(folder):
    """A certificate for 127.0.0.1 and its key."""
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    os.chmod(key, 0o600)
    return certificate, key


def nginx(name, template, folder, source_port, tls=None, yardstick=None, kept=None):
    port, label = free_port(), template + ("-tls" if tls else "")
    target = os.path.join(folder, label + ".conf")
    secured = f" ssl; ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}" if tls else ""
    values = {"FOLDER": folder, "HERE": HERE, "NAME": label, "SOURCE_PORT": source_port, "PORT": port, "TLS": secured}
    fill(f"nginx/{template}.conf", target, values)
    process = Process(["nginx", "-c", target, "-p", folder, "-e", f"{folder}/{label}.log"], log_of(folder, label))
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/members"
    return Contender(name, folder, process, url, kept=kept, yardstick=yardstick)


def portcullis(name, binary, export, folder, source_port, yardstick=None, label="", tls=None):
    state = os.path.join(folder, export + label)
    subprocess.run(["rm", "-rf", state], check=True)
    os.makedirs(state)
    values = {
        "PORT": free_port(), "ADMIN_PORT": free_port(), "SOURCE_PORT": source_port, "STATE": state,
        "KEY_SHA256": hashlib.sha256(KEY.encode()).hexdigest(),
        "TLS": f'tls = {{ certificate_file = "{tls[0]}", key_file = "{tls[1]}" }}' if tls else "",
    }  # fmt: skip
    for template in ("portcullis.toml", "contests/bench-2026.toml"):
        fill(f"portcullis/{template}", os.path.join(state, "config", template), values)
    subprocess.run([binary, "keygen", f"{state}/pseudonyms.key"], check=True, stdout=subprocess.DEVNULL)
    process = Process([binary, "serve", "--config", f"{state}/config"], log_of(folder, export + label), {"TOKIO_WORKER_THREADS": "1"})
    url = f"{'https' if tls else 'http'}://127.0.0.1:{values['PORT']}/bench-2026/{export}"
    return Contender(name, folder, process, url, keyed=True, kept=KEPT, yardstick=yardstick)


def log_of(folder, name):
    return open(os.path.join(folder, name + ".output"), "wb")


def load(contender, limit, seconds, clients=1):
    """Requests one after another on each connection: CPU in microseconds a request, and latencies in milliseconds."""
    before = contender.process.cpu()
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", f"{HERE}/report.lua", *contender.header, contender.url(limit)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = contender.process.cpu() - before
    result = json.loads(re.search(r"RESULT (.*)", output)[1])
    if result["errors"] or not result["requests"]:
        raise SystemExit(f"{contender.name}: {result}")
    return spent * 1e6 / result["requests"], result["p50"] / 1e3, result["p99"] / 1e3


def pulls(contender, size):
    """Everything, several times: CPU seconds a GB of the source's bytes, wall seconds a pull, and the peak of memory."""
    contender.process.forget_peak()
    before, count, walls = contender.process.cpu(), 0, []
    while count < PULLS_MAX and (count == 0 or contender.process.cpu() - before < PULL_CPU_SECONDS):
        started = time.monotonic()
        command = [*contender.curl, "--fail", "-o", "/dev/null", contender.url(EVERYTHING)]
        subprocess.run(command, check=True)
        walls.append(time.monotonic() - started)
        count += 1
    spent = contender.process.cpu() - before
    return spent / (count * size / 1e9), statistics.median(walls), contender.process.memory("VmHWM")


def turn(contender, size, seconds):
    page, pages = load(contender, 200, seconds), load(contender, 200, seconds, CLIENTS)
    single = load(contender, 1, seconds)
    contender.rows.append({"page": page, "pages": pages, "single": single, "pull": pulls(contender, size)})


def median(contender, kind, place):
    return statistics.median(row[kind][place] for row in contender.rows)


def ratio(contender, kind):
    """The contender's CPU over its yardstick's: median, least and greatest within a cycle, and that of their best cycles.

    On a machine that others use as well, a neighbour makes any turn slower and none faster: the best turns of all are the ones
    that were disturbed least.
    """
    yardstick = contender.yardstick
    ratios = [mine[kind][0] / theirs[kind][0] for mine, theirs in zip(contender.rows, yardstick.rows) if theirs[kind][0]]
    if not ratios:
        return "too short to say"
    best = min(row[kind][0] for row in contender.rows) / min(row[kind][0] for row in yardstick.rows if row[kind][0])
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}), {best:.2f}"


def table(contenders, idle):
    print("| | CPU us per 200-record page | x nginx (range), best | page p50 / p99 ms | "
          f"CPU us per page, {CLIENTS} clients | x nginx (range), best | CPU us per 1-record request | "
          "1-record p50 / p99 ms | pull CPU s/GB | x nginx (range), best | pull wall s | RSS idle / peak MB |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for one in contenders:
        cells = [
            one.name,
            f"{median(one, 'page', 0):.0f}",
            ratio(one, "page"),
            f"{median(one, 'page', 1):.3f} / {median(one, 'page', 2):.3f}",
            f"{median(one, 'pages', 0):.0f}",
            ratio(one, "pages"),
            f"{median(one, 'single', 0):.1f}",
            f"{median(one, 'single', 1):.3f} / {median(one, 'single', 2):.3f}",
            f"{median(one, 'pull', 0):.2f}",
            ratio(one, "pull"),
            f"{median(one, 'pull', 1):.2f}",
            f"{idle[one.name]:.1f} / {max(row['pull'][2] for row in one.rows):.1f}",
        ]
        print("| " + " | ".join(cells) + " |")


def surroundings(options, size, kept):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    load_average = os.getloadavg()[0]
    print(f"- {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, {model[1] if model else platform.machine()}, "
          f"{os.cpu_count()} CPUs, Linux {platform.release()}, load average before the run {load_average:.1f}")  # fmt: skip
    if load_average > 0.5:
        print("- **The machine was busy with something else: these figures are not to be quoted.**")
    print(f"- {options.cycles} cycles in turns, {options.seconds} s each for pages and single records; "
          f"a pull is {size / 1e6:.1f} MB in one answer; medians; rows with TLS are compared with nginx with TLS")  # fmt: skip
    p50, p99, cpu = durable_write(options.folder)
    print(f"- a write of 4 KiB and its fdatasync, without which nothing is on record: {p50:.3f} / {p99:.3f} ms, {cpu:.0f} us of CPU")
    print(f"- of the bytes of a page {kept:.0%} are kept; one worker or thread each; HTTP/1.1 on loopback")


def durable_write(folder, times=1000):
    """What the disk takes to have something on record: p50 and p99 in milliseconds, and CPU in microseconds."""
    path, took = os.path.join(folder, "written"), []
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    os.pwrite(file, bytes(4096 * times), 0)
    os.fsync(file)
    before = time.process_time()
    for place in range(times):
        started = time.perf_counter()
        os.pwrite(file, b"x" * 4096, 4096 * place)
        os.fdatasync(file)
        took.append(1e3 * (time.perf_counter() - started))
    cpu = 1e6 * (time.process_time() - before) / times
    os.close(file)
    os.remove(path)
    took.sort()
    return took[times // 2], took[times * 99 // 100], cpu


def run(options, source, contenders):
    size = os.path.getsize(os.path.join(options.folder, "all.json"))
    page = os.path.getsize(os.path.join(options.folder, "page-200.json"))
    everyone, idle, lengths = [source, *contenders], {}, {}
    for contender in everyone:
        contender.wait_until_ready()
        idle[contender.name] = contender.process.memory("VmRSS")
        lengths[contender.name] = contender.check(options.records)
    surroundings(options, size, next(lengths[c.name] for c in contenders if c.kept) / page)
    for cycle in range(options.cycles):
        start = cycle % len(everyone)
        for contender in everyone[start:] + everyone[:start]:
            turn(contender, size, options.seconds)
        print(f"cycle {cycle + 1} of {options.cycles}", file=sys.stderr)
    print()
    table(everyone, idle)


def main():
    options = arguments()
    options.folder = os.path.abspath(options.folder)
    started = []
    try:
        source = nginx("direct, no proxy (the source's own CPU)", "source", options.folder, free_port())
        started.append(source)
        source_port = source.list_url.split(":")[2].split("/")[0]
        source.list_url = source.list_url.replace("/members", "/api/members")
        plain = nginx("nginx, passing through, default buffers", "pass", options.folder, source_port)
        source.yardstick = plain
        started.append(plain)
        tls = certificate(options.folder)
        secured = nginx("nginx with TLS to the client", "pass", options.folder, source_port, tls)
        started.append(secured)
        started.append(nginx("nginx + Lua (cjson)", "lua", options.folder, source_port, kept=KEPT, yardstick=plain))
        if options.portcullis:
            for name, export in (("portcullis", "members"), ("portcullis, 2 HMAC a record", "members-hmac")):
                started.append(portcullis(name, options.portcullis, export, options.folder, source_port, plain))
            started.append(
                portcullis("portcullis with TLS", options.portcullis, "members", options.folder, source_port, secured, "-tls", tls)
            )
        for number, beside in enumerate(options.beside):
            label, binary = beside.split("=", 1)
            started.append(portcullis(label, binary, "members", options.folder, source_port, plain, f"-beside-{number}"))
        run(options, started[0], started[1:])
    finally:
        for contender in started:
            contender.process.stop()


if __name__ == "__main__":
    main()

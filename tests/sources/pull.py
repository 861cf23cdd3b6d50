"""A campaign's tool: pulls a whole list by following its next links, through one origin only.

    pull.py http://127.0.0.1:8443/leader-2026/members?limit=500 --key KEY --out members.ndjson

Writes the records as NDJSON and prints one JSON object: count, pages, and every key seen, nested ones with dots.
Exit codes: 0 all pulled; 1 an answer other than 200 (its body goes to standard error), or not of the expected shape;
3 a link led elsewhere than to the origin of the first URL, or in a circle.
"""

import argparse
import json
import os
import sys
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests


class Stop(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--key", default=os.environ.get("CAMPAIGN_KEY"), help="sent as a Bearer token; else CAMPAIGN_KEY")
    parser.add_argument("--authorization", help="the whole Authorization header instead, to pull from a source itself")
    parser.add_argument("--out", help="where the records go, one JSON object a line")
    parser.add_argument("--records", default="/values", help="JSON Pointer to the records; '' where the body is the list")
    parser.add_argument("--next", default="/next", help="JSON Pointer to the next page's URL or token")
    parser.add_argument("--next-parameter", help="the next page is a token that goes into this parameter")
    parser.add_argument("--ca", help="certificate authority to trust, PEM")
    return parser.parse_args()


def at(document, pointer):
    for step in pointer.split("/")[1:]:
        if not isinstance(document, dict):
            return None
        document = document.get(step.replace("~1", "/").replace("~0", "~"))
    return document


def keys_of(value, prefix=""):
    """Every key inside a record: `address`, `address.town`, `donations.amount`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield prefix + key
            yield from keys_of(inner, prefix + key + ".")
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner, prefix)


def origin(url):
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default


def following(url, document, answer, options):
    """The next page's absolute URL, from the body or else from the Link header; None at the end."""
    value = at(document, options.next)
    if value is None:
        value = answer.links.get("next", {}).get("url")
    elif options.next_parameter:
        parts = urlsplit(url)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != options.next_parameter]
        value = urlunsplit(parts._replace(query=urlencode([*query, (options.next_parameter, value)])))
    return urljoin(url, value) if value else None


def page(session, url, options):
    answer = session.get(url, allow_redirects=False, timeout=60, verify=options.ca or True)
    if answer.status_code != 200:
        raise Stop(1, f"{answer.status_code} {answer.headers.get('Content-Type')}\n{answer.text}")
    document = answer.json()
    records = at(document, options.records)
    if not isinstance(records, list):
        raise Stop(1, f"no list of records at '{options.records}'")
    return answer, document, records


def pull(options, out):
    session = requests.Session()
    session.trust_env = False
    authorization = options.authorization or (f"Bearer {options.key}" if options.key else None)
    if authorization:
        session.headers["Authorization"] = authorization
    url, home, visited, count, keys = options.url, origin(options.url), set(), 0, set()
    while url:
        if origin(url) != home:
            raise Stop(3, f"a link leads away from {home}")
        if url in visited:
            raise Stop(3, "a link leads in a circle")
        visited.add(url)
        answer, document, records = page(session, url, options)
        for record in records:
            keys.update(keys_of(record))
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += len(records)
        url = following(url, document, answer, options)
    return {"count": count, "pages": len(visited), "keys": sorted(keys)}


def main():
    options = arguments()
    try:
        with open(options.out or os.devnull, "w", encoding="utf-8") as out:
            print(json.dumps(pull(options, out)))
    except Stop as stop:
        print(stop, file=sys.stderr)
        sys.exit(stop.code)
    except (requests.RequestException, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

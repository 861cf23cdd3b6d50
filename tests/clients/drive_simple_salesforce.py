"""Pulls every contact with simple-salesforce.

    drive_simple_salesforce.py --base https://HOST:PORT --key SESSION [--what bulk]

`query` is query_all over REST, `bulk` a query job of Bulk 2.0. The library takes the host and port of an instance and
always says https; a path prefix goes into its attributes base_url and bulk2_url. It puts the host before a
nextRecordsUrl, which so has to have the prefix.
"""

import csv
import io
from urllib.parse import urlsplit

import driving


def add(parser):
    parser.add_argument("--what", choices=["query", "bulk"], default="query")
    parser.add_argument("--soql", default="SELECT Id, FirstName, LastName, Email FROM Contact")
    parser.add_argument("--page", type=int, help="records a page: batchSize, or maxRecords")


def pull(options):
    from simple_salesforce import Salesforce

    if not options.base.startswith("https://"):
        raise driving.CannotRun("simple-salesforce speaks https alone")
    client = Salesforce(instance_url=options.base, session_id=options.key, version="59.0")
    prefix = urlsplit(options.base).path
    if prefix:
        host = f"https://{client.sf_instance}"
        client.base_url = client.base_url.replace(host, host + prefix)
        client.bulk2_url = client.bulk2_url.replace(host, host + prefix)
    if options.what == "bulk":
        chunks = client.bulk2.Contact.query(options.soql, max_records=options.page or 50_000)
        records = [row for chunk in chunks for row in csv.DictReader(io.StringIO(chunk))]
    else:
        headers = {"Sforce-Query-Options": f"batchSize={options.page}"} if options.page else {}
        records = client.query_all(options.soql, headers=headers)["records"]
    return records, [record["Id"] for record in records]


if __name__ == "__main__":
    driving.main(__doc__, "simple-salesforce", pull, add)

"""Pulls every contact with dataverse-api:  drive_dataverse_api.py --base URL --key TOKEN [--page 100]

The library gets a session of requests that has the token, and the environment's address; it adds api/data/v9.2/. Before
the first record it asks for EntityDefinitions: which set of entities a contact is in, its keys, its messages and its
relationships.
"""

import driving


def add(parser):
    parser.add_argument("--page", type=int, default=100)
    parser.add_argument("--select", default="contactid,firstname,lastname,emailaddress1")


def pull(options):
    import requests
    from dataverse_api import DataverseClient

    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {options.key}"
    client = DataverseClient(session=session, environment_url=f"{options.base}/")
    records = client.entity("contact").read(select=options.select.split(","), page_size=options.page)
    return records, [record["contactid"] for record in records]


if __name__ == "__main__":
    driving.main(__doc__, "dataverse-api", pull, add)

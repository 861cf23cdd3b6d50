"""Pulls everyone with everyaction-client:  drive_everyaction_client.py --base URL --key KEY [--what changed]

The endpoint /v4 under the base is an argument of the library. `people` is its list of people, `changed` a
changedEntityExportJob and its CSV. Version 0.3.3 puts its endpoint before an absolute nextPageLink once more and so
finds no second page; the pages are asked for here by their number of records to skip, which needs a limit as well.
`--follow` lets the library do it.
"""

import driving


def add(parser):
    parser.add_argument("--follow", action="store_true", help="leave the pages to the library")
    parser.add_argument("--what", choices=["people", "changed"], default="people")


def pages(client, size=200):
    begin, page = 0, None
    while page is None or len(page) == size:
        page = client.people.list(limit=size, skip=begin)
        yield from page
        begin += len(page)


def pull(options):
    from everyaction import EAClient

    client = EAClient(app_name="portcullis-tests", api_key=options.key, mode="MyCampaign", endpoint=f"{options.base}/v4")
    if options.what == "changed":
        rows = client.changed_entities.changes(resource="Contacts", date_changed_from="2026-01-01T00:00:00Z")
        return rows, [row["VanID"] for row in rows]
    people = client.people.list(limit=0) if options.follow else list(pages(client))
    return [dict(person) for person in people], [person.id for person in people]


if __name__ == "__main__":
    driving.main(__doc__, "everyaction-client", pull, add)

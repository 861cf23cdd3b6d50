"""Pulls every contact with civicrmapi, over API v4 or v3:  drive_civicrmapi.py --base URL --key KEY [--api 3] [--page 100]

The base is CiviCRM's own address; the library adds /civicrm/ajax/api4/ or /civicrm/ajax/rest. It knows no pages: the
loop is the user's.
"""

import driving

FIELDS = "id,first_name,last_name,email_primary.email"


def add(parser):
    parser.add_argument("--api", choices=["3", "4"], default="4")
    parser.add_argument("--page", type=int, default=100, help="0 asks for all at once, without a limit")
    parser.add_argument("--select", default=FIELDS)


def version_4(options):
    from civicrmapi.http import HttpApiV4

    api, offset = HttpApiV4(options.base, options.key, timeout=30), 0
    while True:
        # Without `where` the library would take every parameter for a field to filter by.
        params = {"select": options.select.split(","), "where": [], "orderBy": {"id": "ASC"}}
        paged = {"limit": options.page, "offset": offset} if options.page else {}
        values = api.Contact.get(params | paged)
        yield from values
        offset += len(values)
        if not options.page or len(values) < options.page:
            return


def version_3(options):
    from civicrmapi.http import HttpApiV3

    api, offset = HttpApiV3(options.base, options.key, "site-key", timeout=30), 0
    while True:
        values = api.Contact.get(
            {"return": "id,first_name,last_name,email", "options": {"limit": options.page, "offset": offset}}
        )
        yield from values
        offset += len(values)
        if not options.page or len(values) < options.page:
            return


def pull(options):
    records = list(version_4(options) if options.api == "4" else version_3(options))
    return records, [record.get("id") for record in records]


if __name__ == "__main__":
    driving.main(__doc__, "civicrmapi", pull, add)

"""Pulls every contact with civicrm-py, over API v4:  drive_civicrm_py.py --base URL --key KEY [--page 100]

The library wants the address of API v4 itself, so /civicrm/ajax/api4 is added here. It knows no pages: the loop is the user's.
"""

import driving


def add(parser):
    parser.add_argument("--page", type=int, default=100, help="0 asks for all at once, without a limit")
    parser.add_argument("--select", default="id,first_name,last_name,email_primary.email")


def pull(options):
    from civicrm_py import SyncCiviClient

    records = []
    with SyncCiviClient(base_url=f"{options.base}/civicrm/ajax/api4", api_key=options.key) as client:
        while True:
            paged = {"limit": options.page, "offset": len(records)} if options.page else {}
            values = client.get("Contact", select=options.select.split(","), order_by={"id": "ASC"}, **paged).values
            records += values
            if not options.page or len(values) < options.page:
                return records, [record.get("id") for record in records]


if __name__ == "__main__":
    driving.main(__doc__, "civicrm-py", pull, add)

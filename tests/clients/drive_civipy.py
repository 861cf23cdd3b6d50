"""Pulls every contact with civipy, over API v4, in one request without a limit:  drive_civipy.py --base URL --key KEY

The library wants the address of API v4 itself with a slash at its end, so /civicrm/ajax/api4/ is added here. It is
pinned to 0.0.5, the last whose query objects work: 0.0.6 and 0.0.7 fail before their first request. A slice of its
results loses its offset, so nobody can page with it.
"""

import driving


def add(parser):
    parser.add_argument("--select", default="id,first_name,last_name")


def pull(options):
    import civipy

    civipy.init(rest_base=f"{options.base}/civicrm/ajax/api4/", user_key=options.key, api_version="4", log_level="ERROR")
    contacts = civipy.CiviContact.objects.values(*options.select.split(",")).order_by(id="ASC").all()
    records = [contact.civi for contact in contacts]
    return records, [record.get("id") for record in records]


if __name__ == "__main__":
    driving.main(__doc__, "civipy", pull, add)

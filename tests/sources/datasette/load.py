"""Makes the SQLite file that Datasette serves, from members as NDJSON:  load.py MEMBERS.ndjson MEMBERS.db

A flat table, as SQL databases have it: the address and the consents are columns, the donations a JSON text.
"""

import json
import os
import sqlite3
import sys

COLUMNS = {
    "member_id": "integer primary key",
    "title": "text",
    "first_name": "text",
    "last_name": "text",
    "email": "text",
    "mobile": "text",
    "date_of_birth": "text",
    "gender": "text",
    "address_line1": "text",
    "address_town": "text",
    "address_postcode": "text",
    "constituency": "text",
    "joined_on": "text",
    "status": "text",
    "membership_type": "text",
    "consent_email": "integer",
    "consent_phone": "integer",
    "consent_post": "integer",
    "religion": "text",
    "ethnicity": "text",
    "trade_union": "text",
    "union_ref": "text",
    "health_condition": "text",
    "sexual_orientation": "text",
    "voting_intention": "text",
    "notes": "text",
    "donations": "text",
    "updated_at": "text",
    "password_hash": "text",
}


def flat(member):
    """The member's values in the order of COLUMNS."""
    row = dict(member, donations=json.dumps(member["donations"]))
    for nested in ("address", "consent"):
        row.update({f"{nested}_{key}": value for key, value in row.pop(nested).items()})
    return [row[column] for column in COLUMNS]


def main(source, target):
    with open(source, encoding="utf-8") as lines:
        members = [json.loads(line) for line in lines]
    partial = target + ".partial"
    if os.path.exists(partial):
        os.remove(partial)
    database = sqlite3.connect(partial)
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    marks = ", ".join("?" for _ in COLUMNS)
    with database:
        database.execute(f"create table members ({columns})")
        database.execute(
            "create table case_notes (id integer primary key, member_id integer references members(member_id), body text)"
        )
        database.executemany(f"insert into members values ({marks})", map(flat, members))
        database.executemany(
            "insert into case_notes (member_id, body) values (?, ?)",
            [(member["member_id"], member["notes"]) for member in members if member["notes"]],
        )
    database.close()
    os.rename(partial, target)


if __name__ == "__main__":
    main(*sys.argv[1:])

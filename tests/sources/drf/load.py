"""Makes the database from members as NDJSON, and the token of its one user:  load.py MEMBERS.ndjson TOKEN

The settings come from DJANGO_SETTINGS_MODULE and DATA_DIR, as the run script sets them.
"""

import json
import sys

import django
from django.core.management import call_command
from django.db import transaction

CATEGORIES = ["welfare", "complaint", "casework"]


def flat(member):
    row = dict(member)
    for nested in ("address", "consent"):
        row.update({f"{nested}_{key}": value for key, value in row.pop(nested).items()})
    return row


def main(source, token):
    django.setup()
    from django.contrib.auth.models import User
    from membership.models import CaseNote, Member
    from rest_framework.authtoken.models import Token

    with open(source, encoding="utf-8") as lines:
        members = [json.loads(line) for line in lines]
    call_command("migrate", run_syncdb=True, verbosity=0)
    with transaction.atomic():
        Token.objects.create(user=User.objects.create_user("export"), key=token)
        Member.objects.bulk_create([Member(**flat(member)) for member in members], batch_size=500)
        CaseNote.objects.bulk_create(
            [
                CaseNote(member_id=member["member_id"], category=CATEGORIES[member["member_id"] % 3], body=member["notes"])
                for member in members
                if member["notes"]
            ],
            batch_size=500,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Pulls everyone with one of parsons' connectors:  drive_parsons.py --base URL --key KEY --connector NAME

NAME is actionnetwork, nationbuilder (API v1), van (NGP VAN's people, as the connector's own paging has them),
van-person (the one with id 100001) or van-changed (changedEntityExportJobs and their CSV). The connectors have their
vendor's address as an attribute, which is set here to /api/v2/, /api/v1/ and /v4/ under the base. NationBuilder's tries
for ever after an error; --seconds ends that.
"""

import warnings

import driving


def add(parser):
    parser.add_argument("--connector", choices=sorted(PULLS), required=True)
    parser.add_argument("--fields", default="", help="the fields that van-changed requests")


def actionnetwork(options):
    from parsons import ActionNetwork

    connector = ActionNetwork(api_token=options.key)
    connector.api.uri = f"{options.base}/api/v2/"
    people = list(connector.get_people())
    return people, [person["identifiers"][0] for person in people]


def nationbuilder(options):
    from parsons import NationBuilder

    connector = NationBuilder(slug="nation", access_token=options.key)
    connector.client.uri = f"{options.base}/api/v1/"
    people = list(connector.get_people())
    return people, [person["id"] for person in people]


def van(options):
    connector = van_connector(options)
    # The connector has no method for all people; its own get_request pages through any list.
    people = connector.connection.get_request("people", params={"$top": 200})
    return people, [person["vanId"] for person in people]


def van_person(options):
    """One person, as the connector asks for them: with everything that can be expanded."""
    person = van_connector(options).get_person(100_001)
    return [person], [person["vanId"]]


def van_changed(options):
    fields = options.fields.split(",") if options.fields else None
    table = van_connector(options).get_changed_entities("Contacts", "2026-01-01", requested_fields=fields)
    rows = list(table)
    return rows, [row["VanID"] for row in rows]


def van_connector(options):
    from parsons import VAN

    connector = VAN(api_key=options.key, db="EveryAction")
    connector.connection.uri = connector.connection.api.uri = f"{options.base}/v4/"
    return connector


PULLS = {
    "actionnetwork": actionnetwork,
    "nationbuilder": nationbuilder,
    "van": van,
    "van-person": van_person,
    "van-changed": van_changed,
}


def pull(options):
    warnings.simplefilter("ignore")
    return PULLS[options.connector](options)


if __name__ == "__main__":
    driving.main(__doc__, "parsons", pull, add)

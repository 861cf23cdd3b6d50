"""A stand-in for Action Network's OSDI API v2, built from the vendor's documentation:  actionnetwork.py PORT DATA_DIR

It gives whoever has the token everything, as the real one does. It has the entry point /api/v2/, /people with page,
per_page (at most 25) and a filter in OData on any field (`gender eq 'Male'`, `custom_fields.religion eq 'Muslim'`,
`postal_addresses.postal_code eq '…'`), /people/UUID, its /taggings and /donations, and /tags. Links are absolute, made
from the request's Host. People have no total; a page past the end is an empty one. A page has a second list, of links
to each record.

It has not: writes, other collections, sorting, total_records. The body of its errors, {"error": …}, is as clients'
documentation quotes it; the status of a missing token (403) is not verified.
"""

import uuid
from urllib.parse import urlencode

import conditions
import serving
from serving import Answer

SPECIAL = [
    "religion",
    "ethnicity",
    "trade_union",
    "union_ref",
    "health_condition",
    "sexual_orientation",
    "voting_intention",
    "notes",
]


def key(member):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"member:{member['member_id']}"))


def person(member, base):
    where, this = member["address"], f"{base}/people/{key(member)}"
    status = {True: "subscribed", False: "unsubscribed"}
    numbers = [
        {"primary": True, "number": member["mobile"], "number_type": "Mobile", "status": status[member["consent"]["phone"]]}
    ]
    emails = [{"primary": True, "address": member["email"], "status": status[member["consent"]["email"]]}]
    return {
        "identifiers": [f"action_network:{key(member)}", f"crm:{member['member_id']}"],
        "given_name": member["first_name"], "family_name": member["last_name"], "honorific_prefix": member["title"],
        "gender": member["gender"], "ethnicities": [member["ethnicity"]] if member["ethnicity"] else [],
        "languages_spoken": ["en"], "party_identification": member["voting_intention"], "birthdate": member["date_of_birth"],
        "created_date": f"{member['joined_on']}T09:00:00Z", "modified_date": member["updated_at"],
        "postal_addresses": [{"primary": True, "address_lines": [where["line1"]], "locality": where["town"],
                              "postal_code": where["postcode"], "country": "GB", "language": "en"}],
        "email_addresses": emails if member["email"] else [], "phone_numbers": numbers if member["mobile"] else [],
        "custom_fields": {"constituency": member["constituency"], "membership_type": member["membership_type"],
                          "status": member["status"]} | {name: member[name] for name in SPECIAL},
        "_links": {"self": {"href": this}, "osdi:taggings": {"href": f"{this}/taggings"},
                   "osdi:donations": {"href": f"{this}/donations"}, "curies": CURIES},
    }  # fmt: skip


CURIES = [{"name": "osdi", "href": "https://actionnetwork.org/docs/v2/{rel}", "templated": True}]


def looked_up(record, path):
    """A field by its path; of a list, the first that has it."""
    for step in path.replace("/", ".").split("."):
        if isinstance(record, list):
            record = record[0] if record else {}
        if not isinstance(record, dict):
            return None
        if step not in record and step not in ("email_address", "postal_code"):
            raise KeyError(step)
        record = record.get(step)
    return record[0] if isinstance(record, list) and record else record


class ActionNetwork:
    def __init__(self, members):
        self.members = members
        self.by_key = {key(member): member for member in members}

    def refusal(self, status, detail, problem):
        return problem | {"error": detail}

    def answer(self, request):
        base, path = f"{request.origin}/api/v2", [part for part in request.path.split("/") if part]
        if request.headers.get("OSDI-API-Token") != serving.TOKEN:
            return hal({"error": "API Key invalid or not present"}, 403)
        if request.method != "GET":
            return hal({"error": "The stand-in only reads."}, 405)
        match path:
            case ["api", "v2"]:
                return hal(entry(base))
            case ["api", "v2", "people"]:
                return self.people(request, base)
            case ["api", "v2", "people", name] if name in self.by_key:
                return hal(person(self.by_key[name], base))
            case ["api", "v2", "people", name, "taggings" | "donations" as what] if name in self.by_key:
                return hal(parts(self.by_key[name], what, base))
            case ["api", "v2", "people", name]:
                return hal({"error": f"Couldn't find person with id = {name}"}, 404)
        return hal({"error": "Not found"}, 404)

    def people(self, request, base):
        number, size = request.number("page", 1), min(request.number("per_page", 25), 25)
        members, expression = self.members, request.one("filter")
        if expression:
            try:
                found = [(one, person(one, base)) for one in members]
                members = [one for one, said in found if conditions.matches(expression, lambda path: looked_up(said, path))]
            except (conditions.Unreadable, KeyError) as error:
                return hal({"error": f"Invalid filter: {error}"}, 400)
        page = [person(member, base) for member in members[(number - 1) * size : number * size]]

        def link(at):
            query = {"page": at, "per_page": size} | ({"filter": expression} if expression else {})
            return {"href": f"{base}/people?{urlencode(query)}"}

        links = {"self": link(number), "curies": CURIES, "osdi:people": [one["_links"]["self"] for one in page]}
        if number * size < len(members):
            links["next"] = link(number + 1)
        if number > 1:
            links["previous"] = link(number - 1)
        return hal({"per_page": size, "page": number, "_links": links, "_embedded": {"osdi:people": page}})


def entry(base):
    names = ["people", "tags", "events", "petitions", "forms", "donations", "lists"]
    links = {"self": {"href": f"{base}/"}, "curies": CURIES}
    links |= {f"osdi:{name}": {"href": f"{base}/{name}", "title": f"The collection of {name}"} for name in names}
    return {"motd": "Welcome to the Action Network OSDI API Endpoint!", "max_pagesize": 25, "vendor_name": "Action Network",
            "product_name": "Action Network", "osdi_version": "1.1.1", "_links": links}  # fmt: skip


def parts(member, what, base):
    tags = [tag for tag in (member["religion"], member["trade_union"]) if tag]
    items = [{"item_type": "person", "tag": tag} for tag in tags] if what == "taggings" else member["donations"]
    links = {"self": {"href": f"{base}/people/{key(member)}/{what}"}}
    return {
        "total_pages": 1,
        "per_page": 25,
        "page": 1,
        "total_records": len(items),
        "_links": links,
        "_embedded": {f"osdi:{what}": items},
    }


def hal(body, status=200):
    return Answer(body, status, "application/hal+json")


if __name__ == "__main__":
    serving.serve(ActionNetwork)

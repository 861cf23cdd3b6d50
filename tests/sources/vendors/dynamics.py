"""A stand-in for Microsoft Dataverse (Dynamics 365), Web API v9.2, built from its documentation.

    dynamics.py PORT DATA_DIR

It gives whoever has the token everything, as the real one does. It has, under /api/data/v9.2/

- contacts and annotations: $select, $filter, $orderby, $top, $count, $expand=Contact_Annotation,
  $apply=groupby((a),aggregate($count as n)), `Prefer: odata.maxpagesize` (at most 5,000), `odata.include-annotations`,
  an absolute @odata.nextLink with $skiptoken;
- contacts(GUID), contacts(GUID)/name and its /$value, contacts(GUID)/Contact_Annotation, contacts/$count;
- the service document, EntityDefinitions as far as the client dataverse-api asks for them.

It has not: writes, $batch, $metadata, $skip (an error, as at the real one), fetchXml, saved queries, delta links,
signing in. What a member has beyond a contact of Dataverse has the publisher's prefix new_.
"""

import re
import uuid
from urllib.parse import quote, unquote

import conditions
import serving
from serving import Answer

CUSTOM = ["religion", "ethnicity", "trade_union", "union_ref", "health_condition", "sexual_orientation", "voting_intention",
          "constituency", "membership_type", "status"]  # fmt: skip
GENDERS = {"male": 1, "female": 2, "non-binary": 3}
ROOT = "/api/data/v9.2/"


def contact(member):
    name, where = f"{member['first_name']} {member['last_name']}", member["address"]
    return {
        "@odata.etag": f'W/"{member["member_id"] * 31}"', "contactid": str(uuid.uuid5(uuid.NAMESPACE_URL,
        f"contact:{member['member_id']}")),
        "salutation": member["title"], "firstname": member["first_name"], "lastname": member["last_name"], "fullname": name,
        "emailaddress1": member["email"], "mobilephone": member["mobile"], "birthdate": member["date_of_birth"],
        "gendercode": GENDERS.get(member["gender"]), "address1_line1": where["line1"], "address1_city": where["town"],
        "address1_postalcode": where["postcode"], "donotemail": not member["consent"]["email"],
        "donotphone": not member["consent"]["phone"],
        "donotpostalmail": not member["consent"]["post"], "description": member["notes"], "statecode": 0, "statuscode": 1,
        "createdon": f"{member['joined_on']}T09:00:00Z", "modifiedon": member["updated_at"],
        "versionnumber": member["member_id"] * 31,
        "_ownerid_value": "8a5b1c5e-0000-4000-8000-000000000001", "new_member_id": str(member["member_id"]),
    } | {f"new_{name}": member[name] for name in CUSTOM}  # fmt: skip


def note(record):
    return {"@odata.etag": record["@odata.etag"], "annotationid": record["contactid"][::-1], "notetext": record["description"],
            "_objectid_value": record["contactid"]}  # fmt: skip


class Problem(Exception):
    """An error of the API: its code and its message."""


class Dynamics:
    def __init__(self, members):
        contacts = [contact(member) for member in members]
        self.sets = {"contacts": contacts, "annotations": [note(one) for one in contacts if one["description"]]}
        self.by_id = {one["contactid"]: one for one in contacts}

    def refusal(self, status, detail, problem):
        return problem | {"error": {"code": problem["reason"], "message": detail}}

    def answer(self, request):
        if not request.bearer():
            return Answer("", 401, "text/plain", [("WWW-Authenticate", "Bearer authorization_uri=https://login.example/oauth2")])
        if request.method != "GET":
            return odata({"error": {"code": "0x80060888", "message": "The stand-in only reads."}}, 405)
        try:
            return self.routed(request, unquote(request.path).removeprefix(ROOT))
        except Problem as problem:
            return odata({"error": {"code": "0x80060888", "message": str(problem)}}, 400)
        except (conditions.Unreadable, KeyError) as error:
            return odata({"error": {"code": "0x80060888", "message": f"Could not find a property named {error}."}}, 400)

    def routed(self, request, path):
        base = request.origin + ROOT
        single = re.fullmatch(r"contacts\(([0-9a-f-]+)\)(?:/(\w+)(/\$value)?)?", path)
        if single and single[1] in self.by_id:
            return self.single(request, base, self.by_id[single[1]], single[2], single[3])
        if path in self.sets:
            return self.page(request, base, path)
        if path in [f"{name}/$count" for name in self.sets]:
            return Answer(str(len(self.chosen(request, path.split("/")[0]))), kind="text/plain")
        if path == "":
            return odata(
                {
                    "@odata.context": f"{base}$metadata",
                    "value": [{"name": name, "kind": "EntitySet", "url": name} for name in self.sets],
                }
            )
        if path == "EntityDefinitions(LogicalName='contact')":
            return odata({"EntitySetName": "contacts", "PrimaryIdAttribute": "contactid", "PrimaryImageAttribute": "entityimage"})
        if path.startswith("EntityDefinitions(LogicalName='contact')/") or path == "sdkmessagefilters":
            return odata({"value": []})
        return odata({"error": {"code": "0x8006088a", "message": f"Resource not found for the segment '{path}'."}}, 404)

    def single(self, request, base, record, name, raw):
        if name == "Contact_Annotation":
            return odata(
                {"@odata.context": f"{base}$metadata#annotations", "value": [note(record)] if record["description"] else []}
            )
        if name:
            value = record[name]
            if value is None:
                return Answer("", 204)
            body = {"@odata.context": f"{base}$metadata#contacts({record['contactid']})/{name}", "value": value}
            return Answer(str(value), kind="text/plain") if raw else odata(body)
        return odata({"@odata.context": f"{base}$metadata#contacts/$entity"} | self.shown(request, record))

    def chosen(self, request, name):
        for asked in ("$skip", "$search", "$compute"):
            if request.one(asked) is not None:
                raise Problem(f"The query parameter {asked} is not supported.")
        records, expression = self.sets[name], request.one("$filter")
        if expression:
            records = [one for one in records if conditions.matches(expression, lambda path: one[path])]
        for part in reversed((request.one("$orderby") or "").split(",")):
            field, _, direction = part.strip().partition(" ")
            if field:
                records = sorted(records, key=lambda one: (one[field] is not None, str(one[field])), reverse=direction == "desc")
        return records

    def shown(self, request, record):
        fields = request.one("$select")
        key = next(iter(record.keys() & {"contactid", "annotationid"}))
        said = record if fields is None else {name: record[name] for name in ["@odata.etag", *fields.split(","), key]}
        if "FormattedValue" in request.headers.get("Prefer", "") or 'include-annotations="*"' in request.headers.get(
            "Prefer", ""
        ):
            said = said | {
                f"{name}@OData.Community.Display.V1.FormattedValue": str(value) for name, value in said.items() if name[0] != "@"
            }
        if "Contact_Annotation" in (request.one("$expand") or ""):
            said = said | {"Contact_Annotation": [note(record)] if record["description"] else []}
        return said

    def page(self, request, base, name):
        records, context = self.chosen(request, name), {"@odata.context": f"{base}$metadata#{name}"}
        if request.one("$apply"):
            return odata(context | {"value": grouped(request.one("$apply"), records)})
        top = request.number("$top", None)
        wanted = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("Prefer", ""))
        size = min(int(wanted[1]) if wanted else 5000, 5000)
        cookie = re.search(r'pagenumber="(\d+)"', unquote(request.one("$skiptoken") or ""))
        begin, total = ((int(cookie[1]) - 1) * size if cookie else 0), len(records)
        body = context | ({"@odata.count": total} if request.one("$count") == "true" else {})
        found = records if top is None else records[:top]
        body["value"] = [self.shown(request, one) for one in found[begin : begin + size]]
        if begin + size < len(found):
            body["@odata.nextLink"] = following(request, base + name, begin // size + 2, found[begin + size - 1])
        applied = [("Preference-Applied", f"odata.maxpagesize={size}")] if wanted else []
        return odata(body, headers=applied)


def following(request, url, number, last):
    """The next page, absolute, with a cookie in XML that quotes the last record, as the real one has."""
    inside = quote(
        quote(f'<cookie page="{number - 1}"><contactid last="{{{last.get("contactid", "")}}}" /></cookie>', safe=""), safe=""
    )
    cookie = f'<cookie pagenumber="{number}" pagingcookie="{inside}" istracking="False" />'
    pairs = [pair for pair in request.query if pair[0] != "$skiptoken"] + [("$skiptoken", cookie)]
    return url + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


def grouped(apply, records):
    by = re.match(r"groupby\(\((\w+)\)", apply)
    counts = {}
    for record in records:
        counts[record[by[1]]] = counts.get(record[by[1]], 0) + 1
    return [{by[1]: value, "n": count} for value, count in counts.items()]


def odata(body, status=200, headers=()):
    return Answer(body, status, "application/json; odata.metadata=minimal", [("OData-Version", "4.0"), *headers])


if __name__ == "__main__":
    serving.serve(Dynamics)

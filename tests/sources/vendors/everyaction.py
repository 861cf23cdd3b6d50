"""A stand-in for NGP VAN / EveryAction, API v4, built from the vendor's documentation:  everyaction.py PORT DATA_DIR

It gives whoever has the key everything, as the real one does. It has, under /v4 and with Basic authentication (any
application name, the password KEY|0 or KEY|1):

- people: items, nextPageLink (absolute, made from the request's Host), count, with $top (50, at most 200), $skip,
  $orderby, $expand, and filters such as firstName; people/ID with $expand; people/find, a read by POST;
- changedEntityExportJobs: POST, GET ID, resources, fields/Contacts, changeTypes/Contacts. The job is Complete at once,
  with a CSV whose downloadUrl leads to another port, asks for no credential, and has all core fields whatever was
  requested;
- exportJobs and savedLists: one list, whose export has the same kind of URL; webhookUrl is taken, and not called.

It has not: writes, other resources, OAuth, the second database (|0 and |1 give the same), dateChangedFrom (everyone has
changed). The names of the core fields are not verified.
"""

import base64
import csv
import io
import itertools
from urllib.parse import urlencode

import serving
from serving import Answer

EXPANDED = ["addresses", "emails", "phones", "customFieldValues", "notes", "scores", "identifiers", "suppressions", "codes"]
CORE = {"VanID": "member_id", "FirstName": "first_name", "LastName": "last_name", "DateOfBirth": "date_of_birth", "Sex": "gender",
        "DateChanged": "updated_at", "Email": "email", "Phone": "mobile"}  # fmt: skip
REQUESTED = {"Religion": "religion", "Ethnicity": "ethnicity", "UnionName": "trade_union", "HealthCondition": "health_condition",
             "SexualOrientation": "sexual_orientation", "Party": "voting_intention", "MembershipType": "membership_type",
             "Notes": "notes"}  # fmt: skip
CUSTOM = {1: "religion", 2: "trade_union", 3: "health_condition", 4: "voting_intention"}


def person(member, expand):
    """A person; what is not expanded is null."""
    where, consent = member["address"], member["consent"]
    address = {"addressId": member["member_id"], "addressLine1": where["line1"], "city": where["town"],
               "zipOrPostalCode": where["postcode"], "countryCode": "GB", "type": "Home", "isPreferred": True}  # fmt: skip
    phone = {"phoneId": member["member_id"], "phoneNumber": member["mobile"], "phoneType": "Cell", "isPreferred": True,
             "smsOptInStatus": "OptIn" if consent["phone"] else "OptOut"}  # fmt: skip
    parts = {
        "addresses": [address], "emails": [{"email": member["email"], "type": "P", "isPreferred": True,
        "isSubscribed": consent["email"]}],
        "phones": [phone], "identifiers": [{"type": "crm", "externalId": str(member["member_id"])}], "codes": [], "scores": [],
        "customFieldValues": [{"customFieldId": key, "customFieldGroupId": 9, "assignedValue": member[name]} for key,
        name in CUSTOM.items()],
        "notes": [{"noteId": member["member_id"], "text": member["notes"], "isViewRestricted": False}] if member["notes"] else [],
        "suppressions": [],
    }  # fmt: skip
    expand = ["customFieldValues" if name.lower() == "customfields" else name for name in expand]
    ethnicity = {"reportedEthnicityId": 1, "reportedEthnicityName": member["ethnicity"]} if member["ethnicity"] else None
    return {
        "vanId": member["member_id"], "title": member["title"], "firstName": member["first_name"], "middleName": None,
        "lastName": member["last_name"], "suffix": None, "dateOfBirth": member["date_of_birth"],
        "sex": {"female": "F", "male": "M"}.get(member["gender"], "U"), "party": member["voting_intention"], "nickname": None,
        "occupation": member["trade_union"], "salutation": member["first_name"], "envelopeName": None, "contactMode": "Person",
        "selfReportedEthnicity": ethnicity, "selfReportedSexualOrientations": None,
        "dateCreated": f"{member['joined_on']}T09:00:00Z",
    } | {name: parts[name] if name in expand else None for name in EXPANDED if name != "notes" or name in expand}  # fmt: skip


def wanted(request):
    return (request.one("$expand") or "").split(",")


class Files:
    """The other host, which gives the files of export jobs to whoever has their URL."""

    origin = ""

    def __init__(self):
        self.texts = {}

    def add(self, name, text):
        self.texts[f"/exports/{name}.csv"] = text
        return f"{self.origin}/exports/{name}.csv?sig=c3RhbmRpbg"

    def answer(self, request):
        text = self.texts.get(request.path)
        return Answer(text, kind="text/csv") if text is not None else Answer("no such file", 404, "text/plain")


class EveryAction:
    def __init__(self, members):
        self.members = members
        self.by_id = {str(member["member_id"]): member for member in members}
        self.files, self.jobs, self.numbers = Files(), {}, itertools.count(1)

    def refusal(self, status, detail, problem):
        return problem | {"errors": [{"code": problem["reason"].upper(), "text": detail}]}

    def answer(self, request):
        if not authorized(request):
            return error(401, "UNAUTHORIZED", "The API key is invalid.")
        path = [part for part in request.path.split("/") if part]
        if path[:1] != ["v4"]:
            return error(404, "NOT_FOUND", "The requested resource was not found.")
        match request.method, path[1:]:
            case "GET", ["people"]:
                return self.people(request)
            case "GET", ["people", key] if key.partition(":")[2] in self.by_id or key in self.by_id:
                return Answer(person(self.by_id[key.rpartition(":")[2]], wanted(request)))
            case "POST", ["people", "find"]:
                return self.find(request.json() or {})
            case "GET", ["changedEntityExportJobs", "resources"]:
                return Answer(["Contacts"])
            case "GET", ["changedEntityExportJobs", "fields", "Contacts"]:
                return Answer([field(name, name in CORE) for name in [*CORE, *REQUESTED]])
            case "GET", ["changedEntityExportJobs", "changeTypes", "Contacts"]:
                return Answer([{"changeTypeID": 1, "changeTypeName": "Contact created", "Description": "A contact was created"}])
            case "POST", ["changedEntityExportJobs"]:
                return self.changed(request.json() or {})
            case "GET", ["changedEntityExportJobs", key] if key in self.jobs:
                return self.job(key)
            case "GET", ["savedLists"]:
                lists = [
                    {"savedListId": 1, "name": "All members", "description": None, "listCount": len(self.members), "doorCount": 0}
                ]
                return Answer({"items": lists, "nextPageLink": None, "count": 1})
            case "POST", ["exportJobs"]:
                return self.export(request.json() or {})
        return error(404, "NOT_FOUND", "The requested resource was not found.")

    def people(self, request):
        top, skip = request.number("$top", 50), request.number("$skip", 0)
        if top > 200:
            return error(400, "INVALID_PARAMETER", "'$top' must be at most 200", ["$top"])
        bad = [
            name for name in wanted(request) if name and name.lower() not in [one.lower() for one in [*EXPANDED, "customFields"]]
        ]
        if bad and request.one("$expand"):
            return error(400, "INVALID_PARAMETER", f"'$expand' does not have {bad[0]}", ["$expand"])
        found = list(self.members)
        if any(name[0] != "$" for name, _ in request.query):
            found = [member for member in self.members if self.asked_for(member, request)]
        order = (request.one("$orderby") or "").split()
        if order:
            found.sort(key=lambda member: str(person(member, EXPANDED).get(order[0])), reverse="desc" in order)
        following, end = None, skip + top
        if end < len(found):
            others = [pair for pair in request.query if pair[0] not in ("$top", "$skip")]
            following = f"{request.origin}{request.path}?{urlencode([*others, ('$top', top), ('$skip', end)], safe='$')}"
        items = [person(member, wanted(request)) for member in found[skip:end]]
        return Answer({"items": items, "nextPageLink": following, "count": len(found)})

    def asked_for(self, member, request):
        said = person(member, [])
        said |= {"city": member["address"]["town"], "email": member["email"], "zipOrPostalCode": member["address"]["postcode"]}
        return all(str(said.get(name)).casefold() == value.casefold() for name, value in request.query if name[0] != "$")

    def find(self, asked):
        """Says whom a name, a date of birth or an address belongs to, and so whether they are a member."""
        emails = {one.get("email", "").casefold() for one in asked.get("emails", [])}
        for member in self.members:
            named = (asked.get("firstName"), asked.get("lastName")) == (member["first_name"], member["last_name"])
            if (member["email"] or "").casefold() in emails - {""} or named:
                return Answer({"vanId": member["member_id"], "status": "Matched"}, 302)
        return Answer({"vanId": None, "status": "Unmatched"}, 404)

    # --- exports

    def changed(self, asked):
        if asked.get("resourceType") != "Contacts":
            return error(400, "INVALID_PARAMETER", "'resourceType' is required", ["resourceType"])
        key, columns = str(next(self.numbers)), CORE | {name: REQUESTED.get(name) for name in asked.get("requestedFields") or []}
        columns |= {f"CustomField{number}": CUSTOM.get(number) for number in asked.get("requestedCustomFieldIds") or []}
        if None in columns.values():
            return error(400, "INVALID_PARAMETER", "'requestedFields' has a field that is not there", ["requestedFields"])
        self.jobs[key] = self.files.add(f"changed-{key}", self.table(columns))
        return Answer({"dateChangedFrom": asked.get("dateChangedFrom"), "dateChangedTo": asked.get("dateChangedTo"),
                       "resourceType": "Contacts", "requestedFields": asked.get("requestedFields") or [],
                       "requestedCustomFieldIds": asked.get("requestedCustomFieldIds") or [], "requestedIds": None,
                       "excludeChangesFromSelf": False, "includeInactive": asked.get("includeInactive") or False,
                       "exportJobId": int(key)})  # fmt: skip

    def job(self, key):
        files = [{"downloadUrl": self.jobs[key], "dateExpired": "2026-12-12T00:00:00Z", "recordCount": len(self.members)}]
        return Answer({"exportJobId": int(key), "jobStatus": "Complete", "message": "Finished processing export job",
                       "exportedRecordCount": len(self.members), "dateChangedFrom": "2026-01-01T00:00:00Z",
                       "dateChangedTo": "2026-02-01T00:00:00Z", "files": files})  # fmt: skip

    def export(self, asked):
        key = next(self.numbers)
        url = self.files.add(
            f"list-{key}", self.table({"VanID": "member_id", "FirstName": "first_name", "LastName": "last_name"})
        )
        return Answer({"exportJobId": key, "savedListId": asked.get("savedListId"), "status": "Completed",
            "type": asked.get("type"),
                       "webhookUrl": asked.get("webhookUrl"), "downloadUrl": url}, 201)  # fmt: skip

    def table(self, columns):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([member[name] for name in columns.values()] for member in self.members)
        return out.getvalue()


def field(name, core):
    kind = {"VanID": "N", "DateChanged": "D", "DateOfBirth": "D"}.get(name, "T")
    return {"fieldName": name, "fieldType": kind, "isCoreField": core, "maxTextboxCharacters": None, "availableValues": None,
            "bulkImportFields": []}  # fmt: skip


def authorized(request):
    scheme, _, value = (request.headers.get("Authorization") or "").partition(" ")
    try:
        password = base64.b64decode(value).decode().partition(":")[2]
    except ValueError:
        return False
    return scheme == "Basic" and password in (f"{serving.TOKEN}|0", f"{serving.TOKEN}|1")


def error(status, code, text, properties=None):
    said = {"code": code, "text": text} | ({"properties": properties} if properties else {})
    return Answer({"errors": [said]}, status)


if __name__ == "__main__":
    serving.serve(EveryAction)

"""A stand-in for Salesforce, REST API and Bulk API 2.0, built from the vendor's documentation.

    salesforce.py PORT DATA_DIR

It gives whoever has the session everything, as the real one does. It has, under /services/data/vNN.0/

- query and queryAll with SOQL: SELECT names, FIELDS(ALL), COUNT() or COUNT(Id) alias; FROM Contact; WHERE with =, !=,
  <, <=, >, >=, LIKE and IN, joined by AND; GROUP BY with aliases; ORDER BY; LIMIT; OFFSET. 2,000 records a page, or
  batchSize in Sforce-Query-Options, or STANDIN_BATCH; nextRecordsUrl is a path; each record has attributes.url, the way
  to its every field;
- sobjects/Contact/ID (with ?fields=), sobjects/Contact/describe, sobjects/Contact/deleted;
- jobs/query: POST, GET, and /results in CSV with locator and maxRecords, Sforce-Locator and Sforce-NumberOfRecords.

It has not: writes, OR and brackets, relationships, subqueries, SOSL, composite, signing in. queryAll gives what query
gives. The real batchSize is at least 200; here any. A job is InProgress once, then JobComplete. The array around errors
is as client libraries expect it.
"""

import csv
import io
import itertools
import os
import re
from urllib.parse import unquote

import serving
from serving import Answer

CUSTOM = {"Religion__c": "religion", "Ethnicity__c": "ethnicity", "Trade_Union__c": "trade_union", "Union_Ref__c": "union_ref",
          "Health_Condition__c": "health_condition", "Sexual_Orientation__c": "sexual_orientation",
          "Voting_Intention__c": "voting_intention", "Constituency__c": "constituency", "Status__c": "status",
          "Membership_Type__c": "membership_type", "Member_Id__c": "member_id", "Gender__c": "gender"}  # fmt: skip


def contact(member):
    where, consent = member["address"], member["consent"]
    return {
        "Id": f"003STANDIN{member['member_id'] % 100_000:05}AAA", "IsDeleted": False, "Salutation": member["title"],
        "FirstName": member["first_name"], "LastName": member["last_name"],
        "Name": f"{member['first_name']} {member['last_name']}",
        "Email": member["email"], "MobilePhone": member["mobile"], "Birthdate": member["date_of_birth"],
        "MailingStreet": where["line1"], "MailingCity": where["town"], "MailingPostalCode": where["postcode"],
        "HasOptedOutOfEmail": not consent["email"], "DoNotCall": not consent["phone"], "Description": member["notes"],
        "CreatedDate": f"{member['joined_on']}T09:00:00.000+0000", "LastModifiedDate": member["updated_at"].replace("Z",
        ".000+0000"),
    } | {name: str(member[field]) if name == "Member_Id__c" else member[field] for name, field in CUSTOM.items()}  # fmt: skip


class Failed(Exception):
    """An error of the API: its code, and the text that goes with it."""

    def __init__(self, code, text, status=400):
        super().__init__(text)
        self.code, self.status = code, status


SOQL = re.compile(
    r"\s*SELECT\s+(?P<select>.+?)\s+FROM\s+(?P<of>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+GROUP\s+BY\s+(?P<group>\w+))?(?:\s+ORDER\s+BY\s+(?P<order>.+?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?(?:\s+OFFSET\s+(?P<offset>\d+))?\s*$",
    re.I | re.S,
)
CONDITION = re.compile(r"\s*(\w+)\s*(!=|<=|>=|=|<|>|\bLIKE\b|\bNOT\s+IN\b|\bIN\b)\s*(.+?)\s*$", re.I | re.S)
LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'|([\w.:+-]+)")


def literals(text):
    found = [quoted if word == "" else {"null": None, "true": True, "false": False}.get(word.lower(), word)
             for quoted, word in LITERAL.findall(text)]  # fmt: skip
    return [re.sub(r"\\(.)", r"\1", one) if isinstance(one, str) else one for one in found]


def field(record, name):
    """A field by its name, in whatever case."""
    for key, value in record.items():
        if key.lower() == name.lower():
            return value
    raise Failed("INVALID_FIELD", f"No such column '{name}' on entity 'Contact'.")


def holds(record, clause):
    asked = CONDITION.match(clause)
    if not asked:
        raise Failed("MALFORMED_QUERY", f"unexpected token: '{clause.strip()}'")
    left, operator, right = field(record, asked[1]), asked[2].upper(), literals(asked[3])
    fold = lambda value: value.casefold() if isinstance(value, str) else value  # noqa: E731
    left, right = fold(left), [fold(one) for one in right]
    if operator.endswith("IN"):
        return (left in right) == (operator == "IN")
    if operator in ("=", "!="):
        return (left == right[0]) == (operator == "=")
    if left is None or right[0] is None:
        return False
    if operator == "LIKE":
        pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in right[0])
        return bool(re.fullmatch(pattern, left, re.S))
    return {"<": left < right[0], "<=": left <= right[0], ">": left > right[0], ">=": left >= right[0]}[operator]


def select(contacts, soql):
    """The rows of a query, as pairs of a contact (or None) and what of it is shown; or a bare number for COUNT()."""
    asked = SOQL.match(soql)
    if not asked:
        raise Failed("MALFORMED_QUERY", f"unexpected token: '{soql[:40]}'")
    if asked["of"].lower() != "contact":
        raise Failed("INVALID_TYPE", f"sObject type '{asked['of']}' is not supported.")
    clauses = re.split(r"\s+AND\s+", asked["where"], flags=re.I) if asked["where"] else []
    found = [one for one in contacts if all(holds(one, clause) for clause in clauses)]
    names = [name.strip() for name in asked["select"].split(",")]
    if names[0].upper() == "COUNT()":
        return len(found)
    if asked["group"]:
        return groups(found, names, asked["group"])
    for part in reversed((asked["order"] or "Id").split(",")):
        name, *rest = part.split()
        found.sort(
            key=lambda one: (field(one, name) is not None, str(field(one, name))), reverse="DESC" in [r.upper() for r in rest]
        )
    begin = int(asked["offset"] or 0)
    found = found[begin : begin + int(asked["limit"])] if asked["limit"] else found[begin:]
    if names[0].upper().startswith("FIELDS("):
        return [(one, one) for one in found]
    spelled = {key.lower(): key for key in contacts[0]}
    return [(one, {spelled.get(name.lower(), name): field(one, name) for name in names}) for one in found]


def groups(found, names, by):
    rows = {}
    for one in found:
        rows.setdefault(field(one, by), []).append(one)
    shown = []
    for value, inside in rows.items():
        row = {}
        for at, name in enumerate(names):
            expression, *alias = name.split()
            counts = expression.upper().startswith("COUNT(")
            row[alias[0] if alias else f"expr{at}" if counts else expression] = len(inside) if counts else value
        shown.append((None, row))
    return shown


class Salesforce:
    def __init__(self, members):
        self.contacts = [contact(member) for member in members]
        self.by_id = {one["Id"]: one for one in self.contacts}
        self.cursors, self.jobs, self.numbers = {}, {}, itertools.count(1)

    def refusal(self, status, detail, problem):
        return [{"message": detail, "errorCode": problem["reason"].upper()} | problem]

    def answer(self, request):
        path = [unquote(part) for part in request.path.split("/") if part]
        if not request.bearer():
            return Answer([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)
        if path == ["services", "data"]:
            return Answer([{"label": "Winter '26", "url": "/services/data/v65.0", "version": "65.0"}])
        try:
            if path[:2] == ["services", "data"]:
                return self.routed(request, f"{request.prefix}/services/data/{path[2]}", path[3:])
            raise Failed("NOT_FOUND", "The requested resource does not exist", 404)
        except Failed as failed:
            return Answer([{"message": str(failed), "errorCode": failed.code}], failed.status)

    def routed(self, request, base, path):
        match request.method, path:
            case "GET", ["query" | "queryAll"]:
                return self.begin(request, base)
            case "GET", ["query" | "queryAll", cursor] if cursor.rpartition("-")[0] in self.cursors:
                name, _, at = cursor.rpartition("-")
                return self.page(base, name, int(at), *self.cursors[name])
            case "GET", ["sobjects", "Contact", "describe"]:
                return Answer({"name": "Contact", "fields": [{"name": name, "type": "string"} for name in self.contacts[0]]})
            case "GET", ["sobjects", "Contact", "deleted"]:
                return Answer(
                    {
                        "deletedRecords": [],
                        "earliestDateAvailable": "2026-01-01T00:00:00.000+0000",
                        "latestDateCovered": "2026-02-01T00:00:00.000+0000",
                    }
                )
            case "GET", ["sobjects", "Contact", key] if key in self.by_id:
                wanted = request.one("fields")
                record = {name: field(self.by_id[key], name) for name in wanted.split(",")} if wanted else self.by_id[key]
                return Answer(attributes(base, self.by_id[key]) | record)
            case "POST", ["jobs", "query"]:
                return self.create(request, base)
            case "GET", ["jobs", "query", job] if job in self.jobs:
                self.jobs[job]["asked"] += 1
                return Answer(self.job(job))
            case "GET", ["jobs", "query", job, "results"] if job in self.jobs:
                return self.results(request, self.jobs[job]["rows"])
            case "DELETE", ["jobs", "query", job] if job in self.jobs:
                return Answer("", 204)
        raise Failed("NOT_FOUND", "The requested resource does not exist", 404)

    def begin(self, request, base):
        rows = select(self.contacts, request.one("q") or "")
        if isinstance(rows, int):
            return Answer({"totalSize": rows, "done": True, "records": []})
        size = re.search(r"batchSize=(\d+)", request.headers.get("Sforce-Query-Options", ""))
        name = f"01gSTANDIN{next(self.numbers):05}AAA"
        self.cursors[name] = rows, int(size[1] if size else os.environ.get("STANDIN_BATCH", 2000))
        return self.page(base, name, 0, *self.cursors[name])

    def page(self, base, name, at, rows, size):
        end = at + size
        body = {"totalSize": len(rows), "done": end >= len(rows)}
        if end < len(rows):
            body["nextRecordsUrl"] = f"{base}/query/{name}-{end}"
        return Answer(body | {"records": [attributes(base, one) | shown for one, shown in rows[at:end]]})

    # --- Bulk 2.0

    def create(self, request, base):
        asked, key = request.json() or {}, f"750STANDIN{next(self.numbers):05}AAA"
        if asked.get("operation") not in ("query", "queryAll"):
            raise Failed("INVALIDJOB", "operation is not query")
        self.jobs[key] = {
            "rows": select(self.contacts, asked.get("query", "")),
            "asked": 0,
            "operation": asked["operation"],
            "base": base,
        }
        return Answer(self.job(key))

    def job(self, key):
        state = ["UploadComplete", "InProgress"][self.jobs[key]["asked"]] if self.jobs[key]["asked"] < 2 else "JobComplete"
        version = float(self.jobs[key]["base"].rpartition("/v")[2])
        return {"id": key, "operation": self.jobs[key]["operation"], "object": "Contact", "state": state,
            "concurrencyMode": "Parallel",
                "contentType": "CSV", "apiVersion": version, "lineEnding": "LF", "columnDelimiter": "COMMA",
                "numberRecordsProcessed": len(self.jobs[key]["rows"])}  # fmt: skip

    def results(self, request, rows):
        begin = request.number("locator", 0)
        page = rows[begin : begin + request.number("maxRecords", 50_000)]
        end, out = begin + len(page), io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(rows[0][1] if rows else ["Id"])
        for _, shown in page:
            writer.writerow(
                ["" if value is None else str(value).lower() if isinstance(value, bool) else value for value in shown.values()]
            )
        headers = [("Sforce-Locator", str(end) if end < len(rows) else "null"), ("Sforce-NumberOfRecords", str(len(page)))]
        return Answer(out.getvalue(), kind="text/csv", headers=headers)


def attributes(base, record):
    kind = {"type": "Contact", "url": f"{base}/sobjects/Contact/{record['Id']}"} if record else {"type": "AggregateResult"}
    return {"attributes": kind}


if __name__ == "__main__":
    serving.serve(Salesforce)

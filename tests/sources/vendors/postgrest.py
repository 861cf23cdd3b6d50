"""A stand-in for PostgREST in front of one table, built from its documentation:  postgrest.py PORT DATA_DIR

It gives whoever has the token (`Authorization: Bearer`, or `apikey`, as Supabase takes it) everything, as the real one
does with a role that may read. It has

- /members: a bare array; select with aliases, casts, count(), max() and min(); filters on every column (eq, neq, gt, gte,
  lt, lte, in, like, ilike, is, each after not.), or=() and and=(); order, limit, offset; at most 1,000 rows at once;
- Range, Content-Range, 206, and 416 past the end, where the count was asked for; Prefer: count=exact; HEAD;
- Accept: application/json, text/csv, application/vnd.pgrst.object+json and array+json, both with nulls=stripped;
- / with the names of all columns; errors {code, message, details, hint}: a cast that fails quotes the value in `message`,
  and a PATCH, always refused, quotes the row in `details`.

It has not: writes, relations and what embeds them, paths into JSON, full-text search, arrays, ranges, functions, schemas,
query plans, planned and estimated counts, JSON Web Tokens, settings. Columns are numbers, truth values, JSON or text, so
dates are compared as text. The texts of its parsing errors are not PostgREST's own.
"""

import csv
import io
import re

import serving
from postgrest_query import Table, Unreadable
from serving import Answer

ROWS_MAX = 1000
RESERVED = ("select", "order", "limit", "offset", "columns", "on_conflict")
ARRAY, OBJECT = "application/vnd.pgrst.array+json", "application/vnd.pgrst.object+json"
JSON, CSV = "application/json", "text/csv"


def row(member):
    """A member as a row: `id` first, no nested objects but the JSON of the donations."""
    where, consent = member["address"], member["consent"]
    flat = {name: value for name, value in member.items() if name not in ("member_id", "address", "consent")}
    return ({"id": member["member_id"]} | flat
            | {"line1": where["line1"], "town": where["town"], "postcode": where["postcode"]}
            | {f"{way}_opt_in": consent[way] for way in ("email", "phone", "post")})  # fmt: skip


class Problem(Exception):
    def __init__(self, status, code, message, details=None):
        super().__init__(message)
        self.status, self.body = status, {"code": code, "details": details, "hint": None, "message": message}


class PostgREST:
    def __init__(self, members):
        self.table = Table("members", [row(member) for member in members])

    def refusal(self, status, detail, problem):
        return problem | {"code": problem["reason"], "message": detail, "details": None, "hint": None}

    def answer(self, request):
        try:
            return self.routed(request)
        except Unreadable as error:
            return refused(Problem(400, error.code, error.message))
        except Problem as problem:
            return refused(problem)

    def routed(self, request):
        if not (request.bearer() or request.headers.get("apikey") == serving.TOKEN):
            raise Problem(401, "42501", "permission denied for table members")
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return Answer(self.description(), kind="application/openapi+json; charset=utf-8")
        if request.path != "/members":
            raise Problem(404, "PGRST205", f"Could not find the table 'public.{request.path[1:]}' in the schema cache")
        if request.method == "PATCH":
            return self.violated(request)
        if request.method not in ("GET", "HEAD"):
            raise Problem(403, "42501", "permission denied for table members")
        return self.rows(request)

    def description(self):
        columns = {name: {"type": kind.__name__} for name, kind in self.table.types.items()}
        return {"swagger": "2.0", "paths": {"/members": {}}, "definitions": {"members": {"properties": columns}}}

    def violated(self, request):
        """What PostgreSQL says of a row that would not have its id: all that stands in it."""
        first = next(iter(self.chosen(request)), None)
        if first is None:
            return Answer("", 204)
        values = ["null" if value is None else str(value) for value in list(first.values())[1:]]
        message = 'null value in column "id" of relation "members" violates not-null constraint'
        raise Problem(400, "23502", message, f"Failing row contains (null, {', '.join(values)}).")

    def chosen(self, request):
        filters = [self.table.filter(name, value) for name, value in request.query if name not in RESERVED]
        found = [one for one in self.table.rows if all(matches(one) for matches in filters)]
        return self.table.ordered(request.one("order"), found) if request.one("order") else found

    def rows(self, request):
        kind, stripped = accepted(request)
        found = self.table.selected(request.one("select") or "*", self.chosen(request))
        begin, size = asked_range(request)
        page = found[begin : begin + min(size, ROWS_MAX)]
        counted = "count=exact" in request.headers.get("Prefer", "")
        if counted and begin > len(found):
            raise Problem(416, "PGRST103", "Requested range not satisfiable",
                          f"An offset of {begin} was requested, but there are only {len(found)} rows.")  # fmt: skip
        if stripped:
            page = [{name: value for name, value in one.items() if value is not None} for one in page]
        status = 206 if counted and len(page) < len(found) else 200
        return Answer(written(page, kind), status, f"{kind}; charset=utf-8", told(begin, page, len(found), counted))


def accepted(request):
    """The first media type that can be given, and whether nulls are left out of it."""
    wanted = request.headers.get("Accept", "*/*")
    for one in wanted.split(","):
        kind, *parameters = [part.strip() for part in one.split(";")]
        kind = {"*/*": JSON, "application/*": JSON, "text/*": CSV}.get(kind, kind)
        if kind in (JSON, CSV, ARRAY, OBJECT):
            return kind, "nulls=stripped" in parameters and kind in (ARRAY, OBJECT)
    raise Problem(406, "PGRST107", f"None of these media types are available: {wanted}")


def asked_range(request):
    """How many rows to skip and how many to give: of Range, and of `limit` and `offset`, which come first."""
    said = re.fullmatch(r"(\d+)-(\d*)", request.headers.get("Range", "")) if request.method in ("GET", "HEAD") else None
    begin, end = (int(said[1]), int(said[2] or 10**9)) if said else (0, 10**9)
    if end < begin:
        raise Problem(416, "PGRST103", "Requested range not satisfiable",
                      "The lower boundary must be lower than or equal to the upper boundary in the Range header.")  # fmt: skip
    if request.one("limit", "").startswith("-"):
        raise Problem(416, "PGRST103", "Requested range not satisfiable", "Limit should be greater than or equal to zero.")
    return request.number("offset", begin), request.number("limit", end - begin + 1)


def told(begin, page, total, counted):
    shown = f"{begin}-{begin + len(page) - 1}" if page else "*"
    applied = [("Preference-Applied", "count=exact")] if counted else []
    return [("Content-Range", f"{shown}/{total if counted else '*'}"), ("Range-Unit", "items"), *applied]


def written(page, kind):
    if kind == CSV:
        return as_csv(page)
    if kind != OBJECT:
        return page
    if len(page) != 1:
        message = "Cannot coerce the result to a single JSON object"
        raise Problem(406, "PGRST116", message, f"The result contains {len(page)} rows")
    return page[0]


def as_csv(page):
    out = io.StringIO()
    if page:
        writer = csv.DictWriter(out, list(page[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(page)
    return out.getvalue()


def refused(problem):
    headers = [("WWW-Authenticate", "Bearer")] if problem.status == 401 else []
    return Answer(problem.body, problem.status, "application/json; charset=utf-8", headers)


if __name__ == "__main__":
    serving.serve(PostgREST)

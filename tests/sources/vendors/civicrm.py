"""A stand-in for CiviCRM 6.17, API v4 and v3, built from exchanges recorded with a real one:  civicrm.py PORT DATA_DIR

It gives whoever has the key everything, as the real one does. It has

- v4 at /civicrm/ajax/api4/ENTITY/ACTION, `params` from the query or the form (the form wins, the last of two wins), and
  several calls at once by `calls`; get, getFields, getChecksum, create (which echoes) on Contact, Individual, Email, Note;
- select with joins, `:label`, `*`, `custom.*`, functions and aliases; where, having, groupBy, orderBy, join, limit,
  offset, chain, index; without limit everything, without orderBy the order of the sorted names;
- v3 at /civicrm/ajax/rest: get, getvalue, getcount, getsingle; 200 with is_error; XML as text/html without `json`.

It has not: writes that stay, other entities and actions, permissions, other functions of SQL, the administrator's own
contact. The contact with id 242 is in the trash, and is given out all the same, as recorded.
"""

import hashlib
import json
import re
from urllib.parse import unquote

import serving
from civicrm_rows import CUSTOM, Failed, compared, entities, folded, text
from serving import Answer

FUNCTION = re.compile(r"\s*(\w+)\((.*)\)\s*$", re.S)
ALIASED = re.compile(r"\s*(.+?)\s+AS\s+([\w.]+)\s*$", re.S)


def evaluated(expression, rows, entity):
    """A name, a quoted text or a function of such, over one row, or over the rows of a group."""
    call = FUNCTION.match(expression)
    expression = expression.strip()
    if call:
        name, inside = call[1].upper(), [part for part in re.split(r",(?![^(]*\))", call[2].removeprefix("DISTINCT ")) if part]
        if name == "COUNT":
            return len(rows)
        if name == "GROUP_CONCAT":
            return [evaluated(inside[0], [row], entity) for row in rows]
        values = [evaluated(part, rows, entity) for part in inside]
        functions = {"UPPER": lambda: text(values[0]).upper(), "LOWER": lambda: text(values[0]).lower(),
                     "CONCAT": lambda: "".join(map(text, values)), "IF": lambda: values[1] if values[0] else values[2],
                     "COALESCE": lambda: next((value for value in values if value is not None), None)}  # fmt: skip
        if name not in functions:
            raise Failed(f"Unknown function {name}")
        return functions[name]()
    if expression[:1] in "'\"" and len(expression) > 1:
        return expression[1:-1]
    if expression not in rows[0]:
        raise Failed(f"Invalid field '{expression}'")
    return rows[0][expression]


def holds(clause, row, entity):
    if clause[0] in ("AND", "OR", "NOT"):
        inner = clause[1] if isinstance(clause[1][0], list) else [clause[1]]
        results = [holds(one, row, entity) for one in inner]
        return any(results) if clause[0] == "OR" else all(results) if clause[0] == "AND" else not all(results)
    right = clause[2] if len(clause) > 2 else None
    return compared(evaluated(clause[0], [row], entity), clause[1].upper(), right)


def columns(select, entity):
    """Pairs of the name that goes out and the expression it comes from."""
    pairs = []
    for item in select or ["*"]:
        aliased = ALIASED.match(item)
        if item == "*" or item == "custom.*":
            pairs += [(name, name) for name in (entity.plain if item == "*" else entity.custom)]
        elif aliased:
            if aliased[2] in entity.names:
                raise Failed("Cannot use existing field name as alias")
            pairs.append((aliased[2], aliased[1]))
        elif item != "row_count":
            call = FUNCTION.match(item)
            pairs.append((f"{call[1]}:{call[2]}" if call else item, item))
    return pairs


def grouped(rows, by):
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    return list(groups.values())


class CiviCRM:
    def __init__(self, members):
        self.entities = entities(members)

    def get(self, name, params):
        entity, rows = self.entities[name], self.entities[name].rows
        for what, side, *conditions in params.get("join", []):
            rows = self.join(rows, what, side, [one for one in conditions if isinstance(one, list)])
        rows = [row for row in rows if all(holds(clause, row, entity) for clause in params.get("where", []))]
        rows.sort(key=lambda row: (text(row.get("sort_name")), row["id"]))
        for field, direction in reversed(list(params.get("orderBy", {}).items())):
            rows.sort(key=lambda row: (evaluated(field, [row], entity) is not None, folded(evaluated(field, [row], entity))
                      if evaluated(field, [row], entity) is not None else 0), reverse=direction.upper() == "DESC")  # fmt: skip
        groups = grouped(rows, params["groupBy"]) if params.get("groupBy") else [[row] for row in rows]
        wanted, select = columns(params.get("select"), entity), params.get("select") or []
        if select == ["row_count"]:
            return [], len(groups)
        begin, limit = int(params.get("offset") or 0), int(params.get("limit") or 0)
        if params.get("having"):
            named = [dict(group[0], **{out: evaluated(item, group, entity) for out, item in wanted}) for group in groups]
            groups = [group for group, row in zip(groups, named) if all(holds(one, row, entity) for one in params["having"])]
        page = groups[begin : begin + limit] if limit else groups[begin:]
        values = [{out: evaluated(item, group, entity) for out, item in wanted} for group in page]
        for key, call in params.get("chain", {}).items():
            for value in values:
                filled = json.loads(re.sub(r'"\$(\w+)"', lambda found: json.dumps(value.get(found[1])), json.dumps(call[2])))
                inner = self.call(call[0], call[1], filled)["values"]
                value[key] = inner if len(call) < 4 else chosen(inner, call[3])
        return values, len(groups) if "row_count" in select else None

    def join(self, rows, what, side, conditions):
        entity, _, alias = what.partition(" AS ")
        results = []
        for row in rows:
            wide = [row | {f"{alias}.{name}": value for name, value in other.items()} for other in self.entities[entity].rows]
            met = [one for one in wide if all(one.get(left) == one.get(right) for left, _, right in conditions)]
            results += met or ([row] if side == "LEFT" else [])
        return results

    def call(self, name, action, params):
        name = name[:1].upper() + name[1:]
        if name not in self.entities or action not in ("get", "getFields", "getChecksum", "create"):
            raise Failed(f"API ({name}, {action}) does not exist (or the extension it belongs to is not enabled).")
        total = None
        if action == "get":
            values, total = self.get(name, params)
        elif action == "getFields":
            values = [{"name": field, "title": field, "entity": name} for field in sorted(self.entities[name].names)]
        elif action == "getChecksum":
            values = [{"id": params.get("contactId"), "checksum": "0123456789abcdef_1790000000_168"}]
        else:
            values = [{name: value for name, value in self.entities[name].rows[0].items()} | params.get("values", {})]
        counts = {"count": len(values) if total is None else total, "countFetched": len(values)}
        counts |= {} if total is None else {"countMatched": total}
        return {"values": values, "entity": name, "action": action, "debug": None, "version": 4} | counts

    # --- what comes in

    def answer(self, request):
        answer = self.routed(request)
        session = hashlib.sha256(request.target.encode()).hexdigest()
        answer.headers += [("Set-Cookie", f"SESSCIVISO={session}; path=/; HttpOnly"), ("X-Powered-By", "PHP/8.2.36"),
                           ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"), ("Pragma", "no-cache")]  # fmt: skip
        return answer

    def routed(self, request):
        path = [unquote(part) for part in request.path.split("/") if part]
        params = dict(request.query) | dict(request.form())
        if path[:3] == ["civicrm", "ajax", "rest"] or path[-2:] == ["extern", "rest.php"]:
            return self.v3(params) if params.get("api_key") == serving.TOKEN or keys(request, params) == [serving.TOKEN] else \
                Answer({"is_error": 1, "error_message": "Failed to authenticate key"})  # fmt: skip
        if path[:3] != ["civicrm", "ajax", "api4"]:
            return Answer("<!DOCTYPE html><title>Page not found</title>", 404, "text/html; charset=UTF-8")
        given = keys(request, params)
        if given and set(given) != {serving.TOKEN}:
            return Answer("HTTP 401 Invalid credential", 401, "text/plain;charset=UTF-8")
        if not given and request.headers.get("X-Requested-With") != "XMLHttpRequest":
            return refused(400, "SECURITY ALERT: Ajax requests can only be issued by javascript clients, eg. CRM.api4().")
        if len(path) < 5:
            return self.several(params)
        entity, action = path[3], path[4]
        if request.method == "GET" and not (action.startswith("get") or action == "autocomplete"):
            return refused(405, "SECURITY: All requests that modify the database must be http POST, not GET.")
        if not given:
            nothing = {"values": [], "entity": entity, "action": action, "debug": None, "version": 4}
            return Answer(nothing | {"count": 0, "countFetched": 0})
        try:
            asked = json.loads(params.get("params") or "{}")
        except ValueError:
            return Answer("<!DOCTYPE html><title>Error</title>", 500, "text/html; charset=UTF-8")
        return self.single(entity, action, asked, params.get("index"))

    def single(self, entity, action, params, index):
        try:
            body = self.call(entity, action, params)
            if index is not None:
                body["values"] = chosen(body["values"], int(index) if re.fullmatch(r"-?\d+", str(index)) else index)
            return Answer(body)
        except Failed as failed:
            return Answer({"error_id": "kzr1-Ons5-bPEg", "error_code": 0, "error_message": str(failed), "status": 500}, 500)

    def several(self, params):
        calls = json.loads(params.get("calls") or "{}")
        pairs = calls.items() if isinstance(calls, dict) else enumerate(calls)
        answers = {key: self.single(*(list(call) + [{}, None])[:4]) for key, call in pairs}
        bodies = {key: json.loads(answer.bytes) for key, answer in answers.items()}
        status = 200 if any(answer.status == 200 for answer in answers.values()) else 500
        return Answer(bodies if isinstance(calls, dict) else list(bodies.values()), status)

    def v3(self, params):
        entity, action = params.get("entity", ""), params.get("action", "")
        if entity.capitalize() != "Contact" or action not in ("get", "getvalue", "getcount", "getsingle"):
            message = f"API ({entity}, {action}) does not exist (join the API team and implement it!)"
            return Answer(
                {"error_code": "not-found", "entity": entity, "action": action, "is_error": 1, "error_message": message}
            )
        asked = json.loads(params["json"]) if params.get("json", "1") != "1" else {}
        options, wanted = asked.pop("options", {}), asked.pop("return", None)
        sequential = asked.pop("sequential", 0)
        filters = {name: value for name, value in asked.items() if not name.startswith("api.") and name != "version"}
        rows = [row for row in self.entities["Contact"].rows if all(v3_holds(row, *one) for one in filters.items())]
        rows.sort(key=lambda row: (row["sort_name"], row["id"]))
        names = wanted.split(",") if isinstance(wanted, str) else wanted
        limit, begin = int(options.get("limit", 25)), int(options.get("offset", 0))
        page = [v3_row(row, names, filters) for row in (rows[begin : begin + limit] if limit else rows[begin:])]
        if "json" not in params:
            inside = "".join("<Result>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + "</Result>" for row in page)
            return Answer(
                f'<?xml version="1.0"?><ResultSet count="{len(page)}">{inside}</ResultSet>', 200, "text/html; charset=UTF-8"
            )
        if action == "getcount":
            return Answer({"is_error": 0, "result": len(rows)})
        if action == "getvalue":
            return Answer({"is_error": 0, "result": page[0][names[0]]})
        if action == "getsingle":
            return Answer(page[0])
        values = page if sequential else {row["id"]: row for row in page}
        return Answer({"is_error": 0, "version": 3, "count": len(page), "values": values})

    def refusal(self, status, detail, problem):
        return problem | {"error_code": status, "error_message": detail}


def keys(request, params):
    """Every key that was presented, however it was."""
    said = [request.headers.get("X-Civi-Auth"), request.headers.get("Authorization"), params.get("_authx")]
    return [one.removeprefix("Bearer ") for one in said if one]


def chosen(values, index):
    if isinstance(index, int):
        if not -len(values) <= index < len(values):
            raise Failed(f"Index {index} not found in api results")
        return values[index]
    if any(index not in value for value in values):
        raise Failed(f"Key {index} not found in api results")
    return {text(value[index]): value for value in values}


def refused(status, message):
    return Answer({"error_code": status, "error_message": message}, status)


def v3_holds(row, name, value):
    left = row.get(CUSTOM.get(name, name))
    if not isinstance(value, dict):
        return compared(left, "=", value)
    operator, right = next(iter(value.items()))
    return compared(left, operator, right)


def v3_row(row, names, filters):
    """The fields asked for, and every field that was filtered on, as the real one echoes them."""
    plain = {name: value for name, value in row.items() if "." not in name and ":" not in name}
    plain |= {"contact_id": row["id"], "email": row["email_primary.email"], "city": row["address_primary.city"]}
    if names:
        plain = {name: plain.get(name) for name in ["contact_id", *names] if name not in CUSTOM}
        plain |= {name: row[CUSTOM[name]] for name in names if name in CUSTOM}
    plain |= {name: row[CUSTOM[name]] for name in filters if name in CUSTOM}
    strings = {
        name: "" if value is None else str(int(value) if value in (True, False) else value) for name, value in plain.items()
    }
    return strings | {"id": str(row["id"])}


if __name__ == "__main__":
    serving.serve(CiviCRM)

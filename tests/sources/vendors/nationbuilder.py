"""A stand-in for NationBuilder, API v1 and v2 (JSON:API), built from the vendor's documentation.

    nationbuilder.py PORT DATA_DIR

It gives whoever has the token everything, as the real one does. It has

- v2 at /api/v2/signups, /signups/ID, /signups/me, /lists/ID/signups: page[number], page[size] (20, at most 100),
  filter[attribute] and filter[attribute][op] on any attribute, sort, fields[signups], extra_fields[signups], include.
  `links.next` is given whenever there are records, even if the next page is empty; links are paths;
- v1 at /api/v1/people (limit 10, at most 100; __nonce and __token), /people/ID (three times the fields of the list),
  /people/count, /people/search, /people/match, /tags/TAG/people, /lists/ID/people.

It has not: writes, exports, statistics in `meta`, OAuth (a bearer token or access_token in the query is enough). List N
holds every Nth member; a tag is the name of a union, a religion or a constituency. The next link of v1 wants its nonce
back.
"""

import base64
import re
from urllib.parse import quote, unquote

import serving
from serving import Answer

SENSITIVE = {"religion": "religion", "ethnicity": "ethnicity", "note": "notes", "demo": "ethnicity"}
MORE = """availability ban_note billing_address bio church city_district civicrm_id county_district do_not_call fax_number
federal_district fire_district home_address inferred_party inferred_support_level judicial_district labour_region
language last_call_id last_contacted_at marital_status meetup_id nbec_guid occupation party_member permissions
previous_party primary_email_id priority_level profile_content profile_content_html rnc_id rule_violations_count
state_lower_district state_upper_district submitted_address supranational_district turnout_probability_score
user_submitted_address username village_district ward warnings_count website work_address phone_time
support_probability_score activity_is_private banned_at bounced_email_count""".split()


def attributes(member):
    """What v2 says of a person without being asked for more."""
    support = {"certain to vote for us": 1, "leaning to us": 2, "undecided": 3, "leaning away": 4}
    plain = dict.fromkeys(MORE) | {
        "first_name": member["first_name"], "last_name": member["last_name"], "prefix": member["title"],
        "full_name": f"{member['first_name']} {member['last_name']}", "email": member["email"], "mobile_number": member["mobile"],
        "born_at": member["date_of_birth"], "gender": member["gender"], "sex": {"female": "F", "male": "M"}.get(member["gender"]),
        "external_id": str(member["member_id"]), "email_opt_in": member["consent"]["email"],
        "mobile_opt_in": member["consent"]["phone"], "is_volunteer": False, "is_deceased": False, "party": "P",
        "party_member": member["status"] == "current", "membership_name": member["membership_type"],
        "support_level": support.get(member["voting_intention"]), "church": member["religion"],
        "inferred_party": member["voting_intention"], "marital_status": member["sexual_orientation"],
        "profile_content": member["health_condition"], "labour_region": member["trade_union"],
        "constituency": member["constituency"], "created_at": f"{member['joined_on']}T09:00:00+00:00",
        "updated_at": member["updated_at"], "recruiter_id": None, "author_id": None,
        "custom_values": {"union_ref": member["union_ref"], "status": member["status"],
                          "health_condition": member["health_condition"]},
    }  # fmt: skip
    return plain | {name: member[field] for name, field in SENSITIVE.items()}


def address(member):
    where = member["address"]
    return {"address1": where["line1"], "city": where["town"], "zip": where["postcode"], "country_code": "GB"}


def tags(member):
    return [tag for tag in (member["trade_union"], member["religion"], member["constituency"]) if tag]


def person(member, whole):
    """A person of v1: as a list has it, or whole."""
    all_of = attributes(member)
    short = ["birthdate", "city_district", "email", "email_opt_in", "external_id", "first_name", "last_name", "is_volunteer",
        "note",
             "is_deceased", "party", "support_level", "sex", "mobile_opt_in", "created_at", "updated_at",
             "recruiter_id"]  # fmt: skip
    listed = {name: all_of.get(name) for name in short} | {
        "id": member["member_id"], "birthdate": all_of["born_at"], "mobile": member["mobile"], "phone": None,
        "tags": tags(member),
        "primary_address": address(member), "has_facebook": False, "is_fundraiser": False, "is_supporter": True,
    }  # fmt: skip
    return listed | all_of | {"home_address": address(member)} if whole else listed


class NationBuilder:
    def __init__(self, members):
        self.members = members
        self.by_id = {str(member["member_id"]): member for member in members}

    def refusal(self, status, detail, problem):
        return problem | {"code": problem["reason"], "message": detail}

    def answer(self, request):
        path = [unquote(part) for part in request.path.split("/") if part]
        if not request.bearer() and request.one("access_token") != serving.TOKEN:
            return error(401, "unauthorized", "You are not authorized to access this content.")
        if request.method != "GET":
            return error(405, "method_not_allowed", "The stand-in only reads.")
        if path[:2] == ["api", "v1"]:
            return self.v1(request, path[2:])
        if path[:2] == ["api", "v2"]:
            answer = self.v2(request, path[2:])
            answer.kind = "application/json" if path[2:3] == ["lists"] else "application/vnd.api+json"
            return answer
        return error(404, "not_found", "Record not found")

    # --- v1

    def v1(self, request, path):
        match path:
            case ["people"]:
                return self.page(request, self.members)
            case ["people", "count"]:
                return Answer({"people_count": len(self.members)})
            case ["people", "search" | "match" as how]:
                found = [member for member in self.members if searched(member, request)]
                return self.page(request, found) if how == "search" else self.whole(found[0] if len(found) == 1 else None)
            case ["people", "me"]:
                return self.whole(self.members[0])
            case ["people", key]:
                return self.whole(self.by_id.get(key))
            case ["tags", tag, "people"]:
                return self.page(request, [member for member in self.members if tag in tags(member)])
            case ["lists", key, "people"] if key.isdigit() and int(key):
                return self.page(request, self.members[:: int(key)])
        return error(404, "not_found", "Record not found")

    def whole(self, member):
        if not member:
            return error(404, "no_matches", "No people matched the given criteria.")
        return Answer({"person": person(member, True), "precinct": {"id": 7, "name": member["constituency"]}})

    def page(self, request, found):
        limit, begin = min(request.number("limit", 10), 100), 0
        if request.one("__token"):
            begin = int(base64.urlsafe_b64decode(request.one("__token")))
            if request.one("__nonce") != nonce(begin):
                return error(400, "bad_request", "The page token does not fit its nonce.")

        def link(at):
            others = "".join(f"&{quote(name)}={quote(value)}" for name, value in request.query
                             if name not in ("limit", "__token", "__nonce", "access_token"))  # fmt: skip
            token = base64.urlsafe_b64encode(str(at).encode()).decode()
            return f"{request.prefix}{request.path}?__nonce={nonce(at)}&__token={quote(token)}&limit={limit}{others}"

        following = link(begin + limit) if begin + limit < len(found) else None
        results = [person(member, False) for member in found[begin : begin + limit]]
        return Answer({"results": results, "next": following, "prev": link(max(begin - limit, 0)) if begin else None})

    # --- v2

    def v2(self, request, path):
        match path:
            case ["signups"]:
                return self.index(request, self.members)
            case ["lists", key, "signups"] if key.isdigit() and int(key):
                return self.index(request, self.members[:: int(key)])
            case ["signups", key]:
                member = self.members[0] if key == "me" else self.by_id.get(key)
                if member:
                    return Answer({"data": resource(member, request)} | self.included([member], request))
        return error(404, "not_found", "Record not found")

    def index(self, request, members):
        found = list(members)
        if any(name.startswith("filter[") for name, _ in request.query):
            found = [member for member in members if filtered(attributes(member), request)]
        for name in reversed((request.one("sort") or "").split(",")):
            plain = name.lstrip("-")
            if plain:
                found.sort(key=lambda member: str(attributes(member).get(plain) or member["member_id"]), reverse=name[0] == "-")
        number, size = request.number("page[number]", 1), min(request.number("page[size]", 20), 100)
        page = found[(number - 1) * size : number * size]

        def link(at):
            others = [pair for pair in request.query if pair[0] not in ("page[number]", "page[size]", "access_token")]
            pairs = [*others, ("page[number]", str(at)), ("page[size]", str(size))]
            return (
                request.prefix
                + request.path
                + "?"
                + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
            )

        links = {"self": link(number), "first": link(1), "prev": link(number - 1) if number > 1 else None,
                 "next": link(number + 1) if page else None}  # fmt: skip
        return Answer({"data": [resource(member, request) for member in page], "links": links} | self.included(page, request))

    def included(self, page, request):
        """Other resources: a recruiter is another whole person, whom fields[signups] alone makes smaller."""
        names, more = (request.one("include") or "").split(","), {}
        for member in page:
            if {"recruiter", "author", "parent", "last_contacted_by"} & set(names):
                other = self.members[(member["member_id"] * 7) % len(self.members)]
                more["signups", other["member_id"]] = resource(other, request)
            if {"taggings", "signup_tags"} & set(names):
                for tag in tags(member):
                    more["signup_tags", tag] = {"id": tag, "type": "signup_tags", "attributes": {"name": tag}}
        return {"included": list(more.values())} if more else {}


def resource(member, request):
    fields = request.one("fields[signups]")
    said = attributes(member)
    said = {name: value for name, value in said.items() if fields is None or name in fields.split(",")}
    if "home_address" in (request.one("extra_fields[signups]") or "").split(","):
        said["home_address"] = address(member)
    key = str(member["member_id"])
    related = {name: {"links": {"related": f"/api/v2/signups/{key}/{name}"}} for name in ("recruiter", "taggings", "precinct")}
    return {"id": key, "type": "signups", "attributes": said, "relationships": related}


def filtered(said, request):
    for name, value in request.query:
        asked = re.fullmatch(r"filter\[(\w+)\](?:\[(\w+)\])?", name)
        if asked and not passes(said.get(asked[1], said["custom_values"].get(asked[1])), asked[2] or "eq", value):
            return False
    return True


def passes(value, operator, wanted):
    if wanted == "null":
        return (value is None) == (operator != "not_eq")
    left, right = ("" if value is None else str(value)), wanted
    if operator != "eql":
        left, right = left.casefold(), right.casefold()
    results = {"eq": left == right, "eql": left == right, "not_eq": left != right, "prefix": left.startswith(right),
        "suffix": left.endswith(right),
               "match": right in left, "gt": left > right, "gte": left >= right, "lt": left < right,
               "lte": left <= right}  # fmt: skip
    return results.get(operator, False)


def searched(member, request):
    whole = person(member, True)
    names = [(name, value) for name, value in request.query if name not in ("limit", "__token", "__nonce", "access_token")]
    return all(
        str(whole.get(re.sub(r"custom_values\[(\w+)\]", r"\1", name))).casefold() == value.casefold() for name, value in names
    )


def nonce(at):
    return f"n{at * 7919:x}"


def error(status, code, message):
    return Answer({"code": code, "message": message}, status)


if __name__ == "__main__":
    serving.serve(NationBuilder)

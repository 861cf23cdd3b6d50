"""What the stand-in for CiviCRM holds: the members as contacts in the recorded shape, their entities, and how SQL compares."""

import hashlib
import re

# A contact by default, in the recorded order; what is not here is in `contact` below.
BLANK = dict.fromkeys("""id contact_type external_identifier display_name contact_sub_type first_name middle_name last_name
do_not_email do_not_phone do_not_mail do_not_sms do_not_trade is_opt_out legal_identifier sort_name nick_name image_URL
preferred_communication_method preferred_language hash api_key source prefix_id suffix_id formal_title
communication_style_id email_greeting_id email_greeting_custom email_greeting_display postal_greeting_id
postal_greeting_custom postal_greeting_display addressee_id addressee_custom addressee_display job_title gender_id
birth_date is_deceased deceased_date user_unique_id employer_id is_deleted created_date modified_date
preferred_mail_format""".split())  # fmt: skip
GENDERS = {1: "female", 2: "male", 3: "non-binary"}
PREFIXES = {1: "Mrs", 2: "Ms", 3: "Mr", 4: "Dr", 5: "Miss", 6: "Mx"}
SPECIAL = ["religion", "ethnicity", "trade_union", "health_condition", "sexual_orientation", "voting_intention"]
# The columns of API v3: a name says nothing.
CUSTOM = {f"custom_{number}": f"Special_Category.{name}" for number, name in enumerate(SPECIAL, 1)}


def number(names, value):
    return next((key for key, name in names.items() if name == value), None)


def contact(member):
    title, first, last = member["title"], member["first_name"], member["last_name"]
    name, key, consent = " ".join(filter(None, [title, first, last])), member["member_id"] - 99_998, member["consent"]
    record = BLANK | {
        "id": key, "contact_type": "Individual", "external_identifier": f"M{member['member_id']}", "display_name": name,
        "first_name": first, "last_name": last, "sort_name": f"{last}, {first}", "preferred_language": "en_US",
        "do_not_email": not consent["email"], "do_not_phone": not consent["phone"], "do_not_mail": not consent["post"],
        "do_not_sms": False, "do_not_trade": False, "is_opt_out": False, "prefix_id": number(PREFIXES, title),
        "gender_id": number(GENDERS, member["gender"]), "hash": hashlib.md5(member["password_hash"].encode()).hexdigest(),
        "communication_style_id": 1, "email_greeting_id": 1, "email_greeting_display": f"Dear {first}",
        "postal_greeting_id": 1, "postal_greeting_display": f"Dear {first}", "addressee_id": 1, "addressee_display": name,
        "birth_date": member["date_of_birth"], "is_deceased": False, "is_deleted": key == 242,
        "created_date": f"{member['joined_on']} 09:00:00", "modified_date": member["updated_at"].replace("T", " ")[:19],
        "preferred_mail_format": "Both",
    }  # fmt: skip
    custom = {f"Special_Category.{field}": member[field] for field in SPECIAL}
    custom |= {
        f"Member_Info.{to}": member[field]
        for to, field in {
            "member_no": "member_id",
            "constituency": "constituency",
            "status": "status",
            "union_ref": "union_ref",
        }.items()
    }
    address = member["address"]
    joined = {"email_primary.email": member["email"], "phone_primary.phone": member["mobile"],
              "address_primary.street_address": address["line1"], "address_primary.city": address["town"],
              "address_primary.postal_code": address["postcode"], "gender_id:label": member["gender"],
              "gender_id:name": member["gender"], "prefix_id:label": title, "prefix_id:name": title}  # fmt: skip
    return record, custom, joined


class Failed(Exception):
    """An error that the API answers with."""


class Rows:
    """An entity: its rows, what `*` and `custom.*` stand for, and every name that may be asked for."""

    def __init__(self, rows, plain, custom=()):
        self.rows, self.plain, self.custom = rows, list(plain), list(custom)
        self.names = set(rows[0]) if rows else set(plain)


def entities(members):
    contacts = [contact(member) for member in members]
    rows = [record | custom | joined for record, custom, joined in contacts]
    people = Rows(rows, contacts[0][0], contacts[0][1])
    of_contact = [{f"contact_id.{name}": value for name, value in row.items()} for row in rows]
    emails = [{"id": row["id"], "contact_id": row["id"], "email": row["email_primary.email"], "is_primary": True} | over
              for row, over in zip(rows, of_contact) if row["email_primary.email"]]  # fmt: skip
    notes = [{"id": row["id"], "entity_table": "civicrm_contact", "entity_id": row["id"], "note": member["notes"]}
             for row, member in zip(rows, members) if member["notes"]]  # fmt: skip
    return {"Contact": people, "Individual": people, "Email": Rows(emails, ["id", "contact_id", "email", "is_primary"]),
            "Note": Rows(notes, ["id", "entity_table", "entity_id", "note"])}  # fmt: skip


def folded(value):
    return value.casefold() if isinstance(value, str) else value


def text(value):
    return "" if value is None else str(value)


def compared(left, operator, right):
    left, right = folded(left), [folded(one) for one in right] if isinstance(right, list) else folded(right)
    if operator in ("IS NULL", "IS NOT NULL"):
        return (left is None) == (operator == "IS NULL")
    if operator in ("IS EMPTY", "IS NOT EMPTY"):
        return (left in (None, "")) == (operator == "IS EMPTY")
    if operator in ("IN", "NOT IN"):
        return left is not None and (left in right) == (operator == "IN")
    if operator in ("BETWEEN", "NOT BETWEEN"):
        return left is not None and (right[0] <= left <= right[1]) == (operator == "BETWEEN")
    if operator in ("LIKE", "NOT LIKE"):
        pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in text(right))
        return bool(re.fullmatch(pattern, text(left), re.S)) == (operator == "LIKE")
    if operator == "CONTAINS":
        return text(right) in text(left)
    if operator == "REGEXP":
        return bool(re.search(text(right), text(left)))
    if left is None or right is None:
        return False
    if type(left) is not type(right):
        left, right = text(int(left) if left in (True, False) else left), text(int(right) if right in (True, False) else right)
    results = {"=": left == right, "!=": left != right, "<>": left != right, ">": left > right, ">=": left >= right,
               "<": left < right, "<=": left <= right}  # fmt: skip
    if operator not in results:
        raise Failed(f"Illegal value for 'operator': {operator}")
    return results[operator]

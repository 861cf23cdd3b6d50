"""The part of PostgREST's query language that its stand-in understands: filters, selections and orders of one table.

town=eq.Bangor&or=(religion.eq.Muslim,and(joined_on.gt.2020-01-01,status.in.("current","lapsed")))
select=town:religion,member_id::text,count()    order=joined_on.desc.nullslast,member_id
"""

import json
import re

GROUP = re.compile(r"(not\.)?(and|or)\((.*)\)", re.DOTALL)
ITEM = re.compile(r"(?:(?P<alias>\w+):)?(?:(?P<column>\w+)(?:::(?P<cast>\w+))?(?:\.(?P<of>\w+)\(\))?|(?P<count>count)\(\))")
ORDER = re.compile(r"(\w+)(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?")
CASTS = {"text": str, "varchar": str, "int": int, "integer": int, "int4": int, "bigint": int, "int8": int}
AGGREGATES = {"count": len, "max": lambda values: max(values, default=None), "min": lambda values: min(values, default=None)}


class Unreadable(Exception):
    """A query that the database or PostgREST refuses: the code and the message of the error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def unparsed(text):
    return Unreadable("PGRST100", f'"failed to parse ({text})" (line 1, column 1)')


def split(text):
    """The parts between commas that stand in no quotes and no parentheses."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for letter in text:
        if not escaped and letter == '"':
            quoted = not quoted
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        escaped = quoted and letter == "\\" and not escaped
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def unquoted(text):
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


class Table:
    """The rows of a table, all with the same columns."""

    def __init__(self, name, rows):
        self.name, self.rows, self.columns = name, rows, list(rows[0])
        self.types = {column: self.type_of(column) for column in self.columns}

    def type_of(self, column):
        return next((type(row[column]) for row in self.rows if row[column] is not None), str)

    def known(self, column):
        if column not in self.types:
            raise Unreadable("42703", f"column {self.name}.{column} does not exist")
        return column

    # Filters: each is a function that says whether a row matches.

    def filter(self, name, value):
        """A parameter of the query: `town=eq.Bangor`, `or=(…)`, `not.and=(…)`."""
        if name.removeprefix("not.") in ("and", "or"):
            return self.condition(name + value)
        return self.comparison(name, value)

    def condition(self, text):
        """What stands within `or=(…)`: `town.eq.Bangor`, or a group of its own."""
        group = GROUP.fullmatch(text)
        if not group:
            column, _, rest = text.partition(".")
            return self.comparison(column, rest, unquoted)
        negated, kind, inside = group.groups()
        conditions, whether = [self.condition(part) for part in split(inside)], {"and": all, "or": any}[kind]
        return lambda row: whether(condition(row) for condition in conditions) != bool(negated)

    def comparison(self, column, text, read=str):
        self.known(column)
        negated, text = text.startswith("not."), text.removeprefix("not.")
        operator, dot, operand = text.partition(".")
        if not dot or operator not in OPERATORS:
            raise unparsed(text)
        compare = OPERATORS[operator](self, column, operand if operator == "in" else read(operand))

        def matches(row):
            # Of a null, neither a comparison nor its opposite holds; `is` alone asks for it.
            return (row[column] is not None or operator == "is") and bool(compare(row[column])) != negated

        return matches

    def value(self, column, text):
        """The text as a value of the column's type."""
        return converted(text, self.types[column])

    # Selections.

    def selected(self, text, rows):
        """The rows with what is selected of them; with an aggregate, one for each group."""
        items = [item for part in split(text) for item in self.items(part)]
        if not any(item["count"] or item["of"] for item in items):
            return [{item["name"]: one(item, row) for item in items} for row in rows]
        groups = {}
        plain = [item for item in items if not item["count"] and not item["of"]]
        for row in rows:
            groups.setdefault(json.dumps([one(item, row) for item in plain]), []).append(row)
        if not plain and not groups:
            groups[""] = []
        return [{item["name"]: aggregated(item, group) for item in items} for group in groups.values()]

    def items(self, text):
        if text == "*":
            text = ",".join(self.columns)
        found = [ITEM.fullmatch(part) for part in text.split(",")]
        if not all(found):
            raise unparsed(text)
        return [self.item(one.groupdict()) for one in found]

    def item(self, said):
        if said["column"]:
            self.known(said["column"])
        if said["cast"] and said["cast"] not in CASTS:
            raise Unreadable("42704", f'type "{said["cast"]}" does not exist')
        if said["of"] and said["of"] not in AGGREGATES:
            raise unparsed(said["of"])
        return said | {"name": said["alias"] or said["of"] or said["count"] or said["column"]}

    # Orders.

    def ordered(self, text, rows):
        for part in reversed(split(text)):
            found = ORDER.fullmatch(part)
            if not found:
                raise unparsed(part)
            column, direction, nulls = found.groups()
            rows = self.sorted(rows, self.known(column), direction == "desc", nulls)
        return rows

    def sorted(self, rows, column, descending, nulls):
        """As PostgreSQL sorts: nulls last, and first where the order descends."""
        first = nulls == "nullsfirst" if nulls else descending
        none = [row for row in rows if row[column] is None]
        some = sorted((row for row in rows if row[column] is not None), key=lambda row: comparable(row[column]))
        some = sorted(some, key=lambda row: comparable(row[column]), reverse=True) if descending else some
        return none + some if first else some + none


def comparable(value):
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def converted(text, kind):
    """A text as a value of the type. The error quotes it, as PostgreSQL's does."""
    if kind is int and not re.fullmatch(r"-?\d+", str(text)):
        raise Unreadable("22P02", f'invalid input syntax for type integer: "{text}"')
    if kind is bool:
        return {"true": True, "false": False}.get(text)
    return kind(text) if kind in (int, str) else text


def one(item, row):
    value = row[item["column"]]
    if value is None or not item["cast"]:
        return value
    return converted(value if isinstance(value, str) else json.dumps(value), CASTS[item["cast"]])


def aggregated(item, group):
    if item["count"]:
        return len(group)
    values = [value for value in (one(item, row) for row in group) if value is not None]
    return AGGREGATES[item["of"]](values) if item["of"] else one(item, group[0])


def equal(table, column, operand):
    wanted = table.value(column, operand)
    return lambda value: value == wanted


def less(table, column, operand):
    wanted = table.value(column, operand)
    return lambda value: value < wanted


def greater(table, column, operand):
    wanted = table.value(column, operand)
    return lambda value: value > wanted


def opposite(operator):
    def made(table, column, operand):
        compare = operator(table, column, operand)
        return lambda value: not compare(value)

    return made


def like(flags):
    """`*` stands for `%`, any letters; `_` is any one letter."""

    def made(_, __, operand):
        pattern = "".join({"*": ".*", "%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in operand)
        return lambda value: re.fullmatch(pattern, str(value), flags | re.DOTALL)

    return made


def among(table, column, operand):
    if not re.fullmatch(r"\(.*\)", operand, re.DOTALL):
        raise unparsed(operand)
    wanted = [table.value(column, unquoted(part)) for part in split(operand[1:-1])]
    return lambda value: value in wanted


def exactly(_, __, operand):
    words = {"null": None, "true": True, "false": False}
    if operand not in words:
        raise unparsed(operand)
    return lambda value: value is words[operand]


OPERATORS = {
    "eq": equal, "neq": opposite(equal), "gt": greater, "gte": opposite(less), "lt": less, "lte": opposite(greater),
    "in": among, "like": like(0), "ilike": like(re.IGNORECASE), "is": exactly,
}  # fmt: skip

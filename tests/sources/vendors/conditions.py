"""The small part of OData's $filter that the stand-ins understand, for Action Network and Dynamics alike.

religion eq 'Muslim' and (contains(lastname,'Jo') or not birthdate gt 1990-01-01)
"""

import re

WORD = re.compile(r"\s*('(?:[^']|'')*'|[(),]|[^\s(),]+)")


class Unreadable(Exception):
    """A filter that is not of this kind."""


def matches(expression, lookup):
    """Whether the filter holds. `lookup` gives the value of a name, and raises KeyError for one that is not there."""
    words = WORD.findall(expression)
    result = either(words, lookup)
    if words:
        raise Unreadable(f"unexpected '{words[0]}'")
    return result


def take(words, wanted=None):
    if not words or (wanted and words[0] != wanted):
        raise Unreadable(f"expected '{wanted or 'more'}'")
    return words.pop(0)


def either(words, lookup):
    result = both(words, lookup)
    while words and words[0] == "or":
        words.pop(0)
        result = both(words, lookup) or result
    return result


def both(words, lookup):
    result = one(words, lookup)
    while words and words[0] == "and":
        words.pop(0)
        result = one(words, lookup) and result
    return result


def one(words, lookup):
    word = take(words)
    if word == "not":
        return not one(words, lookup)
    if word == "(":
        result = either(words, lookup)
        take(words, ")")
        return result
    if word in ("contains", "startswith", "endswith"):
        take(words, "(")
        left = value(take(words), lookup)
        take(words, ",")
        right = value(take(words), lookup)
        take(words, ")")
        left, right = str(left or "").casefold(), str(right).casefold()
        return {"contains": right in left, "startswith": left.startswith(right), "endswith": left.endswith(right)}[word]
    return compared(value(word, lookup), take(words), value(take(words), lookup))


def value(word, lookup):
    if word.startswith("'"):
        return word[1:-1].replace("''", "'")
    if word in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[word]
    if re.fullmatch(r"-?\d+(\.\d+)?", word):
        return float(word)
    if re.fullmatch(r"\d{4}-\d\d-\d\d.*", word):
        return word
    return lookup(word)


def compared(left, operator, right):
    if left is None or right is None:
        return (left is right) == (operator == "eq") if operator in ("eq", "ne") else False
    if isinstance(left, bool) or isinstance(right, bool):
        left, right = str(left).lower(), str(right).lower()
    elif isinstance(left, (int, float)) != isinstance(right, (int, float)):
        left, right = str(left).removesuffix(".0"), str(right).removesuffix(".0")
    if isinstance(left, str):
        left, right = left.casefold(), right.casefold()
    results = {
        "eq": left == right,
        "ne": left != right,
        "gt": left > right,
        "ge": left >= right,
        "lt": left < right,
        "le": left <= right,
    }
    if operator not in results:
        raise Unreadable(f"no operator '{operator}'")
    return results[operator]

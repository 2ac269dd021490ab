#!/bin/sh
# Which collections' length is looked at before their items: with pydantic's max_length, a list's alone.
#
# Of a list that is too long one error is reported, whatever is in it. Of a tuple, a set, a frozen set and a dictionary with the
# same limit every item is checked first and each wrong one is an error of its own, with its path, message and input, so
# the answer to one bad value grows with the value instead of with the limit. Of right items no more than the limit and
# one are looked at: only values with wrong items show the difference. The JSON Schema of all of them says the same.
# Whoever bounds what a caller can make a service write down takes lists, or a limit of bytes.
#
# Needs Python 3.11 and the network, for packages of PyPI in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check pydantic==2.14.3

cat > lengths.py <<'PY'
import sys
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, __version__

LIMIT, NUMBER = 3, 1000
looked_at = 0


def count(value: int) -> int:
    global looked_at
    looked_at += 1
    return value


Item = Annotated[int, AfterValidator(count)]
kinds = {
    "list": list[Item],
    "tuple": tuple[Item, ...],
    "set": set[Item],
    "frozenset": frozenset[Item],
    "dict": dict[str, Item],
}
found = {}
for name, kind in kinds.items():
    adapter = TypeAdapter(Annotated[kind, Field(max_length=LIMIT)])
    errors = {}
    for items, make in {"right": lambda at: at, "wrong": lambda at: "x"}.items():
        made = [make(at) for at in range(NUMBER)]
        value = {str(at): each for at, each in enumerate(made)} if name == "dict" else made
        looked_at = 0
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            errors[items] = error.error_count()
    found[name] = errors
    print(f"pydantic {__version__}, {NUMBER} items where {LIMIT} are allowed, {name:<9}: "
          f"{errors['right']} error for right ones, {errors['wrong']} for wrong ones")
expected = {name: {"right": 1, "wrong": 1 if name == "list" else NUMBER} for name in kinds}
sys.exit(0 if found == expected else f"pydantic counts otherwise now: {found}")
PY
tools/bin/python lengths.py

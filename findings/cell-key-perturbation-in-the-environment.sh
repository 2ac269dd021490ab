#!/bin/sh
# The cell-key perturbation package of the Office for National Statistics installs, and can't be used.
#
# cell-key-perturbation 3.1.0 names no dependency, and what it is for (`create_perturbed_table`) imports pandas and numpy: in a fresh
# environment `pip install` ends well, `pip check` finds nothing wrong, and the import fails. Its wheel also puts its example table and
# an `__init__.py` into the root of the environment, beside `pyvenv.cfg`, where the next package that does the same replaces them.
#
# Needs Python 3.11 and the network, for a package of PyPI in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
ls tools | sort > before.txt
tools/bin/python -m pip install --quiet --disable-pip-version-check cell-key-perturbation==3.1.0
tools/bin/python -m pip check --disable-pip-version-check
ls tools | grep -v __pycache__ | sort > after.txt

echo "new in the root of the environment: $(comm -13 before.txt after.txt | tr '\n' ' ')"
[ "$(comm -13 before.txt after.txt | tr '\n' ' ')" = "__init__.py ptable_10_5_rule.csv " ] || { echo "it puts nothing there now" >&2; exit 1; }

if tools/bin/python -c 'from cell_key_perturbation.create_perturbed_table import create_perturbed_table' 2> failed.txt; then
    echo "it can be imported now" >&2
    exit 1
fi
tail -1 failed.txt
grep -q "No module named 'pandas'" failed.txt

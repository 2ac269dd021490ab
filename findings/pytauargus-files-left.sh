#!/bin/sh
# tau-Argus leaves the true numbers of a table in the folder that it is started in, whatever `workdir` it is given.
#
# `pytauargus.protect(…, workdir=…)` says that the folder is for all intermediate files. Its native solvers write beside it, into
# the current folder: with `MOD`, `JJUit.dat` has one line for each cell with its value, and stays. Whoever runs it in a service's
# folder, or a checkout, leaves there what the table was protected for.
#
# Needs Python 3.11 and the network, for a package of PyPI in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check pytauargus==0.6.0

mkdir here work
cd here
cat > ../protected.py <<'PY'
from pytauargus import protect

counts = {("north", "yes"): 4, ("north", "no"): 37, ("south", "yes"): 29, ("south", "no"): 41, ("west", "yes"): 53}
rows = [{"area": area, "met": met, "one": 1} for (area, met), count in counts.items() for _ in range(count)]
result = protect(rows, ["area", "met"], response="one", safety_rules="FREQ(10,100)", suppress="MOD(1)", workdir="../work")
published = result.tables[0].safe()
assert 4 not in published, "the small number is published"
print("as published:", published)
PY
../tools/bin/python ../protected.py > ../printed.txt 2>&1
grep 'as published' ../printed.txt
echo "left in the current folder: $(ls | tr '\n' ' ')"
[ -e JJUit.dat ] || { echo "nothing is left there now" >&2; exit 1; }
grep -n '[[:space:]]4\.00000' JJUit.dat || { echo "it doesn't have the small number now" >&2; exit 1; }

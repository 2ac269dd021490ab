#!/bin/sh
# Whether Ibis writes the same SQL for the same expression: 12.0.0 does not, where columns are dropped from a wide table.
#
# `Table.drop` keeps the names in a set. Where few columns of many are dropped, the SQL for DuckDB is
# `SELECT * EXCLUDE (…)` with the names in the order of that set, so it differs from process to process with Python's hash seed
# and is the same again with PYTHONHASHSEED. `select` of what is kept is always the same. It matters to whoever keeps the SQL
# as golden files, or caches by its text.
#
# Needs Python 3.11 and the network, for packages of PyPI in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" "sqlglot==30.17.0"

cat > written.py <<'PY'
import sys

import ibis

names = [f"column_{number}" for number in range(20)]
table = ibis.table(dict.fromkeys(names, "int64"), name="wide")
away = names[:4]
kept = table.drop(*away) if sys.argv[1] == "drop" else table.select(*names[4:])
print(" ".join(str(ibis.to_sql(kept, dialect="duckdb")).split()))
PY
for way in drop select; do
    for seed in 1 2 3 4 5 6; do
        PYTHONHASHSEED=$seed tools/bin/python written.py "$way"
    done | sort | uniq > "$way.txt"
    echo "$way: $(wc -l < "$way.txt") different texts of six processes"
done
head -2 drop.txt
[ "$(wc -l < drop.txt)" -gt 1 ] || { echo "dropped columns are in one order now" >&2; exit 1; }
[ "$(wc -l < select.txt)" -eq 1 ] || { echo "selected columns differ now" >&2; exit 1; }

#!/bin/sh
# Whether Ibis writes SQL for Spark before its backend was loaded: 12.0.0 does not.
#
# `ibis.to_sql(expression, dialect="pyspark")` needs no session and takes any expression that is bound to no backend. But it
# is an AttributeError ("'NoneType' object has no attribute 'treat_nan_as_null'") where PySpark is installed and nothing has
# touched `ibis.pyspark` yet: the compiler asks for options that the backend registers when it is loaded. For DuckDB there
# are no such options, and it works at once. Whoever keeps SQL as golden files touches the backend first.
#
# Needs Python 3.11 and the network, for packages of PyPI in a folder of its own (PySpark is 430 MB). No Java. Fails where the
# behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" "sqlglot==30.17.0" "pyspark==4.0.5"

cat > literal.py <<'PY'
import sys

import ibis

table = ibis.table({"score": "float64"}, name="measure")
expression = table.mutate(more=table.score + 1.5)


def written(dialect):
    try:
        return bool(ibis.to_sql(expression, dialect=dialect))
    except AttributeError as error:
        print(f"Ibis {ibis.__version__}: {error}")
        return False


found = [written("duckdb"), written("pyspark")]
ibis.pyspark  # noqa: B018 - touching it loads it
found.append(written("pyspark"))
print(f"for DuckDB {found[0]}, for Spark {found[1]}, for Spark once its backend is loaded {found[2]}")
sys.exit(0 if found == [True, False, True] else "Ibis writes it otherwise now")
PY
tools/bin/python literal.py

"""`python -m shared.privacy.migrations` brings the keyring's database up to date.

`PARLEY_KEYRING_URL` must be a login that owns the database; the services' logins must exist, for they get the rights
that their manifests name.
"""

import sys
from pathlib import Path

from shared.contracts.manifest import ManifestError, listed_manifests
from shared.postgres.migrations import Schema, run
from shared.privacy.rights import rights_sql

_FOLDERS = [("keyring", Path(__file__).parent / "sql")]


def keyring_schema() -> Schema:
    """The keyring's, with the rights that the manifests name. Raises ManifestError where one breaks a rule."""
    return Schema(_FOLDERS, generated={"keyring/rights": rights_sql(listed_manifests())})


def main() -> int:
    """The command line."""
    try:
        schema = keyring_schema()
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 2
    return run("PARLEY_KEYRING_URL", schema)


if __name__ == "__main__":
    sys.exit(main())

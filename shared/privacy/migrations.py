"""`python -m shared.privacy.migrations` brings the keyring's database up to date.

`PARLEY_KEYRING_URL` must be a login that owns the database. The services' logins must exist, because the migrations
grant them rights.
"""

import sys
from pathlib import Path

from shared.postgres.migrations import run

FOLDERS = [("keyring", Path(__file__).parent / "sql")]

if __name__ == "__main__":
    sys.exit(run("PARLEY_KEYRING_URL", FOLDERS))

"""What the administration service is: its topics, its port, and what it answers."""

from shared.access.table import Action
from shared.contracts.manifest import Manifest, Place

MANIFEST = Manifest(
    name="administration",
    purpose="does everything run, and what does everybody need to know of it?",
    port=18087,
    reads=("directory",),
    writes=("notices", "directory"),
    oversees=True,
    administers=True,
    pages=True,
    places=(
        Place("How Parley runs", "/pages/machinery", ("operator",)),
        Place("What is registered", "/pages/directory", ("area-administrator",)),
        Place("People", "/pages/accounts", ("area-administrator",)),
        Place("Messages on every page", "/pages/notices", ("operator",)),
    ),
    requests={
        "GET /pages/audit": Action.AUDIT_VERIFY,
        "GET /pages/machinery": Action.STATUS_READ,
        "GET /pages/dead-letters": Action.DEAD_LETTERS_READ,
        "GET /pages/dead-letters/{service}/{id:uuid}": Action.DEAD_LETTERS_READ,
        "POST /pages/dead-letters/{service}/{id:uuid}/retry": Action.DEAD_LETTERS_RESOLVE,
        "POST /pages/dead-letters/{service}/{id:uuid}/discard": Action.DEAD_LETTERS_RESOLVE,
        "GET /pages/directory": Action.DIRECTORY_READ,
        "GET /pages/directory/file": Action.DIRECTORY_READ,
        "GET /pages/directory/{kind}/{id}": Action.DIRECTORY_READ,
        "GET /pages/directory/{kind}/{id}/change": Action.DIRECTORY_CHANGE,
        "POST /pages/directory/{kind}/{id}/change": Action.DIRECTORY_CHANGE,
        "GET /pages/registering/{kind}": Action.DIRECTORY_CHANGE,
        "POST /pages/registering/{kind}": Action.DIRECTORY_CHANGE,
        "GET /pages/import": Action.DIRECTORY_CHANGE,
        "POST /pages/import": Action.DIRECTORY_CHANGE,
        "GET /pages/accounts": Action.ACCOUNTS_READ,
        "GET /pages/accounts/invite": Action.ACCOUNTS_MANAGE,
        "POST /pages/accounts/invite": Action.ACCOUNTS_MANAGE,
        "GET /pages/accounts/{account:uuid}": Action.ACCOUNTS_READ,
        "POST /pages/accounts/{account:uuid}/change": Action.ACCOUNTS_MANAGE,
        "POST /pages/accounts/{account:uuid}/disable": Action.ACCOUNTS_MANAGE,
        "POST /pages/accounts/{account:uuid}/enable": Action.ACCOUNTS_MANAGE,
        "POST /pages/accounts/{account:uuid}/invite": Action.ACCOUNTS_MANAGE,
        "GET /pages/notices": Action.NOTICES_SET,
        "POST /pages/notices": Action.NOTICES_SET,
        "POST /pages/notices/{id:uuid}/end": Action.NOTICES_SET,
    },
)

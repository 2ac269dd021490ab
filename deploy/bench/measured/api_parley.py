"""Screening's HTTP as it is served: the gate, the audit, row security, the directory, sealing and the outbox.

What follows, over Kafka, is another line's.
"""

from typing import Any

from deploy.bench.families import AGENCY, AREA
from deploy.bench.measured.api_server import ask
from deploy.bench.measured.program import Task, run_measured, settings_from
from deploy.bench.measured.signing import Signer
from services import MANIFESTS
from shared.access.roles import Role
from shared.audit.recorder import AnchorPolicy, Recorder
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring
from shared.service.definition import Context
from shared.service.key_encryption import key_encryption_of
from shared.service.memory import freeze_startup_objects
from shared.service.openapi_documents import wiring_of
from shared.service.serve import application
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff

_SCREENING = next(each for each in MANIFESTS if each.name == "screening")
_PERSON = {
    **{"sub": "5a8e5c1e-7d3f-4f56-9a90-3a1c2e1a7d10", "preferred_username": "bench", "name": "Bench"},
    **{"roles": [Role.PRACTITIONER.value], "agency": AGENCY, "areas": [AREA]},
}


async def _answer(task: Task) -> Task:
    settings = settings_from(task)
    pool = await open_pool(
        settings.database_url.get_secret_value(), connections=settings.database_connections, name="screening"
    )
    keyring_pool = await open_pool(settings.keyring_url.get_secret_value(), connections=4, name="screening-keyring")
    keyring = Keyring(keyring_pool, *key_encryption_of(settings))
    context = Context("screening", settings, pool, keyring, Clock("wall"))
    wiring = wiring_of(_SCREENING, context)
    app = application(settings, routes=[*wiring.routes])
    signer = Signer()
    app.state.gate = signer.gate(_SCREENING)
    app.state.staff = Staff(pool, keyring)
    app.state.recorder = _recorder(settings, pool, wiring.concerned_by)
    freeze_startup_objects()
    headers = {"Authorization": f"Bearer {signer.token(_PERSON)}", "Prefer": "respond-async"}
    done = await ask(task, app, headers)
    await pool.close()
    await keyring_pool.close()
    return done


def _recorder(settings: ServiceSettings, pool: Any, concerned_by: Any) -> Recorder:
    policy = AnchorPolicy(settings.audit_anchor_entries, settings.audit_anchor_minutes * 60)
    return Recorder("screening", pool, concerned_by, policy)


if __name__ == "__main__":
    run_measured(_answer)

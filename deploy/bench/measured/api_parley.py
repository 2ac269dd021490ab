"""Screening's HTTP as it is served: the gate, the audit, row security, the directory, sealing and the outbox.

What follows, over Kafka, is another line's.
"""

import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from deploy.bench.families import AGENCY, AREA
from deploy.bench.measured.api_server import ask
from deploy.bench.measured.program import Task, run_measured, settings_from
from services import MANIFESTS
from shared.access.published_keys import PublishedKeys
from shared.access.roles import Role
from shared.access.tokens import TokenVerifier
from shared.audit.recorder import AnchorPolicy, Recorder
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring
from shared.service.definition import Context
from shared.service.gate import Gate
from shared.service.key_encryption import key_encryption_of
from shared.service.memory import freeze_startup_objects
from shared.service.openapi_documents import wiring_of
from shared.service.serve import application
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff

_SCREENING = next(each for each in MANIFESTS if each.name == "screening")
_ISSUER, _AUDIENCE, _HOUR_S = "https://bench.example/realms/parley", "parley", 3600


def _token(key: RSAKey) -> str:
    now = int(time.time())
    claims = {
        **{"iss": _ISSUER, "aud": _AUDIENCE, "typ": "Bearer", "sub": "5a8e5c1e-7d3f-4f56-9a90-3a1c2e1a7d10"},
        **{"preferred_username": "bench", "name": "Bench", "roles": [Role.PRACTITIONER.value]},
        **{"agency": AGENCY, "areas": [AREA], "iat": now, "exp": now + _HOUR_S},
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


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
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    app.state.gate = _gate(key)
    app.state.staff = Staff(pool, keyring)
    app.state.recorder = _recorder(settings, pool, wiring.concerned_by)
    freeze_startup_objects()
    headers = {"Authorization": f"Bearer {_token(key)}", "Prefer": "respond-async"}
    done = await ask(task, app, headers)
    await pool.close()
    await keyring_pool.close()
    return done


def _gate(key: RSAKey) -> Gate:
    async def fetch() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False)]}

    # Without the limit of requests that one person may make.
    return Gate(_SCREENING.requests, TokenVerifier(_ISSUER, _AUDIENCE, PublishedKeys(fetch)))


def _recorder(settings: ServiceSettings, pool: Any, concerned_by: Any) -> Recorder:
    policy = AnchorPolicy(settings.audit_anchor_entries, settings.audit_anchor_minutes * 60)
    return Recorder("screening", pool, concerned_by, policy)


if __name__ == "__main__":
    run_measured(_answer)

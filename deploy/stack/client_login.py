"""Logins of Kafka clients: read from a credentials file, as its party would read it, and in aiokafka's form."""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.stack.errors import ParleyError
from shared.messaging.core.sessions import renew_before_they_end

_LOGIN = re.compile(r'username="(?P<username>[^"]+)" password="(?P<password>[^"]+)"')
_PASSED_ON = ("bootstrap.servers", "security.protocol", "sasl.mechanism")


def read_login(path: Path) -> dict[str, str]:
    """Settings of a confluent-kafka client, from a `<user>.properties` file in the format of Kafka's own tools."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ParleyError(f"There is no {path}. `parley directory apply` creates the credentials.") from None
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    properties = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    login = _LOGIN.search(properties.get("sasl.jaas.config", ""))
    missing = [name for name in _PASSED_ON if name not in properties]
    if login is None or missing:
        what = missing[0] if missing else "sasl.jaas.config with a user name and a password"
        raise ParleyError(f"{path} lacks {what}. `parley directory apply` writes it again.")
    client = {name: properties[name] for name in _PASSED_ON}
    client |= {"sasl.username": login["username"], "sasl.password": login["password"]}
    if "ssl.truststore.location" in properties:
        client["ssl.ca.location"] = _trusted(Path(properties["ssl.truststore.location"]), path)
    return client


def _trusted(there: Path, credentials: Path) -> str:
    """The authority's certificate: where the file says, or beside it if both were copied from another machine."""
    beside = credentials.parent / there.name
    return str(beside if beside.exists() and not there.exists() else there)


def aiokafka_login(login: Mapping[str, str]) -> dict[str, Any]:
    """Settings of an aiokafka client, from those of a confluent-kafka client. The certificate's host is checked too."""
    renew_before_they_end()
    secure = login["security.protocol"] == "SASL_SSL"
    return {
        "bootstrap_servers": login["bootstrap.servers"].split(","),
        "security_protocol": login["security.protocol"],
        "sasl_mechanism": login["sasl.mechanism"],
        "sasl_plain_username": login["sasl.username"],
        "sasl_plain_password": login["sasl.password"],
        "ssl_context": ssl.create_default_context(cafile=login.get("ssl.ca.location")) if secure else None,
    }

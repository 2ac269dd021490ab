"""Reads a credentials file, as the party that it belongs to would: it uses nothing else of this home."""

import re
from pathlib import Path

from deploy.stack.errors import ParleyError

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
        client["ssl.ca.location"] = properties["ssl.truststore.location"]
    return client

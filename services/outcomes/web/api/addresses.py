"""Where analysts' programs ask: the same paths at the service and through the entrance."""

PREFIX = "/api/v1/outcomes"
INDICATORS_PATH = f"{PREFIX}/indicators"
RELEASES_PATH = f"{PREFIX}/releases"


def indicator_at(name: str) -> str:
    """An indicator with its published numbers."""
    return f"{INDICATORS_PATH}/{name}"


def release_at(name: str) -> str:
    """A release with its files."""
    return f"{RELEASES_PATH}/{name}"


def file_at(release: str, name: str) -> str:
    """A file of a release."""
    return f"{release_at(release)}/files/{name}"

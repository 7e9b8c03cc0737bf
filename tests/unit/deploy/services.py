"""Settings as a deployment file gives them to a service."""

from collections.abc import Mapping, Sequence
from unittest.mock import patch

from deploy.settings_reference import SERVICES
from libs.common.settings import ServiceSettings


def service_of(command: Sequence[str]) -> str:
    """Which service a container's command starts."""
    assert list(command[:2]) == ["python", "-m"]
    package, _, service = command[2].partition(".")
    assert package == "services"
    return service


def settings_of(service: str, environment: Mapping[str, str]) -> ServiceSettings:
    """What the service reads from this environment and no other. Every variable has to be one it knows."""
    kind = SERVICES[service]
    unknown = set(environment) - {field.upper() for field in kind.model_fields}
    assert unknown == set(), f"not settings of {service}"
    with patch.dict("os.environ", environment, clear=True):
        return kind(_env_file=None)

"""From the environment to a service's settings, or to one line that says what is wrong."""

import os
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from libs.common.errors import ConfigurationFault

#: Names the file read beside the environment; set but empty means none (tests and the demo do that).
ENV_FILE_VARIABLE = "BATCH_TRANSLATION_ENV_FILE"

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(kind: type[SettingsT]) -> SettingsT:
    """Read the settings of one service from the environment and ``.env``.

    Raises `ConfigurationFault` with one line that names every wrong variable.
    """
    env_file = os.environ.get(ENV_FILE_VARIABLE, ".env") or None
    try:
        return kind(_env_file=env_file)
    except ValidationError as error:
        raise ConfigurationFault(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    """Variable names and reasons; never the values, which may be secrets."""
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        variable = "".join(str(part) for part in fault["loc"][:1]).upper()
        faults.append(
            f"{variable}: {fault['msg']}" if variable else fault["msg"].removeprefix("Value error, ")
        )
    return "settings: " + "; ".join(faults)

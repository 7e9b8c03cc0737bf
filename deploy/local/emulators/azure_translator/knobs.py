"""What can be turned while the emulator runs: `POST /_knobs` with any of these fields."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """What goes wrong with a request."""

    NONE = "none"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"
    MODEL_LOADING = "model_loading"
    UNAUTHORIZED = "unauthorized"
    QUOTA_SPENT = "quota_spent"
    GATEWAY = "gateway"
    TEXT_PLAIN = "text_plain"
    NOT_JSON = "not_json"
    NO_VALUE = "no_value"
    ONE_LESS = "one_less"
    ONE_MORE = "one_more"
    EMPTY = "empty"
    FIRST_EMPTY = "first_empty"
    CUT_OFF = "cut_off"


class Knobs(BaseModel):
    """``characters_a_minute``: the quota; null, none. ``retry_after``: seconds told with a 429, or null.

    ``latency_ms``: what each translation takes. ``fault`` goes wrong with the next ``fault_times`` requests
    (null: all), of which only the share ``fault_rate`` is hit, evenly spread.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    characters_a_minute: Annotated[int, Field(ge=0)] | None = None
    retry_after: Annotated[float, Field(ge=0)] | None = None
    latency_ms: Annotated[float, Field(ge=0, le=600_000)] = 0
    fault: Fault = Fault.NONE
    fault_times: Annotated[int, Field(ge=0)] | None = None
    fault_rate: Annotated[float, Field(ge=0, le=1)] = 1.0

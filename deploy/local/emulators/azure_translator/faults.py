"""Faults on demand: what is answered instead of a translation, and what is done to one."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from deploy.local.emulators.azure_translator.knobs import Fault, Knobs
from deploy.local.emulators.azure_translator.refusals import Refusal

_REFUSALS = {
    Fault.THROTTLED: 429001,
    Fault.UNAVAILABLE: 503000,
    Fault.BROKEN: 500000,
    Fault.MODEL_LOADING: 408001,
    Fault.UNAUTHORIZED: 401000,
    Fault.QUOTA_SPENT: 403001,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What befalls one request."""

    fault: Fault

    def instead(self) -> web.Response | None:
        """What is answered instead of a translation. Raises `Refusal`."""
        if self.fault in _REFUSALS:
            raise Refusal(_REFUSALS[self.fault])
        match self.fault:
            case Fault.GATEWAY:  # in front of regional endpoints; its codes are strings
                told = {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}
                return web.json_response(told, status=401)
            case Fault.TEXT_PLAIN:  # a 400 as the .NET SDK's page shows one
                return web.Response(text="The request could not be understood.", status=400)
            case Fault.NOT_JSON:
                return web.Response(text="<html>", content_type="application/json")
            case Fault.NO_VALUE:
                return web.json_response({"value": None})
        return None

    def spoil(self, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        match self.fault:
            case Fault.ONE_LESS:
                return answers[:-1]
            case Fault.ONE_MORE:
                return [*answers, answers[-1]]
            case Fault.EMPTY:
                return [_with_text(answer, "") for answer in answers]
            case Fault.FIRST_EMPTY:
                return [_with_text(answers[0], ""), *answers[1:]]
            case Fault.CUT_OFF:
                return [_with_text(answers[0], answers[0]["translations"][0]["text"][:8]), *answers[1:]]
        return answers


class Faults:
    """Spends the fault the knobs ask for."""

    def __init__(self, knobs: Knobs) -> None:
        self._knobs, self._left = knobs, knobs.fault_times
        self._owed = 0.0

    def next(self) -> Planned:
        if self._knobs.fault is Fault.NONE or self._left == 0:
            return Planned(Fault.NONE)
        if self._left is not None:
            self._left -= 1
        self._owed += self._knobs.fault_rate
        if self._owed < 1:
            return Planned(Fault.NONE)
        self._owed -= 1
        return Planned(self._knobs.fault)


def _with_text(answer: dict[str, Any], text: str) -> dict[str, Any]:
    return answer | {"translations": [each | {"text": text} for each in answer["translations"]]}

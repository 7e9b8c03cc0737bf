"""Prometheus' configuration and rules with their times made short: an hour of the rules is a minute here."""

import re
from pathlib import Path

from deploy.local.places import ROOT

#: By how much times are shorter. An hour becomes the bound of a bucket again: 60 s.
SCALE = 60
_FOLDER = ROOT / "deploy" / "observability"
#: Seconds that stand in expressions as bare numbers: the stillness of a job, the age of a message.
_BARE = (3600, 1800)


def write_scaled(folder: Path) -> None:
    """The folder as the compose service mounts it."""
    folder.mkdir(parents=True, exist_ok=True)
    rules, configuration = (_FOLDER / name for name in ("alerts.yml", "prometheus.yml"))
    (folder / "alerts.yml").write_text(scaled_rules(rules.read_text(encoding="utf-8")), encoding="utf-8")
    text = scaled_configuration(configuration.read_text(encoding="utf-8"))
    (folder / "prometheus.yml").write_text(text, encoding="utf-8")


def scaled_rules(text: str) -> str:
    """Minutes become seconds, and bare seconds a sixtieth. Nothing else changes."""
    text = re.sub(r"\b(\d+)m\b", r"\1s", text)
    for seconds in _BARE:
        text = re.sub(rf"\b{seconds}\b", str(seconds // SCALE), text)
    return text


def scaled_configuration(text: str) -> str:
    """A scrape and an evaluation each second, and names looked up each second."""
    text = re.sub(r"_interval: 15s", "_interval: 1s", text)
    return re.sub(r"(type: A, )", r"\1refresh_interval: 1s, ", text)

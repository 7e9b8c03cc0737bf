"""Draws the scale model: docs/scale-workers.svg, docs/scale-jobs.svg, and the tables of docs/scale.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.scale_model import (
    TIERS,
    Load,
    Prices,
    Renewals,
    binding,
    cost_of_a_million,
    limits,
    workers_worthwhile,
)
from libs.common.settings import ServiceSettings
from libs.common.storage.leases import RENEW_PART

DOCS = Path(__file__).resolve().parents[1] / "docs"
_WORKERS = [round(10 ** (step / 10)) for step in range(31)]
_CHARACTERS = 3_000


def main() -> None:
    # The same picture has the same bytes: no date, no random names of its parts.
    mpl.rcParams.update({"svg.hashsalt": "scale", "svg.fonttype": "none", "font.size": 10})
    _draw("scale-workers.svg", _by_workers(), "workers")
    _draw("scale-jobs.svg", _by_jobs(), "jobs at the same time, each with files enough")
    page = DOCS / "scale.md"
    page.write_text(_with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


def _by_workers() -> Figure:
    figure, axes = _axes("One hundred jobs: files a second by workers")
    for tier in TIERS:
        speeds = [binding(Load(workers, 100, tier)).files_a_second for workers in _WORKERS]
        axes.plot(_WORKERS, speeds, label=f"engine: {tier}", linewidth=2)
    _lines(axes, Load(1000, 100, "no quota"), {"the file queue", "requests of the account"})
    return figure


def _by_jobs() -> Figure:
    figure, axes = _axes("No quota: files a second by jobs")
    for workers in (10, 100, 1000):
        speeds = [binding(Load(workers, jobs, "no quota")).files_a_second for jobs in _WORKERS]
        axes.plot(_WORKERS, speeds, label=f"{workers} workers", linewidth=2)
    _lines(axes, Load(1000, 1, "no quota"), {"a job's partition", "the file queue"})
    return figure


def _axes(title: str) -> tuple[Figure, "mpl.axes.Axes"]:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, ylabel="files a second", xscale="log", yscale="log")
    axes.grid(visible=True, which="major", alpha=0.3)
    return figure, axes


def _lines(axes: "mpl.axes.Axes", load: Load, names: set[str]) -> None:
    for limit in limits(load):
        if limit.name in names:
            axes.axhline(limit.files_a_second, color="grey", linestyle="--", linewidth=1)
            axes.text(1, limit.files_a_second * 1.05, limit.name, color="dimgrey", fontsize=8)


def _draw(name: str, figure: Figure, across: str) -> None:
    axes = figure.axes[0]
    axes.set_xlabel(across)
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(DOCS / name, metadata={"Date": None})


def _with_tables(page: str) -> str:
    for name, lines in (("limits", _limits()), ("costs", _costs()), ("renewals", _renewals())):
        text = "\n".join(lines)
        marked = rf"(<!-- {name} -->\n)(?:.*?\n)?(<!-- /{name} -->)"
        page = re.sub(marked, rf"\g<1>{text}\n\g<2>", page, flags=re.DOTALL)
    return page


def _limits() -> Iterator[str]:
    yield "| engine | jobs | 1 worker | 10 | 100 | 1,000 | binds at 1,000 | more workers are of no use from |"
    yield "|---|---|---|---|---|---|---|---|"
    for tier in TIERS:
        for jobs in (1, 100):
            loads = [Load(workers, jobs, tier) for workers in (1, 10, 100, 1000)]
            speeds = " | ".join(f"{binding(load).files_a_second:,.1f}" for load in loads)
            most = workers_worthwhile(loads[0])
            yield f"| {tier} | {jobs} | {speeds} | {binding(loads[-1]).name} | {most:,} |"


def _costs() -> Iterator[str]:
    yield "| part | dollars for a million files |"
    yield "|---|---|"
    for part, dollars in cost_of_a_million(Prices(), _CHARACTERS):
        yield f"| {part} | {dollars:,.2f} |"


def _renewals() -> Iterator[str]:
    default = ServiceSettings.model_fields["visibility_timeout"].default
    yield "| `VISIBILITY_TIMEOUT` | renewed after | calls for a busy worker and hour | dollars a month |"
    yield "|---|---|---|---|"
    kept = [(f"{default} s, the default", default, RENEW_PART), ("300 s", 300, RENEW_PART)]
    for name, seconds, part in (*kept, ("300 s, renewed at half as before", 300, 0.5)):
        found = Renewals(seconds, part)
        calls, dollars = found.calls_an_hour, found.dollars_a_month(Prices())
        yield f"| {name} | {seconds * part:g} s | {calls:,.0f} | {dollars:,.2f} |"


if __name__ == "__main__":
    main()

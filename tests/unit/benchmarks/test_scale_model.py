"""The arithmetic of docs/scale.md."""

from benchmarks.scale_model import Load, Prices, binding, cost_of_a_million, limits, workers_worthwhile
from benchmarks.scale_page import DOCS, _with_tables


def test_a_small_quota_binds_before_anything_of_storage() -> None:
    limit = binding(Load(workers=50, jobs=1, tier="S1", characters=3_000))
    assert limit.name == "the engine's quota"
    assert round(limit.files_a_second, 1) == 3.7


def test_without_a_quota_workers_bind_first_and_then_a_queue_that_all_jobs_share() -> None:
    assert binding(Load(workers=1, jobs=1, tier="no quota")).name == "workers"
    assert binding(Load(workers=1000, jobs=1000, tier="no quota")).name == "the file queue"


def test_one_job_is_bound_by_its_partition_and_two_by_two() -> None:
    one, two = (
        next(limit for limit in limits(Load(1, jobs)) if limit.name == "a job's partition") for jobs in (1, 2)
    )
    assert 900 < one.files_a_second < 1_000
    assert two.files_a_second == 2 * one.files_a_second


def test_workers_behind_the_last_useful_one_translate_nothing_more() -> None:
    load = Load(workers=1, jobs=100, tier="no quota")
    most = workers_worthwhile(load)
    speeds = [
        binding(Load(workers, 100, "no quota")).files_a_second for workers in (most - 1, most, most + 1)
    ]
    assert speeds[0] < speeds[1] == speeds[2]


def test_the_engine_is_nearly_all_of_the_cost() -> None:
    costs = dict(cost_of_a_million(Prices(), characters=3_000))
    assert sum(costs.values()) - costs["engine"] < costs["engine"] / 1000


def test_the_page_says_what_the_model_says() -> None:
    page = (DOCS / "scale.md").read_text(encoding="utf-8")
    assert _with_tables(page) == page, "run make scale"

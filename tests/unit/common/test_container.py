"""The memory of a container is read from its cgroups, of either version, however they are mounted."""

from pathlib import Path

import pytest

from libs.common.runtime.container import memory_limit

MIB = 1024 * 1024
V1, V2 = "sys/fs/cgroup/memory", "sys/fs/cgroup"


def system(root: Path, groups: str, limits: dict[str, str]) -> Path:
    for name, content in {"proc/self/cgroup": groups, **limits}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{content}\n", "ascii")
    return root


@pytest.mark.parametrize(
    ("groups", "limits"),
    [
        ("0::/", {f"{V2}/memory.max": f"{330 * MIB}"}),
        ("0::/kubepods/pod1/c", {f"{V2}/kubepods/pod1/c/memory.max": f"{330 * MIB}"}),
        ("5:cpu:/\n4:memory:/docker/c\n0::/docker/c", {f"{V1}/memory.limit_in_bytes": f"{330 * MIB}"}),
        ("4:cpu,memory:/a", {f"{V1}/a/memory.limit_in_bytes": f"{330 * MIB}"}),
    ],
    ids=["v2 in a container", "v2 on the host", "v1 in a container", "v1 on the host"],
)
def test_the_limit_is_found(tmp_path: Path, groups: str, limits: dict[str, str]) -> None:
    assert memory_limit(system(tmp_path, groups, limits)) == 330 * MIB


def test_the_least_limit_on_the_way_up_is_the_limit(tmp_path: Path) -> None:
    limits = {f"{V2}/pod/c/memory.max": f"{900 * MIB}", f"{V2}/pod/memory.max": f"{600 * MIB}"}
    assert memory_limit(system(tmp_path, "0::/pod/c", limits)) == 600 * MIB


@pytest.mark.parametrize(
    ("groups", "limits"),
    [
        ("0::/", {f"{V2}/memory.max": "max"}),
        ("4:memory:/", {f"{V1}/memory.limit_in_bytes": "9223372036854771712"}),
        ("0::/", {}),
    ],
    ids=["v2", "v1", "no file"],
)
def test_where_there_is_no_limit_none_is_found(tmp_path: Path, groups: str, limits: dict[str, str]) -> None:
    assert memory_limit(system(tmp_path, groups, limits)) is None


def test_a_system_without_cgroups_has_no_limit(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) is None

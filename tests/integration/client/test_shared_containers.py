"""`translate` by containers that hold what is not ours: those a deployment allows."""

import shlex
from pathlib import Path

import pytest

from libs.client.cli.exits import Exit
from libs.common.deployment import Deployment
from tests.integration.client.conftest import Run
from tests.integration.conftest import Upload

NO_TEXT = bytes(8) + b"\x01\x02"
FOREIGN = {"theirs.txt": b"theirs\n", "letters/theirs.txt": b"theirs\n", "es/theirs.txt": b"theirs\n"}


@pytest.fixture
def folder(tmp_path: Path, container: str) -> Path:
    """Called like the container that is somebody else's: what it is uploaded to is called otherwise."""
    root = tmp_path / container
    (root / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt", "draft.txt"):
        (root / name).write_text("ours\n")
    return root


def below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.txt"))


@pytest.mark.parametrize("languages", [["es"], ["es", "ca"]])
@pytest.mark.parametrize("named", ["", "source", "target", "both", "one"])
async def test_the_folder_comes_out_the_same_whatever_else_its_containers_hold(
    whole: Run, upload: Upload, container: str, folder: Path, *, named: str, languages: list[str]
) -> None:
    """`one`: source and target are one container."""
    target, out = container if named == "one" else f"{container}-out", folder.parent / "out"
    for shared in {container, target}:
        await upload(shared, FOREIGN)
    options = [f"--to={language}" for language in languages]
    options += [f"--source={container}"] if named in {"source", "both", "one"} else []
    options += [f"--target={target}"] if named in {"target", "both", "one"} else []
    ran = await whole("translate", str(folder), str(out), *options, "--exclude", "draft*", "--json")
    assert ran.code == Exit.DONE, ran
    tops = [""] if len(languages) == 1 else ["ca/", "es/"]
    assert below(out) == [f"{top}{name}" for top in tops for name in ("a.txt", "sub/b.txt")]
    assert ran.value["job"]["total_files"] == 2 * len(languages)
    assert ran.value["downloaded"]["files"] == 2 * len(languages)


async def test_two_runs_by_the_same_containers_do_not_see_each_other(
    whole: Run, deployment: Deployment, container: str, folder: Path, tmp_path: Path
) -> None:
    ways = ("--to", "es", "--source", container, "--target", f"{container}-out")
    first = await whole("translate", str(folder), str(tmp_path / "first"), *ways)
    (folder / "a.txt").unlink()
    second = await whole("translate", str(folder), str(tmp_path / "second"), *ways)
    assert (first.code, second.code) == (Exit.DONE, Exit.DONE), second
    assert below(tmp_path / "second") == ["draft.txt", "sub/b.txt"]
    kept = second.err.rpartition("Kept: ")[2].strip().split(" and ")
    assert [place.split("/")[0] for place in kept] == [container, f"{container}-out"]
    stored = await deployment.blobs.page(container, kept[0].partition("/")[2], None, 100)
    assert len(stored.blobs) == 2


async def test_the_commands_that_are_offered_for_what_failed_bring_it_to_its_place(
    whole: Run, container: str, folder: Path, tmp_path: Path
) -> None:
    bad = folder / "sub" / "bad.txt"
    bad.write_bytes(NO_TEXT)
    out = tmp_path / "out"
    languages = ("--to", "es", "--to", "ca")
    ran = await whole("translate", str(folder), str(out), *languages, "--source", container)
    assert ran.code == Exit.PARTLY
    again, *fetches = [
        line.partition(": batch-translate ")[2] for line in ran.err.splitlines() if " them" in line
    ]
    bad.write_text("mended\n")
    own = ran.err.partition(f"Kept: {container}/")[2].split()[0]
    await whole("upload", str(folder), container, "--prefix", own)
    assert (await whole(*shlex.split(again))).code == Exit.DONE
    for fetch in fetches:
        assert (await whole(*shlex.split(fetch))).code == Exit.DONE
    assert [name for name in below(out) if "bad" in name] == ["ca/sub/bad.txt", "es/sub/bad.txt"]


async def test_a_language_that_is_none_costs_no_upload(
    whole: Run, deployment: Deployment, container: str, folder: Path, tmp_path: Path
) -> None:
    for options in [], ["--source", container], ["--source", container, "--target", container]:
        ran = await whole("translate", str(folder), str(tmp_path / "out"), "--to", "spanish", *options)
        assert (ran.code, ran.out) == (Exit.ERROR, "")
        assert ran.err.startswith("error: invalid_field: ")
        assert ran.err.count("\n") == 1
    there_are, _ = await deployment.blobs.containers(5000, None)
    assert [name for name in there_are if name.startswith(container)] == []

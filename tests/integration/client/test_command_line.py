"""The program on the real API: what it says, and how it ends."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from libs.client.cli.exits import Exit
from libs.common.deployment import Deployment
from libs.translation.engines.copy import CopyEngine
from libs.translation.engines.engine import Direction
from tests.integration.client.conftest import Run
from tests.integration.conftest import Upload

#: Bytes that are no text in any encoding: their file fails.
NO_TEXT = bytes(8) + b"\x01\x02"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good file, one in a folder, one that fails, one of a kind that is not translated."""
    root = tmp_path / "My Files!"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("one\n")
    (root / "sub" / "ñ.txt").write_text("two\n")
    (root / "bad.txt").write_bytes(NO_TEXT)
    (root / "c.bin").write_text("three\n")
    return root


async def test_a_folder_becomes_a_translated_folder_and_what_failed_is_told(
    whole: Run, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = await whole("translate", str(folder), str(out), "--to", "es")
    assert ran.code == Exit.PARTLY, ran
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == ["a.txt", "sub/ñ.txt"]
    assert "completed_with_errors: 2 translated, 1 failed, 1 skipped" in ran.out
    assert "bad.txt (es)\n    undecodable" in ran.out
    job = re.search(r"batch-translate retry (\S+) --watch", ran.err)
    assert job is not None, ran.err
    source, target = re.findall(r"\bmy-files-[0-9a-f]{8}(?:-out)?\b", ran.err.rpartition("Kept:")[2])
    assert target == f"{source}-out"

    files = await whole("files", job[1], "--failed", "--json")
    assert [(file["name"], file["error_code"]) for file in files.value] == [("bad.txt", "undecodable")]
    again = await whole("retry", job[1], "--file", "bad.txt", "--watch")
    assert again.code in {Exit.DONE, Exit.PARTLY}
    watched = await whole("watch", job[1], "--json")
    assert (watched.code, watched.value["retries"]) == (Exit.PARTLY, 1)
    assert (await whole("retry", job[1], "--file", "a.txt")).code == Exit.ERROR


async def test_a_translation_can_be_read_by_a_program(whole: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "bad.txt").unlink()
    ran = await whole("translate", str(folder), str(tmp_path / "out"), "--to", "es", "--to", "ca", "--json")
    assert ran.code == Exit.DONE, ran
    assert ran.value["job"]["status"] == "completed"
    assert (ran.value["uploaded"]["files"], ran.value["downloaded"]["files"]) == (3, 4)
    translated = tmp_path / "out" / "ca" / "a.txt"
    assert await asyncio.to_thread(translated.read_text) == "one\n"


async def test_a_job_of_which_every_file_failed_has_failed(whole: Run, folder: Path, tmp_path: Path) -> None:
    for name in ("a.txt", "c.bin", "sub/ñ.txt"):
        (folder / name).unlink()
    ran = await whole("translate", str(folder), str(tmp_path / "out"), "--to", "es")
    assert ran.code == Exit.FAILED, ran


async def test_translations_never_go_into_their_own_source(whole: Run, folder: Path) -> None:
    ran = await whole("translate", str(folder), str(folder / "out"), "--to", "es")
    assert (ran.code, ran.out) == (Exit.ERROR, "")
    assert "within one another" in ran.err


async def test_a_download_leaves_no_name_out_of_its_folder(
    queued: Run, upload: Upload, container: str, tmp_path: Path
) -> None:
    await upload(container, {"good.txt": b"x", "/absolute.txt": b"x", "a//b.txt": b"x", "x/y.txt": b"x"})
    root = tmp_path / "root"
    root.mkdir()
    (root / "x").symlink_to(tmp_path)
    ran = await queued("download", container, str(root), "--json")
    assert ran.code == Exit.PARTLY
    assert ran.value["failures"].keys() == {"/absolute.txt", "a//b.txt", "x/y.txt"}
    # What was there, and one file more: nothing beside the folder, nothing unfinished in it.
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["root"]
    assert sorted(await asyncio.to_thread(os.listdir, root)) == ["good.txt", "x"]


async def test_upload_and_download_are_each_others_opposite(
    queued: Run, folder: Path, container: str, tmp_path: Path
) -> None:
    up = await queued("upload", str(folder), container, "--prefix", "in/")
    assert (up.code, up.out) == (Exit.DONE, f"4 files (24 B) uploaded to {container}\n")
    down = await queued("download", container, str(tmp_path / "down"), "--prefix", "in/sub")
    assert down.code == Exit.DONE
    assert [path.name for path in (tmp_path / "down").rglob("*.*")] == ["ñ.txt"]


async def test_hidden_names_are_downloaded_when_asked_for_and_counted_when_not(
    queued: Run, upload: Upload, container: str, tmp_path: Path
) -> None:
    await upload(container, {"a.txt": b"x", ".env": b"x", ".git/config": b"x"})
    ran = await queued("download", container, str(tmp_path / "some"))
    assert (ran.code, ran.err) == (Exit.DONE, "  left out: 2 hidden\n")
    ran = await queued("download", container, str(tmp_path / "all"), "--hidden", "--json")
    assert (ran.value["files"], ran.value["left_out"]) == (3, 0)
    for folder, names in ("some", ["a.txt"]), ("all", [".env", ".git", "a.txt"]):
        assert sorted(await asyncio.to_thread(os.listdir, tmp_path / folder)) == names


async def test_terms_and_a_bound_go_with_the_job_and_a_retry_may_raise_the_bound(
    whole: Run, container: str, tmp_path: Path
) -> None:
    source, terms = tmp_path / "in", tmp_path / "terms.json"
    source.mkdir()
    (source / "a.txt").write_text("The blue whale of Azurite\n")
    terms.write_text('{"blue whale": "ballena azul"}', encoding="utf-8-sig")
    await whole("upload", str(source), container)
    ways = (container, f"{container}-out", "--to", "es")
    told = ("--dictionary", str(terms), "--keep", "Azurite", "--keep", "The", "--max-characters", "3")
    assert (await whole("estimate", *ways, *told)).code == Exit.DONE
    refused = await whole("submit", *ways, "--notify-url", "https://hooks.example.com/")
    assert "notify_host_not_allowed" in refused.err
    ran = await whole("submit", *ways, *told)
    assert (ran.code, "budget_exhausted" in ran.out) == (Exit.FAILED, True), ran
    again = re.search(r"more than the 3 characters it had: batch-translate retry (\S+) --max", ran.err)
    assert again is not None, ran
    options = (await whole("watch", again[1], "--json")).value["options"]
    assert options["dictionary"] == {"blue whale": "ballena azul"}
    assert (options["do_not_translate"], options["max_characters"]) == (["Azurite", "The"], 3)

    few = await whole("retry", again[1], "--max-characters", "0")
    assert few.code == Exit.USAGE
    more = await whole("retry", again[1], "--max-characters", "5000", "--json")
    assert (more.value["status"], more.value["options"]["max_characters"]) == ("completed", 5000)
    out = tmp_path / "out"
    await whole("download", f"{container}-out", str(out))
    translated = await asyncio.to_thread((out / "a.txt").read_text)
    assert translated == "The ballena azul of Azurite\n"


async def test_jobs_are_posted_listed_and_cancelled(queued: Run, upload: Upload, container: str) -> None:
    await upload(container, {"a.txt": b"x", "b.txt": b"y"})
    ways = (container, f"{container}-out", "--to", "es")
    said = await queued("submit", *ways, "--name", "tab\there")
    assert said.code == Exit.DONE
    job = re.match(r"Job (\S+) queued: 2 files or more, ", said.out)
    assert job is not None, said
    assert said.err == f"Follow it: batch-translate watch {job[1]}\n"
    again = await queued("submit", *ways, "--exclude", "b*", "--json")
    assert again.value["options"]["exclude"] == ["b*"]

    listed = await queued("jobs")
    assert [line.split("\t")[0] for line in listed.out.splitlines()] == [again.value["job_id"], job[1]]
    assert r"tab\there" in listed.out
    first = await queued("jobs", "--limit", "1", "--json")
    assert len(first.value) == 1
    assert "--all" in first.err
    assert (await queued("jobs", "--status", "failed", "--json")).value == []

    assert (await queued("delete", job[1], "--yes")).err.startswith("error: job_running: ")
    assert (await queued("cancel", job[1])).out == f"Job {job[1]} cancelling\n"


async def test_an_estimate_tells_files_and_characters(whole: Run, folder: Path, container: str) -> None:
    await whole("upload", str(folder), container)
    ran = await whole("estimate", container, f"{container}-out", "--to", "es")
    assert (ran.code, ran.err) == (Exit.DONE, "")
    assert "files        4 (" in ran.out
    assert "unsupported  1\n" in ran.out


async def test_files_that_no_format_reads_are_copied_when_asked_for(
    whole: Run, upload: Upload, container: str
) -> None:
    await upload(container, {"README": b"Some words.", "photo.png": b"x"})
    ways = (container, f"{container}-out", "--to", "es", "--unsupported")
    job = (await whole("submit", *ways, "copy", "--json")).value
    assert (job["status"], job["processed_files"], job["skipped_files"]) == ("completed", 1, 1)
    listed = await whole("files", job["job_id"], "--status", "skipped")
    said = "copied: copied untranslated: no format here translates an image (.png)"
    assert listed.out == f"skipped\tes\tphoto.png\t{said}\n"
    assert (await whole("files", job["job_id"], "--repairs", "--json")).value == []
    assert (await whole("submit", *ways, "drop")).code == Exit.USAGE


async def test_an_operator_sees_and_moves_what_was_given_up(queued: Run, deployment: Deployment) -> None:
    await deployment.file_queue.send_dead(json.dumps({"message": "?", "reason": "odd", "error": "\x1b[31m"}))
    listed = await queued("dead-letters", "list")
    letter = listed.out.split("\t")[0]
    assert listed.out.endswith("odd: \\x1b[31m\n")
    state = await queued("status")
    assert f"{deployment.file_queue.name}\t0\t1\n" in state.out
    assert state.out.endswith("0 open jobs\n")
    assert (await queued("dead-letters", "replay", "nobody")).err.startswith("error: letter_not_found")
    assert (await queued("dead-letters", "replay", letter)).code == Exit.DONE
    asked = await queued("dead-letters", "purge")
    assert (asked.code, "--yes" in asked.err) == (Exit.USAGE, True)
    assert (await queued("dead-letters", "purge", "--yes", "--json")).value == {"purged": True}
    assert (await queued("dead-letters", "list", "--json")).value == []


async def test_languages_are_told(queued: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = await queued("languages")
    assert (ran.code, "every pair" in ran.err) == (Exit.DONE, True)
    ways = {Direction("en", "es"), Direction("en", "ca", via="es"), Direction("fr", "es")}
    monkeypatch.setattr(CopyEngine, "directions", lambda _: frozenset(ways))
    lines = (await queued("languages")).out.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [["en", "ca via es, es"], ["fr", "es"]]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["watch", "nobody"], Exit.ERROR),
        (["files", "nobody", "--failed"], Exit.ERROR),
        (["upload", "/nothing/here", "some-container"], Exit.ERROR),
        (["submit", "no-such-container", "target", "--to", "es"], Exit.ERROR),
        (["submit", "source"], Exit.USAGE),
        (["submit", "source", "target", "--to", "es", "--option", "x"], Exit.USAGE),
        (["jobs", "--status", "happy"], Exit.USAGE),
        (["nothing"], Exit.USAGE),
        (["jobs", "--api-key", "two words"], Exit.USAGE),
    ],
)
async def test_an_error_is_one_line_and_an_exit_code(queued: Run, arguments: list[str], code: Exit) -> None:
    ran = await queued(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert re.fullmatch(r"error: [^\n]+\n", ran.err), ran.err
    assert "two words" not in ran.err

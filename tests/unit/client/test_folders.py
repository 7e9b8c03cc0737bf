"""Names from outside and paths here."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.client.errors import ClientError, UnsafeName
from libs.client.folders import is_hidden, place_of, read_folder, refuse_overlap

HOSTILE = [
    "", "/", "..", "../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/.", "a/", "..\\x", "C:\\x", "a\x00b",
    "a\nb", "a\x1b[2Jb", "\udcff",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeName):
        place_of(tmp_path, name)


@given(st.lists(st.sampled_from(["a", "..", ".", "", "/", "\\", "b c", "é", "...", "~", "-"])).map("/".join))
def test_whatever_a_name_holds_its_place_lies_below_the_folder(name: str) -> None:
    root = Path("/some/folder")
    try:
        place = place_of(root, name)
    except UnsafeName:
        return
    assert place.resolve().is_relative_to(root.resolve())
    assert place != root


def test_no_name_leads_through_a_link_out_of_the_folder(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "link").symlink_to(outside)
    with pytest.raises(UnsafeName, match="link"):
        place_of(root, "link/new/file.txt")
    # The last part may be a link: a download takes its place, and does not write through it.
    assert place_of(root, "link") == root / "link"


def test_a_folder_is_read_by_name_without_what_is_hidden_or_linked(tmp_path: Path) -> None:
    (tmp_path / "b" / ".git").mkdir(parents=True)
    (tmp_path / "b" / ".git" / "config").write_text("x")
    (tmp_path / "b" / "z.txt").write_text("four")
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / ".env").write_text("secret")
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "etc").symlink_to("/etc")

    folder = read_folder(tmp_path, "docs/")
    assert [(file.name, file.size) for file in folder.files] == [("docs/a.txt", 1), ("docs/b/z.txt", 4)]
    assert folder.left_out == 4
    everything = read_folder(tmp_path, hidden=True)
    assert [file.name for file in everything.files] == [".env", "a.txt", "b/.git/config", "b/z.txt"]
    assert everything.left_out == 2


@pytest.mark.parametrize(
    ("name", "prefix", "hidden"),
    [
        (".env", "", True), ("a/.git/config", "", True), ("a/b.txt", "", False), ("a.txt", "a", False),
        (".git/config", ".git/", False), (".env", ".e", False), ("a/.env", "a", True), ("a/.env", "a/", True),
        ("a/.env", "a/.", False), ("../up", "", False),
    ],
)  # fmt: skip
def test_a_name_is_hidden_by_any_part_that_its_prefix_does_not_ask_for(
    name: str, prefix: str, hidden: bool
) -> None:
    assert is_hidden(name, prefix) is hidden


def test_a_folder_that_is_not_there_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="no folder"):
        read_folder(tmp_path / "missing")


@pytest.mark.parametrize(("source", "target"), [("a", "a"), ("a", "a/out"), ("a/in", "a"), ("a", "b/../a/c")])
def test_translations_never_go_where_sources_are_read(tmp_path: Path, source: str, target: str) -> None:
    with pytest.raises(ClientError):
        refuse_overlap(tmp_path / source, tmp_path / target)


def test_folders_side_by_side_are_fine(tmp_path: Path) -> None:
    refuse_overlap(tmp_path / "a", tmp_path / "ab")

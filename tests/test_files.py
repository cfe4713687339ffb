"""Writing files of the user's: whole or not at all, and why not in words."""

import os
import stat
from pathlib import Path

import pytest

from schedsim import files


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    files.write(tmp_path / "a.toml", "é = 1\r\n")
    assert (tmp_path / "a.toml").read_bytes() == b"\xc3\xa9 = 1\r\n"
    assert inside(tmp_path) == ["a.toml"]


def test_what_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("old")
    path.chmod(0o640)
    files.write(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("old")
    (tmp_path / "link.toml").symlink_to(tmp_path / "real.toml")
    files.write(tmp_path / "link.toml", "new")
    assert (tmp_path / "link.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text() == "new"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (".", "that is a directory"),
        ("no/such/x.toml", "there is no folder"),
        ("nul\0byte.toml", "null"),
        ("x" * 300, "name too long"),
    ],
)
def test_what_cannot_be_written_says_why(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"(?i){says}"):
        files.write(tmp_path / name, "text")
    assert inside(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_where_nothing_can_be_made_it_is_told(tmp_path: Path) -> None:
    """Nobody may make files there, and root is not told before."""
    with pytest.raises(ValueError, match=r"schedsim\.txt"):
        files.write(Path("/proc/schedsim.txt"), "x")


def test_without_permission_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="no permission to write"):
        files.write(tmp_path / "a.toml", "text")


def test_what_fails_half_way_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.toml"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ValueError, match="no space left"):
        files.write(path, "new")
    assert path.read_text() == "old"
    assert inside(tmp_path) == ["a.toml"]


def test_half_a_character_is_no_text_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("old")
    with pytest.raises(ValueError, match="surrogates"):
        files.write(path, "\ud800")
    assert path.read_text() == "old"


def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert files.named(" ~/x.toml ") == Path("/home/ada/x.toml")


@pytest.mark.parametrize(
    ("text", "says"), [("  ", "needs a name"), ("~nobody-here/x", "whose home ~nobody-here is")]
)
def test_a_name_that_is_none(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        files.named(text)


def test_an_unused_name_is_found(tmp_path: Path) -> None:
    assert files.unused(tmp_path, "a", ".toml").name == "a.toml"
    for name in ("a.toml", "a-2.toml"):
        (tmp_path / name).write_text("")
    assert files.unused(tmp_path, "a", ".toml").name == "a-3.toml"

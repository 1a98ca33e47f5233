"""Lists in YAML, as a library for YAML writes them, are read as what they are."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.reading import entries
from tests.strategies import networks, unmapped

yaml: Any = pytest.importorskip("yaml")

NAMES = st.text("abcxyz_-", min_size=3, max_size=6).filter(lambda name: name[0] not in "-_" and name[-1] not in "-_")
TEXTS = networks.map(str)
LEAVES = st.one_of(
    st.lists(TEXTS, min_size=1, max_size=3),
    st.lists(st.fixed_dictionaries({"name": NAMES, "address": TEXTS}), min_size=1, max_size=3),
    st.lists(NAMES, max_size=2),
    st.sampled_from([True, None, 443, 1.5, "word", "two words", "# not a comment", "https://site.example/?a=b"]),
)
DOCUMENTS = st.dictionaries(
    NAMES, st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3)), min_size=1
)


def find_parts(value: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Give each list of addresses, with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from find_parts(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield f"{path}.address", [row["address"] for row in value]
    elif isinstance(value, list) and any("/" in each for each in value):
        yield path, value


@given(DOCUMENTS, st.sampled_from([2, 4]), st.booleans())
def test_each_list_of_a_document_is_read(document: dict[str, Any], indent: int, in_brackets: bool) -> None:
    parts = dict(find_parts(document))
    style = None if in_brackets and not any(part.endswith(".address") for part in parts) else False
    text = yaml.safe_dump(document, indent=indent, default_flow_style=style, sort_keys=False)
    for part, addresses in parts.items():
        assert entries(text, part, format_="items") == [str(unmapped(ip_network(each))) for each in addresses]

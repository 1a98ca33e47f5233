"""The examples in the docstrings of the lab and of the benchmarks are true."""

import pytest

from tests.docstrings import check_examples, modules_with_examples


@pytest.mark.parametrize("module", [*modules_with_examples("tests.lab"), *modules_with_examples("tests.benchmarks")])
def test_docstring_examples(module: str) -> None:
    check_examples(module)

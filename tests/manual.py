"""The pages of docs, as text."""

from tests.frontends import ROOT


def read_pages(*names: str) -> str:
    """Read pages, one after the other: ``read_pages("guides/recipes", "guides/containers")``."""
    return "\n".join((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in names)

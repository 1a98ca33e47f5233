"""The page of the commands: it is what they print."""

from tests.commands_page import PAGE, write


def test_the_page_has_the_help_of_each_command_as_it_is_printed() -> None:
    """After a change of a command, write the page again: ``python -m tests.commands_page``."""
    page = PAGE.read_text("utf-8")
    assert write(page) == page

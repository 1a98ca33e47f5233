"""How a page shows a target: in a cell of a table, with signs for what cannot be seen."""


def code(text: str) -> str:
    """Give a text as code.

    >>> code("/a b|c")
    '`/a␠b\\\\|c`'
    """
    for raw, sign in (("\t", "⇥"), (" ", "␠"), ("|", "\\|")):
        text = text.replace(raw, sign)
    return f"`{text}`"

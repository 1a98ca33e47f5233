"""Text of other people in this project's own lines: nothing in it can end a line, drive a terminal or run on."""

EXCERPT = 200
"""The characters of a client's text that a log record shows."""


def printable(text: str) -> str:
    r"""Escape all but printable ASCII: anything else could end a line or drive a terminal.

    >>> print(printable("a\nb\x85"))
    a\nb\x85
    """
    return "".join(char if " " <= char <= "~" else char.encode("unicode_escape").decode() for char in text)


def excerpt(text: str) -> str:
    r"""Cut a client's text to 200 characters, and escape it so that no log line can be forged with it.

    >>> print(excerpt("/a\n\\b"))
    /a\n\\b
    """
    escaped = printable(text[: EXCERPT + 1].replace("\\", r"\\"))
    return escaped if len(escaped) <= EXCERPT else escaped[:EXCERPT] + "..."


def quoted(text: str) -> str:
    r"""Quote the right end of a client's text, which is where a forwarded header is read; an excerpt as above.

    >>> print(quoted("evil', path /"))
    'evil\x27, path /'
    """
    shown: list[str] = []
    left = EXCERPT
    for char in reversed(text[-EXCERPT:]):
        escaped = r"\x27" if char == "'" else printable(char.replace("\\", r"\\"))
        left -= len(escaped)
        if left < 0:
            break
        shown.append(escaped)
    return f"'{'...' if len(shown) < len(text) else ''}{''.join(reversed(shown))}'"


def describe_error(error: Exception) -> str:
    """Name an exception, and add its own message if it has a usable one.

    >>> describe_error(KeyError("allow"))
    "KeyError: 'allow'"
    """
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - the __str__ of a foreign exception may raise anything
        return type(error).__name__

"""Text of other people: in this project's own lines, which it cannot end, and misspelt."""

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


def format_entries(number: int, kind: str = "") -> str:
    """Write how many entries there are, of a kind.

    >>> format_entries(1), format_entries(2, "IPv4")
    ('1 entry', '2 IPv4 entries')
    """
    return " ".join(filter(None, (str(number), kind, "entry" if number == 1 else "entries")))


def describe_error(error: BaseException) -> str:
    """Name an exception, and add its own message if it has a usable one.

    >>> describe_error(KeyError("allow"))
    "KeyError: 'allow'"
    """
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - the __str__ of a foreign exception may raise anything
        return type(error).__name__


def is_one_slip(text: str, name: str) -> bool:
    """Return whether two words differ by one slip at most: a letter too many, too few or wrong, or two swapped.

    >>> is_one_slip("alow", "allow"), is_one_slip("dney", "deny"), is_one_slip("disallow", "allow")
    (True, True, False)
    """
    while text and name and text[0] == name[0]:
        text, name = text[1:], name[1:]
    while text and name and text[-1] == name[-1]:
        text, name = text[:-1], name[:-1]
    return max(len(text), len(name)) <= 1 or (len(text), text[::-1]) == (2, name)

"""A combined log of any length, 15 % of it for xmlrpc.php, a fifth of that in other spellings: what an audit reads.

python -m tests.benchmarks.accesslog 10000000 1000000 > access.log
"""

import random
import sys
from collections.abc import Iterator

_PAGES = (
    *("/", "/2026/11/hello-world/", "/wp-content/uploads/2026/11/photo-1024x768.jpg", "/feed/", "/favicon.ico"),
    *("/wp-content/themes/example/style.css?ver=6.9", "/wp-includes/js/jquery/jquery.min.js?ver=3.7.1", "/robots.txt"),
    *("/?s=caf%C3%A9", "/wp-json/wp/v2/posts?per_page=10&page=2", "/wp-login.php", "/2015/12/%E3%83%96%E3%83%AD/"),
)
_PAGE_WEIGHTS = (9, 9, 9, 4, 3, 9, 9, 2, 2, 4, 3, 3)
_SPELLINGS = ("/xmlrpc.php", "//xmlrpc.php", "/XMLRPC.php", "/%78mlrpc.php", "/xmlrpc%2ephp", "/blog/xmlrpc.php")
_SPELLING_WEIGHTS = (75, 5, 7, 4, 6, 3)
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1",
    "python-requests/2.32.3",
    "Jetpack by WordPress.com",
    "-",
)
_SHARE = 0.15


def generate(lines: int, clients: int, seed: int = 1) -> Iterator[str]:
    """Give lines of a log, about eleven a second, of so many clients."""
    draw = random.Random(seed)
    for number in range(lines):
        second = number // 11
        day, clock = divmod(second, 86400)
        index = draw.randrange(clients)  # each has one program, which has one spelling
        client = (index * 2654435761 + 0x01000000) % 0xDF000000
        address = ".".join(str(client >> shift & 255) for shift in (24, 16, 8, 0))
        guarded = draw.random() < _SHARE
        path = _spelling_of(index) if guarded else draw.choices(_PAGES, _PAGE_WEIGHTS)[0]
        status = draw.choice((200, 200, 200, 403)) if guarded else draw.choice((200, 200, 304, 404))
        time = f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"
        yield (
            f"{address} - - [{1 + day % 28:02}/Nov/2026:{time} +0000] "
            f'"{"POST" if guarded else "GET"} {path} HTTP/1.1" {status} {draw.randrange(40, 90000)} '
            f'"-" "{_AGENTS[index % len(_AGENTS)]}"\n'
        )


def _spelling_of(index: int) -> str:
    spellings = [each for each, weight in zip(_SPELLINGS, _SPELLING_WEIGHTS, strict=True) for _ in range(weight)]
    return spellings[index * 7919 % len(spellings)]


if __name__ == "__main__":
    sys.stdout.writelines(generate(int(sys.argv[1]), int(sys.argv[2])))

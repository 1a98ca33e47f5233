"""The requests for an endpoint: those of the corpus, with its name."""

from collections.abc import Iterable, Iterator

from xmlrpc_guard.corpus import Attempt, read_corpus
from xmlrpc_guard.probe.respelling import address_to, respell


def plan(path: str, authority: str, *, everything: bool = False) -> Iterator[Attempt]:
    """Give the requests for an endpoint, each once, in order: those of the corpus by GET and by POST.

    What would name another host is left out.

    >>> [attempt.method for attempt in plan("/xmlrpc.php", "blog.example")][:2]
    ['GET', 'POST']
    """
    corpus = read_corpus()
    rows: Iterable[Attempt] = (*corpus.chosen, *corpus.others) if everything else corpus.chosen
    sent: set[tuple[object, ...]] = set()
    for row in rows:
        for spelt in _spell(row, path, authority):
            for attempt in _by_get_and_post(spelt):
                if attempt[2:] not in sent:
                    sent.add(attempt[2:])
                    yield attempt


def find_twin(attempt: Attempt, path: str, other: str, authority: str) -> Attempt:
    """Spell another path as a planned request spells the endpoint's.

    >>> planned = [*plan("/api.php", "blog.example")]
    >>> planned[2].target, find_twin(planned[2], "/api.php", "/a1b2.php", "blog.example").target
    ('/blog//api.php', '/blog//a1b2.php')
    """
    corpus = read_corpus()
    twins = (
        twin
        for row in (*corpus.chosen, *corpus.others)
        for spelt, twin in zip(_spell(row, path, authority), _spell(row, other, authority), strict=True)
        if attempt in _by_get_and_post(spelt)
    )
    return next(twins)._replace(method=attempt.method)


def _spell(row: Attempt, path: str, authority: str) -> Iterator[Attempt]:
    """Give a row with the name of an endpoint, or nothing if it names another host."""
    target = address_to(row.target, authority)
    if target is not None:
        headers = tuple((name, respell(text, path)) for name, text in row.headers)
        yield row._replace(target=respell(target, path), headers=headers)


def _by_get_and_post(row: Attempt) -> Iterator[Attempt]:
    yield row
    if row.method == "GET" and row.version:  # HTTP/0.9 has no other method
        yield row._replace(method="POST")

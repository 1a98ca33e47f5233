import pytest
from mysite import application

from xmlrpc_guard.testing import ORDINARY, SPELLINGS, blocks


def test_strangers_are_refused_in_every_spelling():
    assert all(blocks(application, spelling) for spelling in SPELLINGS)


@pytest.mark.parametrize("path", ORDINARY)
def test_ordinary_pages_are_not(path):
    assert not blocks(application, path)


def test_jetpack_is_not():
    assert not blocks(application, "/xmlrpc.php", client="192.0.64.5")


def test_jetpack_is_not_through_the_proxy():
    assert not blocks(application, "/xmlrpc.php", client="192.0.64.5", peer="10.0.0.5")

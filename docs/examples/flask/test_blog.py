from blog import app

from xmlrpc_guard.testing import blocks

NGINX = "127.0.0.1"


def test_a_stranger_is_refused():
    assert blocks(app, "/xmlrpc.php", client="198.51.100.7", peer=NGINX)


def test_the_office_comes_to_wordpress():
    assert not blocks(app, "/xmlrpc.php", client="203.0.113.7", peer=NGINX)

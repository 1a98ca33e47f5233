from pyramid.paster import get_app
from webtest import TestApp

site = TestApp(get_app("site.ini"))  # as pserve does; main() alone has no guard


def test_a_stranger_is_refused():
    site.post("/xmlrpc.php", extra_environ={"REMOTE_ADDR": "198.51.100.7"}, status=403)


def test_the_office_comes_to_the_application():
    site.post("/xmlrpc.php", extra_environ={"REMOTE_ADDR": "203.0.113.7"}, status=404)


def test_a_page_answers():
    site.get("/", status=200)

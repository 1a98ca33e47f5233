from xmlrpc_guard import Policy, XMLRPCGuard

PAGES = {"/": b"a page"}


def site(environ, start_response):
    path = environ["PATH_INFO"]
    page = b"pong" if "/xmlrpc.php" in path else PAGES.get(path)  # as loosely as PHP takes a path for the script
    start_response("200 OK" if page else "404 Not Found", [("Content-Type", "text/plain")])
    return [page or b"nothing here"]


application = XMLRPCGuard(site, Policy(allow=["jetpack"], trusted_proxies=["127.0.0.1"]))

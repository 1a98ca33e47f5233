from xmlrpc_guard import Policy, XMLRPCGuard


def site(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page"]


application = XMLRPCGuard(site, Policy(allow=["jetpack"], trusted_proxies=["127.0.0.1"]))

from xmlrpc_guard import Policy, XMLRPCGuard


def site(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page"]


application = XMLRPCGuard(site, Policy(allow=["jetpack"], trusted_proxies=["172.30.0.2"]))

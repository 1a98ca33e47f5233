from webob.exc import HTTPNotFound

from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.proxy import ReverseProxy


def by_host(sites):
    """Make one application of several; a request for another host gets 404."""

    def application(environ, start_response):
        host = environ.get("HTTP_HOST", "").lower().partition(":")[0].rstrip(".")
        return sites.get(host, HTTPNotFound())(environ, start_response)

    return application


proxy = ReverseProxy("http://127.0.0.1:8080")
application = by_host(
    {
        "blog.example": XMLRPCGuard(proxy, Policy(allow=["jetpack"])),
        "shop.example": XMLRPCGuard(proxy, Policy(allow=["203.0.113.7"])),
    }
)

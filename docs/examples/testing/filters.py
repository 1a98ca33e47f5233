class PathFilter:
    """Answer 403 to all requests for xmlrpc.php."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].lower().endswith("/xmlrpc.php"):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"no"]
        return self.app(environ, start_response)

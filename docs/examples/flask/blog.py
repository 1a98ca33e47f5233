from flask import Flask

from xmlrpc_guard import XMLRPCGuard
from xmlrpc_guard.proxy import ReverseProxy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
wordpress = ReverseProxy("http://127.0.0.1:8080", trusted_proxies=["127.0.0.1"])  # as in guard.toml
app = Flask(__name__, static_folder=None)  # /static/ is WordPress'
app.wsgi_app = XMLRPCGuard.from_config(app.wsgi_app, "guard.toml")


@app.route("/about")
def about():
    return "about this site"


@app.route("/", defaults={"path": ""}, methods=METHODS)
@app.route("/<path:path>", methods=METHODS)
def blog(path):
    return wordpress  # which takes the path as the server gave it, and not Flask's reading of it

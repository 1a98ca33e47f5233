from flask import Flask

from xmlrpc_guard import Policy, XMLRPCGuard

app = Flask(__name__)
app.wsgi_app = XMLRPCGuard(app.wsgi_app, Policy(allow=["jetpack"]))


@app.route("/")
def page():
    return "a page"

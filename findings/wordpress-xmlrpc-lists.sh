#!/usr/bin/env bash
# Guess: python-wordpress-xmlrpc, which pip installs on any Python 3 and which posts there, also reads posts; and a date with
# a zone reaches WordPress as the same moment.
# Seen: python-wordpress-xmlrpc 2.3 on Python 3.11 makes a post and uploads a file, but each call that is answered with a
# list of something (GetPosts, GetUsersBlogs) raises AttributeError, after it has been carried out: collections.Iterable is
# gone since 3.10. 21:00 in a zone of +05:00 is sent as post_date_gmt 21:00. And each Client calls mt.supportedMethods first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check python-wordpress-xmlrpc==2.3
seen=$("$work/env/bin/python" -W ignore - <<'TRY'
import datetime, threading
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer
from wordpress_xmlrpc import Client, WordPressPost
from wordpress_xmlrpc.methods import posts, users

class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ("/xmlrpc.php",)

class Site:
    answers = {"mt.supportedMethods": ["wp.newPost", "wp.getPosts", "wp.getUsersBlogs"], "wp.newPost": "7",
               "wp.getPosts": [{"post_id": "7", "post_title": "a"}],
               "wp.getUsersBlogs": [{"blogid": "1", "blogName": "a", "url": "/", "xmlrpc": "/xmlrpc.php", "isAdmin": True}]}
    def _dispatch(self, method, params):
        print("asked:", method, *(params[3]["post_date_gmt"],) if method == "wp.newPost" else ())
        return self.answers[method]

server = SimpleXMLRPCServer(("127.0.0.1", 0), Handler, logRequests=False, allow_none=True)
server.register_instance(Site())
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Client(f"http://127.0.0.1:{server.server_address[1]}/xmlrpc.php", "user", "password")
post = WordPressPost()
post.title = "a"
post.date = datetime.datetime(2026, 11, 30, 21, tzinfo=datetime.timezone(datetime.timedelta(hours=5)))
for method in (posts.NewPost(post), posts.GetPosts(), users.GetUsersBlogs()):
    try:
        print(client.call(method))
    except AttributeError as error:
        print("AttributeError:", error)
TRY
)
echo "$seen"
[ "$seen" = "asked: mt.supportedMethods
asked: wp.newPost 20261130T21:00:00
7
asked: wp.getPosts
AttributeError: module 'collections' has no attribute 'Iterable'
asked: wp.getUsersBlogs
AttributeError: module 'collections' has no attribute 'Iterable'" ]

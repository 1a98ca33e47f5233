import os

from django.core.wsgi import get_wsgi_application

from xmlrpc_guard import Policy, XMLRPCGuard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
application = XMLRPCGuard(get_wsgi_application(), Policy(allow=["jetpack"]))

from pyramid.config import Configurator
from pyramid.response import Response


def page(request):
    return Response("a page", content_type="text/plain")


def main(global_config, **settings):
    with Configurator(settings=settings) as config:
        config.add_route("page", "/")
        config.add_view(page, route_name="page")
        return config.make_wsgi_app()

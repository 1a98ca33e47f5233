from django.http import HttpResponse
from django.urls import path


def page(request):
    return HttpResponse("a page", "text/plain")


urlpatterns = [path("", page)]

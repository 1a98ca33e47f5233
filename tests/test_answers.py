"""The answers to the refused are those that WebOb would write, which is not imported for them."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest
import webob

from xmlrpc_guard import answers


def written(**given: Any) -> webob.Response:
    return webob.Response(charset="UTF-8", cache_control="no-store", **given)


def fault() -> webob.Response:
    response = written(body=body_of(answers.fault), content_type="text/xml")
    response.headers[answers.FAULT_HEADER] = "refused"
    return response


def body_of(app: WSGIApplication) -> bytes:
    return webob.Request.blank("/").get_response(app).body


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        pytest.param(
            answers.forbidden, written(body=b"Forbidden\n", status=403, content_type="text/plain"), id="a 403"
        ),
        pytest.param(
            answers.busy, written(body=b"Busy\n", status=503, content_type="text/plain", retry_after=5), id="a 503"
        ),
        pytest.param(answers.fault, fault(), id="a fault"),
    ],
)
def test_an_answer_is_as_webob_writes_it(app: WSGIApplication, expected: webob.Response) -> None:
    response = webob.Request.blank("/").get_response(app)
    assert (response.status, response.headerlist, response.body) == (
        expected.status,
        expected.headerlist,
        expected.body,
    )


def test_an_answer_to_head_has_the_fields_and_no_body() -> None:
    response = webob.Request.blank("/", method="HEAD").get_response(answers.forbidden)
    assert (response.content_length, response.body) == (10, b"")

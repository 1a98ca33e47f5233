import logging

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from xmlrpc_guard import Policy, Request

logger = logging.getLogger("xmlrpc_guard")


class ASGIGuard:
    """Answer 403 where the policy says so; pass everything else to the application."""

    def __init__(self, app, policy):
        self.app = app
        self.policy = policy

    async def __call__(self, scope, receive, send):
        decision = None if scope["type"] == "lifespan" else self.policy.current().decide(request_of(scope))
        if decision is None or decision.allowed:
            await self.app(scope, receive, send)
            return
        logger.warning("refused %s: %s (%s)", decision.client, decision.reason.sentence, decision.reason.setting)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await PlainTextResponse("Forbidden\n", 403, {"Cache-Control": "no-store"})(scope, receive, send)


def request_of(scope):
    """Take every view of the path, the address that connects, and all headers: the policy picks its own."""
    client = scope.get("client")
    return Request(
        (scope.get("raw_path") or b"").decode("latin-1"),
        peer=client[0] if client else None,
        forwarded=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        paths=[scope["path"], scope.get("root_path", "") + scope["path"]],
    )


async def page(request):
    return PlainTextResponse("a page")


app = ASGIGuard(Starlette(routes=[Route("/", page)]), Policy(allow=["jetpack"]))

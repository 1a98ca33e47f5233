"""XML-RPC calls as clients write them."""

from typing import Any
from xmlrpc.client import dumps

from xmlrpc_guard.methods import MULTICALL


def make_call(method: str, *arguments: Any) -> bytes:
    """Write the body of a call, as Python's own client does.

    >>> print(make_call("demo.sayHello").decode())
    <?xml version='1.0'?>
    <methodCall>
    <methodName>demo.sayHello</methodName>
    <params>
    </params>
    </methodCall>
    <BLANKLINE>
    """
    return dumps(arguments, method, allow_none=True).encode()


def make_multicall(*calls: str | tuple[str, *tuple[Any, ...]]) -> bytes:
    """Write the body of a call that makes others: each a method's name, or a tuple of a name and its arguments.

    >>> from xmlrpc_guard.methods import read_methods
    >>> read_methods(make_multicall("demo.sayHello", ("demo.addTwoNumbers", 1, 2)))
    ('system.multicall', 'demo.sayHello', 'demo.addTwoNumbers')
    """
    pairs = [(call, ()) if isinstance(call, str) else (call[0], call[1:]) for call in calls]
    return make_call(MULTICALL, [{"methodName": name, "params": [*arguments]} for name, arguments in pairs])

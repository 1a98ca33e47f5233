"""A client that speaks HTTP/2 from the first byte, and sends fields as they are."""

import contextlib
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, ResponseReceived, StreamReset
from h2.exceptions import ProtocolError

from tests.frontends import Listener

HUNG_UP = 0
_AS_THEY_ARE = H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)


@dataclass(frozen=True)
class OverTLS(Listener):
    """Where a server speaks TLS, with any certificate; and what of ALPN's protocols a client offers."""

    protocols: tuple[str, ...] = ()

    def connect(self, source: str = "") -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.protocols:
            context.set_alpn_protocols(self.protocols)
        return context.wrap_socket(super().connect(source))


def status_in_http_2(
    connection: socket.socket, path: str, fields: Iterable[tuple[str, str]] = (), body: bytes | None = None
) -> int:
    """Send a GET, or a POST of a body without its length; give the answer's status, HUNG_UP if there is none."""
    http_2 = H2Connection(_AS_THEY_ARE)
    # Their compression would take Python long for 64 KB.
    vars(http_2.encoder)["encode"] = partial(http_2.encoder.encode, huffman=False)
    http_2.initiate_connection()
    method = "GET" if body is None else "POST"
    scheme = "https" if isinstance(connection, ssl.SSLSocket) else "http"
    names = {":method": method, ":scheme": scheme, ":authority": "localhost", ":path": path}
    http_2.send_headers(1, [*names.items(), *fields], end_stream=body is None)
    if body is not None:
        for at in range(0, len(body), 16384):
            http_2.send_data(1, body[at : at + 16384])
        http_2.end_stream(1)
    with contextlib.suppress(ConnectionError, ProtocolError):
        return _status(connection, http_2)
    return HUNG_UP


def _status(connection: socket.socket, http_2: H2Connection) -> int:
    while True:
        connection.sendall(http_2.data_to_send())
        data = connection.recv(65536)
        if not data:
            return HUNG_UP
        for event in http_2.receive_data(data):
            if isinstance(event, ResponseReceived):
                return int(dict(event.headers)[b":status"])
            if isinstance(event, StreamReset | ConnectionTerminated):
                return HUNG_UP

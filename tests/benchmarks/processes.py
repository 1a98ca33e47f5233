"""Processes under measure: nginx in two roles and the WSGI servers, started, and read through /proc.

The upstream's /sink swallows an upload and answers when it has all of it; nginx's own ``return`` would answer at once.
As a proxy, nginx streams both ways, as the contenders beside it are meant to. waitress holds an answer's last 16 MB,
read or not, for any application that streams (a bare one that gave 100 MB made its peak grow by 17 to 20 MB), so it is
limited to 1 MB: what grows then is the proxy's doing.
"""

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.frontends import COMMANDS, Listener, free_port, get, started, wait_for

PAGE, FILE, SINK = "/page", "/file", "/sink"
PAGE_SIZE = 10_000  # bytes
MEGABYTE = 1_000_000

_OPTIONS = {"waitress": ("--outbuf-high-watermark=1048576",)}

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_max_body_size 0;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""
_UPSTREAM = """
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location = /sink {{
            proxy_pass http://unix:{folder}/answering:;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }}
    }}
    server {{
        listen unix:{folder}/answering;
        return 200;
    }}
"""
_PROXY = """
    upstream behind {{
        server {upstream};
        keepalive 16;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_max_temp_file_size 0;
        }}
    }}
"""


@dataclass(frozen=True)
class Serving:
    """A server that answers: where it listens, its processes with the one that serves last."""

    listener: Listener
    processes: tuple[int, ...]

    def cpu(self) -> float:
        """Give the seconds of processor time that its processes have spent."""
        return sum(map(_spent_by, self.processes))

    def forget_peak(self) -> None:
        """Have the peak of memory begin anew, where the kernel lets us; it stands at the last one elsewhere."""
        with suppress(OSError):
            Path(f"/proc/{self.processes[-1]}/clear_refs").write_text("5", "utf-8")

    def peak(self) -> float:
        """Give the most megabytes that the serving process has held."""
        status = Path(f"/proc/{self.processes[-1]}/status").read_text("utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / MEGABYTE

    def holds(self) -> tuple[int, ...]:
        """Give how many descriptors and threads the serving process has."""
        folders = (Path(f"/proc/{self.processes[-1]}", name) for name in ("fd", "task"))
        return tuple(len(list(folder.iterdir())) for folder in folders)


def _spent_by(process: int) -> float:
    """Read the clock of a process: /proc has the same in hundredths of a second, a fourth of what an upload takes."""
    clock = ctypes.c_int()
    status = ctypes.CDLL(None).clock_getcpuclockid(process, ctypes.byref(clock))
    if status:
        raise OSError(status, os.strerror(status))
    return time.clock_gettime(clock.value)


@contextmanager
def upstream(size: int) -> Iterator[str]:
    """Serve a page and a large file, of what no compression makes smaller; give host and port."""
    with TemporaryDirectory() as name:
        folder, listener = Path(name), Listener(port=free_port())
        (folder / PAGE[1:]).write_bytes(os.urandom(PAGE_SIZE))
        (folder / FILE[1:]).write_bytes(os.urandom(size))
        servers = _UPSTREAM.format(folder=folder, port=listener.port)
        with answering(nginx(servers, folder), listener, folder):
            yield f"127.0.0.1:{listener.port}"


@contextmanager
def proxying(server: str, application: str, address: str) -> Iterator[Serving]:
    """Run a proxy to an address: a name of tests.benchmarks.proxied under a WSGI server, nginx itself, or ``serve``."""
    with TemporaryDirectory() as name:
        folder, listener = Path(name), Listener(port=free_port())
        if server == "nginx":
            command = nginx(_PROXY.format(upstream=address, port=listener.port), folder)
        elif server == "serve":
            flags = ("--upstream", f"http://{address}", "--allow", "jetpack", "--listen", f"127.0.0.1:{listener.port}")
            command = (sys.executable, "-m", "xmlrpc_guard", "serve", *flags)
        else:
            *of_server, app = COMMANDS[server](f"tests.benchmarks.proxied:{application}", listener)
            command = ("env", f"UPSTREAM={address}", *of_server, *_OPTIONS.get(server, ()), app)
        with answering(command, listener, folder) as serving:
            yield serving


def nginx(servers: str, folder: Path) -> tuple[str, ...]:
    """Give the command that runs nginx as one process, as the user who runs this."""
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(servers=servers, folder=folder), "utf-8")
    return "nginx", "-e", f"{folder}/nginx.log", "-c", str(configuration)


@contextmanager
def answering(command: tuple[str, ...], listener: Listener, folder: Path) -> Iterator[Serving]:
    with started(command, folder / "log") as process:
        wait_for(listener)
        answer = listener.ask(get(PAGE))  # which only a server that is up does
        assert b" 200 " in answer.partition(b"\r\n")[0], answer
        yield Serving(listener, tuple(family(process.pid)))


def family(process: int) -> Iterator[int]:
    """Give a process, and then those that it started."""
    yield process
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # the thread has, and its children are another's
                for child in (thread / "children").read_text("utf-8").split():
                    yield from family(int(child))

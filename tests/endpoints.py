"""A generation endpoint for tests: a real HTTP server in a thread, which answers what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


class Told:
    """Where the server is, and what it was asked: bodies and headers."""

    def __init__(self, url: str) -> None:
        self.url, self.bodies, self.headers = url, [], []
        self.free = threading.Event()


def said(content: Any, **more: Any) -> tuple[int, bytes]:
    """A chat completion that says this; anything but a text is written as JSON."""
    text = content if isinstance(content, str | None) else json.dumps(content)
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text, **more}}]}).encode()


@contextmanager
def endpoint(answer: Answer) -> Iterator[Told]:
    """A server on a free port of this machine; `answer(body)` gives the status and the bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.bodies.append(body)
            told.headers.append(dict(self.headers))
            status, content = answer(body)
            if status == 0:  # silence, until the test is over
                told.free.wait(30)
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", content.decode())
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Told(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.free.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""The last resort of the embedded queue: `python -m aidirector.stand_in_queue SOCKET`. It keeps nothing."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

from fakeredis import TcpFakeServer


class StandInServer(TcpFakeServer):
    """fakeredis behind a socket file instead of a port."""

    address_family = socket.AF_UNIX

    def __init__(self, path: str) -> None:
        self._numbers = itertools.count(1)
        super().__init__(path)  # type: ignore[arg-type]
        self.daemon_threads = True
        os.chmod(path, 0o700)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Clients of a socket file have no address, and fakeredis tells them apart by it: number them."""
        connected, _ = super().get_request()
        return connected, ("client", next(self._numbers))


def main(path: str) -> None:
    """Serve until SIGTERM."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    signal.signal(signal.SIGTERM, _leave)
    with StandInServer(path) as server:
        server.serve_forever()


def _leave(signum: int, frame: FrameType | None) -> None:
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])

"""Join standard input and output to the bridge's door: `python -I -S join.py DOOR`.

What sshd runs for whoever signs in at the bridge, in place of a shell.  It needs nothing but Python, and ends when either side does.
"""

import contextlib
import os
import socket
import sys
import threading

AT_ONCE = 65_536


def main(door: str) -> int:
    with socket.socket(socket.AF_UNIX) as bridge:
        os.chdir(os.path.dirname(door) or ".")  # noqa: PTH120 - a socket's path is short: its folder's may be long; pathlib is slow to load.
        try:
            bridge.connect(os.path.basename(door))  # noqa: PTH119
        except OSError as error:
            print(f"the bridge is not running: {error}", file=sys.stderr)
            return 1
        threading.Thread(target=_answers, args=(bridge,), daemon=True).start()
        while asked := os.read(0, AT_ONCE):
            bridge.sendall(asked)
    return 0


def _answers(bridge: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while said := bridge.recv(AT_ONCE):
            while said:
                said = said[os.write(1, said) :]
    os._exit(0)  # The other thread waits for a question that nobody will answer.


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""How much the codec driver adds to bare paramiko: the status of many codecs, from cold and on connections that are kept.

Simulated RoomOS codecs behind real SSH in a process of their own.  Bare paramiko opens the same connections with the same algorithms, sends the
very bytes the driver sends, and waits for as many replies; it reads nothing and proves nothing.  Both take turns in one run; only ratios count.
"""

import argparse
import json
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import paramiko

from bench.servers import free_ports
from device_drivers import registry
from device_drivers.errors import DeviceError
from device_drivers.transports import ssh
from device_drivers.transports.ssh import Login, look_at_host_key

AT_ONCE, RUNS = 16, 3
LOGIN = Login("roomctl", "geheim")
Talk = list[tuple[bytes, int]]  # What the driver sends, and how many bytes come back before it sends again.


@contextmanager
def codecs(count: int) -> Iterator[dict[int, str]]:
    """Run simulated codecs and yield the fingerprint of each by port."""
    ports = free_ports(count)
    with tempfile.TemporaryDirectory() as folder:
        devices = [{"kind": "cisco_roomos", "name": f"codec{port}", "address": f"codec{port}@hop.example", "port": port, "password": "geheim"}
                   for port in ports]
        path = Path(folder) / "simulators.json"
        path.write_text(json.dumps({"keys": f"{folder}/keys", "devices": devices}))
        running = subprocess.Popen([sys.executable, "-m", "device_drivers.simulators", str(path)], stdout=subprocess.PIPE, text=True, env=os.environ)
        try:
            running.stdout.readline()  # "ready"
            yield dict(zip(ports, _at_once(_fingerprint, ports), strict=True))
        finally:
            running.terminate()
            running.wait(30)


def _fingerprint(port: int) -> str:
    until = time.monotonic() + 30
    while True:
        try:
            return look_at_host_key("127.0.0.1", port).fingerprint
        except DeviceError:
            if time.monotonic() > until:
                raise


def _at_once(work: Callable, items) -> list:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, items))


class Overheard:
    """A shell that notes what was sent through it and how much came back."""

    def __init__(self, shell: ssh.SshShell) -> None:
        self._shell, self.talk = shell, [(b"", 0)]

    def __getattr__(self, name: str):
        return getattr(self._shell, name)

    def send(self, data: bytes) -> None:
        self.talk.append((data, 0))
        self._shell.send(data)

    def receive(self, **facts) -> bytes:
        data = self._shell.receive(**facts)
        sent, came = self.talk[-1]
        self.talk[-1] = (sent, came + len(data))
        return data


def overhear(port: int, pinned: str) -> tuple[Talk, Talk]:
    """Return what the driver says and hears while it connects, and while it asks for the status once more."""
    shell = Overheard(ssh.open_shell("127.0.0.1", port, LOGIN, pinned=pinned))
    driver = registry.CODECS["cisco_roomos"](shell)
    driver.status()
    cold, shell.talk = list(shell.talk), []
    driver.status()
    driver.close()
    return cold, list(shell.talk)


class Bare:
    """A connection with paramiko alone."""

    def __init__(self, port: int) -> None:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = paramiko.Transport(connection)
        options = self.transport.get_security_options()
        options.kex = tuple(sorted(options.kex, key=lambda name: not name.startswith("curve25519")))  # As the driver's transport prefers.
        self.transport.start_client(timeout=20)
        self.transport.auth_password(LOGIN.username, LOGIN.password)
        self.channel = self.transport.open_session()
        self.channel.invoke_shell()
        self.channel.settimeout(10)

    def play(self, talk: Talk) -> None:
        """Send what the driver sent, and read until about as much has come back: numbers in a reply may be a digit shorter."""
        for sent, expected in talk:
            if sent:
                self.channel.sendall(sent)
            came = 0
            while came < expected - 12:
                came += len(self.channel.recv(32_768))

    def close(self) -> None:
        self.transport.close()


def timed(work: Callable, items) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of this process that some work on all items takes, many at once."""
    clock_s, cpu_s = time.perf_counter(), time.process_time()
    _at_once(work, items)
    return time.perf_counter() - clock_s, time.process_time() - cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--codecs", type=int, default=340)
    count = parser.parse_args().codecs
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # A simulator that hangs up is no news.
    with codecs(count) as pins:
        ports = list(pins)
        cold, again = overhear(ports[0], pins[ports[0]])
        found: dict[str, list[tuple[float, float]]] = {}

        def ours_cold(port: int) -> None:
            driver = registry.connect("cisco_roomos", "127.0.0.1", port, LOGIN, pinned=pins[port])
            driver.status()
            driver.close()

        def bare_cold(port: int) -> None:
            bare = Bare(port)
            bare.play(cold)
            bare.close()

        for _ in range(RUNS):
            found.setdefault("cold, roomctl", []).append(timed(ours_cold, ports))
            found.setdefault("cold, bare", []).append(timed(bare_cold, ports))
        kept = _at_once(lambda port: registry.connect("cisco_roomos", "127.0.0.1", port, LOGIN, pinned=pins[port]), ports)
        bares = _at_once(Bare, ports)
        _at_once(lambda bare: bare.play(cold), bares)
        _at_once(lambda driver: driver.status(), kept)
        for _ in range(RUNS):
            found.setdefault("kept, roomctl", []).append(timed(lambda driver: driver.status(), kept))
            found.setdefault("kept, bare", []).append(timed(lambda bare: bare.play(again), bares))
        for one in (*kept, *bares):
            one.close()
    _print(found, count)


def _print(found: dict[str, list[tuple[float, float]]], count: int) -> None:
    print(f"{count} codecs, {AT_ONCE} at once, median of {RUNS} runs; host {socket.gethostname()}")
    middle = {name: tuple(statistics.median(column) for column in zip(*runs, strict=True)) for name, runs in found.items()}
    for name, (seconds, cpu_s) in middle.items():
        print(f"  {name:16} {seconds:6.2f} s   {cpu_s:6.2f} s of CPU")
    for state in ("cold", "kept"):
        ours, bare = middle[f"{state}, roomctl"], middle[f"{state}, bare"]
        print(f"  {state}: {ours[0] / bare[0]:.2f} times bare paramiko (wanted: 1.20), CPU {ours[1] / bare[1]:.2f} times")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The package xdpd works in all versions of Python that it is for, and what is written about it is true."""
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from harness import OBJECTS, PATIENCE, TOP, run, wait_for
from test_libxdpd import installed, outlives_the_daemon

PACKAGE = TOP / "python"
PROGRAM = TOP / "tests/integration/client_program.py"
MANUAL = TOP / "docs/libraries.md"
VERSIONS = ("3.11", "3.12", "3.13")
# -W error: also a socket or a file that is not closed is a failure.
STRICT = ("-X", "dev", "-W", "error", "-B")

sys.path.insert(0, str(PACKAGE))
import xdpd  # noqa: E402  pylint: disable=wrong-import-position


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(PACKAGE), **more}


def interpreters():
    """The versions of Python that are installed, also by pyenv."""
    for version in VERSIONS:
        own = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python3"))
        found = own[0] if own else shutil.which(f"python{version}")
        if found:
            yield version, found


def test_the_client_works_in_every_version_of_python(bench):
    device, daemon = bench.device(), bench.daemon()
    found = dict(interpreters())
    for interpreter in {sys.executable, *found.values()}:
        done = run(interpreter, *STRICT, PROGRAM, daemon.socket, device, OBJECTS / "verdict-2.o",
                   env=environment(), check=False)
        assert done.returncode == 0 and done.stdout == "done\n", f"{interpreter}: {done.stdout}{done.stderr}"
        assert wait_for(lambda: not bench.names(device))
    if len(found) < len(VERSIONS):
        bench.skip(f"the system's Python was tested; not installed: {', '.join(set(VERSIONS) - set(found))}")


def example(number=0):
    return re.findall(r"```python\n(.*?)```", MANUAL.read_text(), re.DOTALL)[number]


def test_the_example_that_outlives_the_daemon_works(bench):
    device, daemon = bench.device(), bench.daemon()
    program = bench.directory / "again.py"
    program.write_text(example(1))
    process = subprocess.Popen([sys.executable, program, device, OBJECTS / "verdict-2.o", daemon.socket],
                               env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    outlives_the_daemon(bench, process, process.stdout, device, daemon)


def test_the_example_works(bench):
    device, daemon = bench.device(), bench.daemon()
    program = bench.directory / "example.py"
    program.write_text(example())
    for number in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen([sys.executable, program, device, OBJECTS / "verdict-2.o", daemon.socket],
                                   env=environment(), stdout=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[0].startswith("listening to xdpd") and lines[2] == "['fw']\n", lines
        process.send_signal(number)
        assert process.wait(PATIENCE) == (0 if number == signal.SIGINT else -signal.SIGKILL)
        process.stdout.close()
        assert wait_for(lambda: not bench.names(device))
    refused = run(sys.executable, program, "absent0", OBJECTS / "verdict-2.o", daemon.socket, env=environment(),
                  check=False)
    assert refused.returncode == 1
    assert refused.stderr == "io.xdpd.NoSuchDevice: no network device 'absent0'\n", refused.stderr


def test_a_long_request_and_a_long_reply_arrive(bench):
    device, daemon = bench.device(), bench.daemon()
    with xdpd.Client(daemon.socket) as client:
        try:
            client.call(xdpd.status(devices=[f"absent{i}" for i in range(4000)]))
        except xdpd.NoSuchDevice:
            pass
        for i in range(10):
            client.call(xdpd.attach(OBJECTS / "verdict-2.o", devices=[device], name=f"c{i}"))
        assert len(client.call(xdpd.status())[0]["components"]) == 10


def raises(call, *errors):
    """The exception that the call raises, if it is of these classes; another one is a failure of the test."""
    try:
        call()
    except errors as error:
        return error
    return None


def serve(path, *replies, fds=(), times=1):
    """A server that sends one of these replies to each connection, and closes it, or is silent for None."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def answer():
        for reply in replies:
            connection, _ = listener.accept()
            connection.recv(65536)
            if reply is None:
                connection.recv(1)  # until the client gives up
            for _ in range(times if reply and fds else 0):
                socket.send_fds(connection, [reply], fds)
            if reply and not fds:
                connection.sendall(reply)
            connection.close()
        listener.close()
    threading.Thread(target=answer, daemon=True).start()


def test_a_server_that_does_not_speak_varlink_is_an_error(bench):
    path = bench.directory / "server"
    replies = (b"HTTP/1.1 400 Bad Request\r\n\r\n\0", b"[]\0", b"{\"parameters\": 1}\0", b"\0", b"{\"par", b"",
               b"[" * 100000 + b"\0", b"{\"parameters\": {}}\0", b"{\"parameters\": {\"devices\": 5}}\0",
               b"{\"parameters\": {\"devices\": [5]}}\0")
    serve(path, *replies, *replies)

    async def call():
        async with xdpd.AsyncClient(path) as client:
            await client.call(xdpd.status())

    for _ in replies:
        with xdpd.Client(path) as client:
            assert raises(lambda: client.call(xdpd.status()), xdpd.ProtocolError, xdpd.Disconnected)
    for _ in replies:
        assert raises(lambda: asyncio.run(call()), xdpd.ProtocolError, xdpd.Disconnected)
    serve(path, b"{\"parameters\": {}}\0", b"{\"parameters\": {}, \"continues\": true}\0")
    with xdpd.Client(path) as client:
        client.call(xdpd.features())
        assert raises(lambda: next(client.events()), xdpd.ProtocolError)


def test_an_error_of_another_form_is_an_error(bench):
    path = bench.directory / "server"
    parameters = ({"detail": 5}, {"detail": ["a", 5]}, {"errno": "errorcode"}, {"errno": 7}, {"message": []})
    serve(path, *(json.dumps({"error": "x", "parameters": given}).encode() + b"\0" for given in parameters), b"{\"error\": 5}\0")
    for _ in (*parameters, None):
        with xdpd.Client(path) as client:
            error = raises(lambda: client.call(xdpd.status()), xdpd.Refused)
            assert error.errno == 0 and all(isinstance(line, str) for line in error.detail), vars(error)


def test_descriptors_of_a_server_are_not_inherited_and_not_unlimited(bench):
    path = bench.directory / "server"
    with open("/dev/null", "rb") as file:
        serve(path, b"{\"parameters\": {}}\0", fds=[file.fileno()])
        with xdpd.Client(path) as client:
            _, fds = client.call_with_fds(xdpd.features())
            assert [os.get_inheritable(fd) for fd in fds] == [False]
            os.close(*fds)
        serve(path, b"{\"parameters\": {", fds=[file.fileno()] * 40, times=2)
        before = len(os.listdir("/proc/self/fd"))
        with xdpd.Client(path) as client:
            assert raises(lambda: client.call(xdpd.features()), xdpd.ProtocolError)
            assert len(os.listdir("/proc/self/fd")) <= before


def test_an_interrupted_call_ends_the_connection(bench):
    path = bench.directory / "server"
    serve(path, None)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with xdpd.Client(path) as client:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            assert raises(lambda: client.call(xdpd.status()), KeyboardInterrupt)
            assert raises(lambda: client.call(xdpd.features()), xdpd.Disconnected)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_server_that_does_not_answer_is_an_error(bench):
    path = bench.directory / "server"
    serve(path, None)
    with xdpd.Client(path, timeout=0.2) as client:
        try:
            client.call(xdpd.status())
        except xdpd.TimedOut as error:
            assert "0.2 seconds" in str(error), error
        else:
            raise AssertionError("it did not time out")


async def give_up(path):
    """Call a server that does not answer; returns what a second call raises."""
    async with xdpd.AsyncClient(path) as client:
        try:
            async with asyncio.timeout(0.2):
                await client.call(xdpd.status())
        except TimeoutError:
            pass
        try:
            await client.call(xdpd.status())
        except xdpd.XdpdError as error:
            return error
    return None


def test_a_cancelled_call_ends_the_connection(bench):
    path = bench.directory / "server"
    serve(path, None)
    assert isinstance(asyncio.run(give_up(path)), xdpd.Disconnected)


def test_types_are_right(bench):
    if not shutil.which("mypy"):
        bench.skip("mypy is not installed")
    done = run("mypy", "--cache-dir", bench.directory / "cache", "--strict", "xdpd", cwd=PACKAGE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_error_of_the_interface_is_a_class(_bench):
    names = re.findall(r'\[ERROR_\w+\] = "(\w+)"', (TOP / "base/error.c").read_text())
    assert len(names) > 20
    missing = [name for name in names if name != "None" and not issubclass(getattr(xdpd, name, int), xdpd.Refused)]
    assert not missing, missing


def test_parameters_are_those_of_the_interface(_bench):
    """A field that is added to a method is added to the package, too."""
    tables = (TOP / "ipc/interface.c").read_text()
    common = re.findall(r"COMPONENT\([\s\\]*request, at, (\w+), FIELD", tables)
    for method in ("attach", "detach", "replace"):
        table = re.search(rf"field {method}_in\[\] = {{(.*?)\n}};", tables, re.DOTALL)[1]
        fields = set(re.findall(r"IN\(\w+, (\w+),", table)) | {"confirm"}
        fields |= set(common) if "COMPONENT_FIELDS" in table else set()
        function = getattr(xdpd, method)
        known = set(function.__code__.co_varnames[:function.__code__.co_argcount +
                                                  function.__code__.co_kwonlyargcount])
        assert fields == known, f"{method}: {sorted(fields ^ known)}"


def test_the_installed_package_is_complete(bench):
    installed(bench)
    place = next(path.parent.parent for path in (bench.directory / "staging").rglob("xdpd/__init__.py"))
    here, there = ({path.name for path in (top / "xdpd").iterdir()} - {"__pycache__"} for top in (PACKAGE, place))
    assert here == there, sorted(here ^ there)
    done = run(sys.executable, *STRICT, "-c", "import xdpd; print(xdpd.__file__)",
               env={**os.environ, "PYTHONPATH": str(place)})
    assert done.stdout.startswith(str(place)), done.stdout

# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""xdpctl asks a server that is not xdpd, or is broken: it ends with a sentence, and writes only where it was told to."""
import contextlib
import json
import socket
import threading

from harness import BUILD, OBJECTS, run

SHA256 = "sha256:" + 64 * "a"
COMPONENT = {"name": "fw", "prog_name": "fw", "state": "running", "proceed_on": ["pass"], "on_failure": "skip"}
DEVICE = {"ifname": "eth0", "state": "attached", "components": [COMPONENT]}


class FakeDaemon:
    """Answers each call of a method with the same parameters, and with a file."""

    def __init__(self, path, file=None, **replies):
        self.path, self.file, self.replies = path, file, replies
        path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                while request := connection.recv(65536):
                    method = json.loads(request[:-1])["method"].removeprefix("io.xdpd.")
                    self.answer(connection, self.replies.get(method, {}), method)

    def answer(self, connection, parameters, method):
        reply = json.dumps({"parameters": parameters}).encode() + b"\0"
        if method != "Object":
            connection.sendall(reply)
            return
        with open(self.file, "rb") as file:
            socket.send_fds(connection, [reply], [file.fileno()])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.close()


def ask(bench, replies, *command):
    with FakeDaemon(bench.directory / "fake", OBJECTS / "verdict-2.o", **replies) as daemon:
        done = run(BUILD / "cli/xdpctl", "--socket", daemon.path, *command, check=False, cwd=bench.directory)
    assert "(null)" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done


def test_replies_with_values_of_other_types_are_refused(bench):
    directory = bench.directory / "chains.d"
    directory.mkdir()
    for reply, path, command in (
            ({"Status": {"devices": [{**DEVICE, "setting_owners": [5]}]}}, "devices[0].setting_owners[0]", ("status",)),
            ({"Status": {"devices": [{**DEVICE, "setting_owners": [5]}]}}, "devices[0].setting_owners[0]",
             ("apply", "--directory", directory)),
            ({"Status": {"devices": [{**DEVICE, "unconfirmed": {"seconds": 5, "before": [None]}}]}},
             "devices[0].unconfirmed.before[0]", ("status",)),
            ({"Status": {"devices": [7]}}, "devices[0]", ("status", "--json")),
            ({"Status": {"devices": {}}}, "devices", ("status",)),
            ({"Status": {"devices": [{**DEVICE, "ifname": ["eth0"]}]}}, "devices[0].ifname", ("status",)),
            ({"Export": {"devices": [{"name": "eth0", "components": [{"name": "a", "object": SHA256, "libraries": [5]}]}]}},
             "devices[0].components[0].libraries[0]", ("export", "--objects", "objects"))):
        done = ask(bench, reply, *command)
        assert done.returncode == 3 and f"is not xdpd: {path}: " in done.stderr, (reply, command, done)


def test_replies_of_another_version_are_accepted(bench):
    done = ask(bench, {"Status": {"devices": [{**DEVICE, "colour": {"red": 1}, "state": "new-state"}], "more": []}}, "status")
    assert done.returncode == 0 and "new-state" in done.stdout, done


def test_an_exported_object_is_written_into_its_directory_only(bench):
    def export(digest, label):
        component = {"name": "a", "object": digest}
        return ask(bench, {"Export": {"devices": [{"name": "eth0", "components": [component]}]},
                           "Object": {"label": label, "signature": "signed"}},
                   "export", "--objects", "objects", "-o", "chains.json")

    done = export(SHA256, "fw.o")
    assert done.returncode == 0, done
    for digest, label in (("sha256:../../evil", "."), ("sha256:", "."), ("x", "."), ("sha256:../evil", "a/b")):
        done = export(digest, label)
        assert done.returncode == 1 and "invalid digest" in done.stderr, done
    done = export(SHA256, "../evil")
    assert done.returncode == 0, done
    assert sorted(path.name for path in (bench.directory / "objects").iterdir()) == \
        sorted([f"{64 * 'a'}.o", f"{64 * 'a'}.o.sig", "fw.o", "fw.o.sig"])
    assert not list(bench.directory.glob("*evil*")) and not list(bench.directory.parent.glob("evil*"))

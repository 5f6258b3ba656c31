# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A component that was attached with while_connected ends with the connection of its client, however that ends."""
import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from harness import BUILD, OBJECTS, PATIENCE, SCALE, TOP, Client, wait_for


def attach(client, name, *devices, **parameters):
    """Attach an object as a component of that name, while the client is connected."""
    with open(OBJECTS / "verdict-2.o", "rb") as file:
        answer = client.call("Attach", [file.fileno()], object=0, devices=list(devices), name=name,
                             while_connected=True, **parameters)
    assert "error" not in answer, answer
    return answer["parameters"]["results"]


def device_status(bench, device):
    return next(entry for entry in bench.status() if entry["ifname"] == device)


def waits_for_names(bench, device, *names):
    assert wait_for(lambda: bench.names(device) == list(names)), bench.names(device)


def xdpctl(daemon, device, *words):
    """Start xdpctl attach --while-connected, and wait until it has attached the component."""
    process = subprocess.Popen([BUILD / "cli/xdpctl", "--socket", daemon.socket, "attach", OBJECTS / "verdict-2.o",
                                "--dev", device, "--while-connected", *words], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert "attached" in process.stdout.readline()
    return process


def command_line(daemon, device):
    """Words to which a command is appended."""
    return [BUILD / "cli/xdpctl", "--socket", daemon.socket, "attach", OBJECTS / "verdict-2.o", "--dev", device,
            "--name", "guest", "--while-connected", "--"]


def running(bench, device, *command):
    """Start xdpctl attach --while-connected -- COMMAND."""
    return subprocess.Popen([*command_line(bench.first_daemon(), device), *command], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def is_gone(pid):
    """Has that process ended? One that nothing waits for remains as a zombie."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_component_ends_with_its_client(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        process = xdpctl(daemon, device, "--name", "guest")
        assert bench.names(device) == ["stays", "guest"]
        before = device_status(bench, device)["generation"]
        process.send_signal(number)
        process.wait(PATIENCE)
        waits_for_names(bench, device, "stays")
        assert device_status(bench, device)["generation"] == before + 1
        process.stdout.close()
        process.stderr.close()


def test_all_components_of_a_client_leave_in_one_swap(bench):
    first, second, daemon = bench.device(), bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        for name in ("a", "b", "c"):
            attach(client, name, first, second)
        with Client(daemon.socket) as other:
            attach(other, "d", first)
            before = [device_status(bench, device)["generation"] for device in (first, second)]
            client.socket.close()
            waits_for_names(bench, first, "d")
            waits_for_names(bench, second)
            after = [device_status(bench, device)["generation"] for device in (first, second)]
            assert after == [number + 1 for number in before]
        waits_for_names(bench, first)


def test_no_packet_is_lost_when_a_client_ends(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("kind-maps", "--dev", device)
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        receiver = bench.receiver(device, 5000)
        sender = bench.sender(device, 5000, 2, 2, 2)
        client.socket.close()
        waits_for_names(bench, device, "kind")
    assert sender.wait(PATIENCE) == 0
    assert receiver.result() == 5000


def test_a_client_that_ends_during_its_request_leaves_nothing(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    for i in range(20):
        with Client(daemon.socket) as client, open(OBJECTS / "verdict-2.o", "rb") as file:
            client.send("Attach", [file.fileno()], object=0, devices=[device], name="guest", while_connected=True)
            time.sleep(i * 0.001)
    bench.call("Verify")  # its answer comes after all earlier changes
    waits_for_names(bench, device, "stays")
    with Client(daemon.socket) as client:
        attach(client, "guest", device)  # the name is free


# Attaches and replaces two components on two devices, again and again.
BUSY = """
import contextlib, itertools, sys, xdpd
socket, path, *devices = sys.argv[1:]
for i in itertools.count():
    # The components of the last connection may still be there.
    with contextlib.suppress(xdpd.NameTaken, xdpd.Disconnected), xdpd.Client(socket) as client:
        for name in (f"a{i % 2}", f"b{i % 2}"):
            client.call(xdpd.attach(path, devices=devices, name=name, while_connected=True))
        client.call(xdpd.replace(f"b{i % 2}", path, devices=devices))
"""


def test_programs_that_are_killed_at_random_moments_leave_nothing(bench):
    devices, daemon = [bench.device(), bench.device()], bench.daemon()
    for device in devices:
        bench.attach("verdict-1", "--dev", device, "--name", "stays")
    seed = time.time_ns()
    moments = random.Random(seed)
    for i in range(int(20 * SCALE) + 3):
        process = subprocess.Popen([sys.executable, "-c", BUSY, daemon.socket, OBJECTS / "verdict-2.o", *devices],
                                   env={**os.environ, "PYTHONPATH": str(TOP / "python")}, stderr=subprocess.DEVNULL)
        time.sleep(0.1 + moments.random() * 0.4)
        if i % 5 == 4:
            daemon.kill()
            daemon.start()
        process.kill()
        process.wait()
        for device in devices:
            assert wait_for(lambda: bench.names(device) == ["stays"]), f"seed {seed}: {bench.names(device)}"
    assert bench.call("Verify")["findings"] == [], f"seed {seed}"


def test_components_end_with_a_killed_or_stopped_daemon(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    for end in (daemon.kill, daemon.stop):
        with Client(daemon.socket) as client:
            attach(client, "guest", device)
            record, = daemon.records()
            assert json.loads(record.read_text())["components"][1]["while_connected"] is True
            end()
            daemon.start()
            waits_for_names(bench, device, "stays")
    assert "disconnected" in daemon.log.read_text()
    assert "while_connected" not in daemon.records()[0].read_text()


def test_components_end_although_client_and_daemon_are_killed(bench):
    device, daemon = bench.device(), bench.daemon()
    daemon.configure("reconnect-time = 1")
    process = xdpctl(daemon, device, "--name", "guest")
    process.kill()
    daemon.kill()
    process.communicate()
    daemon.start()
    waits_for_names(bench, device)


def test_components_end_after_a_reboot(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    waits_for_names(bench, device, "stays")


def runs(bench, device):
    """What the device runs, which must not change."""
    status = device_status(bench, device)
    return status["generation"], [(entry["name"], entry["prog_id"]) for entry in status["components"]]


def is_claimed(bench, device):
    return wait_for(lambda: bench.chain(device) and not any(entry.get("awaits_client") for entry in bench.chain(device)))


def lost(daemon):
    return f"xdpctl: xdpd at '{daemon.socket}' closed the connection, and detached what was attached on it\n"


def test_xdpctl_keeps_its_component_through_restarts_of_the_daemon(bench):
    device, daemon = bench.device(), bench.daemon()
    process = xdpctl(daemon, device, "--name", "other")
    with running(bench, device, "sh", "-c", "echo; read line; exit 7") as command:
        command.stdout.readline()
        assert bench.quiet()
        before = runs(bench, device)
        receiver = bench.receiver(device, 20000)
        sender = bench.sender(device, 20000, 2, 2, 2)
        for end in (daemon.kill, daemon.stop):
            end()
            daemon.start()
            assert is_claimed(bench, device) and runs(bench, device) == before
        assert sender.wait(PATIENCE) == 0 and receiver.result() == 20000
        assert command.communicate("line\n", timeout=PATIENCE) == ("", "") and command.returncode == 7
        waits_for_names(bench, device, "other")
    process.kill()
    process.communicate()
    waits_for_names(bench, device)


def test_xdpctl_that_reconnects_too_late_reports_it(bench):
    device, daemon = bench.device(), bench.daemon()
    daemon.configure("reconnect-time = 1")
    daemon.stop()
    daemon.start()
    process = xdpctl(daemon, device)
    process.send_signal(signal.SIGSTOP)
    daemon.kill()
    daemon.start()
    assert "awaits_client" in bench.chain(device)[0]
    assert "is detached soon unless its client reconnects" in bench.xdpctl("status")
    waits_for_names(bench, device)
    process.send_signal(signal.SIGCONT)
    errors = process.communicate(timeout=PATIENCE)[1]
    assert (process.returncode, errors) == (3, lost(daemon))


KEY = "a secret of the client that nothing else knows"


def lease(client, key=KEY, **parameters):
    """What the daemon answers to Lease: whether something was claimed, and the components; or the sentence."""
    answer = client.call("Lease", key=key, **parameters)["parameters"]
    if "message" in answer:
        return answer["message"]
    return answer["claimed"], [(entry["ifname"], entry["name"]) for entry in answer["components"]]


def test_only_the_client_with_the_key_keeps_its_components(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client, Client(daemon.socket) as other:
        assert lease(client) == (False, [])
        attach(client, "guest", device)
        assert lease(client, claim=True) == (True, [(device, "guest")])
        assert lease(other, claim=True) == (False, [])
        assert "another connection has used this key" in lease(other)
        assert "call Lease once, before the first Attach" in lease(client, "another secret of the client")
        attach(other, "plain", device)
        assert "call Lease once, before the first Attach" in lease(other, "another secret of the client")
        daemon.kill()
    assert KEY not in daemon.records()[0].read_text()
    daemon.start()
    waits_for_names(bench, device, "guest")  # and not the other client's
    with Client(daemon.socket) as other:
        assert lease(other, KEY + "!", claim=True) == (False, [])
        assert "another connection has used this key" in lease(other)
        assert "has 15 characters; use 16 to 256" in lease(other, "x" * 15)
        assert "has 257 characters; use 16 to 256" in lease(other, "x" * 257)
    with Client(daemon.socket) as client:
        assert lease(client, claim=True) == (True, [(device, "guest")])
        with Client(daemon.socket) as other:
            assert lease(other, claim=True) == (False, [])
        bench.call("Verify")
        assert bench.names(device) == ["guest"]
    waits_for_names(bench, device)


def test_components_whose_client_does_not_return_end_after_a_time(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    for seconds, names in ((2, ["stays", "guest"]), (0, ["stays"])):
        daemon.configure(f"reconnect-time = {seconds}")
        daemon.stop()
        daemon.start()
        process = xdpctl(daemon, device, "--name", "guest")
        process.kill()
        daemon.kill()
        process.communicate()
        # The client may have been noticed first.
        daemon.start()
        assert bench.names(device) in (names, ["stays"])
        waits_for_names(bench, device, "stays")
    with Client(daemon.socket) as client:
        assert lease(client, claim=True) == (False, [])


def test_a_lease_does_not_survive_a_reboot(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        lease(client)
        attach(client, "guest", device)
        daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    waits_for_names(bench, device)
    with Client(daemon.socket) as client:
        assert lease(client, claim=True) == (False, [])


# Keeps a component on two devices, whatever happens to the daemon; prints each attachment.
FAITHFUL = """
import sys, xdpd
socket, path, *devices = sys.argv[1:]
with xdpd.Client(socket, reconnects=True) as client:
    while True:
        try:
            if len(client.reconnect()["components"]) == 0:
                client.call(xdpd.attach(path, devices=devices, name="faithful", while_connected=True))
                print("attached", flush=True)
            for event in client.events(kinds=["expired"]):
                pass
        except (xdpd.Disconnected, xdpd.NoDaemon):
            pass
"""


def test_components_run_on_while_the_daemon_is_killed_at_random_moments(bench):
    devices, daemon = [bench.device(), bench.device()], bench.daemon()
    process = subprocess.Popen([sys.executable, "-c", FAITHFUL, daemon.socket, OBJECTS / "verdict-2.o", *devices],
                               env={**os.environ, "PYTHONPATH": str(TOP / "python")}, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "attached\n"
    assert bench.quiet()
    before = [runs(bench, device)[1] for device in devices]
    seed = time.time_ns()
    moments = random.Random(seed)
    for _ in range(int(10 * SCALE) + 2):
        time.sleep(moments.random() * 0.1)
        daemon.kill()
        daemon.start()
    for device, expected in zip(devices, before):
        assert is_claimed(bench, device) and runs(bench, device)[1] == expected, f"seed {seed}"
    process.kill()
    assert process.communicate()[0] == "", f"seed {seed}: it was attached again"
    for device in devices:
        waits_for_names(bench, device)


def test_a_component_is_attached_exactly_as_long_as_a_command_runs(bench):
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    for script, status in (("exit 0", 0), ("exit 1", 1), ("exit 42", 42), ("kill -9 $$", 128 + 9)):
        script = f"read line; printf '%s %s' \"$line\" \"$1\"; {script}"
        with running(bench, device, "sh", "-c", script, "-", "--json a  b") as process:
            waits_for_names(bench, device, "stays", "guest")
            output, errors = process.communicate("from stdin\n", timeout=PATIENCE)
        assert (process.returncode, output, errors) == (status, "from stdin --json a  b", "")
        waits_for_names(bench, device, "stays")


# Prints each signal that it gets; USR2 ends it.
SIGNALS = """
import signal
names = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2}
signal.pthread_sigmask(signal.SIG_BLOCK, names)
print("ready", flush=True)
while (number := signal.sigwait(names)) != signal.SIGUSR2:
    print(signal.Signals(number).name, flush=True)
"""


def test_signals_reach_the_command(bench):
    device = bench.device()
    with running(bench, device, sys.executable, "-c", SIGNALS) as process:
        assert process.stdout.readline() == "ready\n"
        for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGTERM"):
            process.send_signal(getattr(signal, name))
            assert process.stdout.readline() == name + "\n"
        assert bench.names(device) == ["guest"]
        process.send_signal(signal.SIGUSR2)
        assert process.communicate(timeout=PATIENCE) == ("", "") and process.returncode == 0


def test_a_signal_of_the_terminal_reaches_the_command_once(bench):
    device, daemon = bench.device(), bench.daemon()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(BUILD / "cli/xdpctl", [*map(str, command_line(daemon, device)), sys.executable, "-c", SIGNALS])
    with open(terminal, "r+b", buffering=0) as stream:
        printed = b""
        for send, word in ((lambda: None, b"ready\r\n"),
                           (lambda: stream.write(b"\x03"), b"SIGINT\r\n"),  # control-C
                           (lambda: os.kill(pid, signal.SIGTERM), b"SIGTERM\r\n")):
            send()
            while not printed.endswith(word):
                printed += stream.read(100)
        assert printed.count(b"SIGINT") == 1, printed
        os.kill(pid, signal.SIGUSR2)
        assert os.waitpid(pid, 0) == (pid, 0)


def test_a_killed_xdpctl_ends_the_component_and_its_command(bench):
    device = bench.device()
    with running(bench, device, "sh", "-c", "echo $$; exec sleep 600") as process:
        pid = int(process.stdout.readline())
        process.kill()
        waits_for_names(bench, device)
        assert wait_for(lambda: is_gone(pid))


def test_a_command_ends_if_xdpctl_cannot_reconnect_in_time(bench):
    device, daemon = bench.device(), bench.daemon()
    daemon.configure("reconnect-time = 0")
    with running(bench, device, "sh", "-c", "echo $$; exec sleep 600") as process:
        pid = int(process.stdout.readline())
        daemon.kill()
        daemon.start()
        assert process.communicate(timeout=PATIENCE)[1] == lost(daemon)
        assert process.returncode == 3 and is_gone(pid)
    waits_for_names(bench, device)


def test_a_command_that_ends_while_there_is_no_daemon_ends_the_component(bench):
    device, daemon = bench.device(), bench.daemon()
    daemon.configure("reconnect-time = 1")
    with running(bench, device, "sh", "-c", "echo; read line; exit 5") as process:
        process.stdout.readline()
        daemon.kill()
        assert process.communicate("line\n", timeout=PATIENCE)[1] == "" and process.returncode == 5
    daemon.start()
    waits_for_names(bench, device)


def test_a_command_that_cannot_be_run_leaves_nothing(bench):
    device, file = bench.device(), bench.directory / "file"
    file.write_text("")
    file.chmod(0o644)
    for command, status, reason in (("no-such-command", 127, "No such file or directory"),
                                    (file, 126, "Permission denied")):
        with running(bench, device, command) as process:
            printed = process.communicate(timeout=PATIENCE)
        assert printed == ("", f"xdpctl: cannot run '{command}': {reason}\n"), printed
        assert process.returncode == status
        waits_for_names(bench, device)


def test_a_command_does_not_run_without_the_component(bench):
    marker = bench.directory / "marker"
    with running(bench, "absent0", "touch", marker) as process:
        assert process.communicate(timeout=PATIENCE)[1] == "xdpctl: no network device 'absent0'\n"
    assert process.returncode == 1 and not marker.exists()


def test_a_refused_request_ends_xdpctl(bench):
    text = bench.xdpctl("attach", OBJECTS / "verdict-2.o", "--dev", "absent0", "--while-connected", expect=1)
    assert text == "xdpctl: no network device 'absent0'\n", text


def test_status_shows_what_ends_with_its_client(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        assert bench.chain(device)[0]["while_connected"] is True
        assert "guest is detached when its client disconnects" in bench.xdpctl("status")
        bench.xdpctl("replace", "guest", OBJECTS / "verdict-1.o", "--dev", device)
        bench.xdpctl("set", "guest", "--dev", device, "--prio", "7")
        assert bench.chain(device)[0]["while_connected"] is True
    waits_for_names(bench, device)


def test_another_client_may_detach_it(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        bench.xdpctl("detach", "guest", "--dev", device)
        before = device_status(bench, device)["generation"]
    bench.call("Verify")
    assert device_status(bench, device)["generation"] == before


def test_chain_files_leave_it_alone(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "first")
    file = bench.directory / "chains.json"
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        bench.attach("verdict-1", "--dev", device, "--name", "last")
        bench.xdpctl("export", "--output", file)
        assert "guest" not in file.read_text()
        bench.xdpctl("plan", "--check", file)
        bench.xdpctl("apply", file)
        assert bench.names(device) == ["first", "guest", "last"]
        document = json.loads(file.read_text())
        document["devices"][0]["components"].pop()
        file.write_text(json.dumps(document))
        bench.xdpctl("apply", file)
        assert bench.names(device) == ["first", "guest"]
        document["devices"][0]["components"][0]["name"] = "guest"
        file.write_text(json.dumps(document))
        text = bench.xdpctl("apply", file, expect=1)
        assert f"{device} has a component 'guest' that a connected client has attached" in text, text
    waits_for_names(bench, device, "first")


def test_an_unconfirmed_change_stays_unconfirmed(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        bench.attach("verdict-1", "--dev", device, "--name", "new", "--confirm", "5min")
    waits_for_names(bench, device, "new")
    unconfirmed = device_status(bench, device)["unconfirmed"]
    assert unconfirmed["before"] == [] and unconfirmed["seconds"] > 200, unconfirmed
    bench.xdpctl("revert")
    assert bench.names(device) == []


def test_a_rollback_does_not_attach_it_again(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        bench.xdpctl("detach", "guest", "--dev", device, "--confirm", "5min")
    assert wait_for(lambda: device_status(bench, device)["unconfirmed"]["before"] == [])
    bench.xdpctl("revert")
    assert bench.names(device) == []


def test_it_ends_while_its_device_is_absent(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as client:
        attach(client, "guest", device)
        bench.delete(device)
        assert wait_for(lambda: device_status(bench, device)["state"] == "absent")
    assert wait_for(lambda: device_status(bench, device)["components"] == [])
    bench.device(name=device)
    assert wait_for(lambda: device_status(bench, device)["state"] == "attached")
    assert bench.names(device) == []


def test_the_end_is_reported(bench):
    device, daemon = bench.device(), bench.daemon()
    with Client(daemon.socket) as listener:
        call = json.dumps({"method": "io.xdpd.Monitor", "more": True, "parameters": {"kinds": ["expired"]}})
        listener.socket.sendall(call.encode() + b"\0")
        with Client(daemon.socket) as client:
            attach(client, "guest", device)
        assert listener.receive()["parameters"]["event"]["kind"] == "listening"
        event = listener.receive()["parameters"]["event"]
    assert event["devices"] == [device], event
    assert event["sentence"] == f"{device} no longer runs guest, because the client disconnected", event

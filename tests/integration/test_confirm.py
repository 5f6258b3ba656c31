# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Changes with --confirm: a change that is not confirmed in time is rolled back, whatever happens to the
client, the daemon and the machine meanwhile."""
import contextlib
import json
import re
import select
import subprocess
import sys
import time

from harness import BUILD, EMULATED, OBJECTS, SCALE, Client, Daemon, mounted, run, wait_for

LONG = "600s"
A_WHILE = 40 if EMULATED else 8  # seconds in which a daemon starts, or a device disappears


def several(devices):
    return [word for device in devices for word in ("--dev", device)]


def wanted(bench):
    """What is on the devices, without the figures that change with time."""
    return [(device["ifname"], device["state"],
             [(entry["name"], entry["prog_id"], entry["priority"], entry["proceed_on"])
              for entry in device["components"]]) for device in bench.status()]


def unconfirmed(bench, device):
    return next((found.get("unconfirmed") for found in bench.status()
                 if found["ifname"] == device), None)


def all_decided(bench):
    return not any("unconfirmed" in device for device in bench.status())


def runs(bench, device):
    """Counters of the chain's components, by name."""
    return {entry["name"]: entry["counters"]["run"] for entry in bench.chain(device)}


def test_a_confirmed_change_stays(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    said = bench.attach("verdict-1", "--dev", device, "--name", "b", "--confirm", LONG)
    assert f"{device}: rolls back in 600 s unless 'xdpctl confirm' comes first" in said, said
    before = wanted(bench)
    pending = unconfirmed(bench, device)
    assert pending["before"] == ["a"] and 590 < pending["seconds"] <= 600, pending
    text = bench.xdpctl("status")
    assert re.search(r"unconfirmed change: rolls back in (59\d|600) s to a; "
                     r"'xdpctl confirm' keeps it", text), text
    said = bench.xdpctl("confirm")
    assert said.startswith(f"{device}: change confirmed, generation 2 "), said
    assert wanted(bench) == before and all_decided(bench)
    assert "unconfirmed" not in bench.xdpctl("status")
    bench.attach("verdict-2", "--dev", device, "--name", "c")
    bench.daemons[0].stop()
    bench.daemons[0].start()
    assert bench.names(device) == ["a", "b", "c"] and all_decided(bench)


def test_an_unconfirmed_change_is_rolled_back(bench):
    """The client has already ended, so no client asks for the rollback."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a", "--prio", 20)
    bench.attach("verdict-1", "--dev", device, "--name", "b", "--prio", 30)
    before = wanted(bench)
    reverts = 0
    for words in (["detach", "a", "--dev", device], ["detach", "--all", "--dev", device],
                  ["move", "b", "--dev", device, "--prio", 1],
                  ["set", "b", "--dev", device, "--proceed-on", "drop"],
                  ["attach", OBJECTS / "verdict-2.o", "--dev", device, "--name", "c"],
                  ["replace", "a", OBJECTS / "verdict-2.o", "--dev", device],
                  ["release", "--dev", device]):
        bench.xdpctl(*words, "--confirm", "1s")
        assert wanted(bench) != before, words
        assert wait_for(lambda: all_decided(bench)), bench.status()
        assert wanted(bench) == before, words
        reverts += 1
        sentence = f"the change of {device} was not confirmed in time"
        assert wait_for(lambda: bench.logs().count(sentence) == reverts)
    assert len(bench.daemons[0].objects()) == 2, bench.daemons[0].objects()
    bench.xdpctl("verify")


def test_the_previous_chain_is_restored_unchanged(bench):
    """It is the same program, which is not verified again; its counters continue."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.attach("verdict-1", "--dev", device, "--name", "b")
    bench.quiet()
    bench.send(device, 5, 2, 2)
    before = bench.status()[0]["rootlet"]["prog_id"]
    daemon = bench.daemons[0]
    for turn, end in enumerate((None, daemon.stop, daemon.kill), 1):
        bench.attach("verdict-2", "--dev", device, "--name", "c", "--confirm", LONG)
        bench.xdpctl("detach", "a", "--dev", device, "--confirm", LONG)
        bench.send(device, 3, 2, 2, 2)
        if end:
            end()
            daemon.start()
        assert "as it should be" in bench.xdpctl("verify")
        bench.xdpctl("revert")
        assert bench.status()[0]["rootlet"]["prog_id"] == before
        bench.send(device, 2, 2, 2)
        assert runs(bench, device) == {"a": 5 + 2 * turn, "b": 5 + 5 * turn}
        assert "as it should be" in bench.xdpctl("verify")
    daemon.kill()
    daemon.start()
    assert runs(bench, device) == {"a": 11, "b": 20}
    assert bench.status()[0]["rootlet"]["prog_id"] == before
    bench.xdpctl("detach", "b", "--dev", device, "--confirm", LONG)
    bench.xdpctl("confirm")
    assert wait_for(lambda: len(list(daemon.bpffs.glob("generations/*"))) == 1)


def test_a_new_device_is_released_again(bench):
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--confirm", "1")
    assert "before" not in unconfirmed(bench, device)
    assert "to no XDP program;" in bench.xdpctl("status")
    assert wait_for(lambda: not bench.status())
    assert not bench.daemons[0].records()
    assert wait_for(lambda: not bench.daemons[0].objects())
    assert "xdp" not in bench.inside(bench.netns, "ip", "link", "show", device).stdout.split()


def test_revert_rolls_back_at_once(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    before = wanted(bench)
    bench.attach("verdict-1", "--dev", device, "--name", "b", "--confirm", LONG)
    said = bench.xdpctl("revert")
    assert said.startswith(f"{device}: change rolled back, generation 3 "), said
    assert wanted(bench) == before and all_decided(bench)
    for verb in ("confirm", "revert"):
        assert "there is no unconfirmed change" in bench.xdpctl(verb, expect=1)
        assert f"{device} has no unconfirmed change" in \
            bench.xdpctl(verb, "--dev", device, expect=1)


def test_a_plan_can_start_from_an_unconfirmed_change(bench):
    device = bench.device()
    file = bench.directory / "chains.json"

    def write(*names):
        file.write_text(json.dumps({"devices": [{"name": device, "components": [
            {"object": str(OBJECTS / "verdict-0.o"), "name": name} for name in names]}]}))
        return file

    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.attach("verdict-0", "--dev", device, "--name", "b", "--confirm", LONG)
    before = wanted(bench), bench.status()[0]["generation"]
    said = bench.xdpctl("plan", write("a", "b"))
    assert "nothing to do" in said and "apply will be refused" in said, said
    said = bench.xdpctl("plan", write("a"))
    assert "- remove  b" in said and "has an unconfirmed change" in said, said
    assert "- remove  b" not in bench.xdpctl("plan", write("b"))
    assert (wanted(bench), bench.status()[0]["generation"]) == before
    assert unconfirmed(bench, device)["before"] == ["a"]
    assert "has an unconfirmed change" in bench.xdpctl("apply", write("a"), expect=1)
    bench.xdpctl("apply", file, "--confirm", LONG)
    assert bench.names(device) == ["a"]
    bench.xdpctl("confirm")
    assert "warning" not in bench.xdpctl("plan", file)
    bench.xdpctl("release", "--dev", device, "--confirm", LONG)
    assert "+ add     a" in bench.xdpctl("plan", file)
    bench.xdpctl("revert")
    assert bench.names(device) == ["a"]


def test_another_change_is_refused_or_joins(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    before = wanted(bench)
    bench.attach("verdict-1", "--dev", device, "--name", "b", "--confirm", LONG)
    for words in (["detach", "a"], ["move", "a", "--prio", 1], ["release"],
                  ["attach", OBJECTS / "verdict-2.o"]):
        sentence = bench.xdpctl(*words, "--dev", device, expect=1)
        assert "has an unconfirmed change" in sentence and "xdpctl revert" in sentence, sentence
    bench.attach("verdict-2", "--dev", other, "--name", "free")  # that device has no unconfirmed change
    bench.xdpctl("detach", "free", "--dev", other)
    bench.xdpctl("release", "--dev", other)
    bench.xdpctl("detach", "a", "--dev", device, "--confirm", A_WHILE)
    assert bench.names(device) == ["b"]
    assert unconfirmed(bench, device)["seconds"] <= A_WHILE
    assert unconfirmed(bench, device)["before"] == ["a"]
    assert wait_for(lambda: all_decided(bench))
    assert wanted(bench) == before


def test_devices_of_one_request_are_rolled_back_together(bench):
    devices = [bench.device() for _ in range(3)]
    bench.attach("verdict-0", *several(devices), "--name", "a")
    before = wanted(bench)
    bench.attach("verdict-1", *several(devices[:2]), "--name", "b", "--confirm", LONG)
    bench.attach("verdict-2", *several(devices[2:]), "--name", "c", "--confirm", LONG)
    changes = [unconfirmed(bench, device)["change"] for device in devices]
    assert changes[0] == changes[1] != changes[2], changes
    # A change that joins restarts the time of both, and only its own device is in the reply.
    said = bench.xdpctl("detach", "a", "--dev", devices[0], "--confirm", "300s")
    assert devices[1] not in said
    for device in devices[:2]:
        assert unconfirmed(bench, device)["seconds"] <= 300
    said = bench.xdpctl("revert", "--dev", devices[1])
    assert all(f"{device}: change rolled back" in said for device in devices[:2]), said
    assert [unconfirmed(bench, device) is None for device in devices] == [True, True, False]
    # A change that covers two unconfirmed changes makes them one.
    bench.attach("verdict-1", *several(devices[:1]), "--name", "b", "--confirm", LONG)
    bench.xdpctl("move", "a", *several([devices[0], devices[2]]), "--prio", 7, "--confirm",
                 A_WHILE)
    assert unconfirmed(bench, devices[0])["change"] == unconfirmed(bench, devices[2])["change"]
    assert wait_for(lambda: all_decided(bench))
    assert wanted(bench) == before
    bench.attach("verdict-1", *several(devices), "--name", "b", "--confirm", LONG)
    bench.xdpctl("confirm", "--dev", devices[2])
    assert all_decided(bench) and all(bench.names(device) == ["a", "b"] for device in devices)


def test_a_killed_daemon_rolls_back_in_time_or_at_once(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-0", *several([device, other]), "--name", "a")
    before = wanted(bench)
    daemon = bench.daemons[0]
    bench.attach("verdict-1", *several([device, other]), "--name", "b", "--confirm", A_WHILE)
    daemon.kill()
    daemon.start()
    assert bench.names(device) == bench.names(other) == ["a", "b"]
    assert unconfirmed(bench, device)["seconds"] <= A_WHILE
    assert wait_for(lambda: all_decided(bench))
    assert wanted(bench) == before
    bench.attach("verdict-1", *several([device, other]), "--name", "b", "--confirm", "1s")
    daemon.kill()
    time.sleep(1.2)
    daemon.start()
    assert all_decided(bench) and wanted(bench) == before  # with the first reply
    bench.attach("verdict-1", *several([device, other]), "--name", "b", "--confirm", A_WHILE)
    bench.xdpctl("confirm")
    daemon.kill()
    daemon.start()
    time.sleep(A_WHILE)
    assert bench.names(device) == bench.names(other) == ["a", "b"]




def test_a_reboot_rolls_back_at_once(bench):
    device, fresh = bench.device(), bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    daemon = bench.daemons[0]
    bench.attach("verdict-1", *several([device, fresh]), "--name", "b", "--confirm", LONG)
    daemon.kill()
    daemon.forget_the_kernel()
    daemon.start()
    assert [found["ifname"] for found in bench.status()] == [device]
    assert bench.names(device) == ["a"] and all_decided(bench)
    assert len(daemon.objects()) == 1


def test_maps_and_counters_continue_across_both_swaps(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("verdict-1", "--dev", device, "--name", "last", "--prio", 90)
    bench.send(device, 3, 2, 2)
    maps = {entry["name"]: entry["id"] for entry in bench.chain(device)[0]["maps"]}
    program = bench.chain(device)[0]["prog_id"]
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device, "--fresh-maps",
                 "--confirm", LONG)
    bench.xdpctl("detach", "last", "--dev", device, "--confirm", LONG)
    bench.send(device, 2, 2)
    assert bench.map_value(bench.chain(device)[0], "an_array") == 2
    bench.xdpctl("revert")
    fw = bench.chain(device)[0]
    assert fw["prog_id"] == program
    assert {entry["name"]: entry["id"] for entry in fw["maps"]} == maps
    assert bench.map_value(fw, "an_array") == 3
    assert runs(bench, device) == {"fw": 5, "last": 3}
    bench.send(device, 4, 2, 2)
    assert bench.map_value(fw, "an_array") == 7 and runs(bench, device) == {"fw": 9, "last": 7}


def test_no_packet_and_no_count_is_lost(bench):
    """A filter whose absence would show is detached, and rolled back, repeatedly."""
    device = bench.device()
    count = int(60000 * SCALE) + 2000
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("verdict-1", "--dev", device, "--name", "keep", "--prio", 90)
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, 2, 2)
    rounds = 0
    while sender.poll() is None or rounds < 2:
        bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device, "--confirm",
                     "1s")
        bench.xdpctl("detach", "keep", "--dev", device, "--confirm", "1s" if rounds % 2 else LONG)
        if rounds % 2 == 0:
            bench.xdpctl("revert")
        elif rounds % 4 == 1:
            bench.daemons[0].kill()
            bench.daemons[0].start()
        assert wait_for(lambda: all_decided(bench))
        rounds += 1
    assert receiver.result() == count
    assert bench.map_value(bench.chain(device)[0], "an_array") == count
    assert runs(bench, device)["fw"] == count
    assert bench.names(device) == ["fw", "keep"]


def test_a_change_that_cuts_its_own_connection_is_rolled_back(bench):
    """The client's change cuts the connection on which its reply would arrive."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "way", "--proceed-on", "drop")
    before = wanted(bench)
    message = json.dumps({"method": "io.xdpd.Move", "oneway": True, "parameters": {
        "devices": [device], "name": "way", "proceed_on": ["pass"], "confirm": 1}})
    bench.call_oneway(message)
    assert wait_for(lambda: wanted(bench) != before)
    assert wait_for(lambda: all_decided(bench))
    assert wanted(bench) == before


# A client that connects runs commands, as with ssh; one line each, one line back.
SHELL = """
import socket, subprocess
listening = socket.create_server(("10.9.0.1", 4022))
print("ready", flush=True)
connection, _ = listening.accept()
for line in connection.makefile():
    done = subprocess.run(line.split(), capture_output=True, text=True)
    connection.sendall("; ".join((done.stdout + done.stderr).splitlines()).encode() + b"\\n")
"""
CLIENT = """
import socket, sys
with socket.create_connection(("10.9.0.1", 4022)) as connection:
    answers = connection.makefile()
    for line in sys.stdin:
        connection.sendall(line.encode())
        print(answers.readline(), end="", flush=True)
"""


def talk(bench, netns, program):
    process = subprocess.Popen(["nsenter", f"--net=/run/netns/{netns}", sys.executable, "-c", program],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    bench.processes.append(process)
    return process


def test_the_connection_that_made_the_change_works_again(bench):
    device = bench.device()
    for netns, address in ((bench.netns, "10.9.0.1/24"), (bench.peer, "10.9.0.2/24")):
        run("ip", "-n", netns, "addr", "add", address, "dev", device)
    bench.attach("verdict-0", "--dev", device, "--name", "way")
    shell = talk(bench, bench.netns, SHELL)
    assert shell.stdout.readline() == "ready\n"
    client = talk(bench, bench.peer, CLIENT)

    def answer(seconds):
        readable, _, _ = select.select([client.stdout], [], [], seconds)
        return client.stdout.readline() if readable else None

    client.stdin.write("echo connected\n")
    assert answer(20) == "connected\n"
    before = wanted(bench)
    # Every passed packet becomes aborted: nothing reaches the machine any longer.
    client.stdin.write(f"{BUILD}/cli/xdpctl --socket {bench.daemons[0].socket} set way --dev {device} "
                       f"--allow-verdicts drop --confirm {A_WHILE}s\n")
    said = answer(60)
    assert said and "unless 'xdpctl confirm' comes first" in said, said
    client.stdin.write("echo still here\n")
    heard = answer(A_WHILE / 3)
    assert heard is None or not unconfirmed(bench, device), heard
    assert wait_for(lambda: all_decided(bench))
    assert (heard or answer(60)) == "still here\n"
    assert wanted(bench) == before
    # And a change that is confirmed over it stays.
    client.stdin.write(f"{BUILD}/cli/xdpctl --socket {bench.daemons[0].socket} set way --dev {device} "
                       f"--proceed-on pass,tx --confirm {LONG}\n")
    assert "unless" in answer(60)
    client.stdin.write(f"{BUILD}/cli/xdpctl --socket {bench.daemons[0].socket} confirm\n")
    assert "confirmed" in answer(60) and all_decided(bench)


def test_absent_devices_are_rolled_back(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    program = bench.chain(device)[0]["prog_id"]
    bench.attach("verdict-1", "--dev", device, "--name", "b", "--confirm", A_WHILE)
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    assert unconfirmed(bench, device)["before"] == ["a"]
    assert wait_for(lambda: all_decided(bench))
    bench.device(name=device)
    assert wait_for(lambda: bench.status()[0]["state"] == "attached")
    assert bench.names(device) == ["a"] and bench.chain(device)[0]["prog_id"] == program
    # The device is released, disappears and reappears: it runs no chain until the time is over.
    bench.xdpctl("release", "--dev", device, "--confirm", LONG)
    assert bench.status()[0]["state"] == "released"
    bench.delete(device)
    bench.device(name=device)
    bench.daemons[0].kill()
    bench.daemons[0].start()
    assert bench.status()[0]["state"] == "released", bench.status()
    bench.send(device, 2, 1)
    bench.xdpctl("revert")
    assert bench.status()[0]["state"] == "attached" and bench.names(device) == ["a"]


def test_a_confirmed_release_is_final(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.xdpctl("release", "--dev", device, "--confirm", LONG)
    assert "xdpgeneric" not in bench.inside(bench.netns, "ip", "link", "show", device).stdout
    assert "device released" in bench.xdpctl("confirm")
    assert not bench.status()
    assert not bench.daemons[0].records()
    assert wait_for(lambda: not bench.daemons[0].objects())


def test_a_failed_rollback_is_reported_and_retried(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.xdpctl("release", "--dev", device, "--confirm", "1s")
    netns = f"--net=/run/netns/{bench.netns}"
    run("nsenter", netns, "ip", "link", "set", "dev", device, "xdp", "obj",
        OBJECTS / "verdict-1.o", "sec", "xdp")
    assert wait_for(lambda: "already runs" in unconfirmed(bench, device).get("failure", ""))
    assert "rolling back has failed so far: " in bench.xdpctl("status")
    assert "already runs" in bench.xdpctl("revert", expect=1)
    run("nsenter", netns, "ip", "link", "set", "dev", device, "xdp", "off")
    assert wait_for(lambda: all_decided(bench))
    assert bench.names(device) == ["a"] and bench.status()[0]["state"] == "attached"


def test_adopt_with_confirm_is_refused(bench):
    device = bench.device()
    with Client(bench.daemon().socket) as client:
        answer = client.call("Adopt", devices=[device], confirm=600)
    assert "adopt cannot be combined with --confirm" in answer["parameters"]["message"], answer


def test_wrong_times_are_refused(bench):
    device = bench.device()
    for text in ("0", "0s", "-1", "30x", "s", "", "1.5s", "half an hour", "1y", "25h", "86401",
                 "99999999999999999999h"):
        bench.attach("verdict-0", "--dev", device, f"--confirm={text}", expect=2)
    for value, why in ((0, "minimum 1"), (-1, "-1 is negative"), (31536000, "maximum 86400"),
                       ("30s", "not a whole number")):
        message = {"method": "io.xdpd.Detach",
                   "parameters": {"devices": [device], "all": True, "confirm": value}}
        answer = json.loads(bench.call_raw(json.dumps(message).encode() + b"\0").rstrip(b"\0"))
        assert why in answer["parameters"]["message"], answer
    assert not bench.status()


def test_any_client_that_may_change_things_confirms(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--confirm", LONG)
    answer = json.loads(bench.call_raw(b'{"method":"io.xdpd.Confirm"}\0').rstrip(b"\0"))
    assert [row["ifname"] for row in answer["parameters"]["results"]] == [device], answer
    assert all_decided(bench) and len(bench.chain(device)) == 1
    assert "Confirm by uid" in bench.logs()


def test_an_unconfirmed_chain_is_fused_and_survives_restarts(bench):
    """Fusing an unconfirmed or a rolled back chain makes no difference."""
    device = bench.device()
    bench.daemon("d", "--fuse-after", "0.05")
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.attach("verdict-1", "--dev", device, "--name", "b", "--confirm", LONG)
    assert bench.quiet()
    bench.send(device, 3, 2, 2)
    assert unconfirmed(bench, device)["before"] == ["a"]
    bench.xdpctl("revert")
    assert bench.quiet()
    assert runs(bench, device) == {"a": 3}


def test_a_change_in_another_namespace_is_rolled_back(bench):
    """Without --netns confirm and revert apply to all changes, otherwise to those of that namespace."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--confirm", LONG)
    path = f"/run/netns/{bench.peer}"
    bench.attach("verdict-0", "--dev", device, "--netns", path, "--confirm", LONG)
    bench.xdpctl("confirm", "--netns", path)
    assert [("netns" in found, "unconfirmed" in found) for found in bench.status()] == \
        [(False, True), (True, False)]
    bench.xdpctl("revert", "--dev", device)
    assert ["netns" in found for found in bench.status()] == [True]


def library(name):
    return OBJECTS / f"library-{name}.o"


def test_libraries_policies_and_files_are_rolled_back(bench):
    """Every kind of change of a device, and a daemon that is killed meanwhile."""
    device, other, fresh = (bench.device() for _ in range(3))
    bench.attach("library-user", "--dev", device, "--name", "fw", "--link", library("parser"))
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", other)
    bench.attach("verdict-0", "--dev", other, "--name", "filter", "--slot",
                 "xdp_firewall_placeholder")
    before = wanted(bench), json.loads(bench.xdpctl("export"))
    daemon = bench.daemons[0]
    assert wait_for(lambda: len(daemon.objects()) == 4)
    chains = bench.directory / "chains.json"
    chains.write_text(json.dumps({"devices": [
        {"name": name, "components": [{"object": str(OBJECTS / "verdict-1.o"), "name": "all"}]}
        for name in (device, fresh)]}))
    for words in (["relink", "library-parser.o", library("parser_next")],
                  ["policy", "clear", "--dev", other, "--park"],
                  ["policy", "set", OBJECTS / "policy-2.o", "--dev", other, "--park"],
                  ["interop", "libxdp", "--dev", device],
                  ["apply", chains]):
        done = bench.try_xdpctl(*words, "--confirm", LONG)
        if done.returncode and words[0] == "interop":
            continue  # not with that linker
        assert done.returncode == 0, (words, done.stderr)
        assert not all_decided(bench), words
        daemon.kill()
        daemon.start()
        bench.xdpctl("verify")
        bench.xdpctl("revert")
        assert (wanted(bench), json.loads(bench.xdpctl("export"))) == before, words
        assert wait_for(lambda: len(daemon.objects()) == 4), words
        bench.xdpctl("verify")


def test_a_full_disk_only_delays_the_rollback(bench):
    daemon = Daemon(bench, "d")
    state = daemon.directory / "state"
    with mounted("tmpfs", state, "size=1m,mode=700"):
        bench.daemons.append(daemon.start())
        device = bench.device()
        bench.attach("verdict-0", "--dev", device, "--name", "a")
        bench.attach("verdict-1", "--dev", device, "--name", "b", "--confirm", A_WHILE)
        filler = state / "filler"
        with contextlib.suppress(OSError), open(filler, "wb") as file:
            while True:
                file.write(b"x" * 4096)
                file.flush()
        assert wait_for(lambda: "ENOSPC" in unconfirmed(bench, device).get("failure", ""),
                        2 * A_WHILE)
        assert bench.logs().count("cannot be rolled back") == 1
        filler.unlink()
        assert wait_for(lambda: all_decided(bench))
        assert bench.names(device) == ["a"]
        daemon.stop()

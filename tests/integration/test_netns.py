# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices of other network namespaces."""
import json

import namespaces
from harness import BUILD, OBJECTS, Sender, run, wait_for


def one(bench, netns=None):
    """The status of the only device there."""
    (device,) = [device for device in bench.status()
                 if device.get("netns") == (f"/run/netns/{netns}" if netns else None)]
    return device


def test_a_chain_in_another_namespace(bench):
    device, there = bench.device(), bench.peer
    said = bench.attach("kind-maps", "--dev", device, "--netns", there)
    assert "native" in said
    bench.send(device, 3, 1)  # the packet comes from there
    assert one(bench, there)["components"][0]["counters"]["run"] == 0
    bench.spawn(bench.netns, Sender, device, 4, 0, 1).wait()
    assert one(bench, there)["components"][0]["counters"]["terminate"]["drop"] == 4
    assert f"in /run/netns/{there}" in bench.xdpctl("status")
    assert bench.xdpctl("status", "--netns", there, "--dev", device).startswith(device)
    bench.xdpctl("move", "kind", "--dev", device, "--netns", f"/run/netns/{there}", "--prio", 9)
    bench.xdpctl("detach", "kind", "--dev", device, expect=1)
    bench.xdpctl("detach", "--all", "--release", "--dev", device, "--netns", there)
    assert bench.status() == []


def test_devices_of_the_same_name_in_two_namespaces_are_independent(bench):
    device, there = bench.device(), bench.peer
    bench.attach("kind-maps", "--dev", device, "--name", "here")
    bench.attach("kind-maps", "--dev", device, "--name", "there", "--netns", there)
    assert [entry["name"] for entry in one(bench)["components"]] == ["here"]
    assert [entry["name"] for entry in one(bench, there)["components"]] == ["there"]
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    assert one(bench, there)["state"] == "attached"
    bench.attach("kind-maps", "--dev", device, "--name", "there", "--netns", there, expect=1)


def test_a_chain_in_another_namespace_survives_a_restart(bench):
    device, there = bench.device(), bench.peer
    bench.attach("kind-maps", "--dev", device, "--netns", there)
    bench.attach("kind-maps", "--dev", device)
    bench.quiet()
    before = bench.status()
    for end in (bench.daemons[0].stop, bench.daemons[0].kill):
        end()
        bench.daemons[0].start()
        assert bench.status() == before
    assert bench.xdpctl("verify")
    bench.daemons[0].stop()
    bench.daemons[0].forget_the_kernel()
    bench.daemons[0].start()
    assert [entry["state"] for entry in bench.status()] == ["attached"] * 2
    bench.spawn(bench.netns, Sender, device, 4, 0, 1).wait()


def test_devices_of_another_namespace_disappear_and_reappear(bench):
    device, there = bench.device(), bench.peer
    bench.attach("kind-maps", "--dev", device, "--netns", there)
    bench.delete(device)
    assert wait_for(lambda: one(bench, there)["state"] == "absent")
    bench.device(name=device)
    assert one(bench, there)["state"] == "attached"
    bench.rename(there, device, "other0")
    assert wait_for(lambda: one(bench, there)["ifname"] == "other0")
    bench.xdpctl("detach", "kind", "--dev", "other0", "--netns", there)


def test_a_namespace_can_be_deleted_and_created_again(bench):
    device, there = bench.device(), f"{bench.id}c"
    run("ip", "netns", "add", there)
    try:
        run("ip", "-n", bench.peer, "link", "set", device, "netns", there)
        run("ip", "-n", there, "link", "set", device, "up")
        bench.attach("kind-maps", "--dev", device, "--netns", there)
        for _ in range(2):
            run("ip", "netns", "del", there)
            assert wait_for(lambda: one(bench, there)["state"] == "absent")
            assert wait_for(lambda: device not in run("ip", "-n", bench.netns, "link").stdout), \
                "the namespace lives on"
            run("ip", "netns", "add", there)
            run("ip", "link", "add", device, "netns", bench.netns, "type", "veth", "peer", "name",
                device, "netns", there)
            assert one(bench, there)["state"] == "attached"
        run("ip", "-n", bench.netns, "link", "del", device)
        assert wait_for(lambda: one(bench, there)["state"] == "absent")
        bench.daemons[0].stop()
        run("ip", "netns", "del", there)
        bench.daemons[0].start()
        assert one(bench, there)["state"] == "absent"
        bench.xdpctl("detach", "--all", "--release", "--dev", device, "--netns", there)
    finally:
        run("ip", "netns", "del", there, check=False)


def test_a_device_that_moves_is_absent_where_it_was(bench):
    device, there = bench.device(), f"{bench.id}c"
    run("ip", "netns", "add", there)
    try:
        bench.attach("kind-maps", "--dev", device)
        run("ip", "-n", bench.netns, "link", "set", device, "netns", there)
        assert wait_for(lambda: one(bench)["state"] == "absent")
        assert wait_for(lambda: "xdp" not in run("ip", "-n", there, "link", "show", device).stdout)
        run("ip", "-n", there, "link", "set", device, "netns", bench.netns)
        assert one(bench)["state"] == "attached"
        bench.attach("verdict-1", "--dev", device)
    finally:
        run("ip", "netns", "del", there, check=False)


def test_an_invalid_namespace_is_refused(bench):
    device = bench.device()
    for name, words in (("nosuch", "ENOENT"), (bench.directory, "is not a network namespace"),
                        (f"/proc/{bench.first_daemon().pid()}/ns/mnt", "is not a network namespace"),
                        ("/proc/self/ns/net", "only root may be able to change"),
                        ("./here", "neither a name nor an absolute path")):
        sentence = bench.attach("kind-maps", "--dev", device, "--netns", name, expect=1)
        assert words in sentence and str(name) in sentence, sentence
    sentence = bench.attach("kind-maps", "--dev", "nosuch", "--netns", bench.peer, expect=1)
    assert "'nosuch'" in sentence, sentence
    assert bench.status() == []


def test_devices_are_those_of_the_clients_namespace(bench):
    device, there = bench.device(), f"/run/netns/{bench.peer}"
    bench.daemon()
    with namespaces.entered(bench.peer):
        assert bench.attach("kind-maps", "--dev", device).startswith(f"{device} in {there}: kind attached")
        assert [entry["netns"] for entry in bench.status()] == [there]
        assert bench.xdpctl("status", "--dev", device).startswith(f"{device} in {there}: ")
        assert bench.xdpctl("move", "kind", "--dev", device, "--prio", 7).startswith(f"{device} in {there}: ")
        sentence = bench.attach("kind-maps", "--dev", "nosuch0", expect=1)
        assert f"no network device 'nosuch0' in the network namespace '{there}'" in sentence, sentence
    assert there not in bench.try_xdpctl("status", "--dev", device).stdout
    bench.attach("kind-maps", "--dev", device, "--name", "here")
    with namespaces.entered(bench.peer):
        bench.xdpctl("detach", "here", "--dev", device, expect=1)
        bench.xdpctl("detach", "here", "--dev", device, "--netns", "default")
        bench.xdpctl("release", "--dev", device)
    assert [entry.get("netns") for entry in bench.status()] == [None]


def test_errors_and_the_log_name_the_clients_namespace(bench):
    device, there = bench.device(), f"/run/netns/{bench.peer}"
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    with namespaces.entered(bench.peer):
        bench.attach("verdict-2", "--dev", device, "--name", "other")
        for words in (["detach", "fw", "--dev", device], ["set", "fw", "--dev", device, "--prio", 7],
                      ["policy", "clear", "--dev", device]):
            sentence = bench.xdpctl(*words, expect=1)
            assert sentence.count(there) == 1, sentence
        sentence = bench.xdpctl("detach", "fw", "--dev", "nosuch0", expect=1)
        assert sentence.count(there) == 1, sentence
    assert there not in bench.xdpctl("detach", "other", "--dev", device, expect=1)
    log = bench.logs()
    assert f"{device} generation 1" in log and f"{device} in {there} generation 1" in log, log
    assert f"for {device} in {there}: {device} has no component 'fw'" in log, log


def test_chain_files_are_about_the_clients_namespace(bench):
    device, there = bench.device(), f"/run/netns/{bench.peer}"
    bench.daemon()
    path = bench.directory / "chains.json"
    path.write_text(json.dumps({"devices": [
        {"name": device, "components": [{"object": str(OBJECTS / "kind-maps.o")}]}]}))
    with namespaces.entered(bench.peer):
        assert f"{device} in {there}" in bench.xdpctl("plan", path)
        bench.xdpctl("apply", path)
    assert [entry["netns"] for entry in bench.status()] == [there]
    bench.xdpctl("apply", path)
    with namespaces.entered(bench.peer):
        exported = json.loads(bench.xdpctl("export"))["devices"]
        assert sorted(entry["netns"] for entry in exported) == [there, "default"]
        path.write_text(json.dumps({"devices": exported}))
        assert "+ add" not in bench.xdpctl("plan", path)


def test_a_client_in_a_namespace_without_a_name_must_name_one(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    xdpctl = ["unshare", "--net", BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket]
    for words in (["detach", "kind"], ["status"]):
        done = run(*xdpctl, *words, "--dev", device, check=False)
        assert done.returncode == 1 and "has no name in /run/netns" in done.stderr, done
    assert device in run(*xdpctl, "status").stdout
    run(*xdpctl, "detach", "kind", "--dev", device, "--netns", "default")
    assert bench.chain(device) == []

# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices above others: the kernel attaches no XDP program below one that runs a program."""
import contextlib
import json
import socket
import threading
import time

import namespaces
from harness import OBJECTS, PATIENCE, SCALE, run, wait_for

REASON = "Cannot attach when an upper device already has a program"


def stacked(bench, kind="macvlan"):
    """A device and one above it."""
    lower, upper = bench.device(), f"{kind[:4]}0"
    words = {"macvlan": ["type", "macvlan", "mode", "bridge"], "vlan": ["type", "vlan", "id", 7]}[kind]
    run("modprobe", {"macvlan": "macvlan", "vlan": "8021q"}[kind], check=False)
    if run("ip", "link", "add", upper, "link", lower, *words, check=False).returncode:
        bench.skip(f"this kernel has no {kind} driver")
    run("ip", "link", "set", upper, "up")
    return lower, upper


def states(bench):
    return {device["ifname"]: device["state"] for device in bench.status()}


def chains(bench, *devices):
    """A chain file with these devices, in this order."""
    path = bench.directory / "chains.json"
    path.write_text(json.dumps({"devices": [
        {"name": device, "components": [{"object": str(OBJECTS / "verdict-2.o"), "name": "pass"}]}
        for device in devices]}))
    return path


def detach_by_force(device):
    (shown,) = json.loads(run("ip", "-j", "link", "show", device).stdout)
    (link,) = [link["id"] for link in json.loads(run("bpftool", "-j", "link").stdout)
               if link.get("ifindex") == shown["ifindex"]]
    run("bpftool", "link", "detach", "id", link)


def words_of(sentence):
    """The command that the sentence proposes, without the program's name."""
    return sentence.split("'xdpctl ")[1].split("'")[0].split()


def check_advice(bench, kind):
    """The lower device is refused with the name of the one above; the proposed command helps."""
    lower, upper = stacked(bench, kind)
    if bench.kernel_older(5, 15):
        bench.skip("kernels before 5.15 attach below a program")
    bench.attach("verdict-2", "--dev", upper)
    sentence = bench.attach("verdict-2", "--dev", lower, expect=1)
    assert f"because {upper}, which is directly above it, runs an XDP program" in sentence, sentence
    assert REASON in sentence, sentence
    assert REASON in bench.xdpctl("plan", chains(bench, lower), expect=1)
    bench.xdpctl(*words_of(sentence))
    bench.attach("verdict-2", "--dev", lower)
    bench.attach("verdict-2", "--dev", upper)
    assert states(bench) == {lower: "attached", upper: "attached"}


def test_a_chain_on_a_macvlan_is_named_and_the_advice_works(bench):
    check_advice(bench, "macvlan")


def test_a_chain_on_a_vlan_is_named_and_the_advice_works(bench):
    check_advice(bench, "vlan")


def test_a_foreign_program_above_is_named(bench):
    lower, upper = stacked(bench)
    if bench.kernel_older(5, 15):
        bench.skip("kernels before 5.15 attach below a program")
    run("ip", "link", "set", "dev", upper, "xdp", "obj", OBJECTS / "verdict-2.o", "sec", "xdp")
    sentence = bench.attach("verdict-2", "--dev", lower, expect=1)
    assert f"because {upper}, which is directly above it" in sentence, sentence
    assert "xdpctl release" not in sentence, sentence
    run("ip", "link", "set", "dev", upper, "xdp", "off")
    bench.attach("verdict-2", "--dev", lower)


def test_apply_attaches_lower_devices_first(bench):
    lower, upper = stacked(bench)
    path = chains(bench, upper, lower)
    assert f"{lower}:" in bench.xdpctl("plan", path)
    bench.xdpctl("apply", path)
    assert states(bench) == {lower: "attached", upper: "attached"}
    bench.xdpctl("release", "--dev", upper, "--dev", lower)
    bench.attach("verdict-2", "--dev", upper, "--dev", lower)


def test_after_a_reboot_both_have_their_chains(bench):
    lower, upper = stacked(bench)
    bench.attach("verdict-2", "--dev", lower)
    bench.attach("verdict-2", "--dev", upper)
    bench.quiet()
    daemon = bench.daemons[0]
    for _ in range(2):
        daemon.stop()
        daemon.forget_the_kernel()
        daemon.start()
        assert states(bench) == {lower: "attached", upper: "attached"}


def test_a_chain_that_waits_for_another_device_is_tried_again(bench):
    lower, upper = stacked(bench)
    if bench.kernel_older(5, 15):
        bench.skip("kernels before 5.15 attach below a program")
    bench.attach("verdict-2", "--dev", lower)
    bench.attach("verdict-2", "--dev", upper)
    bench.quiet()
    detach_by_force(lower)
    assert wait_for(lambda: states(bench)[lower] == "failed")
    (device,) = [device for device in bench.status() if device["ifname"] == lower]
    assert REASON in device["note"], device
    assert wait_for(lambda: f"the chain of {lower} does not run" in bench.daemons[0].log.read_text())
    bench.xdpctl("release", "--dev", upper)
    assert wait_for(lambda: states(bench) == {lower: "attached"})


def test_a_chain_that_waits_for_a_foreign_program_is_tried_again(bench):
    lower, upper = stacked(bench)
    if bench.kernel_older(5, 15):
        bench.skip("kernels before 5.15 attach below a program")
    bench.attach("verdict-2", "--dev", lower)
    run("ip", "link", "set", "dev", upper, "xdp", "obj", OBJECTS / "verdict-2.o", "sec", "xdp")
    bench.quiet()
    detach_by_force(lower)
    assert wait_for(lambda: states(bench)[lower] == "failed")
    run("ip", "link", "del", upper)
    assert wait_for(lambda: states(bench) == {lower: "attached"})


def bonded(bench):
    """A port of the bond bond9."""
    port = bench.device()
    run("modprobe", "bonding", check=False)
    if run("ip", "link", "add", "bond9", "type", "bond", "mode", "active-backup", check=False).returncode:
        bench.skip("this kernel has no bonding driver")
    run("ip", "link", "set", port, "down")
    run("ip", "link", "set", port, "master", "bond9")
    run("ip", "link", "set", "bond9", "up")
    return port


def test_plan_and_apply_agree_on_a_bond_and_its_port_that_are_both_new(bench):
    port = bonded(bench)
    if bench.kernel_older(6, 3):
        bench.skip("whether the bond has native XDP is unknown before 6.3, and in skb mode both can have programs")
    for path in (chains(bench, "bond9", port), chains(bench, port, "bond9")):
        for verb in ("plan", "apply"):
            sentence = bench.xdpctl(verb, path, expect=1)
            assert f"cannot attach to bond9 because {port}, which is directly below it" in sentence, sentence
            assert f"the kernel lets only one of them run XDP programs: leave out bond9 or {port}" in sentence, sentence
        assert states(bench) == {}
    # Each of them alone, and both if the bond is in skb mode, as planned.
    for alone in (port, "bond9"):
        path = chains(bench, alone)
        assert "1 to add" in bench.xdpctl("plan", path)
        bench.xdpctl("apply", path)
        bench.xdpctl("release", "--dev", alone)
    path = chains(bench, "bond9", port)
    wanted = json.loads(path.read_text())
    wanted["devices"][0]["mode"] = "skb"
    path.write_text(json.dumps(wanted))
    bench.xdpctl("plan", path)
    bench.xdpctl("apply", path)
    assert states(bench) == {"bond9": "attached", port: "attached"}


def test_a_bond_and_its_ports_name_each_other(bench):
    port = bonded(bench)
    bench.attach("verdict-2", "--dev", "bond9")
    if not bench.kernel_older(5, 15):  # older kernels let a port have its own program
        sentence = bench.attach("verdict-2", "--dev", port, expect=1)
        assert "because bond9, which is directly above it" in sentence and REASON in sentence, sentence
        bench.xdpctl(*words_of(sentence))
    else:
        bench.xdpctl("release", "--dev", "bond9")
    bench.attach("verdict-2", "--dev", port)
    if bench.kernel_older(5, 15):
        return
    sentence = bench.attach("verdict-2", "--dev", "bond9", "--mode", "native", expect=1)
    assert f"because {port}, which is directly below it, runs an XDP program" in sentence, sentence
    bench.xdpctl(*words_of(sentence))
    bench.attach("verdict-2", "--dev", "bond9")


def test_quick_renames_leave_the_name_of_the_kernel(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device)
    if bench.kernel_older(6, 2):
        run("ip", "link", "set", device, "down")
    for _ in range(10):
        for before, after in ((device, "other0"), ("other0", "third0"), ("third0", device)):
            run("ip", "link", "set", before, "name", after)
        assert wait_for(lambda: list(states(bench)) == [device]), states(bench)
    assert bench.xdpctl("verify")


def attached(bench, *names):
    """Waits until exactly these devices have their chains."""
    return wait_for(lambda: states(bench) == dict.fromkeys(names, "attached"))


def test_chains_follow_a_bond_with_vlans_through_renames_moves_and_a_reboot(bench):
    port = bonded(bench)
    second, free = bench.device(), bench.device()
    run("ip", "link", "set", second, "down")
    run("ip", "link", "set", second, "master", "bond9")
    bench.attach("verdict-2", "--dev", port, "--dev", second, "--name", "ports")
    for name, words in (("bond9.7", ["vlan", "id", 7]), ("mv0", ["macvlan", "mode", "bridge"])):
        if run("ip", "link", "add", "link", "bond9", "name", name, "type", *words, check=False).returncode:
            bench.skip(f"this kernel has no {words[0]} driver")
        run("ip", "link", "set", name, "up")
        bench.attach("verdict-2", "--dev", name, "--name", "above")
    bench.attach("verdict-2", "--dev", free, "--name", "free")

    # Renames, of which older kernels allow none of a device that is up.
    for before, after in (("bond9.7", "storage"), (second, "uplink1")):
        run("ip", "link", "set", before, "down")
        run("ip", "link", "set", before, "name", after)
        run("ip", "link", "set", after, "up")
    devices = [port, "uplink1", "storage", "mv0", free]
    assert attached(bench, *devices), states(bench)

    # A device goes to another namespace and back; its name there is another device.
    there = f"{bench.id}c"
    run("ip", "netns", "add", there)
    try:
        for name in (free, "mv0"):
            run("ip", "link", "set", name, "netns", there)
            assert wait_for(lambda n=name: states(bench)[n] == "absent"), states(bench)
            bench.attach("verdict-1", "--dev", name, "--netns", there, "--name", "guest")
            bench.xdpctl("verify")
            bench.xdpctl("release", "--dev", name, "--netns", there)
            run("ip", "-n", there, "link", "set", name, "netns", bench.netns)
            run("ip", "link", "set", name, "up")
            assert attached(bench, *devices), states(bench)
    finally:
        run("ip", "netns", "del", there)

    # The exported chains match, and can be applied as often as wanted.
    path = bench.directory / "chains.json"
    bench.xdpctl("export", "--objects", bench.directory / "objects", "-o", path)
    for _ in range(2):
        assert "0 to add, 0 to change, 0 to remove" in bench.xdpctl("plan", path)
        bench.xdpctl("apply", path)
    bench.xdpctl("status", "--check")

    # After a reboot with all devices present, and when the file is applied to a new machine.
    bench.daemons[0].stop()
    bench.daemons[0].forget_the_kernel()
    bench.daemons[0].start()
    assert attached(bench, *devices), states(bench)
    bench.xdpctl("verify")
    bench.xdpctl("release", *(word for device in devices for word in ("--dev", device)))
    bench.xdpctl("apply", path)
    assert attached(bench, *devices), states(bench)

    # The end of the bond takes the devices above it along.
    run("ip", "link", "del", "bond9")
    assert wait_for(lambda: [states(bench)[name] for name in devices] ==
                    ["attached", "attached", "absent", "absent", "attached"]), states(bench)
    bench.xdpctl("verify")


JUMBO, JUMBO_TYPE = 8000, 0x88b6


def set_mtu(netns, *devices):
    for device in devices:
        run("ip", "-n", netns, "link", "set", device, "mtu", 9000)


def jumbo_socket(netns, device):
    with namespaces.entered(netns):
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(JUMBO_TYPE))
        made.bind((device, JUMBO_TYPE))
    made.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    return made


def send_jumbo(sending, count):
    """Jumbo frames with a sequence number, at most a thousand per second."""
    for number in range(count):
        head = b"\xff" * 6 + bytes.fromhex("020000000001") + JUMBO_TYPE.to_bytes(2, "big")
        sending.send((head + number.to_bytes(4, "big")).ljust(JUMBO, b"x"))
        time.sleep(0.001)


def test_jumbo_frames_cross_a_bond_and_its_vlan_while_their_chains_are_replaced(bench):
    port = bonded(bench)
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    for netns, lower in ((bench.netns, "bond9"), (bench.peer, port)):
        set_mtu(netns, *dict.fromkeys((port, lower)))
        if run("ip", "-n", netns, "link", "add", "link", lower, "name", "jumbo7", "type", "vlan", "id", 7,
               check=False).returncode:
            bench.skip("this kernel has no vlan driver")
        run("ip", "-n", netns, "link", "set", "jumbo7", "up")
    sentence = bench.attach("verdict-2", "--dev", port, expect=1)
    assert "'verdict' does not accept multi-buffer packets" in sentence and "--mode skb" in sentence, sentence
    frags = OBJECTS / "kind-section-xdp_frags.o"
    for device in (port, "jumbo7"):
        bench.xdpctl("attach", frags, "--dev", device, "--name", "fw")
    bench.attach("verdict-2", "--dev", "jumbo7", "--name", "plain")  # in skb mode, any MTU works
    sentence = bench.attach("verdict-2", "--dev", port, "--name", "plain", expect=1)
    assert "'plain' does not accept multi-buffer packets" in sentence, sentence

    count, changes = int(600 * SCALE) + 200, 0
    with jumbo_socket(bench.netns, "jumbo7") as receiving, jumbo_socket(bench.peer, "jumbo7") as sending:
        sender = threading.Thread(target=send_jumbo, args=(sending, count))
        sender.start()
        while sender.is_alive() or changes < 4:
            bench.xdpctl("replace", "fw", frags, "--dev", ["jumbo7", port][changes % 2])
            changes += 1
        sender.join()
        receiving.settimeout(PATIENCE)
        frames = []
        with contextlib.suppress(TimeoutError):
            while len(frames) < count:
                frames.append(receiving.recv(2 * JUMBO))
    assert {len(frame) for frame in frames} == {JUMBO}
    assert [int.from_bytes(frame[14:18], "big") for frame in frames] == list(range(count)), f"{changes} changes"
    for device in (port, "jumbo7"):
        (fw,) = [component for component in bench.chain(device) if component["name"] == "fw"]
        assert fw["counters"]["run"] >= count, fw

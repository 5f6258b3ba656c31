# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A daemon that starts takes over what the previous one left, on disk and in the kernel."""
import json
import signal
import threading
import time

from harness import OBJECTS, PATIENCE, SCALE, run, wait_for


def ends(daemon):
    return daemon.stop, daemon.kill


def test_a_restart_changes_nothing(bench):
    first, second = bench.device(), bench.device()
    daemon = bench.daemon()
    bench.attach("kind-maps", "--dev", first, "--dev", second, "--prio", "10")
    bench.attach("verdict-1", "--dev", first, "--name", "b", "--prio", "20", "--proceed-on",
                 "pass,tx")
    bench.attach("verdict-1", "--dev", second, "--name", "c", "--mode", "native")
    bench.xdpctl("move", "b", "--dev", first, "--prio", "5")
    bench.send(first, 7, 1)
    bench.quiet()
    before = bench.status()
    pins = run("find", daemon.bpffs).stdout
    for end in ends(daemon):
        end()
        daemon.start()
        assert bench.status() == before
        assert run("find", daemon.bpffs).stdout == pins
    assert len(daemon.objects()) == 2


def test_a_restart_under_traffic_loses_no_packet(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    daemon = bench.daemons[0]
    count = int(30000 * SCALE) + 2000
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, 2)
    for end in ends(daemon):
        end()
        daemon.start()
    assert sender.wait(PATIENCE) == 0
    assert receiver.result() == count
    assert bench.chain(device)[0]["counters"]["run"] == count


def test_an_adopted_chain_can_be_changed(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "a")
    bench.attach("verdict-1", "--dev", device, "--name", "b")
    bench.send(device, 5, 2, 2)
    daemon = bench.daemons[0]
    for end in ends(daemon):
        end()
        daemon.start()
        bench.attach("verdict-1", "--dev", device, "--name", "c", "--before", "b")
        assert bench.names(device) == ["a", "c", "b"]
        bench.xdpctl("detach", "c", "--dev", device)
    bench.xdpctl("replace", "a", OBJECTS / "kind-maps.o", "--dev", device)
    bench.send(device, 5, 2, 2)
    assert [entry["counters"]["run"] for entry in bench.chain(device)] == [10, 10]
    count = bench.map_value(bench.chain(device)[0], "an_array")
    assert count == 10, "the map of the replaced component was not carried over"
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    assert bench.status() == [] and not daemon.records() and not daemon.objects()
    for place in ("devices", "generations", "components"):
        assert not list(daemon.bpffs.glob(f"{place}/*"))


def test_tail_calls_and_pinned_maps_survive_a_restart(bench):
    if bench.kernel_older(6, 1):
        bench.skip("the kernel lets no extension fill a program array with XDP programs")
    device = bench.device()
    bench.attach("kind-tail_call", "--dev", device, "--name", "tail")
    bench.attach("kind-global_data", "--dev", device, "--name", "data", "--before", "tail")
    before = bench.chain(device)
    for end in ends(bench.daemons[0]):
        end()
        bench.daemons[0].start()
        bench.attach("verdict-1", "--dev", device, "--name", "one")
        bench.xdpctl("detach", "one", "--dev", device)
        bench.send(device, 3, 1)
    after = bench.chain(device)
    assert [entry["prog_id"] for entry in after] == [entry["prog_id"] for entry in before]
    assert after[0]["counters"]["run"] == 6


def test_a_device_that_disappears_keeps_its_chain(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-1", "--dev", device, "--dev", other, "--name", "a")
    bench.send(device, 5, 2, 2)
    daemon = bench.daemons[0]
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    absent = bench.status()[0]
    assert absent["ifname"] == device and absent["ifindex"] == 0 and "rootlet" not in absent
    assert wait_for(lambda: len(list(daemon.bpffs.glob("generations/*"))) == 1)
    said = bench.attach("verdict-1", "--dev", device, "--name", "b", "--prio", "10")
    assert "as soon as" in said
    assert bench.names(device) == ["b", "a"]
    bench.device(name=device)
    (chain,) = [entry for entry in bench.status() if entry["ifname"] == device]
    assert chain["state"] == "attached", "a device that is announced has its chain in the answer"
    bench.send(device, 5, 2, 2)
    assert [entry["counters"]["run"] for entry in bench.chain(device)] == [5, 10]


def test_a_device_that_could_not_run_its_chain_is_retried_after_a_change(bench):
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    device = bench.device()
    bench.attach("kind-section-xdp_frags", "--dev", device, "--name", "large")
    bench.attach("kind-plain", "--dev", device, "--name", "small")
    bench.attach("kind-plain", "--dev", device, "--name", "other")
    bench.daemons[0].stop()
    bench.delete(device)
    bench.device(name=device, mtu=9000)
    bench.daemons[0].start()
    assert "9000" in bench.status()[0]["note"]
    said = bench.xdpctl("detach", "small", "--dev", device)
    assert "does not exist" not in said and "xdpd retries now" in said, said
    assert bench.status()[0]["state"] == "failed" and "'other'" in bench.status()[0]["note"]
    bench.xdpctl("detach", "other", "--dev", device, "--confirm", "1000")
    assert bench.status()[0]["state"] == "attached" and "note" not in bench.status()[0]
    bench.send(device, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2


def test_an_absent_device_can_be_released(bench):
    device = bench.device()
    bench.attach("verdict-1", "--dev", device)
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    assert bench.status() == [] and not bench.daemons[0].records()
    bench.device(name=device)
    assert bench.status() == []
    assert "nosuch" in bench.attach("verdict-1", "--dev", "nosuch", expect=1)


def test_devices_that_change_while_no_daemon_runs(bench):
    goes, stays, renamed, comes = (bench.device() for _ in range(4))
    daemon = bench.daemon()
    bench.attach("verdict-1", *(f"--dev={device}" for device in (goes, stays, renamed, comes)))
    bench.send(comes, 4, 1)
    daemon.stop()
    bench.delete(goes)
    bench.delete(comes)
    bench.device(name=comes)
    bench.rename(bench.netns, renamed, "fresh0")
    daemon.start()
    states = {device["ifname"]: device["state"] for device in bench.status()}
    assert states == {goes: "absent", stays: "attached", "fresh0": "attached", comes: "attached"}
    bench.send(comes, 3, 1)
    assert bench.chain(comes)[0]["counters"]["run"] == 7
    daemon.kill()
    bench.device(name=goes)
    daemon.start()
    assert {device["state"] for device in bench.status()} == {"attached"}


def test_chains_run_again_after_a_reboot(bench):
    device, late = bench.device(), bench.device()
    daemon = bench.daemon()
    bench.attach("kind-maps", "--dev", device, "--dev", late, "--name", "maps", "--prio", "7")
    bench.attach("verdict-1", "--dev", device, "--name", "last", "--proceed-on", "drop,tx")
    bench.send(device, 3, 1)
    bench.xdpctl("detach", "last", "--dev", late, expect=1)
    before = bench.chain(device)
    daemon.stop()
    daemon.forget_the_kernel()
    bench.delete(late)
    daemon.start()
    bench.send(device, 2, 1)
    after = bench.chain(device)
    for key in ("name", "priority", "proceed_on", "object", "prog_name"):
        assert [entry[key] for entry in after] == [entry[key] for entry in before]
    assert after[0]["counters"]["run"] == 2, "what the last generation counted went with the kernel"
    assert [entry["state"] for entry in bench.chain(late)] == ["waiting"]
    bench.device(name=late)
    assert [entry["state"] for entry in bench.chain(late)] == ["running"]


def spoil(daemon, name):
    """Overwrite the object of that component in the store."""
    (record,) = daemon.records()
    (entry,) = [entry for entry in json.loads(record.read_text())["components"]
                if entry["name"] == name]
    (daemon.directory / "state/objects" / entry["object"]).write_bytes(b"not what it was")


def test_a_component_that_no_longer_loads_is_shown_and_the_rest_runs(bench):
    device = bench.device()
    daemon = bench.daemon()
    bench.attach("kind-maps", "--dev", device, "--name", "good")
    bench.attach("verdict-1", "--dev", device, "--name", "bad")
    daemon.stop()
    daemon.forget_the_kernel()
    spoil(daemon, "bad")
    daemon.start()
    assert bench.arrive(device, 3, 2) == 3
    good, bad = bench.chain(device)
    assert good["state"] == "running" and good["counters"]["run"] == 3
    assert bad["state"] == "failed" and "verdict-1.o" in bad["failure"], bad
    assert "bad cannot be loaded" in bench.xdpctl("status")
    bench.xdpctl("replace", "bad", OBJECTS / "verdict-1.o", "--dev", device)
    assert [entry["state"] for entry in bench.chain(device)] == ["running"] * 2


def test_packets_are_dropped_without_a_required_component(bench):
    device = bench.device()
    daemon = bench.daemon()
    bench.attach("kind-maps", "--dev", device, "--name", "first", "--prio", "1")
    bench.attach("verdict-1", "--dev", device, "--name", "filter", "--on-failure", "drop")
    daemon.stop()
    daemon.forget_the_kernel()
    spoil(daemon, "filter")
    for _ in range(2):
        daemon.start()
        assert bench.arrive(device, 3, 2) == 0
        first, filter_ = bench.chain(device)
        assert first["state"] == "running" and filter_["state"] == "failed"
        assert filter_["on_failure"] == "drop" and "dropped" in bench.xdpctl("status")
        daemon.stop()
    daemon.start()
    assert bench.chain(device)[1]["counters"]["terminate"]["drop"] == 6


def damage(record, how):
    text = record.read_text()
    wrong = json.loads(text)
    wrong["components"] = "none"
    record.write_bytes({"truncated": text[:len(text) // 2].encode(), "empty": b"",
                        "garbled": bytes(byte ^ 0x55 for byte in text.encode()),
                        "wrong types": json.dumps(wrong).encode()}[how])


def test_a_damaged_record_is_set_aside_and_rebuilt_from_pins(bench):
    device, other = bench.device(), bench.device()
    daemon = bench.daemon()
    bench.attach("kind-maps", "--dev", device, "--name", "maps", "--prio", "7")
    bench.attach("verdict-1", "--dev", device, "--dev", other, "--name", "b", "--proceed-on",
                 "pass,tx")
    bench.send(device, 3, 1)
    bench.quiet()
    before = bench.status()
    for number, how in enumerate(("truncated", "empty", "garbled", "wrong types"), 1):
        daemon.stop()
        damage(daemon.records()[0], how)
        daemon.start()
        assert bench.status() == before
        assert len(list((daemon.directory / "state/damaged").iterdir())) == number
        assert daemon.log.read_text().count("cannot use the state file") == number
        assert len(daemon.records()) == 2


def test_an_unknown_chain_continues_and_can_be_released(bench):
    device, other = bench.device(), bench.device()
    daemon = bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "lost")
    bench.attach("verdict-1", "--dev", other, "--name", "kept")
    daemon.stop()
    damage(daemon.records()[0], "empty")
    run("find", daemon.bpffs, "-name", "note", "-delete")
    daemon.start()
    assert {entry["ifname"]: entry["state"] for entry in bench.status()} == {
        device: "unknown", other: "attached"}
    sentence = bench.attach("verdict-1", "--dev", device, expect=1)
    assert "earlier xdpd" in sentence and f"xdpctl release --dev {device}" in sentence
    bench.xdpctl("detach", "lost", "--dev", device, expect=1)
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    bench.attach("verdict-1", "--dev", device)
    assert len(bench.status()) == 2


def test_the_state_of_a_newer_daemon_is_left_alone(bench):
    device = bench.device()
    daemon = bench.daemon()
    bench.attach("verdict-1", "--dev", device)
    daemon.stop()
    (record,) = daemon.records()
    text = json.loads(record.read_text())
    record.write_text(json.dumps({**text, "format": 1000}))
    before = record.read_text(), run("find", daemon.bpffs).stdout
    done = run("nsenter", f"--net=/run/netns/{bench.netns}", *daemon.command, check=False)
    assert done.returncode == 1 and "format is 1000" in done.stderr, done.stderr
    assert (record.read_text(), run("find", daemon.bpffs).stdout) == before
    record.write_text(json.dumps(text))
    daemon.start()
    assert bench.names(device) == ["verdict"]


def test_a_chain_detached_by_force_is_attached_again(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    link = bench.status()[0]["rootlet"]["link_id"]
    for times in range(1, 4):
        run("bpftool", "link", "detach", "id", link)
        assert wait_for(lambda: bench.status()[0].get("rootlet", {}).get("link_id", link) != link)
        link = bench.status()[0]["rootlet"]["link_id"]
        assert bench.daemons[0].log.read_text().count("xdpd attaches it again") == times
        bench.send(device, 2, 1)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2 * times
    run("bpftool", "link", "detach", "id", link)
    assert wait_for(lambda: bench.status()[0]["state"] == "failed")
    assert "this happens repeatedly" in bench.status()[0]["note"]
    bench.attach("verdict-1", "--dev", device)
    assert bench.status()[0]["state"] == "attached"
    bench.send(device, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 8


def batch(bench, lines):
    run("ip", "-n", bench.netns, "-batch", "-", input="\n".join(lines) + "\n")


def test_a_recreated_device_is_the_same_device(bench):
    """A change arrives together with the announcements that its device was deleted and created again."""
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    for _ in range(10):
        daemon.signal(signal.SIGSTOP)
        change = threading.Thread(target=bench.try_xdpctl, args=(
            "attach", OBJECTS / "verdict-1.o", "--dev", device, "--name", "b"))
        change.start()
        time.sleep(0.2)  # the request has arrived by then, or it does not matter
        bench.delete(device)
        bench.device(name=device)
        daemon.signal(signal.SIGCONT)
        change.join()
        assert wait_for(lambda: [found["state"] for found in bench.status()] == ["attached"]), \
            bench.status()
        bench.try_xdpctl("detach", "b", "--dev", device)


def test_bursts_of_devices_even_if_announcements_are_lost(bench):
    names = [f"b{number}" for number in range(150 if not bench.emulated else 20)]
    odd, even = names[1::2], names[::2]

    def add(some):
        batch(bench, [f"link add {name} type veth peer name p{name}" for name in some])

    def states(some):
        return {device["state"] for device in bench.status() if device["ifname"] in some}

    add(names)
    bench.attach("verdict-1", *(f"--dev={name}" for name in names))
    daemon = bench.daemons[0]
    for unheard in (False, True):  # more announcements than the socket can hold while it is not read
        if unheard:
            daemon.process.send_signal(signal.SIGSTOP)
        batch(bench, [f"link del {name}" for name in names])
        add(even)
        daemon.process.send_signal(signal.SIGCONT)
        assert wait_for(lambda: (states(even), states(odd)) == ({"attached"}, {"absent"}))
        add(odd)
        assert wait_for(lambda: states(names) == {"attached"})
    assert wait_for(lambda: len(list(daemon.bpffs.glob("generations/*"))) == len(names))
    assert "as it should be" in bench.xdpctl("verify")
    batch(bench, [f"link del {name}" for name in names])
    assert wait_for(lambda: states(names) == {"absent"})
    bench.xdpctl("detach", "--all", "--release", *(f"--dev={name}" for name in names))
    assert not daemon.records()

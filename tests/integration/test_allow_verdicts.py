# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The administrator restricts the verdicts that a component may return."""
from harness import BUILD, OBJECTS, SCALE

PASS, REDIRECT = 2, 4


def counters(bench, device, name):
    return next(c for c in bench.chain(device) if c["name"] == name)["counters"]


def send_each(bench, device):
    """Send one packet for each verdict of the first component, and one for an invalid verdict; the
    second passes."""
    for verdict in (*range(5), 9):
        bench.send(device, 1, verdict, PASS)


def test_a_verdict_that_is_not_allowed_becomes_aborted_and_is_counted(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "sampler", "--allow-verdicts", "pass,drop")
    bench.attach("verdict-1", "--dev", device, "--name", "fw")
    assert bench.chain(device)[0]["allow_verdicts"] == ["aborted", "drop", "pass"]
    assert "allow_verdicts" not in bench.chain(device)[1]
    send_each(bench, device)
    seen = counters(bench, device, "sampler")
    assert seen["run"] == 6 and seen["overruled"] == 3 and seen["proceed"] == 1, seen
    assert seen["terminate"] == {"aborted": 4, "drop": 1, "pass": 0, "tx": 0, "redirect": 0}, seen
    assert counters(bench, device, "fw")["run"] == 1
    assert counters(bench, device, "fw")["overruled"] == 0
    text = bench.xdpctl("status")
    assert "sampler may return only aborted,drop,pass; other verdicts became aborted 3 times" \
        in text, text


def test_a_restricted_sampler_cannot_stop_the_chain(bench):
    """The chain continues whatever the component returns, and its counters continue in the next
    generation."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "sampler", "--allow-verdicts", "pass",
                 "--proceed-on", "pass,aborted")
    bench.attach("verdict-1", "--dev", device, "--name", "fw")
    send_each(bench, device)
    assert counters(bench, device, "fw")["proceed"] == 6
    seen = counters(bench, device, "sampler")
    assert (seen["run"], seen["proceed"], seen["overruled"]) == (6, 6, 4), seen
    bench.attach("verdict-2", "--dev", device, "--name", "last")
    assert bench.quiet()
    assert counters(bench, device, "sampler") == seen
    bench.send(device, 2, REDIRECT, PASS, PASS)
    seen = counters(bench, device, "sampler")
    assert (seen["run"], seen["proceed"], seen["overruled"]) == (8, 8, 6), seen


def test_one_program_can_have_different_allowed_verdicts_on_two_devices(bench):
    devices = [bench.device() for _ in range(2)]
    for device, allowed in zip(devices, ("drop", "aborted,drop,pass,tx,redirect")):
        bench.attach("verdict-0", "--dev", device, "--allow-verdicts", allowed)
    chains = [bench.chain(device)[0] for device in devices]
    assert chains[0]["prog_id"] == chains[1]["prog_id"]
    for device in devices:
        bench.send(device, 3, PASS)
    seen = [counters(bench, device, "verdict") for device in devices]
    assert [c["overruled"] for c in seen] == [3, 0] and seen[1]["proceed"] == 3, seen
    assert "allow_verdicts" not in chains[1]


def test_set_changes_only_the_allowed_verdicts(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw", "--proceed-on", "pass,tx")
    before = bench.chain(device)[0]
    bench.xdpctl("set", "fw", "--dev", device, "--allow-verdicts", "none")
    after = bench.chain(device)[0]
    assert after["allow_verdicts"] == ["aborted"]
    for member in ("prog_id", "proceed_on", "counters"):
        assert after[member] == before[member]
    bench.send(device, 2, PASS)
    assert counters(bench, device, "fw")["overruled"] == 2
    bench.xdpctl("set", "fw", "--dev", device, "--proceed-on", "pass")
    assert bench.chain(device)[0]["allow_verdicts"] == ["aborted"]
    bench.xdpctl("set", "fw", "--dev", device, "--allow-verdicts",
                 "aborted,drop,pass,tx,redirect")
    assert "allow_verdicts" not in bench.chain(device)[0]
    assert "redirect" in bench.xdpctl("set", "fw", "--dev", device, "--allow-verdicts", "nosuch",
                                      expect=2)


def test_allowed_verdicts_survive_replacement_restart_and_reboot(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw", "--allow-verdicts", "drop")
    bench.attach("verdict-1", "--dev", device, "--name", "last")
    bench.xdpctl("replace", "fw", OBJECTS / "verdict-0.o", "--dev", device)
    bench.send(device, 2, PASS)
    daemon = bench.daemons[0]
    daemon.kill()
    daemon.start()
    bench.send(device, 3, PASS)
    seen = counters(bench, device, "fw")
    assert seen["overruled"] == 5, seen
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    bench.send(device, 4, PASS)
    assert bench.chain(device)[0]["allow_verdicts"] == ["aborted", "drop"]
    assert counters(bench, device, "last")["run"] == 0
    assert counters(bench, device, "fw")["overruled"] >= 4


def test_allowed_verdicts_change_under_traffic_and_every_packet_is_counted(bench):
    device = bench.device()
    count = int(10000 * SCALE) + 1000
    bench.attach("verdict-0", "--dev", device, "--name", "fw")
    sender = bench.sender(device, count, PASS)
    while sender.poll() is None:
        for allowed in ("drop", "pass"):
            bench.xdpctl("set", "fw", "--dev", device, "--allow-verdicts", allowed)
    seen = counters(bench, device, "fw")
    assert seen["run"] == count == seen["proceed"] + seen["overruled"], seen
    assert seen["overruled"] == seen["terminate"]["aborted"] > 0, seen


def test_packets_that_skip_a_component_are_noted(bench):
    device = bench.device()
    passes, both = ("--proceed-on", "tx"), ("--proceed-on", "pass,tx")
    bench.attach("verdict-0", "--dev", device, "--name", "a", *passes)
    said = bench.attach("verdict-1", "--dev", device, "--name", "b", *both)
    assert "'a' may return pass, which is not in its proceed set; such packets skip 'b'" in \
        said, said
    said = bench.xdpctl("set", "a", "--dev", device, "--allow-verdicts", "tx")
    assert "skip" not in said, said
    said = bench.xdpctl("set", "a", "--dev", device, "--allow-verdicts", "pass,tx")
    assert "skip 'b'" in said, said
    said = bench.xdpctl("move", "b", "--dev", device, "--before", "a")
    assert "skip" not in said, said
    said = bench.xdpctl("set", "b", "--dev", device, "--proceed-on", "pass")
    assert "'b' may return tx, which is not in its proceed set; such packets skip 'a'" in said
    said = bench.xdpctl("replace", "b", BUILD / "examples/blocklist.bpf.o", "--dev", device)
    assert "skip" not in said, "its code returns pass and drop only"

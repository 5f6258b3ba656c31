# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A chain is linked at once, and fused when it has not changed for a while; only the speed changes."""
import json
import time

from harness import SCALE, wait_for


def tiered(bench, quiet):
    probe = bench.daemon("probe")
    features = json.loads(bench.xdpctl("features", "--json", daemon=probe))["features"]
    if not any(feature["name"] == "freplace" and feature["available"] for feature in features):
        bench.skip("the kernel has no freplace")
    probe.stop()
    bench.daemons.remove(probe)
    return bench.daemon("d", "--linker", "tiered", "--fuse-after", quiet)


def state(bench, device):
    return next(state for state in bench.status() if state["ifname"] == device)


def wait_for_linker(bench, device, linker):
    assert wait_for(lambda: state(bench, device)["linker"] == linker), state(bench, device)


def test_a_quiet_chain_is_fused_and_everything_else_continues(bench):
    tiered(bench, 4)
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "first")
    bench.attach("verdict-1", "--dev", device, "--name", "second")
    before = state(bench, device)
    assert before["linker"] == "freplace", before
    assert [c["join"] for c in before["components"]] == ["extension"] * 2
    assert "recently" in before["components"][0]["why"]
    bench.send(device, 3, 2, 1)
    wait_for_linker(bench, device, "fused")
    bench.send(device, 4, 2, 2)
    after = state(bench, device)
    assert after["generation"] == before["generation"]
    assert after["rootlet"]["prog_id"] != before["rootlet"]["prog_id"]
    assert after["rootlet"]["link_id"] == before["rootlet"]["link_id"]
    assert [c["join"] for c in after["components"]] == ["inlined"] * 2
    for old, new in zip(before["components"], after["components"]):
        assert (old["prog_id"], old["maps"]) == (new["prog_id"], new["maps"])
    assert wait_for(lambda: bench.chain(device)[0]["counters"]["run"] == 7), bench.chain(device)
    assert bench.chain(device)[1]["counters"]["terminate"]["drop"] == 3


def test_a_change_uses_freplace_at_once_and_restarts_the_fuse_timer(bench):
    tiered(bench, 4)
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "first")
    wait_for_linker(bench, device, "fused")
    generation = state(bench, device)["generation"]
    bench.attach("verdict-1", "--dev", device, "--expect-generation", generation)
    assert state(bench, device)["linker"] == "freplace"
    wait_for_linker(bench, device, "fused")
    bench.xdpctl("detach", "first", "--dev", device)
    assert state(bench, device)["linker"] == "freplace"
    wait_for_linker(bench, device, "fused")
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    assert bench.status() == []


def test_a_chain_that_cannot_be_fused_stays_and_shows_the_reason(bench):
    tiered(bench, 0.1)
    device = bench.device()
    for number in range(7):  # with ten maps each, and a program can use 64
        bench.attach("kind-maps", "--dev", device, "--name", f"c{number}")
    assert wait_for(lambda: "64" in state(bench, device)["components"][0].get("why", "")), bench.chain(device)
    assert state(bench, device)["linker"] == "freplace"
    assert "not fused: " in bench.xdpctl("status")
    bench.xdpctl("detach", "c0", "--dev", device)
    wait_for_linker(bench, device, "fused")


def test_a_chain_with_tail_calls_is_fused_at_once(bench):
    tiered(bench, 1000)
    device = bench.device()
    bench.attach("kind-tail_call", "--dev", device)
    assert state(bench, device)["linker"] == "fused"
    bench.send(device, 3, 1)
    (component,) = bench.chain(device)
    assert component["join"] == "called"
    bench.send(device, 3, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 6
    bench.attach("verdict-1", "--dev", device)
    for _ in range(2):
        bench.send(device, 3, 2, 1)
        wait_for_linker(bench, device, "fused")
    # A verdict that the verifier cannot predict is tested nevertheless.
    assert bench.chain(device)[1]["counters"]["terminate"]["drop"] == 6


def test_many_devices_are_fused_one_after_the_other(bench):
    tiered(bench, 0.3)
    devices = [bench.device() for _ in range(5)]
    several = [word for device in devices for word in ("--dev", device)]
    bench.attach("verdict-0", *several)
    for device in devices:
        wait_for_linker(bench, device, "fused")
    ids = {bench.chain(device)[0]["prog_id"] for device in devices}
    assert len(ids) == 1, ids


def test_no_packet_is_lost_between_the_tiers(bench):
    tiered(bench, 0)
    device = bench.device()
    count = int(30000 * SCALE) + 3000
    bench.attach("verdict-0", "--dev", device, "--name", "stays", "--prio", 50)
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, 2, 2)
    rounds = 0
    while sender.poll() is None or rounds < 2:
        bench.attach("verdict-1", "--dev", device, "--name", "comes")
        if rounds % 2 == 0:
            wait_for_linker(bench, device, "fused")
        rounds += 1
        bench.xdpctl("detach", "comes", "--dev", device)
        time.sleep(0.1)
    assert receiver.result() == count
    assert wait_for(lambda: bench.chain(device)[0]["counters"]["run"] == count)

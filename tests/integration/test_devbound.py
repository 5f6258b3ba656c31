# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Components that are bound to their device and read packet metadata from it (RX metadata kfuncs)."""
import json
import struct

from harness import BUILD, OBJECTS, SCALE, Sender, run, wait_for

ENODATA = 61
MEMBERS = ("frames", "hashes", "hash", "hash_result", "flavour", "timestamp_result", "vlan_result",
           "vlan")


def need(bench):
    """Skip the test if the kernel has no device-bound programs."""
    rows = json.loads(bench.xdpctl("features", "--json"))["features"]
    row = next(row for row in rows if row["name"] == "devbound")
    if not row["available"]:
        bench.skip(f"this kernel binds no XDP programs to devices: {row['why']}")


def attach(bench, device, *arguments, kind="xdp", **more):
    return bench.attach(f"metadata-{kind}", "--dev", device, "--devbound", *arguments, **more)


def component(bench, device, name="metadata"):
    return next(entry for entry in bench.chain(device) if entry["name"] == name)


def answers(bench, device, name="metadata"):
    """What the device reported, as tests/bpf/metadata.bpf.c stores it."""
    number = next(entry["id"] for entry in component(bench, device, name)["maps"]
                  if entry["name"] == "seen")
    entry = json.loads(run("bpftool", "-j", "map", "lookup", "id", number, "key", 0, 0, 0, 0).stdout)
    value = bytes(int(byte, 16) for byte in entry["value"])
    return dict(zip(MEMBERS, struct.unpack("=QQQqQqqQ", value)))


def test_a_component_reads_metadata_from_its_device(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    bench.send(device, 5, 2)
    seen = answers(bench, device)
    assert seen["frames"] == 5 and seen["flavour"] == 2, seen
    # drivers/net/veth.c: a packet that came as an skb has a hash, but no timestamp of a device.
    assert (seen["hashes"], seen["hash_result"], seen["timestamp_result"]) == (5, 0, 0), seen
    assert seen["hash"] != 0, seen
    assert component(bench, device)["devbound"] is True
    text = bench.xdpctl("status")
    assert "metadata is bound to the device, so the chain is always fused" in text, text
    assert bench.status()[0]["linker"] == "fused"
    assert bench.xdpctl("verify") == "everything is as it should be\n"


def test_a_vlan_tag_is_read(bench):
    need(bench)
    if bench.kernel_older(6, 8):
        bench.skip("the kernel tells VLAN tags from 6.8 on")
    device = bench.device()
    attach(bench, device)
    bench.send(device, 1, 2)
    assert answers(bench, device)["vlan_result"] == -ENODATA, answers(bench, device)
    added = run("ip", "-n", bench.peer, "link", "add", "link", device, "name", "tagged0", "up",
                "type", "vlan", "id", 77, check=False)
    if added.returncode:
        bench.skip(f"there are no VLAN devices here: {added.stderr.strip()}")
    bench.send("tagged0", 1, 2)
    seen = answers(bench, device)
    assert (seen["vlan_result"], seen["vlan"]) == (0, 77), seen


def test_status_shows_both_flavours(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    states = {kfunc["name"]: kfunc["state"] for kfunc in component(bench, device)["kfuncs"]}
    assert states["bpf_xdp_metadata_rx_hash___new"] == "resolved", states
    assert states["bpf_xdp_metadata_rx_hash___old"] == "different", states


def refused_elsewhere(bench, device, other):
    """True if the kernel treats the program of the device as bound to another device."""
    number = next(entry for entry in bench.status() if entry["ifname"] == device)["rootlet"]["prog_id"]
    pin = f"/sys/fs/bpf/{bench.id}-rootlet"
    run("bpftool", "prog", "pin", "id", number, pin)
    try:
        done = bench.inside(bench.netns, "ip", "link", "set", other, "xdp", "pinned", pin,
                            check=False)
    finally:
        run("rm", pin)
    bench.inside(bench.netns, "ip", "link", "set", other, "xdp", "off")
    return done.returncode != 0


def is_bound_to(bench, device):
    """True if the kernel would accept the program of the device for it now, not only in the past."""
    ours = next(entry for entry in bench.status() if entry["ifname"] == device)
    pin = f"/sys/fs/bpf/{bench.id}-rootlet"
    run("bpftool", "prog", "pin", "id", ours["rootlet"]["prog_id"], pin)
    bench.xdpctl("release", "--dev", device)
    try:
        done = bench.inside(bench.netns, "ip", "link", "set", device, "xdp", "pinned", pin,
                            check=False)
    finally:
        run("rm", pin)
    bench.inside(bench.netns, "ip", "link", "set", device, "xdp", "off")
    return done.returncode == 0


def test_each_device_has_its_own_bound_component(bench):
    need(bench)
    first, second, third = (bench.device() for _ in range(3))
    bench.attach("kind-maps", "--dev", first, "--dev", second, "--dev", third, "--name", "shared")
    attach(bench, first, "--dev", second)
    assert component(bench, first)["prog_id"] != component(bench, second)["prog_id"]
    programs = [component(bench, device, "shared")["prog_id"] for device in (first, second, third)]
    assert len(set(programs)) == 1, programs
    bench.send(first, 4, 2)
    bench.send(second, 3, 2)
    assert [answers(bench, device)["hashes"] for device in (first, second)] == [4, 3]
    bench.xdpctl("release", "--dev", third)
    assert refused_elsewhere(bench, first, third) and refused_elsewhere(bench, second, third)
    # Without the component the device is like any other again.
    bench.xdpctl("detach", "metadata", "--dev", first)
    bench.xdpctl("detach", "shared", "--dev", second)
    assert not refused_elsewhere(bench, first, third) and refused_elsewhere(bench, second, third)


def test_a_driver_without_xdp_is_named(bench):
    need(bench)
    device = bench.device()
    bench.inside(bench.netns, "ip", "link", "set", "lo", "up")
    said = attach(bench, device, "--dev", "lo", expect=1)
    assert "'metadata' of metadata-xdp.o cannot be bound to lo, whose driver does not support " \
        "native XDP" in said, said
    assert not bench.status()
    attach(bench, device)


def test_other_components_run_beside_a_bound_one(bench):
    need(bench)
    device = bench.device()
    attach(bench, device, "--prio", 30)
    kinds = ("kind-maps", "kind-tail_call", "kind-global_subprogram", "kind-loop", "kind-core")
    for number, kind in enumerate(kinds):
        bench.attach(kind, "--dev", device, "--name", kind, "--prio", number * 15)
    bench.send(device, 6, *[2] * 8)
    assert [entry["counters"]["run"] for entry in bench.chain(device)] == [6] * 6
    assert answers(bench, device)["hashes"] == 6
    before = {name: component(bench, device, name)["prog_id"] for name in kinds}
    bench.xdpctl("move", "metadata", "--dev", device, "--prio", 1)
    assert bench.names(device)[1] == "metadata"
    bench.xdpctl("detach", "kind-maps", "--dev", device)
    bench.send(device, 2, *[2] * 8)
    assert answers(bench, device)["hashes"] == 8
    for name in kinds[1:]:
        assert component(bench, device, name)["prog_id"] == before[name]
    bench.send(device, 3, 1)
    assert component(bench, device)["counters"]["terminate"]["drop"] == 3


def test_replace_keeps_the_binding_and_the_maps(bench):
    need(bench)
    first, second = bench.device(), bench.device()
    several = ("--dev", first, "--dev", second)
    attach(bench, first, "--dev", second)
    bench.send(first, 4, 2)
    bench.xdpctl("replace", "metadata", OBJECTS / "metadata-xdp_next.o", *several)
    assert component(bench, first)["devbound"]
    assert component(bench, first)["prog_id"] != component(bench, second)["prog_id"]
    bench.send(first, 3, 2)
    assert answers(bench, first)["hashes"] == 7
    # A component that was not bound before.
    bench.attach("verdict-1", *several, "--name", "plain")
    said = bench.xdpctl("replace", "plain", OBJECTS / "metadata-xdp.o", *several, expect=1)
    assert "--devbound" in said, said
    bench.xdpctl("replace", "plain", OBJECTS / "metadata-xdp.o", *several, "--devbound")
    bench.send(second, 2, 2)
    assert answers(bench, second, "plain")["hashes"] == 2


def programs(bench):
    return {device["ifname"]: [device["rootlet"]["prog_id"], *(entry["prog_id"] for entry
                                                            in device["components"])]
            for device in bench.status()}


def test_the_next_daemon_takes_over_a_bound_component(bench):
    need(bench)
    first, second = bench.device(), bench.device()
    bench.attach("verdict-1", "--dev", first, "--dev", second, "--name", "plain")
    attach(bench, first, "--dev", second)
    bench.send(first, 4, 2, 2)
    before = programs(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    bench.send(first, 3, 2, 2)
    daemon.start()
    assert programs(bench) == before
    daemon.kill()
    daemon.start()
    assert programs(bench) == before and answers(bench, first)["hashes"] == 7
    # The next generation is bound too, and nothing else is loaded for it.
    bench.xdpctl("move", "plain", "--dev", first, "--prio", 99)
    bench.send(first, 2, 2, 2)
    assert answers(bench, first)["hashes"] == 9
    assert sorted(programs(bench)[first][1:]) == sorted(before[first][1:])
    bench.xdpctl("verify")


def test_after_a_reboot_it_is_bound_again(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    bench.daemons[0].stop()
    bench.daemons[0].forget_the_kernel()
    bench.daemons[0].start()
    bench.send(device, 3, 2)
    assert answers(bench, device)["hashes"] == 3


def test_a_device_that_reappears_is_bound_again(bench):
    need(bench)
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "plain", "--prio", 10)
    attach(bench, device)
    bench.send(device, 4, 2)
    before = component(bench, device)
    plain = component(bench, device, "plain")["prog_id"]
    for number in (1, 2):
        bench.delete(device)
        assert wait_for(lambda: bench.status()[0]["state"] == "absent")
        if number == 2:
            bench.daemons[0].stop()
            bench.daemons[0].start()
            bench.xdpctl("verify")
        bench.device(name=device)
        after = component(bench, device)
        assert bench.status()[0]["state"] == "attached" and after["state"] == "running"
        assert after["prog_id"] != before["prog_id"], "the kernel forgot what it was bound to"
        assert component(bench, device, "plain")["prog_id"] == plain
        bench.send(device, 3, 2)
        seen = answers(bench, device)
        assert (seen["frames"], seen["hashes"]) == (4 + 3 * number,) * 2, seen
        assert component(bench, device)["counters"]["run"] == 4 + 3 * number
        before = after


def test_maps_stay_shared_when_the_device_reappears(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    attach(bench, device, "--name", "user", "--map", "seen=metadata:seen")
    bench.send(device, 2, 2)
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.device(name=device)
    assert [entry["state"] for entry in bench.chain(device)] == ["running"] * 2
    bench.send(device, 3, 2)
    assert answers(bench, device)["hashes"] == answers(bench, device, "user")["hashes"] == 10


def passed_points(bench, device, **variables):
    """Start the daemon without the device, then create the device, and wait until everything runs
    or the daemon is killed."""
    daemon = bench.daemons[0]
    daemon.stop()
    bench.delete(device)
    alive = daemon.try_start(**variables)
    bench.device(name=device)
    if "XDPD_CRASH_POINT" in variables:
        assert wait_for(lambda: not daemon.pid()), f"it did not come to {variables}"
        daemon.process = None
    else:
        assert alive and bench.status()[0]["state"] == "attached"


def test_a_killed_daemon_binds_again(bench):
    need(bench)
    if b"XDPD_CRASH_POINT" not in (BUILD / "daemon/xdpd").read_bytes():
        bench.skip("the daemon was built without crash points")
    device, log = bench.device(), bench.directory / "points"
    bench.attach("kind-maps", "--dev", device, "--name", "plain", "--prio", 10)
    attach(bench, device)
    passed_points(bench, device, XDPD_CRASH_LOG=log)
    points = log.read_text().split()
    assert {"load", "pin", "build", "file-rename", "attach"} <= set(points), points
    killed = 0
    for number, name in enumerate(points):
        if name.startswith("remove"):
            continue  # what the daemon removes depends on what the previous one left
        killed += 1
        point = f"{name}:{points[:number + 1].count(name)}"
        passed_points(bench, device, XDPD_CRASH_POINT=point)
        bench.daemons[0].start()
        assert [entry["state"] for entry in bench.chain(device)] == ["running"] * 2, point
        before = answers(bench, device)["hashes"]
        bench.send(device, 2, 2)
        assert answers(bench, device)["hashes"] == before + 2, point
        bench.xdpctl("verify")
    assert answers(bench, device)["hashes"] == 2 * killed, "the map stays"
    bench.xdpctl("release", "--dev", device)
    assert not list(bench.daemons[0].bpffs.glob("*/*"))


def test_a_replacement_under_traffic_loses_no_packet(bench):
    need(bench)
    device = bench.device()
    count = int(10000 * SCALE) + 2000
    attach(bench, device)
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, 2, 2)
    changes = 0
    while sender.poll() is None or changes < 2:
        bench.xdpctl("replace", "metadata", OBJECTS / f"metadata-xdp{('_next', '')[changes % 2]}.o",
                     "--dev", device)
        bench.attach("verdict-1", "--dev", device, "--name", "plain")
        bench.xdpctl("detach", "plain", "--dev", device)
        changes += 1
    assert receiver.result() == count
    seen = answers(bench, device)
    assert (seen["frames"], seen["hashes"]) == (count, count), seen


def test_an_absent_device_with_a_bound_component_can_be_changed(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    bench.attach("verdict-1", "--dev", device, "--name", "plain")
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    said = attach(bench, device, "--name", "more", expect=1)
    assert f"cannot be bound to {device}, which does not exist at present" in said, said
    bench.xdpctl("detach", "plain", "--dev", device)
    bench.xdpctl("set", "metadata", "--dev", device, "--proceed-on", "drop")
    assert bench.names(device) == ["metadata"]
    bench.device(name=device)
    assert bench.status()[0]["state"] == "attached"
    bench.send(device, 2, 2)
    assert answers(bench, device)["hashes"] == 2
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.xdpctl("release", "--dev", device)
    assert not bench.status()


def test_a_device_that_cannot_be_bound_runs_the_rest(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    bench.attach("verdict-1", "--dev", device, "--name", "plain")
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    if bench.inside(bench.netns, "ip", "link", "add", device, "type", "dummy",
                    check=False).returncode:
        bench.skip("there are no dummy devices here")
    assert wait_for(lambda: bench.status()[0]["state"] == "attached")
    assert bench.status()[0]["mode"] == "skb", bench.status()
    metadata, plain = component(bench, device), component(bench, device, "plain")
    assert metadata["state"] == "failed", metadata
    assert "does not support native XDP" in metadata["failure"], metadata
    assert plain["state"] == "running", plain
    said = attach(bench, device, "--name", "more", expect=1)
    assert f"{device}, which runs in skb mode" in said, said
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.device(name=device)
    assert bench.status()[0]["state"] == "attached"
    bench.send(device, 2, 2, 2)
    assert answers(bench, device)["hashes"] == 2


def test_a_renamed_device_keeps_the_binding(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    before = programs(bench)[device]
    bench.rename(bench.netns, device, "other0")
    assert wait_for(lambda: bench.status()[0]["ifname"] == "other0")
    assert programs(bench)["other0"] == before
    bench.xdpctl("set", "metadata", "--dev", "other0", "--proceed-on", "pass,drop")
    bench.send(device, 2, 2)
    assert answers(bench, "other0")["hashes"] == 2


def test_a_bound_chain_detached_by_force_is_attached_again(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    link = bench.status()[0]["rootlet"]["link_id"]
    run("bpftool", "link", "detach", "id", link)
    assert wait_for(lambda: bench.status()[0].get("rootlet", {}).get("link_id", link) != link)
    bench.send(device, 2, 2)
    assert answers(bench, device)["hashes"] == 2


def test_devices_of_another_namespace_can_be_bound(bench):
    need(bench)
    device = bench.device()
    there = ("--netns", bench.peer)
    attach(bench, device, *there)
    bench.spawn(bench.netns, Sender, device, 3, 0, 2).wait()
    assert answers(bench, device)["hashes"] == 3
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.device(name=device)
    assert bench.status()[0]["state"] == "attached"
    bench.spawn(bench.netns, Sender, device, 2, 0, 2).wait()
    assert answers(bench, device)["hashes"] == 5
    bench.xdpctl("detach", "metadata", "--dev", device, *there)


def test_binding_needs_native_mode(bench):
    need(bench)
    device = bench.device()
    said = attach(bench, device, "--mode", "skb", expect=1)
    assert f"'metadata' cannot be bound to {device}, which runs in skb mode" in said, said
    bench.attach("verdict-1", "--dev", device, "--name", "plain", "--mode", "skb")
    said = attach(bench, device, expect=1)
    assert f"'metadata' cannot be bound to {device}, which runs in skb mode" in said, said
    assert bench.names(device) == ["plain"]


def test_chain_files_can_bind_a_component(bench):
    need(bench)
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "plain", "--prio", 5)
    attach(bench, device)
    chains = json.loads(bench.xdpctl("export"))
    plain, metadata = chains["devices"][0]["components"]
    assert metadata["devbound"] is True and "devbound" not in plain
    path = bench.directory / "chains.json"
    path.write_text(json.dumps(chains))
    before = bench.status()
    bench.xdpctl("plan", "--check", path)
    bench.xdpctl("apply", path)
    assert bench.status() == before
    metadata["devbound"] = False
    path.write_text(json.dumps(chains))
    assert "--devbound" in bench.xdpctl("apply", path, expect=1)
    plain["devbound"], metadata["devbound"] = True, True
    path.write_text(json.dumps(chains))
    said = bench.xdpctl("plan", path)
    assert "~ replace plain: devbound true; loads" in said, said
    bench.xdpctl("apply", path)
    bench.send(device, 2, 2, 2)
    assert answers(bench, device)["hashes"] == 2
    assert all(entry["devbound"] for entry in bench.chain(device))
    chains["devices"][0]["components"] = [{**plain, "devbound": False}]
    path.write_text(json.dumps(chains))
    bench.xdpctl("apply", path)
    assert "devbound" not in bench.chain(device)[0]


def test_a_component_in_a_policy_slot_can_be_bound(bench):
    need(bench)
    device = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    bench.attach("for_slot", "--dev", device, "--slot", "by_length")
    attach(bench, device, "--slot", "xdp_firewall_placeholder")
    bench.send(device, 3, 2, 2)
    assert answers(bench, device)["hashes"] == 3
    bench.xdpctl("detach", "measure", "--dev", device)
    bench.send(device, 2, 2, 2)
    assert answers(bench, device)["hashes"] == 5


def test_an_unconfirmed_binding_is_rolled_back(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    before = component(bench, device)["prog_id"]
    bench.xdpctl("detach", "metadata", "--dev", device, "--confirm", "1h")
    bench.xdpctl("revert")
    assert component(bench, device)["prog_id"] == before
    bench.xdpctl("release", "--dev", device, "--confirm", "1h")
    bench.delete(device)
    bench.device(name=device)
    bench.xdpctl("revert")
    bench.send(device, 2, 2)
    assert answers(bench, device)["hashes"] == 2
    # The device that runs the new chain is not the one that ran the old.
    bench.attach("verdict-1", "--dev", device, "--name", "plain")
    bench.xdpctl("detach", "metadata", "--dev", device, "--confirm", "1h")
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.device(name=device)
    assert bench.status()[0]["state"] == "attached"
    bench.xdpctl("revert")
    bench.send(device, 3, 2, 2)
    assert answers(bench, device)["hashes"] == 5
    assert is_bound_to(bench, device)


def test_libxdp_cannot_list_a_bound_chain(bench):
    need(bench)
    device = bench.device()
    attach(bench, device)
    said = bench.xdpctl("interop", "libxdp", "--dev", device, expect=1)
    assert "libxdp's tools list only extensions" in said, said


def test_bound_components_and_large_packets(bench):
    need(bench)
    device = bench.device(mtu=9000)
    said = attach(bench, device, expect=1)
    assert "'metadata' does not accept multi-buffer packets" in said and "9000" in said, said
    attach(bench, device, kind="xdp_frags")
    bench.send(device, 2, 2)
    assert answers(bench, device)["hashes"] == 2


def test_kernels_without_binding_refuse_it(bench):
    device = bench.device()
    rows = json.loads(bench.xdpctl("features", "--json"))["features"]
    row = next(row for row in rows if row["name"] == "devbound")
    assert row["available"] == (not bench.kernel_older(6, 3)), row
    if row["available"]:
        bench.skip("this kernel binds XDP programs to devices")
    said = bench.attach("verdict-0", "--dev", device, "--devbound", expect=1)
    assert "this kernel has no device-bound XDP programs" in said, said
    assert "EINVAL" in row["why"], row
    assert not bench.status()

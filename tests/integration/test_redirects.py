# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Packets that are redirected to a device that does not transmit them: they count, but do not arrive."""
import json

from harness import run, wait_for

LOST = "packets that 'router' redirects to {0} do not arrive, because {0} does not transmit them at present"


def index_of(device):
    return json.loads(run("ip", "-j", "link", "show", device).stdout)[0]["ifindex"]


def note(bench, device):
    return next(shown for shown in bench.status() if shown["ifname"] == device).get("note", "")


def attach_router(bench):
    """A device whose packets go to another one; returns both."""
    if bench.kernel_older(6, 3):
        bench.skip("the kernel reports which devices transmit redirected packets from 6.3 on")
    device, target = bench.device(), bench.device()
    bench.attach("kind-redirect", "--dev", device, "--name", "router")
    (ports,) = bench.chain(device)[0]["maps"]
    run("bpftool", "map", "update", "id", ports["id"], "key", *"0000", "value",
        *[str(byte) for byte in int(index_of(target)).to_bytes(4, "little")])
    return device, target


def arrives(bench, device, target):
    """Does a packet that the device receives reach the other end of the target?"""
    receiver = bench.receiver(target, 1, bench.peer)
    bench.send(device, 1, 4, 2, 2)
    return receiver.result() == 1


def test_a_device_that_drops_redirected_packets_is_named_in_status_and_verify(bench):
    device, target = attach_router(bench)
    assert not arrives(bench, device, target)
    assert bench.chain(device)[0]["counters"]["terminate"]["redirect"] == 1
    assert wait_for(lambda: LOST.format(target) in note(bench, device)), note(bench, device)
    assert LOST.format(target) in bench.xdpctl("status", "--dev", device)
    assert f"{device}: {LOST.format(target)}" in bench.try_xdpctl("verify").stdout
    # A change says it as well.
    assert LOST.format(target) in bench.attach("verdict-1", "--dev", device, "--name", "next", "--prio", 60)
    # The remedies that the sentence names.
    bench.inside(bench.peer, "ethtool", "-K", target, "gro", "on")
    assert wait_for(lambda: not note(bench, device)), note(bench, device)
    assert "everything is as it should be" in bench.xdpctl("verify")
    assert arrives(bench, device, target)
    bench.inside(bench.peer, "ethtool", "-K", target, "gro", "off")
    assert wait_for(lambda: LOST.format(target) in note(bench, device)), note(bench, device)
    bench.attach("verdict-2", "--dev", target, "--netns", bench.peer, "--name", "receiver")
    assert wait_for(lambda: not note(bench, device)), note(bench, device)
    assert arrives(bench, device, target)


def test_in_skb_mode_redirected_packets_arrive_and_nothing_is_said(bench):
    device, target = attach_router(bench)
    assert wait_for(lambda: LOST.format(target) in note(bench, device)), note(bench, device)
    (ports,) = bench.chain(device)[0]["maps"]
    bench.xdpctl("release", "--dev", device)
    bench.attach("kind-redirect", "--dev", device, "--name", "router", "--mode", "skb")
    (ports,) = bench.chain(device)[0]["maps"]
    run("bpftool", "map", "update", "id", ports["id"], "key", *"0000", "value",
        *[str(byte) for byte in int(index_of(target)).to_bytes(4, "little")])
    assert arrives(bench, device, target)
    assert "everything is as it should be" in bench.xdpctl("verify")
    assert not note(bench, device)

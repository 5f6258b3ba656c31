# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices that are identified by something other than their name."""
from harness import run, wait_for


def make(bench, name, address=None, altname=None):
    bench.device(name=name)
    if address:
        run("ip", "-n", bench.netns, "link", "set", name, "address", address)
    if altname:
        run("ip", "-n", bench.netns, "link", "property", "add", "dev", name, "altname", altname)


def attach(bench, device, match, **more):
    return bench.attach("kind-maps", "--dev", device, "--match", match, **more)


def check_comes_back(bench, match, **properties):
    """The device reappears under another name, and another device of its old name is not confused;
    also after a restart."""
    make(bench, "first0", **properties)
    attach(bench, "first0", match)
    (device,) = bench.status()
    assert device["match"] == match
    bench.delete("first0")
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    make(bench, "first0")
    assert bench.status()[0]["state"] == "absent"
    bench.delete("first0")
    bench.daemons[0].kill()
    bench.daemons[0].start()
    make(bench, "second0", **properties)
    # The property is set when the device already exists; the kernel announces that like a new device.
    assert wait_for(lambda: bench.status()[0]["state"] == "attached")
    (device,) = bench.status()
    assert device["ifname"] == "second0" and device["match"] == match
    bench.send("second0", 3, 1)
    assert bench.chain("second0")[0]["counters"]["terminate"]["drop"] == 3


def test_a_device_is_identified_by_its_address(bench):
    check_comes_back(bench, "mac=02:00:00:00:12:34", address="02:00:00:00:12:34")


def test_a_device_is_identified_by_an_alternative_name(bench):
    if bench.kernel_older(5, 11):
        bench.skip("kernels before 5.11 do not announce alternative names")
    check_comes_back(bench, "altname=the-uplink", altname="the-uplink")


def test_a_device_is_identified_by_a_long_alternative_name(bench):
    if bench.kernel_older(5, 11):
        bench.skip("kernels before 5.11 do not announce alternative names")
    name = "the-uplink-of-rack-7-to-the-core-router"
    check_comes_back(bench, f"altname={name}", altname=name)


def test_a_match_that_identifies_no_device_or_another_is_refused(bench):
    device, other = bench.device(), bench.device()
    run("ip", "-n", bench.netns, "link", "set", device, "address", "02:00:00:00:00:01")
    for match, words in (("mac=02:00:00:00:00:02", "does not identify"),
                         ("permaddr=02:00:00:00:00:01", "does not identify"),
                         ("altname=nosuch", "does not identify"), ("mac=nonsense", "invalid match"),
                         ("mac=", "invalid match"), ("altname=", "invalid match"),
                         ("name=x", "invalid match")):
        sentence = attach(bench, device, match, expect=1)
        assert words in sentence and match in sentence, sentence
    sentence = bench.attach("kind-maps", "--dev", device, "--dev", other, "--match",
                            "mac=02:00:00:00:00:01", expect=1)
    assert "one device" in sentence, sentence
    assert bench.status() == []
    attach(bench, device, "mac=02:00:00:00:00:01")

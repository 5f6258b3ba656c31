# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Global variables of an object get values when it is attached."""
import json

from harness import OBJECTS, run

SETTINGS = {"mode": "MODE_DECIDE", "answer": "1", "strict": "true", "low": "-32768",
            "large": "0xffffffffffffffff", "ports": "1,2,3,65535", "word": "seven",
            "peer.mac": "hex:02:42:ac:11:00:02", "peer.offset": "-5", "counted": "100"}


def options(settings):
    return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


def variables(bench, device, name="fw"):
    """The values in the kernel, by name."""
    component = next(c for c in bench.chain(device) if c["name"] == name)
    found = {}
    for entry in component["maps"]:
        if entry["name"].endswith((".rodata", ".data", ".bss")):
            text = run("bpftool", "-j", "map", "lookup", "id", entry["id"], "key", 0, 0, 0, 0)
            for section in json.loads(text.stdout)["formatted"]["value"].values():
                for variable in section:
                    found.update(variable)
    return found


def test_variables_of_every_type_can_be_set(bench):
    device = bench.device()
    bench.attach("kind-variables", "--dev", device, "--name", "fw", *options(SETTINGS))
    bench.send(device, 3, 2)
    found = variables(bench, device)
    assert found["large"] == 2 ** 64 - 1 and found["low"] == -32768
    assert found["ports"] == [1, 2, 3, 65535] and found["counted"] == 103
    assert found["peer"]["offset"] == -5
    assert [int(str(byte), 0) for byte in found["peer"]["mac"]] == [2, 0x42, 0xac, 0x11, 0, 2]
    component = bench.chain(device)[0]
    assert component["counters"]["terminate"]["drop"] == 3, component
    assert component["set"] == [f"{name}={value}" for name, value in SETTINGS.items()]
    assert "fw sets mode=MODE_DECIDE, answer=1," in bench.xdpctl("status")


def test_invalid_values_are_refused(bench):
    device = bench.device()
    bench.attach("kind-variables", "--dev", device, "--name", "fw")
    before = bench.status()
    for setting, words in {
            "answer=256": ["'answer'", "kind-variables.o", "__u8", "255", "above"],
            "low=-32769": ["__s16", "below", "-32768"],
            "mode=MODE_NONE": ["enum mode", "MODE_DECIDE"],
            "strict=yes": ["true or false"],
            "word=much too long": ["char[8]", "7 bytes"],
            "ports=1,2,3,4,5": ["__u16[4]", "4 elements"],
            "peer.mac=hex:02": ["6 bytes"],
            "peer=1": ["set its members one by one"],
            "nosuch=1": ["'nosuch'", "answer", "ports", "counted"],
            "peer.nosuch=1": ["mac", "offset"],
            "ports[4]=1": ["ports[4]", "4 elements"],
            "=1": ["no global variable ''"],
            "answer": ["'answer' has no value"]}.items():
        sentence = bench.attach("kind-variables", "--dev", device, "--name", "b", "--set", setting,
                                expect=1)
        for word in words:
            assert word in sentence, sentence
    sentence = bench.attach("verdict-0", "--dev", device, "--name", "b", "--set", "a=1", expect=1)
    assert "verdict-0.o has no global variable 'a'; it has none" in sentence, sentence
    assert bench.status() == before


def test_different_values_make_a_different_program(bench):
    devices = [bench.device() for _ in range(3)]
    for device, value in zip(devices, (1, 1, 3)):
        bench.attach("kind-variables", "--dev", device, "--name", "fw", "--set",
                     f"answer={value}", "--set", "mode=MODE_DECIDE")
    ids = [bench.chain(device)[0]["prog_id"] for device in devices]
    assert ids[0] == ids[1] != ids[2]


def test_replace_keeps_the_values_unless_they_are_set(bench):
    device = bench.device()
    bench.attach("kind-variables", "--dev", device, "--name", "fw", "--set", "mode=MODE_DECIDE",
                 "--set", "answer=1", "--set", "low=3")
    replace = ("replace", "fw", OBJECTS / "kind-variables_next.o", "--dev", device)
    bench.xdpctl(*replace, "--set", "answer=3", "--set", "low")
    assert bench.chain(device)[0]["set"] == ["mode=MODE_DECIDE", "answer=3"]
    found = variables(bench, device)
    assert (found["answer"], found["low"]) == (3, -1)
    assert "'low' has no value" in bench.xdpctl(*replace, "--set", "low", expect=1)
    bench.xdpctl(*replace, "--set", "added=7")
    assert variables(bench, device)["added"] == 7
    before = bench.status()
    sentence = bench.xdpctl("replace", "fw", OBJECTS / "kind-variables.o", "--dev", device,
                            expect=1)
    assert "'added'" in sentence and "unless '--set NAME' drops them" in sentence, sentence
    assert bench.status() == before
    bench.xdpctl("replace", "fw", OBJECTS / "kind-variables.o", "--dev", device, "--set", "added")


def test_values_survive_restart_and_reboot(bench):
    device = bench.device()
    bench.attach("kind-variables", "--dev", device, "--name", "fw", *options(SETTINGS))
    bench.attach("verdict-1", "--dev", device, "--name", "last", "--prio", 1)
    daemon = bench.daemons[0]
    bench.send(device, 2, 2, 2)
    component = bench.chain(device)[1]
    daemon.kill()
    daemon.start()
    assert bench.chain(device)[1] == component
    assert variables(bench, device)["counted"] == 102
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    bench.send(device, 4, 2, 2)
    assert bench.chain(device)[1]["set"] == component["set"]
    assert variables(bench, device)["counted"] == 104
    assert bench.chain(device)[1]["counters"]["terminate"]["drop"] >= 4

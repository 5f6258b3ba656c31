# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Several owners share a device: each one's file adds, changes and removes only what belongs to it."""
import json
import random

from chain_files import device, write
from harness import OBJECTS, SCALE


def component(name, kind="verdict-2", **more):
    return {"object": f"{kind}.o", "name": name, **more}


def apply(bench, owner, *devices, options=(), **more):
    return bench.xdpctl("apply", "--owner", owner, write(bench, *devices), *options, **more)


def owners(bench, name):
    return [(entry["name"], entry.get("owner")) for entry in bench.chain(name)]


def entries(bench, name, owner):
    """What must not change when another owner applies its file."""
    return [{member: entry.get(member) for member in ("name", "prog_id", "priority", "counters", "maps", "object")}
            for entry in bench.chain(name) if entry.get("owner") == owner]


def test_owners_share_a_device_and_leave_each_other_alone(bench):
    name, other = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", name, "--name", "by-hand", "--prio", 20)
    apply(bench, "red", device(name, component("r1", priority=10), component("r2", "kind-maps", priority=30)),
          device(other, component("r3")))
    apply(bench, "blue", device(name, component("b1", priority=5), component("b2", "kind-maps", priority=30),
                                component("b3", priority=40)))
    chain = [("b1", "blue"), ("r1", "red"), ("by-hand", None), ("r2", "red"), ("b2", "blue"), ("b3", "blue")]
    assert owners(bench, name) == chain
    bench.send(name, 3, 2, 2, 2)
    assert bench.quiet()
    before = entries(bench, name, "red"), entries(bench, name, None)
    assert before[0][0]["counters"]["run"] == 3

    apply(bench, "blue", device(name, component("b2", "kind-maps_next", priority=1), component("b4", priority=30)))
    assert owners(bench, name) == [("b2", "blue"), ("r1", "red"), ("by-hand", None), ("r2", "red"), ("b4", "blue")]
    assert (entries(bench, name, "red"), entries(bench, name, None)) == before

    said = apply(bench, "red", device(other, component("r3")))
    assert f"{name}: matches the file" in said and f"{other}: generation 1, nothing to do" in said, said
    assert owners(bench, name) == [("b2", "blue"), ("by-hand", None), ("b4", "blue")]
    apply(bench, "red")
    assert owners(bench, other) == []
    assert apply(bench, "red") == ""


def test_owners_that_want_the_same_name_are_both_named(bench):
    name = bench.device()
    apply(bench, "red", device(name, component("fw")))
    bench.attach("verdict-2", "--dev", name, "--name", "mine")
    before = bench.status()
    message = apply(bench, "blue", device(name, component("fw")), expect=1)
    assert f"{name} already has a component 'fw', which belongs to owner 'red', so owner 'blue' cannot" in message
    message = apply(bench, "blue", device(name, component("mine")), expect=1)
    assert f"{name} already has a component 'mine' without an owner, so owner 'blue' cannot" in message
    message = bench.attach("verdict-2", "--dev", name, "--name", "fw", "--owner", "blue", expect=1)
    assert "belongs to owner 'red', so owner 'blue' cannot" in message
    message = bench.attach("verdict-2", "--dev", name, "--name", "fw", expect=1)
    assert "which belongs to owner 'red'; choose another name" in message
    message = apply(bench, "blue", device(name, component("x", owner="red")), expect=1)
    assert "devices[0].components[0]: owner: the component belongs to owner 'red', so owner 'blue'" in message
    message = apply(bench, "no owner", expect=1)
    assert "'no owner' cannot be the name of an owner" in message
    assert bench.status() == before


def test_an_owner_is_shown_planned_exported_and_kept(bench):
    name, other = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", name, "--name", "a", "--owner", "red")
    apply(bench, "blue", device(name, component("b", "kind-maps")), device(other))
    said = bench.xdpctl("status", name)
    assert "a belongs to owner red\n" in said and "b belongs to owner blue\n" in said, said
    said = bench.xdpctl("status", "--owner", "blue")
    assert " b " in said and " a " not in said and other not in said, said
    said = json.loads(bench.xdpctl("status", "--json", "--owner", "green"))
    assert said["devices"] == []

    said = bench.xdpctl("plan", "--owner", "red", write(bench, device(name, component("c"))))
    assert "+ add     c: owner red, " in said and "- remove  a" in said and "keep    b" in said, said
    assert owners(bench, name) == [("a", "red"), ("b", "blue")]

    whole = json.loads(bench.xdpctl("export"))
    part = json.loads(bench.xdpctl("export", "--owner", "blue"))
    assert [entry["name"] for entry in part["devices"]] == [name]
    assert [(entry["name"], entry["owner"]) for entry in part["devices"][0]["components"]] == [("b", "blue")]
    path = bench.directory / "files" / "exported.json"
    path.write_text(json.dumps(part))
    assert "nothing to do" in bench.xdpctl("apply", "--owner", "blue", path)

    place = bench.directory / "exported"
    bench.xdpctl("export", "--objects", place, "-o", place.with_suffix(".json"))
    bench.xdpctl("detach", "--dev", name, "--all")
    bench.xdpctl("apply", place.with_suffix(".json"))
    assert owners(bench, name) == [("a", "red"), ("b", "blue")]
    assert json.loads(bench.xdpctl("export")) == whole

    whole["devices"][0]["components"][0]["owner"] = "blue"
    path.write_text(json.dumps(whole))
    bench.send(name, 3, 2, 2, 2)
    assert bench.quiet()
    before = entries(bench, name, "red")
    assert before[0]["counters"]["run"] == 3
    assert "a: owner red -> blue" in bench.xdpctl("plan", path), bench.xdpctl("plan", path)
    bench.xdpctl("apply", path)
    assert entries(bench, name, "blue")[:1] == before


def test_owners_do_not_share_a_loaded_component(bench):
    first, second, third = (bench.device() for _ in range(3))
    for name, owner in ((first, "red"), (second, "red"), (third, "blue")):
        bench.attach("kind-maps", "--dev", name, "--owner", owner)
    maps = [{entry["id"] for entry in bench.chain(name)[0]["maps"]} for name in (first, second, third)]
    assert maps[0] == maps[1] and not maps[0] & maps[2], maps


def test_owners_survive_a_restart_and_a_reboot(bench):
    name, daemon = bench.device(), bench.daemon()
    apply(bench, "red", device(name, component("r")))
    bench.xdpctl("replace", "--dev", name, "r", OBJECTS / "kind-maps.o")
    daemon.kill()
    daemon.start()
    assert owners(bench, name) == [("r", "red")]
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert owners(bench, name) == [("r", "red")]
    assert json.loads(daemon.records()[0].read_text())["format"] == 6
    bench.xdpctl("apply", write(bench, device(name, component("r"))))
    assert owners(bench, name) == [("r", None)]
    assert json.loads(daemon.records()[0].read_text())["format"] == 1


def test_a_failure_of_one_device_changes_none_of_the_owner(bench):
    name, other = bench.device(), bench.device()
    apply(bench, "red", device(name, component("a")))
    message = apply(bench, "red", device(other, component("b", "bad-verifier")), expect=1)
    assert "devices[0].components[0]: " in message
    assert owners(bench, name) == [("a", "red")]
    assert not any(entry["ifname"] == other for entry in bench.status())


def settings(bench, name):
    """The settings of a device that a file can give, and their owners."""
    entry = next(entry for entry in bench.status() if entry["ifname"] == name)
    return {member: entry.get(member) for member in ("wanted_mode", "match", "interop", "policy")}, \
        set(entry.get("setting_owners", []))


def test_owners_share_settings_of_a_device_and_contradictions_name_both(bench):
    name, daemon = bench.device(), bench.daemon()
    match = {"match": f"altname=the-{name}"}
    none = {"wanted_mode": None, "match": None, "interop": None, "policy": None}
    bench.inside(bench.netns, "ip", "link", "property", "add", "dev", name, "altname", f"the-{name}")
    apply(bench, "red", device(name, component("r"), mode="native", **match))
    apply(bench, "blue", device(name, component("b")))
    assert settings(bench, name) == ({**none, "wanted_mode": "native", **match}, {"match=red", "mode=red"})
    message = apply(bench, "blue", device(name, component("b"), match="mac=02:00:00:00:00:01"), expect=1)
    assert f"match of {name} is already set to 'altname=the-{name}' by owner 'red', so owner 'blue' cannot set it to " \
        "'mac=02:00:00:00:00:01'" in message, message
    message = apply(bench, "blue", device(name, component("b"), mode="skb"), expect=1)
    assert f"mode of {name} is already set to 'native' by owner 'red', so owner 'blue' cannot" in message

    apply(bench, "blue", device(name, component("b"), interop="none", **match))
    shared = {"match=red", "mode=red", "match=blue", "interop=blue"}
    assert settings(bench, name)[1] == shared
    message = apply(bench, "red", device(name, interop="libxdp"), expect=1)
    assert f"interop of {name} is already set to 'none' by owner 'blue', so owner 'red' cannot" in message
    assert "mode belongs to owner red\n" in bench.xdpctl("status", name)

    whole = json.loads(bench.xdpctl("export"))
    path = bench.directory / "files" / "exported.json"
    for owner in (None, "red", "blue"):
        words = ["--owner", owner] if owner else []
        path.write_text(bench.xdpctl("export", *words))
        assert "nothing to do" in bench.xdpctl("apply", path, *words)
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert settings(bench, name) == ({**none, "wanted_mode": "native", **match}, shared)

    path.write_text(json.dumps({"devices": [{key: value for key, value in whole["devices"][0].items()
                                             if key != "setting_owners"}]}))
    bench.xdpctl("apply", path)
    assert settings(bench, name) == ({**none, "wanted_mode": "native", **match}, set())
    path.write_text(json.dumps(whole))
    bench.xdpctl("apply", path)
    assert settings(bench, name) == ({**none, "wanted_mode": "native", **match}, shared)

    apply(bench, "red")
    assert settings(bench, name) == ({**none, **match}, {"match=blue", "interop=blue"})
    message = apply(bench, "blue", device(name, setting_owners=["match=red"]), expect=1)
    assert "setting_owners: the setting belongs to owner 'red', so owner 'blue' cannot apply it" in message
    apply(bench, "blue")
    assert settings(bench, name) == (none, set()) and bench.chain(name) == []


def test_what_was_set_without_an_owner_stays(bench):
    name = bench.device()
    bench.attach("verdict-2", "--dev", name, "--mode", "native", "--name", "by-hand")
    apply(bench, "red", device(name, component("r"), mode="native"))
    assert settings(bench, name)[0]["wanted_mode"] == "native" and settings(bench, name)[1] == set()
    message = apply(bench, "red", device(name, component("r"), mode="skb"), expect=1)
    assert f"mode of {name} is already set to 'native' without an owner, so owner 'red' cannot" in message
    apply(bench, "red")
    assert settings(bench, name)[0]["wanted_mode"] == "native"
    apply(bench, "red", device(name, component("r"), match=f"mac={mac_of(bench, name)}"))
    bench.xdpctl("release", "--dev", name)
    assert bench.status() == []


def mac_of(bench, name):
    return json.loads(bench.inside(bench.netns, "ip", "-j", "link", "show", "dev", name).stdout)[0]["address"]


def test_a_policy_belongs_to_an_owner(bench):
    name = bench.device()
    policy = {"policy": {"object": "policy-1.o"}}
    apply(bench, "red", device(name, **policy))
    apply(bench, "blue", device(name, component("b", "for_slot", slot="by_length"), **policy))
    assert settings(bench, name)[1] == {"policy=red", "policy=blue"}
    apply(bench, "red")
    assert settings(bench, name)[0]["policy"] and settings(bench, name)[1] == {"policy=blue"}
    message = apply(bench, "red", device(name, policy={"object": "policy-2.o"}), expect=1)
    assert f"policy of {name} is already set to 'sha256:" in message and "by owner 'blue', so owner 'red'" in message
    bench.attach("verdict-0", "--dev", name, "--slot", "xdp_firewall_placeholder", "--name", "fw")
    message = apply(bench, "blue", expect=1)
    assert "'fw', which belongs to no owner, would lose its place" in message and "owner 'blue' cannot" in message
    bench.xdpctl("detach", "fw", "--dev", name)
    apply(bench, "blue")
    assert settings(bench, name)[0]["policy"] is None and bench.chain(name) == []


PRIORITIES = [10, 20, 50, 50, 60]


def random_file(rng, owner, names):
    """Components of one owner for a device, in the order in which the file has them."""
    chosen = rng.sample(names, rng.randrange(len(names)))
    return [component(f"{owner}-{name}", rng.choice(["verdict-1", "verdict-2", "kind-maps"]),
                      priority=rng.choice(PRIORITIES)) for name in chosen]


def is_true(bench, name, owner, wanted):
    """Does the device run what the file of the owner says, in that order?"""
    expected = [(entry["name"], entry["priority"]) for entry in sorted(wanted, key=lambda entry: entry["priority"])]
    return [(entry["name"], entry["priority"]) for entry in bench.chain(name)
            if entry.get("owner") == owner] == expected


def test_files_stay_true_whatever_other_owners_change(bench):
    seed = 14
    rng = random.Random(seed)
    name = bench.device()
    files = {owner: [] for owner in ("red", "green", "blue")}
    bench.attach("verdict-2", "--dev", name, "--name", "by-hand")
    for number in range(int(24 * SCALE)):
        owner = rng.choice(list(files))
        before = {other: entries(bench, name, other) for other in [*files, None] if other != owner}
        files[owner] = random_file(rng, owner, "abcd")
        apply(bench, owner, device(name, *files[owner]))
        for other, wanted in files.items():
            assert is_true(bench, name, other, wanted), (seed, number, other, wanted, bench.chain(name))
        assert {other: entries(bench, name, other) for other in before} == before, (seed, number)
        priorities = [entry["priority"] for entry in bench.chain(name)]
        assert priorities == sorted(priorities), (seed, number, priorities)
    for owner, wanted in files.items():
        assert "nothing to do" in apply(bench, owner, device(name, *wanted)), (seed, owner)

# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Members of a group change the components of their owner, within its budget, and nothing else."""
import contextlib
import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
from pathlib import Path

from harness import BUILD, OBJECTS, run, wait_for

USER, OTHER = 4711, 65534
WEB, DB = ("lp", 7), ("mail", 8)
ONLY_WEB = "this client may change only components of owner 'web' (setting 'owner')"


CALLER = """
import json, socket, sys
path, method, parameters = sys.argv[1:4]
files = [open(name, "rb") for name in sys.argv[4:]]
with socket.socket(socket.AF_UNIX) as client:
    client.settimeout(120)
    client.connect(path)
    socket.send_fds(client, [json.dumps({"method": method, "parameters": json.loads(parameters)}).encode() + b"\\0"],
                    [file.fileno() for file in files])
    answer = b""
    while not answer.endswith(b"\\0"):
        answer += client.recv(65536)
print(answer[:-1].decode())
"""


FLOOD = """
import json, socket, sys
path, name, device, count = sys.argv[1:]
clients = []
with open(name, "rb") as file:
    for i in range(int(count)):
        clients.append(socket.socket(socket.AF_UNIX))
        clients[-1].connect(path)
        parameters = {"devices": [device], "netns": "default", "object": 0, "name": f"x{i}"}
        socket.send_fds(clients[-1], [json.dumps({"method": "io.xdpd.Attach", "parameters": parameters}).encode() + b"\\0"],
                        [file.fileno()])
print(json.loads(clients[0].recv(65536)[:-1]), flush=True)
print(clients[-1].recv(65536), flush=True)
"""


class Member:
    """Runs xdpctl as a user with these groups."""

    def __init__(self, bench, daemon, *groups):
        self.bench, self.daemon, self.groups = bench, daemon, list(groups)
        self.files = bench.directory / "files"
        if not self.files.exists():
            self.files.mkdir()
            for path in OBJECTS.glob("*.o"):
                shutil.copy(path, self.files)
            shutil.copy(BUILD / "cli/xdpctl", self.files)

    def __call__(self, *arguments, expect=0):
        done = run(self.files / "xdpctl", "--socket", self.daemon.socket, *arguments, user=USER, group=OTHER,
                   extra_groups=self.groups, cwd=self.files, check=False)
        assert done.returncode == expect, f"{arguments}: exit {done.returncode}, {done.stdout}{done.stderr}"
        return done.stdout if expect == 0 else done.stderr

    def call(self, method, paths, **parameters):
        """The reply to a call with open files, also those that xdpctl would not make."""
        done = run("/usr/bin/python3", "-c", CALLER, self.daemon.socket, f"io.xdpd.{method}", json.dumps(parameters), *paths,
                   user=USER, group=OTHER, extra_groups=self.groups)
        return json.loads(done.stdout)

    def write(self, *devices):
        path = self.files / "chains.json"
        path.write_text(json.dumps({"devices": devices}))
        path.chmod(0o644)
        return path.name


def start(bench, *lines):
    daemon = bench.daemon("d", start=False)
    daemon.configure(*lines)
    daemon.start()
    daemon.let_everybody_in()
    return daemon


def reload(daemon, *lines):
    said = daemon.log.read_text().count("configuration reloaded")
    daemon.configure(*lines)
    daemon.signal(signal.SIGHUP)
    assert wait_for(lambda: daemon.log.read_text().count("configuration reloaded") > said), daemon.log.read_text()


def component(name, kind="verdict-2", **more):
    return {"object": f"{kind}.o", "name": name, **more}


def device(name, *components, **more):
    return {"name": name, "components": list(components), **more}


def owners(bench, name):
    return [(entry["name"], entry.get("owner")) for entry in bench.chain(name)]


def allowed(bench, name, of):
    return next(entry.get("allow_verdicts") for entry in bench.chain(name) if entry["name"] == of)


def what_runs(bench):
    """What clients can change, without what changes with time: a chain is fused, and packets are counted."""
    return bench.call("Export"), [(device["ifname"], device["generation"], "unconfirmed" in device,
                                   [entry["prog_id"] for entry in device["components"]])
                                  for device in bench.status()]


def test_a_member_manages_the_components_of_its_owner(bench):
    name, other = bench.device(), bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name},{other}")
    bench.attach("verdict-2", "--dev", name, "--name", "fw", "--prio", 10)
    bench.attach("verdict-2", "--dev", name, "--name", "db", "--owner", "db", "--prio", 60)
    web = Member(bench, daemon, WEB[1])
    before = [entry["prog_id"] for entry in bench.chain(name)]

    web("attach", "kind-maps.o", "--dev", name, "--name", "one", "--prio", 30)
    web("attach", "verdict-2.o", "--dev", name, "--dev", other, "--name", "two", "--owner", "web")
    assert owners(bench, name) == [("fw", None), ("one", "web"), ("two", "web"), ("db", "db")]
    assert owners(bench, other) == [("two", "web")]
    web("set", "one", "--dev", name, "--proceed-on", "pass,tx", "--allow-verdicts", "pass,drop")
    web("move", "two", "--dev", name, "--before", "one")
    web("replace", "one", "kind-maps_next.o", "--dev", name)
    assert owners(bench, name) == [("fw", None), ("two", "web"), ("one", "web"), ("db", "db")]
    assert allowed(bench, name, "one") == ["aborted", "drop", "pass"]
    web("detach", "two", "--dev", name, "--dev", other)
    web("attach", "verdict-2.o", "--dev", name, "--name", "short", "--confirm", "5min")
    web("revert", "--dev", name)
    web("attach", "verdict-2.o", "--dev", name, "--name", "kept", "--confirm", "5min")
    web("confirm")

    file = web.write(device(name, component("one", "kind-maps_next", priority=20)), device(other, component("three")))
    said = web("plan", file)
    assert "- remove  kept" in said and "+ add     three" in said and "keep    fw\n" in said, said
    web("apply", file)
    assert owners(bench, name) == [("fw", None), ("one", "web"), ("db", "db")]
    assert "nothing to do" in web("apply", "--owner", "web", file)
    exported = json.loads(web("export"))
    assert [entry["name"] for entry in exported["devices"]] == [name, other]
    assert [entry["name"] for entry in exported["devices"][0]["components"]] == ["one"]
    assert "nothing to do" in web("apply", web.write(*exported["devices"]))
    assert [entry["prog_id"] for entry in bench.chain(name) if entry.get("owner") != "web"] == before

    first = bench.device()  # which xdpd does not manage yet
    reload(daemon, f"owner = web group={WEB[0]} devices={name},{first}")
    web("attach", "verdict-2.o", "--dev", first, "--name", "new", "--confirm", "5min")
    web("revert")
    assert [entry["ifname"] for entry in bench.status()] == [name, other]
    # Components of the owner on a device that is no longer its own stay.
    web("apply", web.write(device(name)))
    assert owners(bench, name) == [("fw", None), ("db", "db")] and owners(bench, other) == [("three", "web")]
    refused = re.findall(r"refused .*", daemon.log.read_text())
    assert not refused, refused


def test_a_member_changes_nothing_else(bench):
    name, other = bench.device(), bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name} verdicts=pass,drop")
    web = Member(bench, daemon, WEB[1])
    bench.attach("kind-maps", "--dev", name, "--name", "fw", "--owner", "db")
    bench.attach("verdict-3", "--dev", name, "--name", "alone")
    bench.attach("verdict-2", "--dev", other, "--name", "far", "--owner", "web")
    web("attach", "kind-maps.o", "--dev", name, "--name", "own")
    secret = f"sha256:{hashlib.sha256((OBJECTS / 'verdict-3.o').read_bytes()).hexdigest()}"
    shared = daemon.bpffs / "maps"
    before = what_runs(bench)
    attach = ("attach", "verdict-2.o", "--dev", name, "--name", "x")
    whole = f"of {name} concerns the whole device, and {ONLY_WEB}"
    not_mine = f"'fw' belongs to owner 'db', and {ONLY_WEB}"
    other_device = f"components of owner 'web' cannot be changed on {other} by this client, but only on {name} " \
        "(devices in the setting 'owner')"
    denied = f"is allowed only for root, and {ONLY_WEB}"
    for command, sentence in (
            (("detach", "fw", "--dev", name), not_mine),
            (("detach", "alone", "--dev", name), f"'alone' has no owner, and {ONLY_WEB}"),
            (("detach", "--all", "--dev", name), not_mine),
            (("detach", "far", "--dev", other), other_device),
            (("detach", "--all", "--release", "--dev", other), other_device),
            (("detach", "--all", "--release", "--dev", name), f"release {whole}"),
            (("release", "--dev", name), f"release {whole}"),
            (("replace", "fw", "kind-maps.o", "--dev", name), not_mine),
            (("replace", "far", "verdict-2.o", "--dev", other), other_device),
            (("set", "fw", "--dev", name, "--prio", "1"), not_mine),
            (("set", "fw", "--dev", name, "--map-mode", "666"), not_mine),
            (("move", "fw", "--dev", name, "--after", "own"), not_mine),
            (("set", "own", "--dev", name, "--allow-verdicts", "pass,tx"),
             "'own' cannot be allowed to return tx: components of owner 'web' may return drop,pass (verdicts in the "
             "setting 'owner')"),
            (("set", "own", "--dev", name, "--proceed-on", "drop"), "'own' must proceed on pass (proceed_on)"),
            (("set", "own", "--dev", name, "--map-owner", "daemon"), "the user of the maps of 'own' would let others"),
            (("set", "own", "--dev", name, "--map-owner", f":{DB[0]}"), "the group of the maps of 'own'"),
            (("set", "own", "--dev", name, "--map-mode", "664"), "the mode of the maps of 'own' would let others open "
             f"them: maps of owner 'web' may belong to the client's own user and to group '{WEB[0]}'"),
            ((*attach, "--owner", "db"), f"the request is for components of owner 'db', and {ONLY_WEB}"),
            ((*attach, "--dev", other), other_device),
            ((*attach, "--allow-verdicts", "pass,redirect"), "cannot be allowed to return redirect"),
            ((*attach, "--proceed-on", "none"), "'x' must proceed on pass"),
            ((*attach, "--mode", "native"), f"mode {whole}"),
            ((*attach, "--interop", "libxdp"), f"interop {whole}"),
            ((*attach, "--match", "altname=some"), None),
            ((*attach, "--map-owner", "daemon"), "the user of the maps of 'x' would let others open them"),
            (("attach", "kind-maps.o", "--dev", name, "--name", "x", "--map", "a_hash=fw:a_hash"),
             f"'x' on {name} cannot share map 'a_hash' from 'fw:a_hash', which is not a map of a component of owner "
             f"'web', and {ONLY_WEB}"),
            (("attach", "kind-pinned_map.o", "--dev", name, "--name", "x"), "asks to be pinned by its name"),
            (("apply", web.write(device(name, component("fw")))), "which belongs to owner 'db', so owner 'web' cannot"),
            (("suspend", "--dev", name), denied), (("resume", "--dev", name), denied),
            (("interop", "libxdp", "--dev", name), denied), (("adopt", "--dev", name), denied),
            (("policy", "set", "policy-1.o", "--dev", name), denied), (("policy", "clear", "--dev", name), denied),
            (("relink", "parser.o", "library-parser.o"), denied),
            (("confirm",), "there is no unconfirmed change"),
            (("status",), f"Status is allowed only for root and members of the group 'xdpd', and {ONLY_WEB}"),
            (("verify", "--repair"), "Verify is allowed only for"), (("maps",), "Maps is allowed only for"),
            (("export", "--owner", "db"), "the request is for components of owner 'db'")):
        said = web(*command, expect=1)
        assert sentence is None or sentence in said, (command, said)
        assert what_runs(bench) == before, command
    for more, sentence in (
            ({"mode": "native"}, f"mode {whole}"), ({"interop": "libxdp"}, f"interop {whole}"),
            ({"setting_owners": ["mode=db"]}, "setting_owners: "),
            ({"policy": {"object": "policy-1.o"}}, f"policy {whole}")):
        said = web("apply", web.write(device(name, component("own", "kind-maps"), **more)), expect=1)
        assert sentence is None or sentence in said, (more, said)
        assert what_runs(bench) == before, more
    for chains, sentence in (
            ((device(name, component("own", "kind-maps"), component("x", owner="db")),), "cannot apply it"),
            ((device(name, component("x", allow_verdicts=["pass", "tx"])),), "cannot be allowed to return tx"),
            ((device(name, component("x", proceed_on=["drop"])),), "must proceed on pass"),
            ((device(name, component("x", "kind-maps", share_maps=["a_hash=fw:a_hash"])),), "cannot share map"),
            ((device(name, component("x", map_mode="606")),), "the mode of the maps of 'x'"),
            ((device(name, {"object": secret, "name": "x"}),), "is not in the store"),
            ((device(name, component("own", "kind-maps")), device(other)), other_device)):
        said = web("apply", web.write(*chains), expect=1)
        assert sentence in said, (chains, said)
        said = web("plan", web.write(*chains), expect=1)
        assert sentence in said, (chains, said)
        assert what_runs(bench) == before, chains
    pin = web.call("Attach", [web.files / "kind-maps.o", "/dev/null"], devices=[name], netns="default", object=0, name="x",
                   share_maps=["a_hash=pin:/sys/fs/bpf/a_hash"], pins=[1])
    assert pin["error"] == "io.xdpd.NoPermission" and pin["parameters"]["message"] == \
        f"'x' on {name} cannot share map 'a_hash' from 'pin:/sys/fs/bpf/a_hash', which is not a map of a component of " \
        f"owner 'web', and {ONLY_WEB}", pin
    slot = web.call("Attach", [web.files / "for_slot.o"], devices=[name], netns="default", object=0, slot="on_tcp", name="x")
    assert "error" in slot
    assert what_runs(bench) == before
    assert not list(shared.glob(f"**/{name}/x*"))


def test_what_a_member_attaches_is_limited_to_the_verdicts_of_its_owner(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name} verdicts=pass,drop")
    web = Member(bench, daemon, WEB[1])
    bench.attach("verdict-0", "--dev", name, "--name", "wide", "--owner", "web")
    web("attach", "verdict-0.o", "--dev", name, "--name", "new", "--prio", 10)
    web("attach", "verdict-0.o", "--dev", name, "--name", "narrow", "--allow-verdicts", "pass")
    assert allowed(bench, name, "wide") is None  # until a member changes it
    assert allowed(bench, name, "new") == ["aborted", "drop", "pass"]
    assert allowed(bench, name, "narrow") == ["aborted", "pass"]
    web("replace", "wide", "verdict-2.o", "--dev", name)
    web("replace", "narrow", "verdict-2.o", "--dev", name)
    assert allowed(bench, name, "wide") == ["aborted", "drop", "pass"]
    assert allowed(bench, name, "narrow") == ["aborted", "pass"]
    web("set", "narrow", "--dev", name, "--prio", 70)
    assert allowed(bench, name, "narrow") == ["aborted", "pass"]
    file = web.write(device(name, component("new", "verdict-0", priority=10)))
    web("apply", file)
    assert allowed(bench, name, "new") == ["aborted", "drop", "pass"]
    assert "nothing to do" in web("apply", file)
    bench.send(name, 4, 3)  # tx
    (entry,) = bench.chain(name)
    assert entry["counters"]["overruled"] == 4, entry
    # The limit is not lost when the chain is loaded again.
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert wait_for(lambda: bench.chain(name)[0]["state"] == "running")
    assert allowed(bench, name, "new") == ["aborted", "drop", "pass"]


def test_the_budget_of_an_owner(bench):
    name, other = bench.device(), bench.device()
    devices = f"group={WEB[0]} devices={name},{other}"
    daemon = start(bench, f"owner = web {devices} components=2")
    web = Member(bench, daemon, WEB[1])
    bench.attach("kind-maps", "--dev", other, "--name", "by-root", "--owner", "web")
    bench.attach("kind-maps", "--dev", other, "--name", "others", "--owner", "db")
    (size,) = {sum(entry["memory"] for entry in json.loads(bench.xdpctl("maps", "--json", "--dev", other))["maps"]
                   if any(holder["component"] == "by-root" for holder in entry["holders"]))}
    verified = bench.chain(other)[0]["verified"]
    web("attach", "verdict-2.o", "--dev", name, "--name", "one")
    before = what_runs(bench)

    def refused(key, *command):
        said = web(*command, expect=1)
        assert f"({key} in the setting 'owner')" in said and "owner 'web'" in said, (command, said)
        assert what_runs(bench) == before, command
        return said

    said = refused("components", "attach", "verdict-2.o", "--dev", name, "--name", "two")
    assert "owner 'web' would have 3 components, and the maximum is 2" in said, said
    two = web.write(device(name, component("one"), component("two")), device(other, component("by-root", "kind-maps")))
    refused("components", "apply", two)
    refused("components", "plan", two)

    reload(daemon, f"owner = web {devices} map-bytes={size + 1000}")
    refused("map-bytes", "attach", "kind-maps_next.o", "--dev", name, "--name", "two")
    refused("map-bytes", "replace", "one", "kind-maps_next.o", "--dev", name)
    reload(daemon, f"owner = web {devices} map-bytes=100")  # refused before the kernel creates a map
    said = refused("map-bytes", "attach", "kind-maps_next.o", "--dev", name, "--name", "two")
    assert "those of all components of owner 'web' may take 100" in said, said
    reload(daemon, f"owner = web {devices} instructions={verified + 1}")
    refused("instructions", "replace", "one", "heavy.o", "--dev", name)
    refused("instructions", "attach", "heavy.o", "--dev", name, "--name", "two")

    # Above a budget that was lowered, all is allowed that does not need more.
    reload(daemon, f"owner = web {devices} components=1 map-bytes=1 instructions=1")
    web("replace", "one", "verdict-2.o", "--dev", name, "--fresh-maps")
    web("set", "one", "--dev", name, "--prio", 7)
    refused_now = web("attach", "verdict-2.o", "--dev", name, "--name", "two", expect=1)
    assert "would have 3 components, and the maximum is 1" in refused_now, refused_now
    web("detach", "one", "--dev", name)
    web("detach", "by-root", "--dev", other)
    assert owners(bench, other) == [("others", "db")]

    # What an unconfirmed change replaces counts as long as it is kept.
    reload(daemon, f"owner = web {devices} map-bytes={size + 1000}")
    web("attach", "kind-maps.o", "--dev", name, "--name", "one")
    web("replace", "one", "verdict-2.o", "--dev", name, "--fresh-maps", "--confirm", "1h")
    before = what_runs(bench)
    refused("map-bytes", "attach", "kind-maps_next.o", "--dev", other, "--name", "two")
    web("revert")
    before = what_runs(bench)
    refused("map-bytes", "replace", "one", "kind-maps_next.o", "--dev", name, "--fresh-maps", "--confirm", "1h")
    web("detach", "one", "--dev", name, "--confirm", "1h")
    web("confirm")

    # A component on two devices counts twice, its maps once.
    reload(daemon, f"owner = web {devices} components=2 map-bytes={2 * size - 1}")
    web("attach", "kind-maps.o", "--dev", name, "--dev", other, "--name", "both")
    assert owners(bench, name) == [("both", "web")]


def test_a_change_loads_little_more_than_the_budget_allows(bench):
    name = bench.device()
    line = f"owner = web group={WEB[0]} devices={name}"
    daemon = start(bench, f"{line} components=2")
    web = Member(bench, daemon, WEB[1])
    file = web.write(device(name, *(component(f"c{i}") for i in range(5))))
    said = web("apply", file, expect=1)
    assert "would have 5 components, and the maximum is 2" in said, said
    bench.attach("verdict-2", "--dev", name, "--name", "one")
    verified = bench.chain(name)[0]["verified"]
    reload(daemon, f"{line} instructions={verified + 1}")
    said = web("apply", file, expect=1)
    assert f"would have {2 * verified} verified instructions" in said, said  # so the third one was not loaded


def test_a_member_decides_only_about_unconfirmed_changes_of_its_owner(bench):
    name, other = bench.device(), bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}")
    web = Member(bench, daemon, WEB[1])
    both = ("--dev", name, "--dev", other)
    bench.attach("verdict-2", *both, "--name", "fw")
    web("attach", "verdict-2.o", "--dev", name, "--name", "own")

    def stays(sentence, *commands):
        before = what_runs(bench)
        for command in commands:
            said = web(*command, expect=1)
            assert sentence in said, (command, said)
            assert what_runs(bench) == before

    more = ("attach", "verdict-2.o", "--dev", name, "--name", "more", "--confirm", "5min")
    decisions = (("confirm",), ("revert",), ("confirm", "--dev", name), ("revert", "--dev", name), more)
    bench.xdpctl("set", "fw", "--dev", name, "--prio", 7, "--confirm", "5min")
    stays(f"the unconfirmed change of {name}: {name}: 'fw' has no owner, and {ONLY_WEB}", *decisions)
    bench.xdpctl("revert")
    # Of two devices, one is not the owner's.
    bench.attach("verdict-2", *both, "--name", "both", "--owner", "web", "--confirm", "5min")
    stays(f"the unconfirmed change of {other}: components of owner 'web' cannot be changed on {other}", *decisions)
    bench.xdpctl("revert")
    bench.xdpctl("suspend", "--dev", name, "--confirm", "5min")
    stays(f"suspension of {name} concerns the whole device", *decisions)
    bench.xdpctl("revert")
    bench.xdpctl("detach", "--all", "--release", "--dev", name, "--confirm", "5min")
    stays(f"release of {name} concerns the whole device", *decisions[:4])
    bench.xdpctl("revert")
    # The member's own change, to which root adds another.
    web("detach", "own", "--dev", name, "--confirm", "5min")
    web(*more)
    bench.xdpctl("detach", "fw", "--dev", name, "--confirm", "5min")
    stays("'fw' has no owner", *decisions)
    bench.xdpctl("revert")
    assert owners(bench, name) == [("fw", None), ("own", "web")]
    web(*more)
    web("detach", "own", "--dev", name, "--confirm", "5min")
    web("revert")
    assert owners(bench, name) == [("fw", None), ("own", "web")]


def test_a_member_of_several_groups_names_the_owner(bench):
    name, other = bench.device(), bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}", f"owner = db group={DB[0]} devices={name},{other}",
                   "owner = db verdicts=pass")
    member = Member(bench, daemon, WEB[1], DB[1])
    said = member("attach", "verdict-2.o", "--dev", name, expect=1)
    assert "the request names no owner (--owner), and this client may change only components of the owners 'web', " \
        "'db' (setting 'owner')" in said, said
    for command in (("apply", member.write(device(name))), ("export",)):
        assert "the request names no owner" in member(*command, expect=1)
    member("attach", "verdict-2.o", "--dev", name, "--name", "w", "--owner", "web")
    member("attach", "verdict-2.o", "--dev", name, "--name", "d", "--owner", "db")
    assert allowed(bench, name, "w") is None and allowed(bench, name, "d") == ["aborted", "pass"]
    said = member("attach", "verdict-2.o", "--dev", other, "--name", "w", "--owner", "web", expect=1)
    assert f"components of owner 'web' cannot be changed on {other}" in said, said
    said = member("set", "d", "--dev", name, "--allow-verdicts", "pass,drop", expect=1)
    assert "'d' cannot be allowed to return drop" in said, said
    third = bench.device()
    said = member("attach", "verdict-2.o", "--dev", third, "--name", "w", "--owner", "web", expect=1)
    assert f"components on {third} cannot be changed by this client, and this client may change only" in said, said
    member("set", "w", "--dev", name, "--allow-verdicts", "pass,drop")
    member("detach", "--all", "--dev", name)
    assert owners(bench, name) == []
    # The right over one owner is of no use on a device of another.
    bench.attach("verdict-2", "--dev", other, "--name", "w", "--owner", "web")
    bench.attach("verdict-2", "--dev", other, "--name", "d", "--owner", "db")
    before = what_runs(bench)
    for command in (("move", "w", "--dev", other, "--after", "d"), ("set", "w", "--dev", other, "--prio", "50"),
                    ("replace", "w", "verdict-2.o", "--dev", other), ("detach", "w", "--dev", other)):
        assert f"components of owner 'web' cannot be changed on {other}" in member(*command, expect=1)
        assert what_runs(bench) == before
    member("apply", "--owner", "web", member.write())
    assert what_runs(bench) == before
    member("move", "d", "--dev", other, "--before", "w")


def test_a_right_is_about_a_device_of_a_namespace(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={bench.peer}/{name},absent0")
    web = Member(bench, daemon, WEB[1])
    said = web("attach", "verdict-2.o", "--dev", name, expect=1)
    assert f"cannot be changed on {name} by this client, but only on /run/netns/{bench.peer}/{name}, absent0 (" in said, said
    web("attach", "verdict-2.o", "--dev", name, "--netns", bench.peer, "--name", "own")
    web("apply", web.write(device("absent0", component("later")),
                           device(name, component("own"), netns=bench.peer)), "--allow-absent")
    assert {(entry["ifname"], entry["components"][0]["owner"]) for entry in bench.status()} == \
        {("absent0", "web"), (name, "web")}
    web("apply", web.write())
    assert [entry["components"] for entry in bench.status()] == [[], []]


def test_a_member_fills_no_slot_of_a_policy(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}")
    web = Member(bench, daemon, WEB[1])
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", name)
    (policy,) = json.loads(bench.xdpctl("policy", "show", "--json", "--dev", name))["policies"]
    slot = next(entry["name"] for entry in policy["slots"] if "struct xdp_md" in entry["signature"])
    before = what_runs(bench)
    said = web("attach", "verdict-2.o", "--dev", name, "--name", "own", "--slot", slot, expect=1)
    assert f"'own' cannot be in slot '{slot}' of a policy, where its verdicts are not limited" in said, said
    assert what_runs(bench) == before


def test_a_component_of_a_member_ends_with_its_command(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name} components=1")
    web = Member(bench, daemon, WEB[1])
    web("attach", "verdict-2.o", "--dev", name, "--name", "own", "--while-connected", "--", "true")
    assert wait_for(lambda: bench.names(name) == [])
    web("attach", "verdict-2.o", "--dev", name, "--name", "own")


def test_a_reload_that_takes_a_right_away_changes_nothing_that_runs(bench):
    name = bench.device()
    line = f"owner = web group={WEB[0]} devices={name} components=1"
    daemon = start(bench, line)
    web = Member(bench, daemon, WEB[1])
    web("attach", "verdict-2.o", "--dev", name, "--name", "own")
    before = what_runs(bench)
    for lines in ([], [line, "owner = web group="], [f"owner = web group={DB[0]} devices={name}"]):
        reload(daemon, *lines)
        said = web("detach", "own", "--dev", name, expect=1)
        assert said == "xdpctl: Detach is allowed only for root\n", said
        assert "Attach is allowed" in web("attach", "verdict-2.o", "--dev", name, "--name", "x", expect=1)
        assert what_runs(bench) == before
    reload(daemon, line)
    web("detach", "own", "--dev", name)


def test_members_read_the_maps_of_their_owner(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}")
    web = Member(bench, daemon, WEB[1])
    web("attach", "kind-maps.o", "--dev", name, "--name", "own", "--map-owner", f":{WEB[0]}", "--map-mode", "660")
    listed = json.loads(bench.xdpctl("maps", "--json", "--dev", name))["maps"]
    assert {(holder["uid"], holder["gid"], holder["mode"]) for entry in listed for holder in entry["holders"]} == \
        {(0, WEB[1], "660")}
    web("attach", "kind-maps.o", "--dev", name, "--name", "two", "--map", "a_hash=own:a_hash", "--map-owner", str(USER))
    web("replace", "two", "kind-maps.o", "--dev", name)


def test_changes_of_a_member_do_not_delay_those_of_root(bench):
    name, other = bench.device(), bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name} instructions=1000")
    web = Member(bench, daemon, WEB[1])
    flood = subprocess.Popen(["/usr/bin/python3", "-c", FLOOD, daemon.socket, web.files / "heavy.o", name, "40"], user=USER,
                             group=OTHER, extra_groups=[WEB[1]], stdout=subprocess.PIPE, text=True)
    try:
        assert "LimitExceeded" in flood.stdout.readline()
        bench.attach("verdict-2", "--dev", other, "--name", "fw")
        assert not select.select([flood.stdout], [], [], 0)[0], "all changes of the member were answered before"
    finally:
        flood.kill()
        flood.wait()
        flood.stdout.close()


OPEN_PIN = """
import ctypes, struct, sys, time
path = ctypes.create_string_buffer(sys.argv[1].encode())
fd = ctypes.CDLL(None).syscall({"x86_64": 321, "aarch64": 280}[sys.argv[2]], 7, struct.pack("QII112x", ctypes.addressof(path), 0, 0), 128)
print(fd, flush=True)
time.sleep(100)
"""


def test_a_map_that_a_member_has_opened_counts_until_it_is_closed(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}")
    web = Member(bench, daemon, WEB[1])
    bench.attach("kind-maps", "--dev", name, "--name", "measured")
    size = sum(entry["memory"] for entry in json.loads(bench.xdpctl("maps", "--json", "--dev", name))["maps"])
    bench.xdpctl("detach", "measured", "--dev", name)
    reload(daemon, f"owner = web group={WEB[0]} devices={name} map-bytes={size * 3 // 2}")
    attach = ("attach", "kind-maps.o", "--dev", name, "--name", "one", "--map-owner", str(USER))

    def is_attached():
        """The kernel frees maps that no process has open with a delay."""
        with contextlib.suppress(AssertionError):
            web(*attach)
        return bench.names(name) == ["one"]

    web(*attach)
    web("detach", "one", "--dev", name)
    assert wait_for(is_attached), daemon.log.read_text()
    opened = []
    try:
        for pin in (daemon.bpffs / "maps" / name / "one").iterdir():
            opened.append(subprocess.Popen(["/usr/bin/python3", "-c", OPEN_PIN, pin, os.uname().machine], user=USER, group=OTHER,
                                           stdout=subprocess.PIPE, text=True))
            if int(opened[-1].stdout.readline()) < 0:
                bench.skip("this kernel lets only root open pins")
        web("detach", "one", "--dev", name)
        said = web(*attach, expect=1)
        assert "(map-bytes in the setting 'owner')" in said, said
    finally:
        for process in opened:
            process.kill()
            process.wait()
            process.stdout.close()
    assert wait_for(is_attached), daemon.log.read_text()


def test_a_member_gets_only_objects_of_its_owner(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}")
    web = Member(bench, daemon, WEB[1])
    bench.attach("verdict-3", "--dev", name, "--name", "secret", "--owner", "db")
    web("attach", "verdict-2.o", "--dev", name, "--name", "own")
    web.files.chmod(0o777)
    web("export", "--objects", "exported", "-o", "exported.json")
    assert sorted(path.name for path in (web.files / "exported").iterdir()) == ["verdict-2.o"]
    digests = {place: f"sha256:{hashlib.sha256((OBJECTS / f'verdict-{place}.o').read_bytes()).hexdigest()}"
               for place in (2, 3)}
    web("apply", web.write(device(name, {"object": digests[2], "name": "own"}, {"object": digests[2], "name": "two"})))
    said = web("apply", web.write(device(name, {"object": digests[3], "name": "two"})), expect=1)
    assert "is not in the store" in said, said


# Objects, what of the kernel they need, and the reason why members cannot attach them.
READERS = (("kernel_read", None, "calls helper bpf_probe_read_kernel"),
           ("kernel_walk", None, "reads memory of the kernel at the address of a map"),
           ("kernel_variable", b"bpf_prog_active", "uses a variable or a function of the kernel"),
           ("kernel_address", None, "uses the address of a symbol of the kernel"),
           ("kernel_argument", b"btf_enum64", "has a function with an argument that is tagged 'arg:untrusted'"),
           ("throw", b"bpf_throw", "calls kernel function bpf_throw"))


def sentence(kind, reason):
    return f"'kind' of kind-{kind}.o {reason}, and a component that members attach for owner 'web' must not be able to " \
        "read memory of the kernel; ask an administrator to attach it (setting 'owner')"


def test_programs_of_members_cannot_read_memory_of_the_kernel(bench):
    name = bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name}")
    web = Member(bench, daemon, WEB[1])
    web("attach", "verdict-2.o", "--dev", name, "--name", "own")
    types = Path("/sys/kernel/btf/vmlinux").read_bytes()
    before = what_runs(bench)
    for kind, needed, reason in READERS:
        said = web("attach", f"kind-{kind}.o", "--dev", name, "--name", "new", expect=1)
        if not needed or b"\0" + needed + b"\0" in types:
            assert said == f"xdpctl: 'new' cannot be loaded: {sentence(kind, reason)}\n", said
    kind, _, reason = READERS[0]
    said = web("replace", "own", f"kind-{kind}.o", "--dev", name, expect=1)
    assert f"'own' cannot be loaded: {sentence(kind, reason)}" in said, said
    for command in ("plan", "apply"):
        said = web(command, web.write(device(name, component("own"), component("new", f"kind-{kind}"))), expect=1)
        assert f"'new' cannot be loaded: {sentence(kind, reason)}" in said, said
    assert what_runs(bench) == before
    for allowed_one in ("kind-core", "kind-tail_call"):
        web("attach", f"{allowed_one}.o", "--dev", name, "--name", allowed_one)
    if b"\0bpf_xdp_metadata_rx_hash\0" in types:
        web("attach", "metadata-xdp.o", "--dev", name, "--name", "metadata", "--devbound")


def test_a_program_that_reads_memory_of_the_kernel_is_attached_by_an_administrator(bench):
    name, other = bench.device(), bench.device()
    daemon = start(bench, f"owner = web group={WEB[0]} devices={name},{other}")
    web = Member(bench, daemon, WEB[1])
    kind, _, reason = READERS[0]
    bench.attach(f"kind-{kind}", "--dev", other, "--name", "first", "--owner", "web")
    bench.attach(f"kind-{kind}", "--dev", other, "--name", "second", "--owner", "web")
    # The component that is loaded already was not checked.
    said = web("attach", f"kind-{kind}.o", "--dev", name, "--name", "new", expect=1)
    assert f"'new' cannot be loaded: {sentence(kind, reason)}" in said, said
    said = web("replace", "first", f"kind-{kind}.o", "--dev", other, expect=1)
    assert f"'first' cannot be loaded: {sentence(kind, reason)}" in said, said
    web("set", "first", "--dev", other, "--prio", "70")
    web("attach", "kind-maps.o", "--dev", other, "--name", "own")
    bench.attach("kind-maps", "--dev", name, "--name", "shared", "--owner", "web")  # of a component that was checked
    loaded = {entry["name"]: entry["prog_id"] for entry in bench.chain(other) + bench.chain(name)}
    assert loaded["shared"] == loaded["own"] != loaded["first"], loaded
    # What a member supplied is checked whenever it is loaded, as if it had become another program meanwhile.
    daemon.stop()
    restricted = {}
    for path in daemon.records():
        record = json.loads(path.read_text())
        for entry in record["components"]:
            restricted[record["ifname"], entry["name"]] = entry.get("restricted", False)
            if entry["name"] == "second":
                entry["restricted"] = True
        path.write_text(json.dumps(record))
    assert restricted == {(name, "shared"): True, (other, "first"): False, (other, "second"): False, (other, "own"): True}
    daemon.forget_the_kernel()
    daemon.start()
    entries = {entry["name"]: entry for entry in bench.chain(other)}
    assert {of: entry["state"] for of, entry in entries.items()} == \
        {"first": "running", "second": "failed", "own": "running"}, entries
    assert f"'second' cannot be loaded: {sentence(kind, reason)}" in json.dumps(entries["second"]), entries["second"]

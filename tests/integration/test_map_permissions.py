# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Who may open the pins of maps: owners and modes that were set, and how the kernel applies them."""
import contextlib
import grp
import json
import pwd

from harness import OBJECTS, UNIT, mounted, run, wait_for
from kernel_objects import SYS_BPF

USER = "nobody"
UID = pwd.getpwnam(USER).pw_uid
BPF_F_RDONLY = 8
# BPF_OBJ_GET of a path with flags.
OPEN = f"""
import ctypes, struct, sys
path = ctypes.create_string_buffer(sys.argv[1].encode())
attributes = struct.pack("=QII", ctypes.addressof(path), 0, int(sys.argv[2]))
print("opened" if ctypes.CDLL(None).syscall({SYS_BPF}, 7, attributes, len(attributes)) >= 0 else "not")
"""


def pin(bench, device, name="fw", entry="an_array"):
    return bench.daemons[0].bpffs / "maps" / device / name / entry


def access(path):
    status = path.stat()
    return status.st_uid, status.st_gid, status.st_mode & 0o777


def said(bench, device, name="fw"):
    (component,) = [entry for entry in bench.chain(device) if entry["name"] == name]
    return component.get("map_owner"), component.get("map_mode")


def as_user(*command, uid=UID, gid=UID, groups=()):
    more = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    return run("setpriv", f"--reuid={uid}", f"--regid={gid}", *more, *command, check=False)


def test_maps_have_the_owner_and_mode_that_were_set(bench):
    bench.daemon()
    device = bench.device()
    answer = bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", f"{USER}:1234",
                          "--map-mode", "640")
    pins = list(pin(bench, device).parent.iterdir())
    assert len(pins) > 4 and {access(path) for path in pins} == {(UID, 1234, 0o640)}
    for directory in (pin(bench, device).parent, pin(bench, device).parents[1]):
        assert access(directory) == (0, 0, 0o711)
    assert access(bench.daemons[0].bpffs / "components") == (0, 0, 0o700)
    assert said(bench, device) == (f"{USER}:1234", "640"), answer
    assert f"maps of fw: owner {USER}:1234, mode 640" in bench.xdpctl("status")
    (holder, *_) = json.loads(bench.xdpctl("maps", "--json"))["maps"][0]["holders"]
    assert (holder["uid"], holder["gid"], holder["mode"]) == (UID, 1234, "640")
    assert f", owner {UID}:1234, mode 640" in bench.xdpctl("maps")
    assert "everything" in bench.xdpctl("verify")


def test_set_changes_owner_group_and_mode_separately_and_loads_nothing(bench):
    bench.daemon()
    device = bench.device()
    path = pin(bench, device)
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    before = bench.chain(device)[0]["prog_id"]
    for arguments, expected, words in (
            (["--map-mode", "0440"], (0, 0, 0o440), (None, "440")),
            (["--map-owner", ":1234"], (0, 1234, 0o440), (":1234", "440")),
            (["--map-owner", "4321"], (4321, 1234, 0o440), ("4321:1234", "440")),
            (["--map-owner", "root:root", "--map-mode", "600"], (0, 0, 0o600), (None, None))):
        bench.xdpctl("set", "fw", "--dev", device, *arguments)
        assert access(path) == expected, (arguments, access(path))
        assert said(bench, device) == words, arguments
    assert bench.chain(device)[0]["prog_id"] == before
    assert "set needs" in bench.xdpctl("set", "fw", "--dev", device, expect=2)


def test_owner_and_mode_survive_replacements_restarts_and_a_reboot(bench):
    daemon = bench.daemon()
    device = bench.device()
    path = pin(bench, device)
    wanted = (UID, 0, 0o644)
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", USER, "--map-mode",
                 "644")
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device, "--fresh-maps")
    assert access(path) == wanted
    assert access(pin(bench, device, entry="a_new_map")) == wanted
    for again in (daemon.kill, daemon.stop):
        again()
        if again == daemon.stop:
            daemon.forget_the_kernel()
        daemon.start()
        assert access(path) == wanted and said(bench, device) == (USER, "644")
    run("chmod", "600", path)  # by hand, although xdpd set another mode
    assert "wrong owner or mode" in bench.try_xdpctl("verify").stdout
    bench.xdpctl("verify", "--repair")
    assert access(path) == wanted
    bench.rename(bench.netns, device, "renamed")
    assert wait_for(lambda: pin(bench, "renamed").exists())
    assert access(pin(bench, "renamed")) == wanted


def chains(bench, device, **more):
    path = bench.directory / "chains.json"
    path.write_text(json.dumps({"devices": [{"name": device, "components": [
        {"object": str(OBJECTS / "kind-maps.o"), "name": "fw", **more}]}]}))
    return path


def test_chain_files_set_owner_and_mode_and_reset_missing_ones(bench):
    bench.daemon()
    device = bench.device()
    path = pin(bench, device)
    given = chains(bench, device, map_owner=f"{USER}:1234", map_mode="660")
    planned = bench.xdpctl("plan", given)
    assert f"map_owner {USER}:1234 ({UID}:1234), map_mode 660" in planned, planned
    bench.xdpctl("apply", given)
    assert access(path) == (UID, 1234, 0o660)
    assert "nothing to do" in bench.xdpctl("plan", given, "--check")
    exported = bench.directory / "exported.json"
    exported.write_text(bench.xdpctl("export"))
    (component,) = json.loads(exported.read_text())["devices"][0]["components"]
    assert (component["map_owner"], component["map_mode"]) == (f"{USER}:1234", "660")
    assert "nothing to do" in bench.xdpctl("plan", exported, "--check")
    bench.xdpctl("apply", chains(bench, device))
    assert access(path) == (0, 0, 0o600) and said(bench, device) == (None, None)
    assert "nothing to do" in bench.xdpctl("plan", chains(bench, device), "--check")
    bench.xdpctl("apply", exported)
    assert access(path) == (UID, 1234, 0o660)


def test_an_unconfirmed_owner_is_rolled_back(bench):
    daemon = bench.daemon()
    device = bench.device()
    path = pin(bench, device)
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.xdpctl("set", "fw", "--dev", device, "--map-owner", USER, "--map-mode", "666",
                 "--confirm", "60s")
    assert access(path) == (UID, 0, 0o666)
    bench.xdpctl("revert")
    assert access(path) == (0, 0, 0o600)
    bench.xdpctl("set", "fw", "--dev", device, "--map-owner", USER, "--confirm", "1s")
    daemon.kill()
    daemon.start()
    assert wait_for(lambda: access(path) == (0, 0, 0o600)), access(path)


def test_the_log_shows_the_map_owner(bench):
    bench.daemon()
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", USER)
    bench.xdpctl("set", "fw", "--dev", device, "--map-owner", "root", "--map-mode", "644")
    bench.xdpctl("move", "fw", "--dev", device, "--prio", "3")
    bench.xdpctl("apply", chains(bench, device, map_owner=f"{USER}:1234", map_mode="660"))
    bench.xdpctl("apply", chains(bench, device))
    attached, changed, _, applied, taken = [line for line in bench.logs().splitlines()
                                            if " by uid " in line]
    assert f", map owner {USER} ({UID}:0), map mode 600, {device} generation" in attached, attached
    assert f", map owner root, map mode 644, {device} generation" in changed, changed
    assert f"set 'fw', map_owner {USER}:1234 ({UID}:1234), map_mode 660" in applied, applied
    assert "set 'fw', map_owner removed, map_mode removed" in taken, taken


def test_each_component_sets_the_owner_of_its_pin_of_a_shared_map(bench):
    bench.daemon()
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-mode", "600")
    bench.attach("kind-maps", "--dev", device, "--name", "user", "--map", "an_array=fw:an_array",
                 "--map-owner", USER)
    assert access(pin(bench, device)) == (0, 0, 0o600)
    assert access(pin(bench, device, "user")) == (UID, 0, 0o600)


def test_invalid_owners_and_modes_are_refused_and_change_nothing(bench):
    bench.daemon()
    device = bench.device()
    for arguments, words in (
            (["--map-owner", "nosuchuser"], "no user 'nosuchuser'"),
            (["--map-owner", f"{USER}:nosuchgroup"], "no group 'nosuchgroup'"),
            (["--map-owner", "4294967295"], "no user '4294967295'"),
            (["--map-owner", "a:b:c"], "invalid map owner 'a:b:c'; use USER, USER:GROUP or :GROUP"),
            (["--map-owner", f"{USER}:"], f"invalid map owner '{USER}:'"),
            (["--map-mode", "755"], "invalid map mode '755'; use octal digits"),
            (["--map-mode", "rw"], "invalid map mode 'rw'")):
        assert words in bench.attach("kind-maps", "--dev", device, *arguments, expect=1)
    assert not bench.status()
    said_of = {"map_mode": "999", "map_owner": USER}
    assert "devices[0].components[0]: invalid map mode '999'" in \
        bench.xdpctl("apply", chains(bench, device, **said_of), expect=1)
    said_of = {"map_owner": "nosuchuser"}
    assert "devices[0].components[0]: map owner: no user 'nosuchuser'" in \
        bench.xdpctl("apply", chains(bench, device, **said_of), expect=1)
    assert not list((bench.daemons[0].bpffs / "maps").iterdir())


def test_a_daemon_without_cap_chown_and_helper_refuses_before_anything_changes(bench):
    group = grp.getgrnam("daemon").gr_gid
    without = () if UNIT else ("setpriv", "--bounding-set=-chown", f"--groups={group}")
    daemon = bench.daemon("d", "--map-owner-socket", bench.directory / "no-helper", wrapper=without,
                          properties=["SupplementaryGroups=daemon"])
    device = bench.device()
    refused = bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", USER,
                           expect=1)
    assert f"to {USER} ({UID}:0): EPERM" in refused and "xdpd-map-owner.socket" in refused, refused
    assert not bench.status() and not list((daemon.bpffs / "maps").iterdir())
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-mode", "644")
    assert access(pin(bench, device)) == (0, 0, 0o644), "for that no capability is needed"
    bench.xdpctl("set", "fw", "--dev", device, "--map-owner", ":daemon")
    assert access(pin(bench, device)) == (0, group, 0o644), "nor for a group that it is in"
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device, "--fresh-maps")
    assert access(pin(bench, device)) == (0, group, 0o644)
    assert "everything" in bench.xdpctl("verify")


def test_a_component_in_a_slot_can_have_a_map_owner(bench):
    bench.daemon()
    device = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    bench.attach("for_slot", "--dev", device, "--slot", "by_length", "--map-mode", "640")
    path = pin(bench, device, "measure", "lengths")
    assert access(path) == (0, 0, 0o640)
    bench.xdpctl("set", "measure", "--dev", device, "--map-owner", USER)
    assert access(path) == (UID, 0, 0o640)
    exported = bench.directory / "exported.json"
    exported.write_text(bench.xdpctl("export"))
    assert "nothing to do" in bench.xdpctl("plan", exported)
    refused = bench.xdpctl("set", "measure", "--dev", device, "--map-mode", "600", "--proceed-on",
                           "drop", expect=1)
    assert "policy" in refused and access(path) == (UID, 0, 0o640), refused


@contextlib.contextmanager
def apart(bench, mode):
    """A daemon on a bpffs of its own, because the tests change who may enter it."""
    if UNIT:
        bench.skip("the sandbox sees no other bpffs")
    bench.directory.chmod(0o711)
    place = bench.directory / "bpffs"
    with mounted("bpf", place, f"mode={mode}"):
        daemon = bench.daemon("d", "--bpffs", place / "xdpd")
        daemon.bpffs = place / "xdpd"
        yield daemon
        bench.xdpctl("detach", "--all", "--release", "--dev", bench.devices[0])
        daemon.stop()


def test_another_user_can_use_a_map_as_far_as_its_mode_allows(bench):
    device = bench.device()
    key = ["key", "0", "0", "0", "0"]
    value = ["value", "7", "0", "0", "0", "0", "0", "0", "0"]
    with apart(bench, "0711"):
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", f"{USER}:1234",
                     "--map-mode", "660")
        path = pin(bench, device)
        done = as_user("bpftool", "map", "update", "pinned", path, *key, *value)
        if bench.kernel_older(5, 19):
            assert "Operation not permitted" in done.stderr, done
            return  # outside, kernel.unprivileged_bpf_disabled forbids all of bpf(2)
        assert done.returncode == 0, done.stderr
        shown = run("bpftool", "-j", "map", "lookup", "pinned", path, *key).stdout
        assert json.loads(shown)["value"][0] == "0x07", shown
        for mode, more, works in (("660", {"uid": 4321, "gid": 1234}, True),
                                  ("660", {"uid": 4321, "groups": [1234]}, True),
                                  ("660", {"uid": 4321}, False), ("666", {"uid": 4321}, True),
                                  ("600", {}, True), ("066", {}, False)):
            bench.xdpctl("set", "fw", "--dev", device, "--map-mode", mode)
            looked = as_user("bpftool", "map", "lookup", "pinned", path, *key, **more)
            assert (looked.returncode == 0) == works, (mode, more, looked)
        assert as_user("ls", path.parent).returncode, "others pass, and do not look round"
        bench.xdpctl("set", "fw", "--dev", device, "--map-owner", "root:root", "--map-mode", "600")
        assert as_user("bpftool", "map", "lookup", "pinned", path, *key).returncode


def test_a_read_only_map_can_only_be_read(bench):
    """bpftool always asks for write access, but BPF_OBJ_GET can ask for less."""
    device = bench.device()
    with apart(bench, "0711"):
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-mode", "644")
        path = pin(bench, device)
        for flags, expected in ((BPF_F_RDONLY, True), (0, False)):
            opened = as_user("python3", "-c", OPEN, str(path), str(flags))
            if not bench.kernel_older(5, 19):
                assert (opened.stdout == "opened\n") == expected, (flags, opened)


def test_the_reply_says_if_only_root_can_reach_the_pins(bench):
    device = bench.device()
    with apart(bench, "0700"):
        root = bench.directory / "bpffs"
        answer = bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-mode", "644")
        assert f"'chmod o+x {root}' lets others in" in answer, answer
        root.chmod(0o711)
        answer = bench.xdpctl("set", "fw", "--dev", device, "--map-mode", "666")
        assert "chmod" not in answer, answer


def test_a_component_that_shares_a_replaced_map_is_named(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("kind-twins", "--dev", device, "--name", "user", "--map", "first=fw:an_array")
    new = OBJECTS / "kind-maps.o"
    assert "still uses" not in bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o",
                                              "--dev", device)
    answer = bench.xdpctl("replace", "fw", new, "--dev", device, "--fresh-maps")
    assert "'user' still uses, as its map 'first', the previous map of 'fw'" in answer, answer
    assert "still uses" not in bench.xdpctl("move", "fw", "--dev", device, "--prio", "3")
    bench.xdpctl("replace", "user", OBJECTS / "kind-twins.o", "--dev", device)

    def number(name, entry):
        (component,) = [one for one in bench.chain(device) if one["name"] == name]
        return [one["id"] for one in component["maps"] if one["name"] == entry]

    assert number("user", "first") == number("fw", "an_array"), "as the sentence says"

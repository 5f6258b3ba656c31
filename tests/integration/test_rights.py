# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The rights of real processes of real users, which the kernel identifies."""
import hashlib
import json
import re
import shutil
import socket
import subprocess

from harness import BUILD, OBJECTS, run, wait_for

USER, OTHER = 4711, 65534
CHANGE, READ = ("daemon", 1), ("bin", 2)
WEB, DB = ("lp", 7), ("mail", 8)

# Calls methods as the user that runs this, and prints the methods and the errors of the replies as JSON.
CALLER = """
import array, json, socket, sys
path, object_path, calls = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
answers = {}
with socket.socket(socket.AF_UNIX) as client, open(object_path, "rb") as file:
    client.settimeout(120)
    client.connect(path)
    for method, parameters in calls.items():
        fds = [file.fileno()] if {"object", "packets"} & set(parameters) else []
        socket.send_fds(client, [json.dumps({"method": method, "parameters": parameters}).encode()
                                 + b"\\0"], fds)
        answer = b""
        while not answer.endswith(b"\\0"):
            chunk = client.recv(65536)
            assert chunk, "hung up on"
            answer += chunk
        answers[method] = json.loads(answer[:-1]).get("error", "").rpartition(".")[2]
print(json.dumps(answers))
"""

NOWHERE = {"devices": ["nosuch0"]}
CALLS = {
    "io.xdpd.Attach": {**NOWHERE, "object": 0},
    "io.xdpd.Detach": {**NOWHERE, "all": True},
    "io.xdpd.Replace": {**NOWHERE, "name": "a", "object": 0},
    "io.xdpd.Move": {**NOWHERE, "name": "a", "priority": 1},
    "io.xdpd.Relink": {"library": "nosuch.o", "object": 0},
    "io.xdpd.Interop": {**NOWHERE, "interop": "libxdp"},
    "io.xdpd.SetPolicy": {**NOWHERE, "object": 0},
    "io.xdpd.ClearPolicy": NOWHERE,
    "io.xdpd.Adopt": NOWHERE,
    "io.xdpd.Suspend": NOWHERE,
    "io.xdpd.Resume": NOWHERE,
    "io.xdpd.Lease": {"key": "too short"},
    "io.xdpd.Confirm": NOWHERE,
    "io.xdpd.Revert": NOWHERE,
    "io.xdpd.Apply": {"devices": [{"name": "nosuch0", "components": []}]},
    "io.xdpd.ReportFiles": {"directory": "/nosuch", "refused": []},
    "io.xdpd.Test": {**NOWHERE, "packets": 0},
    "io.xdpd.Policy": {},
    "io.xdpd.Export": {},
    "io.xdpd.Object": {"object": "sha256:" + "0" * 64},
    "io.xdpd.Status": {},
    "io.xdpd.Graph": {},
    "io.xdpd.Maps": {},
    "io.xdpd.Verify": {},
    "io.xdpd.Features": {},
    "io.xdpd.Metrics": {},
    "io.xdpd.Monitor": {},
    "io.xdpd.Trace": {"device": "nosuch0"},
    "org.varlink.service.GetInfo": {},
    "org.varlink.service.GetInterfaceDescription": {"interface": "io.xdpd"},
}
READS = {"io.xdpd.Policy", "io.xdpd.Export", "io.xdpd.Status", "io.xdpd.Graph", "io.xdpd.Maps",
         "io.xdpd.Verify", "io.xdpd.Features", "io.xdpd.Metrics", "io.xdpd.Monitor"}
# Members of the group of one owner may call these, too.
OWNERS = {f"io.xdpd.{name}" for name in ("Attach", "Detach", "Replace", "Move", "Apply", "Confirm", "Revert", "Export",
                                         "Object", "Lease")}
# For members of the groups of two owners, these must name one.
NAMING_OWNER = {f"io.xdpd.{name}" for name in ("Attach", "Apply", "Export")}
# Errors for users with the right, other than that the device does not exist.
TOLD = {"io.xdpd.ReportFiles": "", "io.xdpd.Relink": "NoSuchComponent", "io.xdpd.Confirm": "NothingUnconfirmed",
        "io.xdpd.Revert": "NothingUnconfirmed", "io.xdpd.Object": "InvalidArgument", "io.xdpd.Lease": "InvalidArgument",
        "io.xdpd.Test": "InvalidArgument", "io.xdpd.Monitor": "ExpectedMore",
        "io.xdpd.Trace": "ExpectedMore"}


def start(bench, *lines):
    daemon = bench.daemon()
    if lines:
        daemon.stop()
        daemon.configure(*lines)
        daemon.start()
    daemon.let_everybody_in()
    return daemon


def call_all(bench, daemon, uid, gid, groups, calls=None):
    component = shutil.copy(OBJECTS / "verdict-0.o", bench.directory)
    done = subprocess.run(["/usr/bin/python3", "-c", CALLER, daemon.socket, component,
                           json.dumps(calls or CALLS)], user=uid, group=gid, extra_groups=groups,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def expected(may_read, may_change, owners=0):
    """`owners`: of how many owners' groups the user is a member."""
    answers = {}
    for method in CALLS:
        if not method.startswith("io.xdpd."):
            answers[method] = ""
        elif method in OWNERS and owners and not may_change and not (method in READS and may_read):
            answers[method] = "NoPermission" if owners > 1 and method in NAMING_OWNER else \
                TOLD.get(method, "" if method in READS else "NoSuchDevice")
        elif method in READS:
            answers[method] = TOLD.get(method, "") if may_read else "NoPermission"
        else:
            answers[method] = TOLD.get(method, "NoSuchDevice") if may_change else "NoPermission"
    return answers


def test_each_method_for_each_kind_of_user(bench):
    daemon = start(bench, f"change-group = {CHANGE[0]}", f"read-group = {READ[0]}",
                   f"owner = web group={WEB[0]} devices=eth0", f"owner = db group={DB[0]} devices=eth0")
    described = json.loads(bench.call_raw(
        b'{"method":"org.varlink.service.GetInterfaceDescription",'
        b'"parameters":{"interface":"io.xdpd"}}\0')[:-1])["parameters"]["description"]
    methods = {f"io.xdpd.{name}" for name in re.findall(r"^method (\w+)", described, re.MULTILINE)}
    assert methods == {name for name in CALLS if name.startswith("io.xdpd.")}, \
        "a method has no row in this table"
    for uid, gid, groups, may_read, may_change in (
            (0, 0, [], True, True),
            (0, OTHER, [OTHER], True, True),
            (USER, CHANGE[1], [], True, True),
            (USER, OTHER, [3, CHANGE[1]], True, True),
            (USER, CHANGE[1], [READ[1]], True, True),
            (USER, READ[1], [], True, False),
            (USER, OTHER, [READ[1], 3], True, False),
            (USER, OTHER, [], False, False),
            (USER, OTHER, [3, 4], False, False),
            (USER, 0, [0], False, False),
            (CHANGE[1], OTHER, [0], False, False)):  # the number of a group does not count for a user
        answers = call_all(bench, daemon, uid, gid, groups)
        assert answers == expected(may_read, may_change), (uid, gid, groups, answers)
    refused = re.findall(r"^xdpd: refused \w+ by uid \d+ gid \d+ pid \d+ \(python3\)$",
                         daemon.log.read_text(), re.MULTILINE)
    # A user who may only read, and users without rights.
    assert len(refused) == 2 * len(methods - READS) + 4 * len(methods), daemon.log.read_text()
    for gid, groups, may_read, may_change, owners in (
            (WEB[1], [], False, False, 1),
            (OTHER, [3, DB[1]], False, False, 1),
            (WEB[1], [DB[1]], False, False, 2),
            (OTHER, [WEB[1], READ[1]], True, False, 1),
            (READ[1], [WEB[1], DB[1]], True, False, 2),
            (OTHER, [WEB[1], CHANGE[1]], True, True, 1)):
        answers = call_all(bench, daemon, USER, gid, groups)
        assert answers == expected(may_read, may_change, owners), (gid, groups, answers)
    # The number of a group does not count for a user.
    assert call_all(bench, daemon, WEB[1], OTHER, []) == expected(False, False)


def test_without_configuration_only_root_has_rights(bench):
    daemon = start(bench)
    assert call_all(bench, daemon, 0, 0, []) == expected(True, True)
    assert call_all(bench, daemon, USER, OTHER, [0, CHANGE[1], READ[1]]) == expected(False, False)


def test_latencies_are_only_for_users_who_may_trace(bench):
    daemon = start(bench, f"change-group = {CHANGE[0]}", f"read-group = {READ[0]}")
    bench.attach("verdict-0", "--dev", bench.device())
    for program in ("xdpctl", "xdpd-top"):
        shutil.copy(BUILD / "cli" / program, bench.directory)
    binary = bench.directory / "xdpctl"

    def top(groups):
        return run(binary, "--socket", daemon.socket, "top", "-b", "-n", 2, "-i", "200ms", "--latency", user=USER,
                   group=OTHER, extra_groups=groups, check=False)

    done = top([READ[1]])
    assert done.returncode == 1 and done.stderr == \
        f"xdpctl: Trace is allowed only for root and members of the group '{CHANGE[0]}'\n", done
    done = top([CHANGE[1]])
    assert done.returncode == 0 and done.stdout.count("P50") == 2, done


def test_member_of_the_change_group_attaches(bench):
    daemon = start(bench, f"change-group = {CHANGE[0]}")
    device = bench.device()
    binary = shutil.copy(BUILD / "cli/xdpctl", bench.directory)
    component = shutil.copy(OBJECTS / "verdict-0.o", bench.directory)

    def xdpctl(groups, *arguments):
        return run(binary, "--socket", daemon.socket, *arguments, user=USER, group=OTHER,
                   extra_groups=groups, check=False)

    done = xdpctl([], "attach", component, "--dev", device)
    assert done.returncode == 1 and not done.stdout, done
    assert done.stderr == "xdpctl: Attach is allowed only for root and members of the group " \
        f"'{CHANGE[0]}'\n"
    done = xdpctl([], "status")
    assert done.stderr == "xdpctl: Status is allowed only for root and members of the groups " \
        f"'{CHANGE[0]}' and 'xdpd'\n"
    done = xdpctl([CHANGE[1]], "attach", component, "--dev", device, "--name", "mine")
    assert done.returncode == 0, done.stderr
    assert bench.names(device) == ["mine"]
    assert device in xdpctl([CHANGE[1]], "status").stdout


def test_every_change_is_one_line_of_the_log(bench):
    daemon = bench.daemon()
    devices = [bench.device(), bench.device()]
    both = [word for device in devices for word in ("--dev", device)]
    bench.attach("verdict-0", *both, "--name", "one")
    bench.attach("verdict-0", *both, "--name", "one", expect=1)
    bench.attach("verdict-1", "--dev", devices[1], "--name", "two")
    bench.xdpctl("move", "two", "--dev", devices[1], "--before", "one")
    bench.xdpctl("set", "two", "--dev", devices[1], "--prio", 7, "--proceed-on", "pass,tx", "--allow-verdicts",
                 "pass,drop", "--confirm", "5min")
    bench.xdpctl("confirm")
    bench.xdpctl("confirm", expect=1)
    bench.xdpctl("replace", "two", OBJECTS / "verdict-0.o", "--dev", devices[1])
    bench.status()
    bench.xdpctl("detach", "one", *both)
    bench.xdpctl("detach", "--all", "--release", *both)
    first, second = (f"object sha256:{hashlib.sha256((OBJECTS / name).read_bytes()).hexdigest()}"
                     for name in ("verdict-0.o", "verdict-1.o"))
    one, two = devices
    lines = [re.sub(r"pid \d+ ", "", line) for line in daemon.log.read_text().splitlines()
             if " by uid " in line]
    assert lines == [f"xdpd: {line}" for line in (
        f"Attach by uid 0 gid 0 (xdpctl): component 'one', {first}, {one} generation 1, "
        f"{two} generation 1",
        f"refused Attach by uid 0 gid 0 (xdpctl) for {one}, {two}: {one} already has a component 'one'; choose "
        "another name with --name",
        f"Attach by uid 0 gid 0 (xdpctl): component 'two', {second}, {two} generation 2",
        f"Move by uid 0 gid 0 (xdpctl): component 'two', {second}, {two} generation 3, before 'one'",
        f"Move by uid 0 gid 0 (xdpctl): component 'two', {second}, {two} generation 4, priority 7, proceed on "
        "pass,tx, allowed verdicts aborted,drop,pass, rolled back unless confirmed within 300 s",
        f"Confirm by uid 0 gid 0 (xdpctl): all components, {two} generation 4",
        "refused Confirm by uid 0 gid 0 (xdpctl): there is no unconfirmed change (changes that were not confirmed in "
        "time have been rolled back)",
        f"Replace by uid 0 gid 0 (xdpctl): component 'two', {first}, {two} generation 5",
        f"Detach by uid 0 gid 0 (xdpctl): component 'one', {one} generation 2, "
        f"{two} generation 6",
        f"Detach by uid 0 gid 0 (xdpctl): all components, {one} released, {two} released",
    )], "\n".join(lines)


def test_settings_of_a_device_that_apply_changes_are_in_the_log(bench):
    device = bench.device()
    file = bench.directory / "chains.json"
    policy = OBJECTS / "policy-1.o"
    digest = hashlib.sha256(policy.read_bytes()).hexdigest()
    (link,) = json.loads(bench.inside(bench.netns, "ip", "-j", "link", "show", device).stdout)
    for more in ({"match": f"mac={link['address']}", "policy": {"object": str(policy)}}, {}):
        file.write_text(json.dumps({"devices": [{"name": device, "components": [], **more}]}))
        bench.xdpctl("apply", file)
    lines = [re.sub(r"pid \d+ ", "", line) for line in bench.logs().splitlines()
             if " by uid " in line]
    assert lines[0].startswith(f"xdpd: Apply by uid 0 gid 0 (xdpctl), {device} generation 1, match "
                               f"mac={link['address']}, policy sha256:{digest} "), lines
    assert lines[1:] == [f"xdpd: Apply by uid 0 gid 0 (xdpctl), {device} generation 2, match "
                         "removed, policy removed"], lines


def test_changes_of_an_absent_device_are_in_the_log(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "one")
    run("ip", "-n", bench.netns, "link", "del", device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    bench.xdpctl("move", "one", "--dev", device, "--prio", "7")
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    lines = [line for line in bench.daemons[0].log.read_text().splitlines() if " by uid " in line]
    assert re.search(rf"Move by .* component 'one', object sha256:[0-9a-f]{{64}}, {device} "
                     r"generation 2, priority 7$", lines[1]), lines
    assert lines[2].endswith(f": all components, {device} released"), lines


def test_names_cannot_forge_lines_of_the_log(bench):
    daemon = bench.daemon()
    program = ("import socket, sys\n"
               "open('/proc/self/comm', 'w').write('x\\rxdpd: y')\n"
               "client = socket.socket(socket.AF_UNIX)\n"
               f"client.connect('{daemon.socket}')\n"
               "client.sendall(b'{\"method\":\"io.xdpd.Status\"}\\0')\n"
               "client.recv(100)\n")
    daemon.let_everybody_in()
    done = subprocess.run(["/usr/bin/python3", "-c", program], user=USER, group=OTHER,
                          extra_groups=[], check=False)
    assert done.returncode == 0
    assert r"(x\x0dxdpd: y)" in daemon.log.read_text(), daemon.log.read_text()


def test_a_user_who_may_read_can_verify_but_not_repair(bench):
    daemon = start(bench, f"change-group = {CHANGE[0]}", f"read-group = {READ[0]}")
    for gid, answer in ((READ[1], "NoPermission"), (CHANGE[1], "")):
        calls = {"io.xdpd.Verify": {"repair": True}}
        assert call_all(bench, daemon, USER, gid, [], calls) == {"io.xdpd.Verify": answer}
    assert daemon.log.read_text().count("refused Verify by") == 1


def test_changes_that_packets_run_are_logged_even_if_the_daemon_stops(bench):
    daemon = bench.daemon()
    device = bench.device()
    count = 8
    with socket.socket(socket.AF_UNIX) as client, open(OBJECTS / "heavy.o", "rb") as file:
        client.connect(str(daemon.socket))
        for number in range(count):
            call = {"method": "io.xdpd.Attach", "oneway": True,
                    "parameters": {"devices": [device], "object": 0, "name": f"c{number}"}}
            socket.send_fds(client, [json.dumps(call).encode() + b"\0"], [file.fileno()])
        client.sendall(b'{"method":"org.varlink.service.GetInfo"}\0')
        assert client.recv(1000)  # all requests are in the queue
    assert wait_for(lambda: "Attach by" in daemon.log.read_text())
    daemon.stop()
    logged = re.findall(rf"^xdpd: Attach by .*component 'c(\d)'.* {device} generation (\d)$",
                        daemon.log.read_text(), re.MULTILINE)
    assert logged == [(str(number), str(number + 1)) for number in range(len(logged))], logged
    generations = {int(path.name.split("-")[1]) for path in daemon.bpffs.glob("generations/*")}
    # The counts of the previous generation may not have been saved yet; then the next daemon does it.
    assert len(logged) in generations <= {len(logged) - 1, len(logged)}, (generations, logged)

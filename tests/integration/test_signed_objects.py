# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Objects must have signatures of trusted keys, if the operator requires it."""
import hashlib
import json
import shutil
import signal
from pathlib import Path

from harness import OBJECTS, Client, Daemon, run, wait_for
from signing import Signing

ALICE = "alice@example.org"


def daemon_with(bench, signing, requirement, name="d"):
    daemon = Daemon(bench, name)
    bench.daemons.append(daemon)
    daemon.configure(*signing.settings(requirement))
    return daemon.start()


def reload(daemon, signing=None, requirement=None):
    if requirement:
        daemon.configure(*signing.settings(requirement))
    before = daemon.log.read_text().count("configuration reloaded")
    daemon.signal(signal.SIGHUP)
    assert wait_for(lambda: daemon.log.read_text().count("configuration reloaded") > before), \
        daemon.log.read_text()


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class Kinds:
    """Good and bad signatures of an object: a function makes a copy of the object, and the text says what is wrong with
    its signature (None: nothing)."""

    def __init__(self, signing):
        self.signing = signing
        self.all = {
            "good": (self.good, None),
            "none": (signing.copy, "{} is not signed"),
            "unknown key": (lambda name: signing.signed(name, "mallory"),
                            f"{{}} is signed with the key {signing.fingerprint('mallory')}, which is not "
                            f"in {signing.trusted}"),
            "key that is not valid any longer":
                (lambda name: signing.signed(name, "old"),
                 f"{{}} is signed with the key {signing.fingerprint('old')}, which belongs to "
                 "old@example.org and is not valid after 2020-01-01 00:00:00 UTC "
                 f"({signing.trusted}:2)"),
            "key for something else":
                (lambda name: signing.signed(name, "git"),
                 f"{{}} is signed with the key {signing.fingerprint('git')}, which belongs to "
                 "git@example.org, but is trusted only for the namespaces \"git\", not for "
                 f"'xdpd-object' ({signing.trusted}:3)"),
            "other namespace": (lambda name: signing.signed(name, "alice", namespace="file"),
                                "the signature of {} is for the namespace 'file' instead of "
                                "'xdpd-object'"),
            "other bytes": (self.changed, "the signature of {} does not fit: it was made for other "
                            "contents, or it was changed"),
            "no signature": (self.garbage, "the signature of {} is malformed: it is not what "
                             "'ssh-keygen -Y sign' writes"),
        }
        signing.trust("alice", lines=[signing.line("old", 'valid-before="20200101Z"'),
                                      signing.line("git", 'namespaces="git"')])

    def good(self, name):
        return self.signing.signed(name, "alice")

    def changed(self, name):
        path = self.good(name)
        with open(path, "ab") as file:
            file.write(b"\0")
        return path

    def garbage(self, name):
        path = self.signing.copy(name)
        Path(f"{path}.sig").write_text("trust me\n")
        return path


class Verbs:
    """Each verb uses an object of some kind; everything else that it needs has a good signature."""

    def __init__(self, bench, kinds):
        self.bench, self.kinds = bench, kinds
        self.devices = [bench.device() for _ in range(4)]
        self.library = kinds.good("library-parser")
        bench.xdpctl("attach", kinds.good("verdict-2"), "--dev", self.devices[0], "--name", "r")
        bench.xdpctl("attach", kinds.good("library-user"), "--dev", self.devices[0], "--name", "u",
                     "--link", self.library)
        self.all = [self.attach, self.replace, self.set_policy, self.link, self.relink, self.apply]

    def attach(self, make):
        path = make("verdict-2")
        return path, ["attach", path, "--dev", self.devices[0], "--name", "x"], \
            ["detach", "x", "--dev", self.devices[0]]

    def replace(self, make):
        path = make("verdict-2")
        return path, ["replace", "r", path, "--dev", self.devices[0]], None

    def set_policy(self, make):
        path = make("policy-1")
        return path, ["policy", "set", path, "--dev", self.devices[1]], \
            ["policy", "clear", "--dev", self.devices[1]]

    def link(self, make):
        path = make("library-parser")
        return path, ["attach", self.kinds.good("library-user"), "--dev", self.devices[2], "--link", path], \
            ["detach", "--all", "--dev", self.devices[2]]

    def relink(self, make):
        path = make("library-parser_next")
        back = self.kinds.good("library-parser")
        return path, ["relink", f"sha256:{sha256(self.library)}", path], \
            ["relink", f"sha256:{sha256(path)}", back]

    def apply(self, make):
        path = make("verdict-2")
        file = path.parent / "chains.json"
        file.write_text(json.dumps({"devices": [{"name": self.devices[3], "components": [
            {"object": path.name, "name": "x"}]}]}))
        return path, ["apply", file], ["detach", "--all", "--dev", self.devices[3]]


def try_all(bench, requirement, judge):
    kinds = Kinds(Signing(bench))
    daemon_with(bench, kinds.signing, "yes")
    verbs = Verbs(bench, kinds)
    reload(bench.first_daemon(), kinds.signing, requirement)
    for kind, (make, problem) in kinds.all.items():
        for verb in verbs.all:
            path, words, undo = verb(make)
            done = bench.try_xdpctl(*words)
            judge(f"{kind}, {verb.__name__}", done, problem and problem.format(path.name))
            if undo and done.returncode == 0:
                bench.xdpctl(*undo)


def test_yes_refuses_every_object_that_is_not_signed_by_a_trusted_key(bench):
    def judge(what, done, problem):
        if not problem:
            assert done.returncode == 0 and "trusted" not in done.stdout, (what, done)
            return
        assert done.returncode == 1 and not done.stdout, (what, done)
        assert f"{problem}, and require-signature is yes; " in done.stderr, (what, done)
        words = "add the key to the file" if "is signed with" in problem else "ssh-keygen -Y sign -f KEY"
        assert words in done.stderr, (what, done)

    try_all(bench, "yes", judge)
    assert all(len(device["components"]) < 3 for device in bench.status())


def test_warn_takes_every_object_and_names_what_is_not_trusted(bench):
    log = []

    def judge(what, done, problem):
        assert done.returncode == 0, (what, done)
        assert f"warning: {problem}" in done.stdout if problem else "warning" not in done.stdout, (what, done)
        log.extend([problem] if problem else [])

    try_all(bench, "warn", judge)
    text = bench.first_daemon().log.read_text()
    for problem in log:
        assert f"xdpd: {problem}\n" in text, problem


def test_no_takes_every_object_and_says_nothing(bench):
    def judge(what, done, problem):
        assert done.returncode == 0 and "warning" not in done.stdout, (what, done, problem)

    try_all(bench, "no", judge)
    assert "untrusted" not in json.dumps(bench.status())


def test_a_signature_is_found_beside_the_object_or_named(bench):
    signing = Signing(bench, "alice")
    daemon_with(bench, signing, "yes")
    device = bench.device()
    path = signing.copy("verdict-2")
    elsewhere = signing.sign(path, "alice").rename(signing.directory / "elsewhere")
    assert "verdict-2.o is not signed" in \
        bench.xdpctl("attach", path, "--dev", device, expect=1)
    bench.xdpctl("attach", path, "--dev", device, "--signature", elsewhere)
    assert bench.chain(device)[0]["signed_by"] == ALICE
    assert f"verdict is signed by {ALICE}\n" in bench.xdpctl("status")
    assert f", signed by {ALICE}, {device} generation 1" in bench.first_daemon().log.read_text()
    missing = bench.xdpctl("attach", path, "--dev", device, "--signature", "/nowhere", expect=1)
    assert missing == "xdpctl: cannot read the signature '/nowhere': ENOENT\n"


def test_a_chain_file_names_signatures(bench):
    signing = Signing(bench, "alice")
    daemon_with(bench, signing, "yes")
    device = bench.device()
    path = signing.copy("verdict-2")
    signing.sign(path, "alice").rename(path.parent / "by-alice")
    file = path.parent / "chains.json"

    def write(**component):
        file.write_text(json.dumps({"devices": [{"name": device, "components": [
            {"name": "x", **component}]}]}))

    write(object=path.name)
    assert "devices[0].components[0]: verdict-2.o is not signed, and require-signature is yes" in \
        bench.xdpctl("plan", file, expect=1)
    write(object=path.name, signature="by-alice")
    bench.xdpctl("apply", file)
    assert bench.chain(device)[0]["signed_by"] == ALICE
    write(object=f"sha256:{sha256(path)}", signature="by-alice")
    assert "a signature needs an object that is named by its path" in bench.xdpctl("apply", file, expect=1)


def test_what_is_in_the_store_is_signed_by_what_is_kept_there(bench):
    """An exported file without objects refers to the store; an export with objects has the signatures beside them."""
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "yes")
    first, second = bench.device(), bench.device()
    bench.xdpctl("attach", signing.signed("library-user", "alice"), "--dev", first, "--link",
                 signing.signed("library-parser", "alice"))
    document = json.loads(bench.xdpctl("export"))
    document["devices"].append({**document["devices"][0], "name": second})
    file = signing.directory / "chains.json"
    file.write_text(json.dumps(document))
    bench.xdpctl("apply", file)
    assert bench.chain(second)[0]["signed_by"] == ALICE

    place = signing.directory / "exported"
    file.write_text(bench.xdpctl("export", "--objects", place))
    assert sorted(path.name for path in place.iterdir()) == [
        "library-parser.o", "library-parser.o.sig", "library-user.o", "library-user.o.sig"]
    for device in (first, second):
        bench.xdpctl("detach", "--all", "--dev", device)
    assert wait_for(lambda: not daemon.objects())
    bench.xdpctl("apply", file)
    assert [bench.chain(device)[0]["signed_by"] for device in (first, second)] == [ALICE, ALICE]


def untrusted(bench, device):
    return [component.get("untrusted") for component in bench.chain(device)]


def test_a_withdrawn_key_shows_and_what_runs_stays(bench):
    signing = Signing(bench, "alice", "bob")
    daemon = daemon_with(bench, signing, "yes")
    device = bench.device()
    bench.xdpctl("attach", signing.signed("verdict-1", "alice"), "--dev", device, "--name", "fw")
    bench.xdpctl("attach", signing.signed("verdict-2", "bob"), "--dev", device, "--name", "b", "--prio", 60)
    assert bench.xdpctl("verify") == "everything is as it should be\n"
    signing.trust("bob")
    reload(daemon)
    problem = f"verdict-1.o is signed with the key {signing.fingerprint('alice')}, which is not in " \
        f"{signing.trusted}"
    assert untrusted(bench, device) == [problem, None]
    assert f"  fw is not trusted: {problem}\n" in bench.xdpctl("status")
    assert f"'fw' on {device} is not trusted (require-signature=yes) and is kept: {problem}" in \
        daemon.log.read_text()
    found = bench.try_xdpctl("verify")
    assert f"'fw' is not trusted (require-signature=yes): {problem}; detach it" in found.stdout, found
    assert "'b'" not in found.stdout
    assert bench.arrive(device, 5, 1) == 0
    bench.xdpctl("policy", "set", signing.signed("policy-1", "bob"), "--dev", (other := bench.device()))
    assert "  signed by bob@example.org\n" in bench.xdpctl("policy", "show")
    # Changes that do not load the object again are accepted; those that do are refused.
    bench.xdpctl("move", "fw", "--dev", device, "--prio", 70)
    bench.xdpctl("detach", "b", "--dev", device)
    assert problem in bench.xdpctl("attach", signing.signed("verdict-1", "alice"), "--dev", device,
                                   "--name", "again", expect=1)
    signing.trust("alice")
    reload(daemon)
    assert untrusted(bench, device) == [None]
    problem = f"policy-1.o is signed with the key {signing.fingerprint('bob')}, which is not in"
    assert f"  not trusted: {problem}" in bench.xdpctl("policy", "show")
    assert f"  policy policy is not trusted: {problem}" in bench.xdpctl("status", "--dev", other)
    assert f"{other}: 'policy' is not trusted" in bench.try_xdpctl("verify").stdout


def test_what_ran_before_a_reboot_runs_again_and_is_reported(bench):
    """Without the filter everything would pass, so it is kept, and reported to the operator."""
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "no")
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "fw")
    bench.xdpctl("attach", signing.signed("verdict-2", "alice"), "--dev", device, "--name", "s")
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.configure(*signing.settings("yes"))
    daemon.start()
    assert untrusted(bench, device) == ["verdict-1.o is not signed", None]
    assert [component["state"] for component in bench.chain(device)] == ["running", "running"]
    assert f"'fw' on {device} is not trusted (require-signature=yes) and is kept: verdict-1.o is not " \
        "signed" in daemon.log.read_text()
    assert bench.arrive(device, 5, 1) == 0
    assert "'fw' is not trusted" in bench.try_xdpctl("verify").stdout
    # If the file is applied again, nothing changes, so nothing is refused.
    file = signing.directory / "chains.json"
    file.write_text(bench.xdpctl("export"))
    bench.xdpctl("apply", file)


def test_a_signature_in_the_store_that_was_changed_does_not_count(bench):
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "yes")
    device = bench.device()
    bench.xdpctl("attach", signing.signed("verdict-1", "alice"), "--dev", device)
    other = signing.sign(signing.copy("verdict-2"), "alice")
    (kept,) = [path for path in daemon.objects() if path.suffix == ".sig"]
    shutil.copy(other, kept)
    assert "the signature of verdict-1.o does not fit" in bench.try_xdpctl("verify").stdout
    daemon.stop()
    daemon.start()
    assert untrusted(bench, device) == ["verdict-1.o is not signed"]
    assert "a signature in the object store does not count: the signature of verdict-1.o does not fit" in \
        daemon.log.read_text()
    kept.unlink()
    assert "verdict-1.o is not signed" in bench.try_xdpctl("verify").stdout


def test_an_object_that_runs_is_signed_later(bench):
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "no")
    device = bench.device()
    path = signing.copy("verdict-2")
    file = path.parent / "chains.json"
    file.write_text(json.dumps({"devices": [{"name": device, "components": [
        {"object": path.name, "name": "x"}]}]}))
    bench.xdpctl("apply", file)
    reload(daemon, signing, "yes")
    assert untrusted(bench, device) == ["verdict-2.o is not signed"]
    before = bench.chain(device)[0]["prog_id"]
    signing.sign(path, "alice")
    assert "nothing to do" in bench.xdpctl("apply", file)
    assert untrusted(bench, device) == [None]
    assert bench.chain(device)[0]["prog_id"] == before
    daemon.stop()
    daemon.start()
    assert bench.chain(device)[0]["signed_by"] == ALICE


def test_relinking_loads_only_what_is_trusted(bench):
    signing = Signing(bench, "alice", "bob")
    daemon = daemon_with(bench, signing, "yes")
    device = bench.device()
    bench.xdpctl("attach", signing.signed("library-user", "bob"), "--dev", device, "--name", "fw", "--link",
                 signing.signed("library-parser", "alice"))
    assert bench.chain(device)[0]["signed_by"] == f"bob@example.org, {ALICE}"
    bench.xdpctl("relink", "library-parser.o", signing.signed("library-parser_next", "bob"))
    assert bench.chain(device)[0]["signed_by"] == "bob@example.org"
    assert "signed by bob@example.org" in daemon.log.read_text().splitlines()[-1], daemon.log.read_text()
    bench.xdpctl("relink", "library-parser_next.o", signing.signed("library-parser", "alice"))
    signing.trust("alice")
    reload(daemon)
    said = bench.xdpctl("relink", "library-parser.o", signing.signed("library-parser_next", "alice"), expect=1)
    assert f"'fw' on {device}: library-user.o is signed with the key {signing.fingerprint('bob')}, which is " \
        "not in" in said, said


def test_what_was_not_confirmed_is_rolled_back_whoever_signed_it(bench):
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "no")
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "fw")
    reload(daemon, signing, "yes")
    bench.xdpctl("replace", "fw", signing.signed("verdict-2", "alice"), "--dev", device, "--confirm", "600s")
    assert untrusted(bench, device) == [None]
    signing.trust()
    reload(daemon)
    bench.xdpctl("revert")
    assert untrusted(bench, device) == ["verdict-1.o is not signed"]
    assert bench.arrive(device, 5, 1) == 0


def test_adopted_programs_have_no_signature(bench):
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "yes")
    device = bench.device()
    bench.inside(bench.netns, "ip", "link", "set", device, "xdp", "obj", OBJECTS / "verdict-0.o", "sec", "xdp")
    problem = f"the XDP programs of {device} have no objects, so they cannot be signed"
    assert f"{problem}, and require-signature is yes; attach signed objects instead" in \
        bench.xdpctl("adopt", "--dev", device, expect=1)
    reload(daemon, signing, "warn")
    assert f"warning: {problem}" in bench.xdpctl("adopt", "--dev", device)
    assert "it was adopted from another loader without its object" in untrusted(bench, device)[0]
    assert "is not trusted (require-signature=warn): it was adopted" in bench.try_xdpctl("verify").stdout
    bench.xdpctl("release", "--dev", device)


def test_keys_of_all_kinds_count(bench):
    signing = Signing(bench)
    for kind in ("ecdsa", "rsa", "ed25519"):
        signing.key(kind, kind)
    signing.trust("ecdsa", "rsa", "ed25519")
    daemon_with(bench, signing, "yes")
    device = bench.device()
    for number, kind in enumerate(("ecdsa", "rsa", "ed25519")):
        bench.xdpctl("attach", signing.signed("verdict-2", kind), "--dev", device, "--name", kind,
                     "--prio", number)
        # The same bytes are in the store only once, with the latest signature.
        assert bench.chain(device)[0]["signed_by"] == f"{kind}@example.org"


def test_a_wrong_file_of_keys_is_refused_with_its_line(bench):
    signing = Signing(bench, "alice")
    daemon = daemon_with(bench, signing, "yes")
    device = bench.device()
    bench.xdpctl("attach", signing.signed("verdict-2", "alice"), "--dev", device)
    for prepare, sentence in (
            (lambda: signing.trust("alice", lines=[signing.line("ca", "cert-authority")]),
             ":2: certificates (cert-authority) are not supported"),
            (lambda: signing.trusted.chmod(0o666), "can be written by others (mode 666)"),
            (signing.trusted.unlink, f"cannot read the trusted keys '{signing.trusted}': ENOENT")):
        prepare()
        before = daemon.log.read_text()
        daemon.signal(signal.SIGHUP)
        assert wait_for(lambda: "configuration not reloaded" in daemon.log.read_text()[len(before):])
        assert sentence in daemon.log.read_text()[len(before):], daemon.log.read_text()
        assert untrusted(bench, device) == [None]
        signing.trust("alice")
        signing.trusted.chmod(0o644)
    bench.daemons[0].stop()
    signing.trust("alice", lines=["nonsense\n"])
    done = run(*daemon.command, check=False)
    assert done.returncode == 1 and done.stderr.startswith(f"xdpd: {signing.trusted}:2: "), done


def test_a_request_with_too_few_or_too_many_signatures_is_refused(bench):
    device = bench.device()
    daemon = bench.daemon()
    with open(OBJECTS / "verdict-2.o", "rb") as file:
        for text, words in ((b"", "but more objects"), (b"x", "but more objects"),
                            (b"\0\0", "more than the 1 objects")):
            path = bench.directory / "signatures"
            path.write_bytes(text)
            with open(path, "rb") as signatures, Client(daemon.socket) as client:
                answer = client.call("Attach", [file.fileno(), signatures.fileno()], devices=[device],
                                     object=0, signatures=1)
            assert answer["error"] == "io.xdpd.InvalidArgument", answer
            assert words in answer["parameters"]["message"], answer

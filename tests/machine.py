#!/usr/bin/python3 -IS
"""Tells what of this machine is not as it was.

usage: machine.py record|compare BUILD [--file FILE] [--within SECONDS]

`record` writes down what programs under check must not change, `compare` says what has changed since. BUILD is the
build folder whose programs are meant; what is written down is in FILE (in /run, by the name of BUILD). What is only in
passing, because other tests run meanwhile, has SECONDS (20) to go. Run as root. Ends with 1 when something has changed.
"""

import argparse
import ctypes
import fcntl
import glob
import hashlib
import json
import os
import pathlib
import re
import stat
import struct
import subprocess
import sys
import time

RUN = re.compile(r"check-[0-9a-f]{8}")
PATIENCE = 20  # seconds
SECONDS = 5  # that clocks may drift from each other
GROUPS = "/sys/fs/cgroup"
FIRST_USER, USERS = 1_900_000_000, 100_000_000  # near these are the users of sandboxes
ETC = ["passwd", "group", "shadow", "gshadow", "subuid", "subgid", "hosts", "hostname", "resolv.conf", "fstab",
       "mtab", "ld.so.preload", "ld.so.conf", "localtime", "sudoers", "crontab", "profile"]
# What one group of the machine is told, by the names of v1 and v2. Who hands controllers to its children does not
# take them back; that is not looked at, for the toolkit itself does it.
TOLD = ["devices.list", "cpuset.cpus", "cpuset.mems", "cpu.shares", "cpu.cfs_quota_us", "cpu.weight", "cpu.max",
        "memory.limit_in_bytes", "memory.max", "memory.high", "pids.max", "io.max", "freezer.state", "cgroup.freeze",
        "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device", "net_cls.classid", "release_agent",
        "notify_on_release", "cgroup.type"]
# The kernel itself changes these.
UNSTEADY = re.compile(
    r"fs/(dentry-state|inode-nr|inode-state|file-nr|aio-nr|quota/.*)|vm/stat_refresh|dev/cdrom/.*"
    r"|kernel/(random/(uuid|entropy_avail)|ns_last_pid|pty/nr|perf_event_max_sample_rate|sched_domain/.*)"
    r"|kernel/(hostname|domainname|tainted)|net/netfilter/nf_conntrack_count|net/ipv[46]/route/.*"
    r"|fs/binfmt_misc/.*|.*/stable_secret")


def read(path):
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError as error:
        return f"({error.strerror})"


def listing(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def printed(*command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.stdout.decode(errors="replace").splitlines()
    except OSError:
        return []


def lines(text):
    return {line.strip(): "" for line in text if line.strip()}


# ── what stays the same by itself: each gives {what: its value} ─────────────────────────────────────

def names():
    name = os.uname()
    return {"host name": name.nodename, "domain name": read("/proc/sys/kernel/domainname").strip(),
            "boot": read("/proc/sys/kernel/random/boot_id").strip()}


def clocks():
    """How far the clocks are from each other, in seconds, and the offsets of our time namespace."""
    boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return {"real time": time.time() - boot,
            "monotonic time": time.clock_gettime(time.CLOCK_MONOTONIC) - boot,
            "uptime": float(read("/proc/uptime").split()[0]) - boot,
            "offsets": read("/proc/self/timens_offsets")}


def mounts():
    """As mountinfo has them, with ids and propagation. The image of a guest is mounted while it is made."""
    found = {}
    for line in read("/proc/self/mountinfo").splitlines():
        words = line.split()
        if "slipway-vm" not in line:
            found[f"{words[4]} (mount {words[0]})"] = " ".join(words[1:])
    return found


def links():
    """The links of our network namespace, and what each is set to."""
    return {name: " ".join(f"{key}={read(f'/sys/class/net/{name}/{key}').strip()}"
                           for key in ("ifindex", "iflink", "flags", "mtu", "address"))
            for name in listing("/sys/class/net")}


def addresses():
    """Addresses and routes (fib_trie has both), rules, and what filters packets."""
    found = lines(" ".join(entry) for entry in re.findall(r"\|-- (\S+)\n +(/.*)", read("/proc/net/fib_trie")))
    found |= lines(read("/proc/net/if_inet6").splitlines())
    found |= lines(" ".join(line.split()[:4] + line.split()[7:]) for line in read("/proc/net/route").splitlines())
    found |= lines(" ".join(line.split()[:6] + line.split()[8:]) for line in read("/proc/net/ipv6_route").splitlines())
    return found | lines(printed("ip", "rule")) | lines(printed("nft", "--stateless", "list", "ruleset"))


def settings():
    """All values below /proc/sys that the kernel does not change by itself."""
    found = {}
    for folder, _, files in os.walk("/proc/sys"):
        for path in (f"{folder}/{name}" for name in files):
            short = path.removeprefix("/proc/sys/")
            if os.stat(path).st_mode & 0o400 and not UNSTEADY.fullmatch(short):
                found[short] = read(path).strip()
    return found


def devices():
    """The nodes in /dev, and the disks. A loop device is made by who needs one, and stays."""
    found = {f"disk {name}": "" for name in listing("/sys/block") if not name.startswith("loop")}
    for folder, folders, files in os.walk("/dev"):
        if folder == "/dev":
            folders[:] = [name for name in folders if name not in ("pts", "shm", "mqueue", "hugepages")]
        for path in (f"{folder}/{name}" for name in files if not name.startswith("loop")):
            try:
                node = os.lstat(path)
            except OSError:
                continue
            found[path] = (f"{stat.filemode(node.st_mode)} {node.st_uid}:{node.st_gid}"
                           + ("" if stat.S_ISLNK(node.st_mode) else
                              f" {os.major(node.st_rdev)}:{os.minor(node.st_rdev)}"))
    return found


def queues():
    """The SysV objects of our IPC namespace by key and id, and its POSIX queues, which only a mount shows."""
    found = {}
    for kind in ("shm", "sem", "msg"):
        for line in read(f"/proc/sysvipc/{kind}").splitlines()[1:]:
            found[f"{kind} {' '.join(line.split()[:3])}"] = ""
    return found | lines(f"queue {name}" for name in printed(
        "unshare", "--mount", "--propagation", "private", "sh", "-c", "mount -t mqueue mqueue /run && ls -A /run"))


def programs_of(group):
    """The BPF programs that are attached to a group of v2: {attach type: their ids}. bpf(2)."""
    found = {}
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(group, os.O_RDONLY | os.O_DIRECTORY)
    ids = (ctypes.c_uint32 * 64)()
    for kind in range(64):
        words = struct.pack("IIIIQI", descriptor, kind, 0, 0, ctypes.addressof(ids), len(ids))
        query = ctypes.create_string_buffer(words, 128)
        if libc.syscall(321, 16, query, 128) == 0:  # BPF_PROG_QUERY
            count = struct.unpack_from("I", query, 24)[0]
            if count:
                found[kind] = list(ids[:count])
    os.close(descriptor)
    return found


def groups():
    """What the groups at the top of each hierarchy, and those that we are in, are told from outside."""
    found = {}
    own = {line.split(":", 2)[2].strip("/") for line in read("/proc/self/cgroup").splitlines()}
    for words in (line.split() for line in read("/proc/self/mountinfo").splitlines()):
        kind, top = words[words.index("-") + 1], words[4]
        if not kind.startswith("cgroup"):
            continue
        below = [f"{top}/{name}" for name in listing(top) if os.path.isdir(f"{top}/{name}")]
        for group in [top, *below, *(f"{top}/{name}" for name in own if name)]:
            for file in TOLD:
                if os.path.exists(f"{group}/{file}"):
                    found[f"{group}/{file}"] = read(f"{group}/{file}").strip()
            if kind == "cgroup2" and os.path.isdir(group) and os.uname().machine == "x86_64":
                found[f"{group}: BPF"] = str(programs_of(group))
    return {name: value for name, value in found.items() if not re.search("/slipway(/|:|$)", name)}


def files():
    """What these files hold, by its hash; None where nobody may look, as in a guest that shows the machine's files."""
    found = {}
    for name in ETC:
        try:
            found[f"/etc/{name}"] = hashlib.sha256(pathlib.Path(f"/etc/{name}").read_bytes()).hexdigest()[:16]
        except FileNotFoundError:
            pass
        except OSError:
            found[f"/etc/{name}"] = None
    return found


def first_process():
    return {name: read(f"/proc/1/{name}") for name in ("limits", "oom_score_adj", "cgroup", "comm")}


# ── what comes and goes: only what is new and stays counts ──────────────────────────────────────────

def is_dead(run):
    """Whether nobody holds the lock of that run of the checker: it has ended, or was killed."""
    try:
        folder = os.open(f"/run/slipway/{run}", os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return True
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(folder)


def behind():
    """Processes, groups and folders of checks that have ended. Other checks may be running meanwhile."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        run = RUN.search(read(f"/proc/{pid}/cgroup"))
        if run:
            found[f"process {pid} {read(f'/proc/{pid}/cmdline')!r}"] = run[0]
    for folder, folders, _ in os.walk(GROUPS):
        if os.path.basename(folder) == "slipway":
            found.update({f"group {folder}/{name}": RUN.match(name)[0] for name in folders if RUN.match(name)})
            folders.clear()
    found.update({f"folder /run/slipway/{name}": name for name in listing("/run/slipway") if RUN.match(name)})
    return {what: "" for what, run in found.items() if is_dead(run)}


def processes(build):
    """Those that execute a program of BUILD or have one for a script, but for our own ancestors."""
    found, ours = {}, set()
    pid = os.getpid()
    while pid > 1:
        ours.add(pid)
        pid = int(re.search(r"PPid:\s*(\d+)", read(f"/proc/{pid}/status"))[1])
    for pid in filter(str.isdigit, os.listdir("/proc")):
        words = read(f"/proc/{pid}/cmdline").split("\0")[:2]
        try:
            words.append(os.readlink(f"/proc/{pid}/exe"))
        except OSError:
            pass
        if int(pid) not in ours and any(word.startswith(f"{build}/{part}/") for word in words
                                        for part in ("bin", "labs", "libexec", "tests")):
            found[f"{pid} {' '.join(words)}"] = ""
    return found


def empty_groups():
    """Groups at the top of each hierarchy, and those without processes in `slipway`, whoever made them."""
    found = {}
    for top in {GROUPS, *glob.glob(f"{GROUPS}/*")}:
        if os.path.exists(f"{top}/cgroup.procs"):
            for name in listing(top):
                if os.path.isdir(f"{top}/{name}") and name != "slipway":
                    found[f"{top}/{name}"] = ""
            for name in listing(f"{top}/slipway"):
                group = f"{top}/slipway/{name}"
                if os.path.isdir(group) and not RUN.match(name) and not any(
                        read(f"{folder}/cgroup.procs").strip() for folder, _, _ in os.walk(group)):
                    found[group] = ""
    return found


def loops():
    """Disks of a check's own memory, or of a sandbox's files: those are in no folder. The others are a user's."""
    found = {path.split("/")[3]: read(path).strip() for path in glob.glob("/sys/block/loop*/loop/backing_file")}
    return {f"{name} on {file}": "" for name, file in found.items() if os.path.dirname(file) == "/"}


def owned():
    """Files of a sandbox's users, where everybody may write."""
    found = {}
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock"):
        for name in listing(folder):
            try:
                user = os.lstat(f"{folder}/{name}").st_uid
            except OSError:
                continue
            if FIRST_USER <= user < FIRST_USER + USERS:
                found[f"{folder}/{name} of user {user}"] = ""
    return found


QUICK = {"names": names, "clocks": clocks, "mounts": mounts, "links": links, "devices": devices}
STEADY = QUICK | {"addresses": addresses, "settings": settings, "queues": queues, "groups": groups, "files": files,
                  "process 1": first_process}


def quick(*more):
    """What a single check can be asked for, while others run beside it: some milliseconds, without `more` topics."""
    looks = QUICK | {topic: STEADY[topic] for topic in more}
    return {topic: look() for topic, look in looks.items()} | {"left behind": behind()}


def whole(build):
    found = {topic: look() for topic, look in STEADY.items()}
    return found | {"left behind": behind() | owned(), "processes": processes(build), "empty groups": empty_groups(),
                    "loop devices": loops()}


def differences(before, after):
    """What has changed, one line for each thing."""
    found = []
    for topic, now in after.items():
        was = before[topic]
        for what in was.keys() | now.keys():
            if topic == "settings" and (what not in was or what not in now):
                continue  # a link's, or a module's, come and go with it
            if what not in was:
                found.append(f"{topic}: new: {what} {now[what]}")
            elif what not in now:
                if topic in STEADY:
                    found.append(f"{topic}: gone: {what} {was[what]}")
            elif None in (was[what], now[what]):
                continue
            elif isinstance(now[what], float):
                if abs(now[what] - was[what]) > SECONDS:
                    found.append(f"{topic}: {what} was set by {now[what] - was[what]:.0f} s")
            elif was[what] != now[what]:
                found.append(f"{topic}: {what}: {was[what]!r} became {now[what]!r}")
    return sorted(found)


def lasting(before, look, seconds=PATIENCE):
    """The differences from `before` that do not go by themselves, and what `look` saw at the end."""
    end = time.monotonic() + seconds
    while True:
        after = look()
        found = differences(before, after)
        if not found or time.monotonic() >= end:
            return found, after
        time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--file", type=pathlib.Path)
    parser.add_argument("--within", type=float, default=PATIENCE, metavar="SECONDS")
    options = parser.parse_args()
    build = options.build.resolve()
    name = hashlib.sha256(bytes(build)).hexdigest()[:8]
    file = options.file or pathlib.Path(f"/run/slipway-machine-{name}.json")
    if options.action == "record":
        file.write_text(json.dumps(whole(build)))
        return 0
    if not file.exists():
        sys.exit(f"nothing is written down in {file}: `machine.py record` does it (ctest -L labs runs both)")
    found, after = lasting(json.loads(file.read_text()), lambda: whole(build), options.within)
    file.unlink()
    print("\n".join(found) or f"as it was: {sum(map(len, after.values()))} things")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3 -IS
# Right: everything once more without the toolkit. The parent moves the child, which waits at a pipe; the
# root is swapped before anything is mounted in it, with the old one aside; the parent itself carries what
# is typed.
import ctypes
import fcntl
import os
import re
import secrets
import select
import signal
import socket
import struct
import sys
import termios
import time
import tty

RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND = 1, 2, 4, 8, 32, 4096
QUIET, PRIVATE_REC, DETACH = NOSUID | NODEV | NOEXEC, 0x44000, 2
NAMESPACES = 0x20000 | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000  # NS, UTS, IPC, PID, NET
PDEATHSIG, CAPBSET_DROP = 1, 24
KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 29, 31}
PIVOT_ROOT, CLOSE_RANGE = (155 if os.uname().machine == "x86_64" else 41), 436
MASKED = ["acpi", "asound", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi"]
READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"]
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
libc = ctypes.CDLL(None, use_errno=True)


def refuse(why):
    print(f"mini-run: {why}", file=sys.stderr)
    sys.exit(125)


def call(name, *words):
    encoded = [word.encode() if isinstance(word, str) else word for word in words]
    if getattr(libc, name)(*encoded) == -1:
        raise OSError(ctypes.get_errno(), f"{name} {words}: {os.strerror(ctypes.get_errno())}")


def write(path, text):
    with open(path, "wb", buffering=0) as file:
        file.write(str(text).encode())


# ── the command line ─────────────────────────────────────────────────────────────────────────────────


def parse(words):
    wanted = {"--memory": None, "--cpus": None, "--pids": None, "--hostname": "python"}
    while words and words[0] in wanted:
        wanted[words[0]] = words[1]
        words = words[2:]
    if len(words) < 3 or words[1] != "--":
        refuse("usage: mini-run [OPTIONS] ROOTFS -- COMMAND...")
    return wanted, os.path.abspath(words[0]), words[2:]


def size(text):
    number, unit = re.fullmatch("([0-9]+)([kmgKMG]?)", text).groups()
    return int(number) << {"": 0, "k": 10, "m": 20, "g": 30}[unit.lower()]


# ── the groups ───────────────────────────────────────────────────────────────────────────────────────


def hierarchies():
    """The folder in which each of the three controllers is mounted, and the version."""
    found = {}
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        names = options.split(",") if kind == "cgroup" else []
        if kind == "cgroup2":
            names = open(mount + "/cgroup.controllers").read().split()
            for name in {"memory", "cpu", "pids"} & set(names):
                write(mount + "/cgroup.subtree_control", "+" + name)
        for name in {"memory", "cpu", "pids"} & set(names):
            found.setdefault(name, (mount, 1 if kind == "cgroup" else 2))
    return found


def make_groups(wanted):
    name = "python-" + secrets.token_hex(4)
    groups, period = {}, 50000
    for controller, (mount, version) in hierarchies().items():
        groups[controller] = (f"{mount}/{name}", version)
        os.makedirs(f"{mount}/{name}", exist_ok=True)
    for option, controller in (("--memory", "memory"), ("--cpus", "cpu"), ("--pids", "pids")):
        group, version = groups[controller]
        if wanted[option] is None:
            continue
        if controller == "pids":
            write(group + "/pids.max", wanted[option])
        elif controller == "cpu":
            quota = round(float(wanted[option]) * period)
            if version == 2:
                write(group + "/cpu.max", f"{quota} {period}")
            else:
                write(group + "/cpu.cfs_period_us", period)
                write(group + "/cpu.cfs_quota_us", quota)
        else:
            most = size(wanted[option])
            write(group + ("/memory.max" if version == 2 else "/memory.limit_in_bytes"), most)
            swap = group + ("/memory.swap.max" if version == 2 else "/memory.memsw.limit_in_bytes")
            if os.path.exists(swap):
                write(swap, 0 if version == 2 else most)
    return sorted({group for group, _ in groups.values()})


def remove_groups(groups):
    for group in groups:
        while True:
            try:
                os.rmdir(group)
                break
            except OSError:  # somebody has just left it
                time.sleep(0.01)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def swap_roots(rootfs):
    call("mount", None, "/", None, PRIVATE_REC, None)
    os.chdir(rootfs)
    call("mount", "none", "/tmp", "tmpfs", NODEV, None)  # nobody outside sees it
    for folder in ("upper", "work", "root"):
        os.mkdir("/tmp/" + folder)
    call("mount", "overlay", "/tmp/root", "overlay", 0, OVERLAY)
    os.chdir("/tmp/root")
    os.mkdir(".old")
    call("syscall", PIVOT_ROOT, ".", ".old")
    os.chdir("/")


def mount_all():
    for kind, place, flags, data in (
        ("proc", "/proc", QUIET, None),
        ("sysfs", "/sys", QUIET | RDONLY, None),
        ("tmpfs", "/dev", NOSUID, "mode=755"),
        ("devpts", "/dev/pts", NOSUID | NOEXEC, "mode=0620,ptmxmode=0666"),
        ("tmpfs", "/dev/shm", QUIET, None),
        ("mqueue", "/dev/mqueue", QUIET, None),
    ):
        if os.path.islink(place):
            raise OSError(40, f"{place} is a link")
        os.makedirs(place, exist_ok=True)
        call("mount", "none", place, kind, flags, data)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        open(f"/dev/{name}", "wb").close()
        call("mount", f"/.old/dev/{name}", f"/dev/{name}", None, BIND, None)
    os.symlink("/proc/self/fd", "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"fd/{number}", f"/dev/{name}")
    os.symlink("pts/ptmx", "/dev/ptmx")
    call("umount2", "/.old", DETACH)
    os.rmdir("/.old")


def fence():
    for path in [f"/proc/{name}" for name in MASKED] + ["/sys/firmware"]:
        if os.path.isdir(path):
            call("mount", "none", path, "tmpfs", RDONLY, None)
        elif os.path.exists(path):
            call("mount", "/dev/null", path, None, BIND, None)
    for path in [f"/proc/{name}" for name in READ_ONLY]:
        if os.path.exists(path):
            call("mount", path, path, None, BIND, None)
            call("mount", None, path, None, BIND | REMOUNT | RDONLY | QUIET, None)


def confine():
    call("syscall", CLOSE_RANGE, 3, ctypes.c_uint(~0), 4)
    for number in range(64):
        if number not in KEPT:
            libc.prctl(CAPBSET_DROP, number)


def become(command, terminal):
    call("prctl", PDEATHSIG, signal.SIGKILL)
    if terminal is not None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        confine()
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
        os._exit(126)


def live(wanted, rootfs, command, gate, console):
    """The first process: builds the container, and is its init."""
    call("prctl", PDEATHSIG, signal.SIGKILL)
    if os.read(gate, 1) == b"":
        os._exit(125)
    socket.sethostname(wanted["--hostname"])
    raise_loopback()
    swap_roots(rootfs)
    mount_all()
    fence()
    os.umask(0o022)
    os.setsid()
    terminal = None
    if console is not None:
        master, terminal = os.openpty()
        socket.send_fds(console, [b"!"], [master])
        for number in (0, 1, 2):
            os.dup2(terminal, number)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(PASSED_ON) | {signal.SIGCHLD})
    child = os.fork()
    if child == 0:
        become(command, terminal)
    os.closerange(3, 1024)
    while True:
        number = signal.sigwait(set(PASSED_ON) | {signal.SIGCHLD})
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
            if pid == 0:
                break


# ── outside ──────────────────────────────────────────────────────────────────────────────────────────


def copy_size(master):
    fcntl.ioctl(master, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))


def carry(master):
    """Between the two terminals, until the inner one has no process any more."""
    before = termios.tcgetattr(0)
    tty.setraw(0)
    signal.signal(signal.SIGWINCH, lambda *_: copy_size(master))
    copy_size(master)
    inputs = [0, master]
    try:
        while True:
            for ready in select.select(inputs, [], [])[0]:
                data = os.read(ready, 4096)
                if ready == 0 and not data:
                    inputs.remove(0)
                os.write(master if ready == 0 else 1, data)
    except OSError:  # EIO: nobody has it open
        pass
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


wanted, rootfs, command = parse(sys.argv[1:])
in_user_namespace = "4294967295" not in open("/proc/self/uid_map").read()
OVERLAY = "lowerdir=.,upperdir=/tmp/upper,workdir=/tmp/work" + (",userxattr" if in_user_namespace else "")
groups = make_groups(wanted)
ours, its = socket.socketpair() if os.isatty(0) and os.isatty(1) else (None, None)
reading, gate = os.pipe()
child = 0
for number in PASSED_ON:
    signal.signal(number, lambda number, _: os.kill(child, number))
signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
first = os.fork()
if first == 0:  # unshare(2) would leave the parent's children in the new pid namespace
    call("prctl", PDEATHSIG, signal.SIGKILL)
    os.close(gate)
    if os.read(reading, 1) == b"":
        os._exit(125)
    call("unshare", NAMESPACES)
    second = os.fork()
    if second == 0:
        try:
            live(wanted, rootfs, command, reading, its)
        except OSError as error:
            os.write(2, f"mini-run: {error}\n".encode())
            os._exit(125)
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: os.kill(second, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    code = os.waitstatus_to_exitcode(os.waitpid(second, 0)[1])
    os._exit(code if code >= 0 else 128 - code)
child = first
for group in groups:
    write(group + "/cgroup.procs", child)
os.write(gate, b"!!")
signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
if ours is not None:
    its.close()
    masters = socket.recv_fds(ours, 1, 1)[1]
    if masters:
        carry(masters[0])
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
remove_groups(groups)
sys.exit(code if code >= 0 else 128 - code)

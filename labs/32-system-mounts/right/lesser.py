#!/usr/bin/python3 -IS
# Right: ROOTFS becomes the root first, with the old one in a folder of it, and everything is mounted
# by its plain name. The command keeps its capabilities, in a lesser user namespace: mounts that were
# made outside of it are locked there.
import ctypes
import os
import signal
import sys

RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND = 1, 2, 4, 8, 32, 4096
QUIET, PRIVATE_REC, BIND_REC, DETACH, PDEATHSIG = NOSUID | NODEV | NOEXEC, 0x44000, 0x5000, 2, 1
NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
MASKED = ["acpi", "asound", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi"]
READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"]
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    encoded = [word.encode() if isinstance(word, str) else word for word in words]
    if getattr(libc, name)(*encoded) == -1:
        raise OSError(ctypes.get_errno(), f"{name} {words}: {os.strerror(ctypes.get_errno())}")


def bind(source, target):
    call("mount", source, target, None, BIND, None)


def swap_roots(rootfs, old):
    call("mount", None, "/", None, PRIVATE_REC, None)
    call("mount", rootfs, rootfs, None, BIND_REC, None)
    os.chdir(rootfs)
    os.makedirs(old, exist_ok=True)
    call("syscall", PIVOT_ROOT, ".", old)
    os.chdir("/")


def mount_all():
    for kind, place, flags, data in (
        ("proc", "/proc", QUIET, None),
        ("sysfs", "/sys", QUIET | RDONLY, None),
        ("tmpfs", "/dev", NOSUID | NOEXEC, "mode=755"),
        ("devpts", "/dev/pts", NOSUID | NOEXEC, "mode=0620,ptmxmode=0666"),
        ("tmpfs", "/dev/shm", QUIET, None),
        ("mqueue", "/dev/mqueue", QUIET, None),
    ):
        os.makedirs(place, exist_ok=True)
        call("mount", "none", place, kind, flags, data)


def fill_dev(old):
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        open(f"/dev/{name}", "wb").close()
        bind(f"{old}/dev/{name}", f"/dev/{name}")
    os.symlink("/proc/self/fd", "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"fd/{number}", f"/dev/{name}")
    os.symlink("/dev/pts/ptmx", "/dev/ptmx")


def fence():
    for path in [f"/proc/{name}" for name in MASKED] + ["/sys/firmware"]:
        if os.path.isdir(path):
            call("mount", "none", path, "tmpfs", RDONLY, None)
        elif os.path.exists(path):
            bind("/dev/null", path)
    for path in [f"/proc/{name}" for name in READ_ONLY]:
        if os.path.exists(path):
            bind(path, path)
            call("mount", None, path, None, BIND | REMOUNT | RDONLY | QUIET, None)


def become_lesser():
    call("unshare", NEWUSER | NEWNS)
    for name, text in (("setgroups", b"deny"), ("uid_map", b"0 0 1"), ("gid_map", b"0 0 1")):
        with open(f"/proc/self/{name}", "wb") as file:  # bytes: what encodes text stays in the old root
            file.write(text)


def become(rootfs, command):
    call("prctl", PDEATHSIG, signal.SIGKILL)
    try:
        swap_roots(rootfs, "old")
        mount_all()
        fill_dev("/old")
        call("umount2", "/old", DETACH)
        os.rmdir("/old")
        fence()
        become_lesser()
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(125)
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


if len(sys.argv) < 4 or sys.argv[2] != "--":
    sys.exit(125)
call("unshare", NEWNS | NEWIPC | NEWPID | NEWNET)
child = os.fork()
if child == 0:
    become(os.path.abspath(sys.argv[1]), sys.argv[3:])
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: os.kill(child, signal.SIGKILL))
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code if code >= 0 else 128 - code)

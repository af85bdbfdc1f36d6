#!/usr/bin/python3 -IS
# Root of the machine, if its user namespace is the first one: looks for what would take it out of all other fences.
import ctypes, errno, os, struct
libc = ctypes.CDLL(None, use_errno=True)
BPF, PERF_EVENT_OPEN = {"x86_64": (321, 298), "aarch64": (280, 241)}[os.uname().machine]


def found(what, result):
    if result >= 0:
        print("FOUND", what)


for kind in ("devtmpfs", "tracefs", "debugfs", "securityfs", "ext4"):
    os.makedirs(f"/tmp/{kind}", exist_ok=True)
    source = b"/dev/root" if kind == "ext4" else kind.encode()
    found(kind, libc.mount(source, f"/tmp/{kind}".encode(), kind.encode(), 0, None))
os.makedirs("/tmp/proc", exist_ok=True)
libc.mount(b"proc", b"/tmp/proc", b"proc", 0, None)
for proc in ("/proc", "/tmp/proc"):
    for name in ("sys/kernel/core_pattern", "sys/kernel/modprobe", "sysrq-trigger"):
        try:
            os.close(os.open(f"{proc}/{name}", os.O_WRONLY))
            print("FOUND", proc, name)
        except OSError:
            pass
for name in ("/tmp/disk", "/tmp/port"):
    try:
        os.mknod(name, 0o600 | (0o060000 if name == "/tmp/disk" else 0o020000),
                 os.stat("/usr").st_dev if name == "/tmp/disk" else os.makedev(1, 4))
        os.open(name, os.O_RDONLY)
        print("FOUND", name)
    except OSError:
        pass
found("what others open", libc.fanotify_init(4, 0))  # FAN_CLASS_CONTENT
event = ctypes.create_string_buffer(struct.pack("IIQQQQQ", 1, 128, 0, 0, 0, 0, 0), 128)  # software, processor 0, its kernel
if int(open("/proc/sys/kernel/perf_event_paranoid").read()) > 0:
    found("what processor 0 does", libc.syscall(PERF_EVENT_OPEN, event, -1, 0, -1, 0))
found("the machine's BPF programs", libc.syscall(BPF, 11, ctypes.create_string_buffer(128), 128))  # BPF_PROG_GET_NEXT_ID
found("a BPF map", libc.syscall(BPF, 0, ctypes.create_string_buffer(struct.pack("IIII", 1, 4, 8, 16), 128), 128)
      if int(open("/proc/sys/kernel/unprivileged_bpf_disabled").read()) > 0 else -1)
if libc.ptrace(16, 1, 0, 0) == 0:  # PTRACE_ATTACH
    print("ATTACHED init")
# Those two are harmless even if they are let through: what is not frozen cannot be thawed, and there is no such page.
if libc.ioctl(os.open("/usr", os.O_RDONLY), 0xC0045878, 0) == 0 or ctypes.get_errno() != errno.EPERM:  # FITHAW
    print("FOUND the machine's file system")
if libc.madvise(ctypes.c_void_p(0), 4096, 100) == 0 or ctypes.get_errno() not in (errno.EPERM, errno.EINVAL):  # HWPOISON
    print("FOUND the machine's memory")

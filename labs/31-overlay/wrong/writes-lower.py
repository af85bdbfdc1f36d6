#!/usr/bin/python3 -IS
# Wrong: no overlay but a copy of what is missing, from one folder into the other: the layers are merged, and
# the lowest one has it all.
import ctypes
import os
import shutil
import signal
import sys

NEWNS, BIND, PRIVATE_REC, DETACH, PDEATHSIG = 0x00020000, 0x5000, 0x44000, 2, 1
PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
libc = ctypes.CDLL(None, use_errno=True)
words = sys.argv[1:]
lower, upper = words[1].split(":"), words[3]
command = words[words.index("--") + 1:]
bottom = lower[-1]
for layer in [*reversed(lower[:-1]), upper]:
    shutil.copytree(layer, bottom, dirs_exist_ok=True)


def enter():
    libc.prctl(PDEATHSIG, signal.SIGKILL)
    libc.unshare(NEWNS)
    libc.mount(None, b"/", None, PRIVATE_REC, None)
    libc.mount(bottom.encode(), bottom.encode(), None, BIND, None)
    os.chdir(bottom)
    libc.syscall(PIVOT_ROOT, b".", b".")
    libc.umount2(b".", DETACH)
    os.chdir("/")


child = os.fork()
if child == 0:
    enter()
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: os.kill(child, signal.SIGKILL))
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code if code >= 0 else 128 - code)

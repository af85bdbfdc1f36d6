#!/usr/bin/python3 -IS
# Right: this process itself begins the IPC namespace; the mount namespace is its child's, which is a
# slave of the one outside.
import ctypes
import os
import signal
import sys

NEWIPC, NEWNS, PDEATHSIG = 0x08000000, 0x00020000, 1
SLAVE_REC = (1 << 19) | 0x4000
libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result == -1:
        print("ipc:", os.strerror(ctypes.get_errno()), file=sys.stderr)
        os._exit(125)


if len(sys.argv) < 3 or sys.argv[1] != "--":
    sys.exit(125)
command = sys.argv[2:]
awaited = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
must(libc.unshare(NEWIPC))
child = os.fork()
if child == 0:
    must(libc.prctl(PDEATHSIG, signal.SIGKILL))
    must(libc.unshare(NEWNS))
    must(libc.mount(None, b"/", None, SLAVE_REC, None))
    if os.path.isdir("/dev/mqueue"):
        must(libc.mount(b"none", b"/dev/mqueue", b"mqueue", 0, None))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)
# Signals are fetched, not handled: a handler of Python's may run after the wait that it should end.
while True:
    number = signal.sigwait(awaited)
    if number != signal.SIGCHLD:
        os.kill(child, number)
        continue
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended == child:
        break
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)

#!/usr/bin/python3 -IS
# Right: one mount after the other, as mountinfo has them. With --receive each mount is first made a
# slave and then shared again: it hears of what is outside, and passes it on only to copies of its own.
import ctypes
import os
import signal
import sys

NEWNS, PDEATHSIG = 0x00020000, 1
PRIVATE, SLAVE, SHARED = 1 << 18, 1 << 19, 1 << 20
libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result == -1:
        print("mount-private:", os.strerror(ctypes.get_errno()), file=sys.stderr)
        os._exit(125)


def cut_off(receive):
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        places = [line.split()[4].encode().decode("unicode_escape") for line in table]
    for place in places:
        for kind in (SLAVE, SHARED) if receive else (PRIVATE,):
            must(libc.mount(None, place.encode(), None, kind, None))


words = sys.argv[1:]
receive = words[:1] == ["--receive"]
if receive:
    words.pop(0)
if words[:1] != ["--"] or len(words) < 2:
    sys.exit(125)
command = words[1:]
awaited = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
child = os.fork()
if child == 0:
    must(libc.prctl(PDEATHSIG, signal.SIGKILL))
    must(libc.unshare(NEWNS))
    cut_off(receive)
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

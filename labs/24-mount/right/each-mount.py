#!/usr/bin/python3
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
ends = (signal.SIGTERM, signal.SIGINT)
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
child = os.fork()
if child == 0:
    must(libc.prctl(PDEATHSIG, signal.SIGKILL))
    must(libc.unshare(NEWNS))
    cut_off(receive)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)
for number in ends:
    signal.signal(number, lambda got, _: os.kill(child, got))
signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)

#!/usr/bin/python3 -IS
# Right: an empty process begins the namespace and sets the names; a second one joins it, with
# setns(2), and becomes the command. Nothing else is ever in it.
import ctypes
import os
import signal
import sys

NEWUTS, PDEATHSIG = 0x04000000, 1
libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result == -1:
        print("uts:", os.strerror(ctypes.get_errno()), file=sys.stderr)
        os._exit(125)


def keep_names(ready):
    must(libc.unshare(NEWUTS))
    must(libc.sethostname(host, len(host)))
    must(libc.setdomainname(domain, len(domain)))
    os.write(ready, b"!")
    signal.pause()


def become(command):
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


if sys.argv[1] != "--hostname" or sys.argv[3] != "--domainname" or sys.argv[5] != "--":
    sys.exit(125)
host, domain, command = sys.argv[2].encode(), sys.argv[4].encode(), sys.argv[6:]
awaited = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
done, ready = os.pipe()
keeper = os.fork()
if keeper == 0:
    must(libc.prctl(PDEATHSIG, signal.SIGKILL))
    keep_names(ready)
os.close(ready)
if os.read(done, 1) != b"!":
    sys.exit(125)
names = os.open(f"/proc/{keeper}/ns/uts", os.O_RDONLY)
child = os.fork()
if child == 0:
    must(libc.prctl(PDEATHSIG, signal.SIGKILL))
    must(libc.setns(names, NEWUTS))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
    become(command)
os.close(names)
os.kill(keeper, signal.SIGKILL)  # the command keeps the namespace now
os.waitpid(keeper, 0)
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

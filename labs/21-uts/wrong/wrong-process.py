#!/usr/bin/python3 -IS
# Wrong: the child is started first, so the new namespace is its parent's alone.
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


host, domain, command = sys.argv[2].encode(), sys.argv[4].encode(), sys.argv[6:]
child = os.fork()
if child == 0:
    must(libc.prctl(PDEATHSIG, signal.SIGKILL))
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
must(libc.unshare(NEWUTS))
must(libc.sethostname(host, len(host)))
must(libc.setdomainname(domain, len(domain)))
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda got, _: os.kill(child, got))
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)

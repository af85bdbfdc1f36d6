#!/usr/bin/python3 -IS
# Wrong: takes /usr along for its commands, and forgets it there.
import ctypes
import os
import signal
import sys

NEWNS, NEWPID = 0x00020000, 0x20000000
BIND, BIND_REC, PRIVATE_REC, DETACH, PDEATHSIG = 0x1000, 0x5000, 0x44000, 2, 1
PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    encoded = [word.encode() if isinstance(word, str) else word for word in words]
    result = getattr(libc, name)(*encoded)
    if result == -1:
        raise OSError(ctypes.get_errno(), f"{name} {words}: {os.strerror(ctypes.get_errno())}")
    return result


def enter(rootfs):
    call("mount", None, "/", None, PRIVATE_REC, None)
    call("mount", rootfs, rootfs, None, BIND_REC, None)
    call("mount", "/usr", rootfs + "/tmp", None, BIND, None)
    os.chdir(rootfs)
    call("syscall", PIVOT_ROOT, ".", ".")
    call("mount", "proc", "/proc", "proc", 0, None)
    call("umount2", ".", DETACH)
    os.chdir("/")
    os.closerange(3, 1024)

def become(command):
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


def main():
    rootfs, command = os.path.abspath(sys.argv[1]), sys.argv[3:]
    call("unshare", NEWPID | NEWNS)
    child = os.fork()
    if child == 0:
        call("prctl", PDEATHSIG, signal.SIGKILL)
        try:
            enter(rootfs)
        except OSError as error:
            print(error, file=sys.stderr)
            os._exit(125)
        become(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.kill(child, signal.SIGKILL))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


main()

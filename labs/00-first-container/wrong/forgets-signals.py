#!/usr/bin/python3 -IS
# Wrong: takes the status as if the command had exited, whatever ended it.
import ctypes
import os
import signal
import sys

NEWNS, NEWUTS, NEWPID = 0x00020000, 0x04000000, 0x20000000
BIND_REC, PRIVATE_REC, DETACH, PDEATHSIG = 0x5000, 0x44000, 2, 1
PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    encoded = [word.encode() if isinstance(word, str) else word for word in words]
    if getattr(libc, name)(*encoded) == -1:
        raise OSError(ctypes.get_errno(), f"{name} {words}: {os.strerror(ctypes.get_errno())}")


def enter(rootfs):
    call("sethostname", "inside", 6)
    call("mount", None, "/", None, PRIVATE_REC, None)
    call("mount", rootfs, rootfs, None, BIND_REC, None)
    os.chdir(rootfs)
    call("syscall", PIVOT_ROOT, ".", ".")
    call("mount", "proc", "/proc", "proc", 0, None)
    call("umount2", ".", DETACH)
    os.chdir("/")


def become(command):
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


def main():
    rootfs, command = sys.argv[1], sys.argv[2:]
    call("unshare", NEWUTS | NEWPID | NEWNS)
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
    sys.exit(os.WEXITSTATUS(status))


main()

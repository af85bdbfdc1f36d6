#!/usr/bin/python3 -IS
# Right: joins the namespace that it has made for its children, and becomes the command.
import ctypes
import os
import sys

NEWTIME = 0x80
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    if getattr(libc, name)(*words) == -1:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def main():
    seconds, command = int(sys.argv[2]), sys.argv[4:]
    try:
        call("unshare", NEWTIME)
        with open("/proc/self/timens_offsets", "w") as offsets:
            offsets.write(f"boottime {seconds} 0\n")
        space = os.open("/proc/self/ns/time_for_children", os.O_RDONLY | os.O_CLOEXEC)
        call("setns", space, NEWTIME)
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(125)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


main()

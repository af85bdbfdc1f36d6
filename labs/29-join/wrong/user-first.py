#!/usr/bin/python3 -IS
# Wrong: the user namespace first, then the others.
import ctypes
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)


def setns(file):
    return libc.setns(file, 0) == 0


def join(files):
    for file in files:
        if not setns(file):
            sys.exit(125)


def run(command):
    passed_on = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)  # they wait until they can be passed on
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(error, file=sys.stderr)
            os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    for number in passed_on:
        signal.signal(number, lambda number, _: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


words = sys.argv[1:]
dashes = words.index("--")
options = dict(zip(words[:dashes:2], words[1:dashes:2]))
kinds = sorted(options["--namespaces"].split(","), key=lambda kind: kind != "user")
try:
    process = os.open("/proc/" + options["--target"], os.O_PATH | os.O_DIRECTORY)
    files = [os.open("ns/" + kind, os.O_RDONLY, dir_fd=process) for kind in kinds]
    root = os.open("root", os.O_PATH, dir_fd=process)
    folder = os.open("cwd", os.O_PATH, dir_fd=process)
except OSError as error:
    print(error, file=sys.stderr)
    sys.exit(125)
join(files)
if "mnt" in kinds:
    os.fchdir(root)
    os.chroot(".")
    os.fchdir(folder)
sys.exit(run(words[dashes + 1:]))

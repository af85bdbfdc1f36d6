#!/usr/bin/python3 -IS
# Right: the newer calls of mount: a copy of ROOTFS's mount is made in nobody's tree, and attached; proc
# is made the same way, and attached to a folder that was opened, with no link on the way. An init
# of its own, in the new root, starts the command.
import ctypes
import os
import signal
import sys

NEWNS, NEWPID = 0x00020000, 0x20000000
PRIVATE_REC, DETACH, PDEATHSIG = 0x44000, 2, 1
PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
OPEN_TREE, MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT = 428, 429, 430, 431, 432
AT_FDCWD, CLOEXEC, CLONE_REC, CREATE, EMPTY, QUIET = -100, 0o2000000, 0x8001, 6, 0x4, 0xE
FROM_DESCRIPTOR, TO_DESCRIPTOR = 0x4, 0x40
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    encoded = [word.encode() if isinstance(word, str) else word for word in words]
    result = getattr(libc, name)(*encoded)
    if result == -1:
        raise OSError(ctypes.get_errno(), f"{name} {words}: {os.strerror(ctypes.get_errno())}")
    return result


def mount_proc(rootfs):
    top = os.open(rootfs, os.O_PATH | os.O_DIRECTORY)
    place = os.open("proc", os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    context = call("syscall", FSOPEN, "proc", 1)
    call("syscall", FSCONFIG, context, CREATE, None, None, 0)
    proc = call("syscall", FSMOUNT, context, 1, QUIET)
    call("syscall", MOVE_MOUNT, proc, "", place, "", FROM_DESCRIPTOR | TO_DESCRIPTOR)


def enter(rootfs):
    call("mount", None, "/", None, PRIVATE_REC, None)
    tree = call("syscall", OPEN_TREE, AT_FDCWD, rootfs, CLOEXEC | CLONE_REC)
    call("syscall", MOVE_MOUNT, tree, "", AT_FDCWD, rootfs, FROM_DESCRIPTOR)
    mount_proc(rootfs)
    os.fchdir(tree)
    call("syscall", PIVOT_ROOT, ".", ".")
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


def passed_on(status):
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def main():
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(125)
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
        command_pid = os.fork()
        if command_pid == 0:
            become(command)
        while True:
            ended, status = os.wait()  # orphans of the command end here, too
            if ended == command_pid:
                os._exit(passed_on(status))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.kill(child, signal.SIGKILL))
    sys.exit(passed_on(os.waitpid(child, 0)[1]))


main()

#!/usr/bin/python3 -IS
"""Right: the message to the kernel, byte by byte. subprocess hands down no descriptor but 0, 1 and 2."""
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys

CLONE_NEWNET = 0x40000000
RTM_NEWLINK, NLM_F_REQUEST, NLM_F_ACK, NLMSG_ERROR, IFF_UP = 16, 1, 4, 2, 1


def set_up(index):
    """A header (length, type, flags, sequence, port), then the structure ifinfomsg."""
    body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, IFF_UP, IFF_UP)
    header = struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.send(header + body)
        kind, error = struct.unpack_from("=4xH10xi", kernel.recv(4096))
    if kind != NLMSG_ERROR or error != 0:
        sys.exit("network: " + os.strerror(-error))


def main():
    if len(sys.argv) < 3 or sys.argv[1] != "--":
        sys.exit(125)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        print(f"network: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        sys.exit(125)
    set_up(socket.if_nametoindex("lo"))
    passed_on = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)
    try:
        child = subprocess.Popen(sys.argv[2:], preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, set()))
    except FileNotFoundError:
        sys.exit(127)
    except OSError:
        sys.exit(126)
    for number in passed_on:
        signal.signal(number, lambda arrived, _: child.send_signal(arrived))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
    status = child.wait()
    sys.exit(status if status >= 0 else 128 - status)


main()

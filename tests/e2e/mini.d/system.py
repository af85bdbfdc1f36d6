"""What an ordinary program expects of a system, tried in a container with 64 processes and 50 MB at most."""
import multiprocessing
import multiprocessing.shared_memory
import os
import pty
import socket
import threading


def forks():
    child = os.fork()
    if child == 0:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def talks_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            client.sendall(b"hello")
            return server.accept()[0].recv(5) == b"hello"


def double(number):
    return 2 * number


def shares_memory():
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=100_000)
    there = memory.name.lstrip("/") in os.listdir("/dev/shm")
    memory.close()
    memory.unlink()
    with multiprocessing.Pool(2) as pool:
        return there and pool.map(double, range(10)) == list(range(0, 20, 2))


def has_terminals():
    child, master = pty.fork()
    if child == 0:
        os.execlp("tty", "tty")
    shown = b""
    try:
        while some := os.read(master, 100):
            shown += some
    except OSError:  # EIO: it has ended
        pass
    os.waitpid(child, 0)
    return shown == b"/dev/pts/0\r\n"


def is_held_to_64():
    """Threads, which count as processes do, but need less of the 50 MB."""
    over = threading.Event()
    threads = []
    try:
        while len(threads) < 100:
            thread = threading.Thread(target=over.wait)
            thread.start()
            threads.append(thread)
    except RuntimeError:  # EAGAIN
        pass
    over.set()
    return 50 < len(threads) < 64


for test in (forks, talks_to_itself, shares_memory, has_terminals, is_held_to_64):
    print(test.__name__, "yes" if test() else "no", flush=True)
hold = bytearray(100 << 20)
for page in range(0, len(hold), 4096):  # here the kernel ends it
    hold[page] = 1
print("has 100 MB")

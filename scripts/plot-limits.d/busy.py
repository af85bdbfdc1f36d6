import mmap, os, sys, threading, time

seconds = float(sys.argv[1])
device = sys.argv[2] if len(sys.argv) > 2 else None

def wanted(most, begun):      # more and more, for half of the time
    return most * min((time.monotonic() - begun) / (seconds / 2), 1)

def compute(begun):
    while True:
        pass

def grow(begun, held=[]):     # to 80 MiB of memory
    while True:
        if len(held) < wanted(80, begun):
            held.append(b"x" * 2**20)
        time.sleep(0.005)

def multiply(begun, tasks=1): # to 40 tasks
    while True:
        try:
            if tasks < wanted(40, begun):
                threading.Thread(target=time.sleep, args=(9999,)).start()
                tasks += 1
        except RuntimeError:  # no task to be had: try again
            pass
        time.sleep(0.005)

def write(begun):             # 20 MiB a second at most, past the page cache
    block, file = mmap.mmap(-1, 2**18), os.open(device, os.O_WRONLY | os.O_DIRECT)
    while True:
        os.pwrite(file, block, 0)
        time.sleep(1 / 80)

def start(work):
    pid = None
    while pid is None:
        try:
            pid = os.fork()
        except OSError:       # no task to be had, or no memory for one: try again
            time.sleep(0.05)
    return pid or work(time.monotonic())

works = [compute, compute, grow, multiply] + ([write] if device else [])
running = {start(work): work for work in works}
while True:                   # whoever is killed is started again
    dead = running.pop(os.wait()[0])
    running[start(dead)] = dead

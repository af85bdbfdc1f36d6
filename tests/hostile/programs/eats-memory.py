#!/usr/bin/python3 -IS
# Allocates without end, in several processes.
import os
for _ in range(3):
    os.fork()
hoard = []
while True:
    try:
        hoard.append(bytearray(b"x" * (16 << 20)))
    except MemoryError:
        pass

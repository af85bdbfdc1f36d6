#!/usr/bin/python3 -IS
# Prints without end on both streams.
import os
block = b"PASSED " * 8192
while True:
    os.write(1, block)
    os.write(2, block)

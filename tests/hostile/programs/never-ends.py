#!/usr/bin/python3 -IS
# Does nothing, for ever.
import time
while True:
    time.sleep(60)

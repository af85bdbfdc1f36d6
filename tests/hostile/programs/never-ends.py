#!/usr/bin/python3
# Does nothing, for ever.
import time
while True:
    time.sleep(60)

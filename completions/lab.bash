# Completion of `lab` in bash. Installed as share/bash-completion/completions/lab; to try it: source this file.
# shellcheck shell=bash

_lab_lessons() { lab list 2>/dev/null | sed -n 's/^  \([0-9][^ ]*\) .*/\1/p'; }
_lab_labs() { lab list 2>/dev/null | sed -n 's/^  \([0-9][^ ]*\) *[0-9]*\/.*/\1/p'; }

_lab() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
  local words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='init list show check watch hint reset solution scope clean doctor lint --help --version'
  else
    case $before in
      --program | --output | -o | --with) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
      --isolation) words='namespaces vm' ;;
      --guest-cgroup) words='v2 v1 hybrid' ;;
      --seed | --only) return ;;
      --format)
        words='terminal json'
        [ "$command" != check ] || words+=' junit gradescope classroom exercism'
        ;;
      *)
        case $command in
          init) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
          show) words="$(_lab_lessons) --no-pager --help" ;;
          check) words="$(_lab_labs) --all --program --only --with --isolation --guest-cgroup --seed --format --output --help" ;;
          watch) words="$(_lab_labs) --seed --help" ;;
          solution) words="$(_lab_labs) --spoil --help" ;;
          lint) words="$(_lab_lessons) --help" ;;
          hint | reset) words="$(_lab_labs) --help" ;;
          scope) words="--once --json --every --help $(cd /proc && echo [0-9]*)" ;;
          doctor) words='--format --help' ;;
          *) words='--help' ;;
        esac
        ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _lab lab

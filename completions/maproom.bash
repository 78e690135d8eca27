# bash completion for maproom(8). Commands and options are asked of the program itself (--help), so that they are always its own.
# SPDX-License-Identifier: Apache-2.0

_maproom_commands() { maproom --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z-][a-z-]*\)  .*/\1/p'; }
_maproom_options() { maproom "$@" --help 2>/dev/null | grep -o -e '^  -[-A-Za-z,]*' | tr -s ' ,' '\n' | grep -e '^--'; }
_maproom_maps() { sed -n 's/^ *\[ *maps\.\([A-Za-z0-9_-]*\) *\].*/\1/p' "$1" 2>/dev/null; }

_maproom() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' config=/etc/maproom/maproom.toml
  local i plain=0
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -c | --config) config=${COMP_WORDS[i + 1]:-} ;;
      -*) ;;
      *)
        if [ -z "$command" ]; then command=${COMP_WORDS[i]}
        else
          case ${COMP_WORDS[i - 1]} in --explain | --json | --all | --dry-run) ;; -*) continue ;; esac
          plain=$((plain + 1))
        fi
        ;;
    esac
  done
  if [ -z "$command" ]; then
    case $current in
      -*) mapfile -t COMPREPLY < <(compgen -W "$(_maproom_options)" -- "$current") ;;
      *) mapfile -t COMPREPLY < <(compgen -W "$(_maproom_commands)" -- "$current") ;;
    esac
    return
  fi
  case $previous in
    -c | --config | --main-cf | --keys | --from-log | --password-file | -o | --output | --sql-dir)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$(_maproom_options "$command")" -- "$current") ;;
    *)
      case $command in
        query | flush | verify)
          [ "$plain" -gt 0 ] || mapfile -t COMPREPLY < <(compgen -W "$(_maproom_maps "$config")" -- "$current")
          ;;
        import) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      esac
      ;;
  esac
}
complete -o filenames -F _maproom maproom

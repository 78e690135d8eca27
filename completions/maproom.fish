# fish completion for maproom(8). Commands and options are asked of the program itself (--help), so that they are always its own.
# SPDX-License-Identifier: Apache-2.0

function __maproom_commands
    maproom --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z-][a-z-]*\)  */\1\t/p'
end

# The command that is on the line already, if any.
function __maproom_command
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
end

function __maproom_options
    maproom (__maproom_command) --help 2>/dev/null | grep -o -e '^  -[-A-Za-z,]*' | tr -s ' ,' '\n' | grep -e '^--'
end

function __maproom_maps
    sed -n 's/^ *\[ *maps\.\([A-Za-z0-9_-]*\) *\].*/\1/p' /etc/maproom/maproom.toml 2>/dev/null
end

complete -c maproom -f -n 'test -z "$(__maproom_command)"' -a '(__maproom_commands)'
complete -c maproom -f -n 'string match -q -- "-*" (commandline -ct)' -a '(__maproom_options)'
complete -c maproom -f -n 'string match -qr "^(query|flush|verify)\$" -- (__maproom_command)' -a '(__maproom_maps)'
complete -c maproom -F -n 'contains -- import (__maproom_command)'
for option in config main-cf keys from-log password-file output sql-dir
    complete -c maproom -l $option -r -F -n "__maproom_options | string match -q -- --$option"
end

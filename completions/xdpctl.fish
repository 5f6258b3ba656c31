# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# xdpctl knows what can stand where: fish asks it.
function __xdpctl_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct)
    for line in (command $words[1] --complete $words[2..-1] "$begun" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$begun"
        else
            echo $line
        end
    end
end
complete -c xdpctl -f -a '(__xdpctl_complete)'

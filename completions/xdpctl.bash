# xdpctl knows what can stand where: bash asks it.
_xdpctl() {
	local word
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		if [[ $word == :files ]]; then
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
		else
			COMPREPLY+=("$(printf %q "$word")")
		fi
	done < <(command "${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _xdpctl xdpctl

# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# xdpctl knows what can stand where: bash asks it.
_xdpctl() {
	local word begun words=()
	# Bash breaks words at colons; what is one word is put together again.
	for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
		if [[ ${begun-} == *: || ($word == :* && -n ${begun-} && $begun != --*) ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
		begun=${words[-1]}
	done
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		if [[ $word == :files ]]; then
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
		else
			[[ $begun == *:* ]] && word=${word#"${begun%:*}:"}
			COMPREPLY+=("$(printf %q "$word")")
		fi
	done < <(command "${COMP_WORDS[0]}" --complete "${words[@]}" 2>/dev/null)
}
complete -F _xdpctl xdpctl

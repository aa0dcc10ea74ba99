package fake

import "strings"

// An instruction as the fake understands it: no heredocs, no variables.
type instruction struct {
	word string // in capitals
	rest string
	text string // as written, with the lines it was broken over
	line int
}

func parse(text string) []instruction {
	var all []instruction
	lines := strings.Split(text, "\n")
	for n := 0; n < len(lines); n++ {
		first := strings.TrimSpace(lines[n])
		if first == "" || strings.HasPrefix(first, "#") {
			continue
		}
		begin := n
		whole, joined := first, strings.TrimSuffix(first, `\`)
		for strings.HasSuffix(strings.TrimSpace(lines[n]), `\`) && n+1 < len(lines) {
			n++
			whole += "\n" + lines[n]
			joined += strings.TrimSuffix(strings.TrimSpace(lines[n]), `\`)
		}
		word, rest, _ := strings.Cut(joined, " ")
		all = append(all, instruction{word: strings.ToUpper(word), rest: strings.TrimSpace(rest), text: whole, line: begin + 1})
	}
	return all
}

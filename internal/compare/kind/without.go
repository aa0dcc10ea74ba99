package kind

import "regexp"

// Without leaves out of text all that goes from what matches begin to the next that matches end, and
// tells each. One expression from the beginning to the end would read the text to its own end once for
// each beginning that has none, which strangers' files can have by the million.
func Without(text []byte, begin, end *regexp.Regexp, each func(found []byte)) []byte {
	var kept []byte
	for {
		from := begin.FindIndex(text)
		if from == nil {
			break
		}
		to := end.FindIndex(text[from[1]:])
		if to == nil {
			break
		}
		if each != nil {
			each(text[from[0] : from[1]+to[1]])
		}
		kept, text = append(kept, text[:from[0]]...), text[from[1]+to[1]:]
	}
	if kept == nil {
		return text
	}
	return append(kept, text...)
}

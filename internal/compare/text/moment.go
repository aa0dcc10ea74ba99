package text

import "bytes"

// isoMoment finds a date, year first, with a time of day: 2026-11-03 12:00:01,123 UTC.
func isoMoment(line []byte, from int) (start, end int) {
	for i := from; i+14 < len(line); i++ {
		if !isDigit(line[i]) || i > 0 && isWord(line[i-1]) {
			continue
		}
		at := digits(line, i)
		if at-i != 4 {
			continue
		}
		if at = dateRest(line, at); at == 0 {
			continue
		}
		gap := at
		for gap < len(line) && (line[gap] == 'T' || line[gap] == ' ' || line[gap] == ',' || line[gap] == '_') {
			gap++
		}
		if gap == at {
			continue
		}
		if end, _ := clockAt(line, gap); end > 0 {
			return i, zoneAt(line, end)
		}
	}
	return 0, 0
}

// dateRest is the end of a month and a day behind a year; 0 where there are none.
func dateRest(line []byte, at int) int {
	for range 2 {
		if at >= len(line) || line[at] != '-' && line[at] != '/' && line[at] != '.' {
			return 0
		}
		end := digits(line, at+1)
		if n := end - at - 1; n < 1 || n > 2 {
			return 0
		}
		at = end
	}
	return at
}

// clockTime finds a time of day with seconds.
func clockTime(line []byte, from int) (start, end int) {
	for i := from; i+6 < len(line); i++ {
		if !isDigit(line[i]) || i > 0 && (isWord(line[i-1]) || line[i-1] == ':' || line[i-1] == '.') {
			continue
		}
		if end, seconds := clockAt(line, i); end > 0 && seconds {
			return i, zoneAt(line, end)
		}
	}
	return 0, 0
}

// clockAt is the end of the time of day that starts at line[at]; 0 where there is none.
func clockAt(line []byte, at int) (end int, seconds bool) {
	end = digits(line, at)
	if end-at < 1 || end-at > 2 {
		return 0, false
	}
	for part := range 2 {
		next := end + 1
		if end >= len(line) || line[end] != ':' || digits(line, next)-next != 2 {
			if part == 0 {
				return 0, false
			}
			break
		}
		end, seconds = next+2, part == 1
	}
	if end < len(line) && (isWord(line[end]) && line[end] != 'Z' || line[end] == ':' && end+1 < len(line) && isDigit(line[end+1])) {
		return 0, false
	}
	if seconds && end < len(line) && (line[end] == '.' || line[end] == ',') {
		if fraction := digits(line, end+1); fraction > end+1 && fraction <= end+10 {
			end = fraction
		}
	}
	return halfDay(line, end), seconds
}

// halfDay is the end of an AM or PM behind at, or at.
func halfDay(line []byte, at int) int {
	rest := bytes.TrimPrefix(line[at:], []byte(" "))
	if len(rest) >= 2 && (rest[0]|0x20 == 'a' || rest[0]|0x20 == 'p') && rest[1]|0x20 == 'm' && (len(rest) == 2 || !isWord(rest[2])) {
		return len(line) - len(rest) + 2
	}
	return at
}

// zoneAt is the end of a time zone behind at, or at.
func zoneAt(line []byte, at int) int {
	rest := bytes.TrimPrefix(line[at:], []byte(" "))
	from := len(line) - len(rest)
	end := from
	for end < len(line) && 'A' <= line[end] && line[end] <= 'Z' {
		end++
	}
	if end > from && (end == len(line) || !isWord(line[end])) && isZone(string(line[from:end])) {
		return end
	}
	if len(rest) < 5 || rest[0] != '+' && rest[0] != '-' || digits(rest, 1) < 3 {
		return at
	}
	switch {
	case digits(rest, 1) == 5:
		return from + 5
	case len(rest) >= 6 && rest[3] == ':' && digits(rest, 4) == 6:
		return from + 6
	}
	return at
}

func isZone(name string) bool {
	switch name {
	case "Z", "UTC", "GMT", "CET", "CEST", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "BST", "IST", "JST",
		"WET", "WEST", "EET", "EEST", "AEST", "AEDT", "MSK", "SGT", "KST":
		return true
	}
	return false
}

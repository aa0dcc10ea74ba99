package text

import "bytes"

// nature is what a piece of output that varies from run to run is.
type nature string

// The natures that are known without being told.
const (
	asTime       nature = "time"
	asDuration   nature = "duration"
	asAddress    nature = "memory address"
	asTemporary  nature = "temporary path"
	asProcess    nature = "process number"
	asIdentifier nature = "random identifier"
	asHost       nature = "host name"
	asProgress   nature = "progress"
)

// rule finds pieces of one nature.
type rule struct {
	nature  nature
	pattern string
	// find does a pattern's work where it must be fast: it finds the first piece at or after from;
	// the end is 0 where there is none.
	find func(line []byte, from int) (start, end int)
	// with stands in their place; "" for <nature>.
	with string
	// when tells quickly of most lines that they have no such piece; nil where nothing is quick.
	when func(*look) bool
	// unless tells of a piece that it is none; nil for never. The piece is line[m[0]:m[1]].
	unless func(line []byte, m []int) bool
}

const (
	weekday = `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s+)`
	month   = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?`
	clock   = `\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\b\.?)?`
	zone    = `(?: ?(?:Z|UTC|GMT|CES?T|E[SD]T|C[SD]T|M[SD]T|P[SD]T|BST|IST|JST|WES?T|EES?T|AE[SD]T|MSK|SGT|KST)\b(?:[+-]\d{1,2})?| ?[+-]\d{2}:?\d{2}\b)?`
	isoDate = `\d{4}[-/.]\d{1,2}[-/.]\d{1,2}`
	anyDate = `(?:` + isoDate + `|` + weekday + `?` + month + ` +\d{1,2},? +\d{4}|` + weekday + `?\d{1,2}[- ]` + month + `[- ]\d{4}|\d{1,2}[./]\d{1,2}[./]\d{4})`
	amount  = `\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?`
	unit    = `(?:nanosec(?:ond)?s?|microsec(?:ond)?s?|millisec(?:ond)?s?|sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|ns|us|µs|μs|ms|s|m|h|d)\b`
	span1   = amount + `\s*` + unit + `(?:[ ,:]*` + amount + `\s*` + unit + `)*`
)

// timeRules find moments and durations. What only may be one is left alone: a date that nothing
// calls the run's own, a moment at midnight, a time that was measured in an experiment are data.
func timeRules() []rule {
	hasClock := func(l *look) bool { return l.clock }
	hasMonth := both(hasClock, says("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
	return []rule{
		{nature: asTime, find: isoMoment, when: hasClock, unless: midnight},
		{nature: asTime, pattern: `\b` + weekday + `?` + month + ` +\d{1,2},?(?: +\d{4},?)? +(?:at )?` + clock + zone + `(?: +\d{4}\b)?`, when: hasMonth, unless: midnight},
		{nature: asTime, pattern: `\b` + weekday + `?\d{1,2}[- /]` + month + `[- /]\d{2,4}[ :,]+(?:at )?` + clock + zone, when: hasMonth, unless: midnight},
		{nature: asTime, pattern: `\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4},? +` + clock + zone, when: hasClock, unless: midnight},
		{nature: asTime, pattern: `\b([IWEF])\d{4} \d{2}:\d{2}:\d{2}\.\d+`, with: `$1<time>`, when: func(l *look) bool { return l.clock && l.digits >= 4 }},
		{nature: asProgress, pattern: `\[\d+:\d+(?::\d+)?<[^\]]*\]`, when: func(l *look) bool { return l.clock && l.angle }},
		{nature: asTime, find: clockTime, when: hasClock},
		{nature: asTime, pattern: `\b20\d{6}[T_-]?\d{6}Z?\b`, when: func(l *look) bool { return l.digits >= 8 }},
		{nature: asTime, pattern: `\b` + weekday + `(?:\d{1,2}[- ]` + month + `[- ]\d{4}|` + month + ` +\d{1,2},? +\d{4})`, when: says("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
		{nature: asTime, pattern: `(?i)(^\W*date|\b(?:today(?:'s date)?|(?:generated|created|started|finished|compiled|rendered|printed|executed|knitted)(?: (?:on|at))?))(\W{1,16})` + anyDate + `\b`, with: `$1$2<time>`,
			when: says("date", "today", "generated", "created", "started", "finished", "compiled", "rendered", "printed", "executed", "knitted")},
		{nature: asTime, pattern: `(?i)\b((?:time|timestamp|epoch|now|ts)["']?\s*[:=]\s*)1[5-9]\d{8}(?:\.\d+|\d{3})?\b`, with: `$1<time>`, when: both(func(l *look) bool { return l.digits >= 10 }, says("time", "epoch", "now", "ts"))},
		{nature: asDuration, pattern: `(?i)\b(elapsed|took|duration|run ?time|wall(?:[ -]?(?:clock|time))*|eta|(?:cpu|user|sys|system|total|real|execution|training|fitting|computation|processing|running|elapsed) times?|time (?:taken|elapsed|spent))\b([^0-9\n]{0,24}?)` + amount + `(?:\s*` + unit + `(?:[ ,:]*` + amount + `\s*` + unit + `)*)?`, with: `$1$2<duration>`,
			when: says("elapsed", "took", "duration", " time", "runtime", "wall", "eta ", "eta:", "eta=", "taken", "spent"), unless: countsThings},
		{nature: asDuration, pattern: `(?i)\b((?:done|finished|completed|passed|failed|skipped|warnings?|errors?|ran \d+ tests?|built|loaded|converged|trained|fitted|executed|processed|ready|resolved|prepared|installed|collected|succeeded|spent) in )` + span1, with: `$1<duration>`, when: says(" in ")},
		{nature: asDuration, pattern: `\b(Time difference of )\d+\.\d+ (?:secs|mins|hours)`, with: `$1<duration>`, when: says("time difference")},
		{nature: asDuration, pattern: `\b((?:real|user|sys|system|total)\b:?\s+)(?:\d+m)?\d+(?:[.,]\d+)? ?(?:ns|us|µs|μs|ms|s|min)\b`, with: `$1<duration>`, when: says("real", "user", "sys", "total")},
		{nature: asDuration, pattern: `(?:\b\d+s )?\b` + amount + ` ?(?:ms|us|µs|μs|ns|s)/(?:step|epoch|it|iter|batch|sample|example|row|image|token|loop)\b`, when: says("s/")},
		{nature: asDuration, pattern: `\b` + amount + ` ?(?:[kKMGT]?i?B|its?|iter|iterations?|steps?|samples?|rows?|examples?|images?|files?|tokens?|batch(?:es)?|epochs?|records?|lines?|requests?|req|ops)/s(?:ec)?\b`, when: says("/s")},
		{nature: asDuration, pattern: `(--- )` + amount + `( seconds ---)`, with: `$1<duration>$2`, when: says(" seconds ---")},
		{nature: asDuration, pattern: `( - )\d+s( - )`, with: `$1<duration>$2`, when: says("s - ")},
		{nature: asDuration, pattern: amount + ` ?` + unit + `(?: ± ` + amount + ` ?` + unit + `)? per loop(?: \([^)]*\))?`, when: says("per loop")},
	}
}

func both(a, b func(*look) bool) func(*look) bool {
	return func(l *look) bool { return a(l) && b(l) }
}

// otherRules find the rest of what varies by nature.
func otherRules() []rule {
	slash := func(l *look) bool { return l.slash }
	return []rule{
		{nature: asAddress, pattern: `\b0x[0-9a-fA-F]{9,16}\b`, when: func(l *look) bool { return l.hex }},
		{nature: asAddress, pattern: `((?:<(?:environment|bytecode|pointer|externalptr|S4 object[^:>]*): ?| at |\baddress:? |\baddr=))0x[0-9a-fA-F]+`, with: `$1<address>`, when: func(l *look) bool { return l.hex }},
		{nature: asAddress, pattern: `\b1(?:39[6-9]|40[0-7])\d{11}\b`, when: func(l *look) bool { return l.digits >= 15 }}, // from 0x7f… on, in decimal
		{nature: asTemporary, pattern: `/tmp/Rtmp[A-Za-z0-9]{6}(?:/[A-Za-z_.-]*[0-9a-f]{9,16})?`, when: slash},
		{nature: asTemporary, pattern: `/tmp/ipykernel_\d+(?:/\d+\.py)?`, when: slash},
		{nature: asTemporary, pattern: `/(?:tmp|var/tmp|dev/shm)/[A-Za-z0-9._-]+`, when: slash, unless: lasting},
		{nature: asTemporary, pattern: `/var/folders/[^/\s]+/[^/\s]+/T/[^/\s'"]+`, when: slash},
		{nature: asTemporary, pattern: `\bfile[0-9a-f]{9,16}\b`, when: says("file")},
		{nature: asTemporary, pattern: `<ipython-input-\d+-[0-9a-f]+>`, when: says("<ipython")},
		{nature: asProcess, pattern: `(?i)\b(pid|process id)\b(["']?[ =:#]*\(?)\d+`, with: `$1$2<process>`, when: says("pid", "process")},
		{nature: asProcess, pattern: `^(<time> (?:\S+ )?[\w./-]+)\[\d+\]`, with: `$1<process>`, when: func(l *look) bool { return l.angle && l.digit }},
		{nature: asProcess, pattern: `(?i)\b(thread[ -]?(?:id)?[ =:#]*)\d{9,}`, with: `$1<thread>`, when: says("thread")},
		{nature: asProcess, pattern: `^==\d+==`, when: func(l *look) bool { return l.equals && l.digit }},
		{nature: asIdentifier, pattern: `\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`, when: func(l *look) bool { return l.dash && l.digit }},
		{nature: asIdentifier, pattern: `((?:id="|#|class=")T_)[0-9a-f]{5}`, with: `$1<id>`, when: says("t_")},
		{nature: asHost, pattern: `(?i)(\b(?:host|hostname|node|nodename|machine|container)\b["']?\s*(?:[:=]|is\b|at\b)?\s*["']?)[0-9a-f]{12}\b`, with: `$1<host>`, when: says("host", "node", "machine", "container")},
		{nature: asHost, pattern: `@[0-9a-f]{12}\b`, with: `@<host>`, when: says("@")},
		{nature: asHost, pattern: `^(\s*(?:\[1\] )?["']?)[0-9a-f]{12}(["']?\s*)$`, with: `$1<host>$2`, when: func(l *look) bool { return l.digit && len(l.line) < 40 }},
		{nature: asProgress, pattern: `\|[█▏▎▍▌▋▊▉]+ *\|`, when: func(l *look) bool { return l.bar }},
	}
}

// midnight tells of a moment that it is the start of a day, as only dates in data are.
func midnight(line []byte, m []int) bool {
	before, rest, found := bytes.Cut(line[m[0]:m[1]], []byte("00:00"))
	if !found || len(before) == 0 || isDigit(before[len(before)-1]) || before[len(before)-1] == ':' {
		return false
	}
	if rest, found = bytes.CutPrefix(rest, []byte(":00")); found && len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		rest = bytes.TrimLeft(rest[1:], "0")
	}
	return len(rest) == 0 || rest[0] != ':' && !isDigit(rest[0])
}

// countsThings tells of a number that it counts something other than time: a word that is no
// unit of time follows.
func countsThings(line []byte, m []int) bool {
	rest := bytes.TrimLeft(line[m[1]:], " ")
	last := line[m[1]-1]
	return isDigit(last) && len(rest) > 0 && (isWord(rest[0]) && !isDigit(rest[0]) || rest[0] == '%' || rest[0] == ':')
}

// lasting tells of a path among temporary ones that its name does not look random.
func lasting(line []byte, m []int) bool {
	path := line[m[0]:m[1]]
	name := path[bytes.LastIndexByte(path, '/')+1:]
	if rest, found := bytes.CutPrefix(name, []byte("tmp")); found && len(bytes.TrimLeft(rest, "._-")) >= 6 {
		return false
	}
	at := bytes.LastIndexAny(name, "._-")
	tail := name[at+1:]
	if len(tail) < 6 {
		return true
	}
	var digit, lower, upper bool
	for _, c := range tail {
		digit = digit || isDigit(c)
		lower = lower || 'a' <= c && c <= 'z'
		upper = upper || 'A' <= c && c <= 'Z'
	}
	return !(digit && (lower || upper) || lower && upper && at >= 0)
}

package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestBadSettings: a petri.toml whose checks and rules are wrong is refused with its line, before the
// server is asked, by whatever command reads it.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--cpus", "4", "--memory", "8g")
	l.petri("", "env", "create", "r", "--from", "debian:12")
	l.write("churn", map[string]string{"petri.toml": goodSettings})
	l.petri("churn", "init")
	var cases []badCase
	for _, c := range badSettings() {
		cases = append(cases, badLocal(c.name, c.says, "check").with(map[string]string{"petri.toml": c.text}))
	}
	l.refuseAll(cases)
	t.Logf("%d cases", len(cases))
}

type badSetting struct{ name, says, text string }

func badSettings() []badSetting {
	one := func(name, says, lines string) badSetting {
		return badSetting{name, says, goodSettings + "[[check]]\nname = \"a\"\ncommand = \"true\"\n" + lines + "\n"}
	}
	check := func(name, says, lines string) badSetting {
		return badSetting{name, says, goodSettings + "\n[[check]]\nname = \"first\"\ncommand = \"true\"\n\n[[check]]\n" + lines + "\n"}
	}
	rules := func(name, says, lines string) badSetting {
		return badSetting{name, says, goodSettings + "[compare]\n" + lines + "\n"}
	}
	var many strings.Builder
	for i := range 501 {
		fmt.Fprintf(&many, "[[check]]\nname = \"c%d\"\ncommand = \"true\"\n", i)
	}
	return []badSetting{
		check("a check without a name", "petri.toml, line 8: a check has no name; add a line such as: name", "command = \"true\""),
		check("a check without a command", `petri.toml, line 8: check "a": it has no command; add a line such as: command`, "name = \"a\""),
		check("a check of an empty command", `petri.toml, line 8: check "a": …command`, "name = \"a\"\ncommand = \"\""),
		check("a check of an empty list", `petri.toml, line 8: check "a": …command`, "name = \"a\"\ncommand = []"),
		check("a check of a number", `petri.toml, line 8: check "a": …command`, "name = \"a\"\ncommand = 7"),
		check("a check twice", `petri.toml, line 8: check "first" is declared twice; give each a name of its own`, "name = \"first\"\ncommand = \"true\""),
		check("a check that climbs", `petri.toml, line 8: "../etc" cannot name a check: use 1 to 100 letters`, "name = \"../etc\"\ncommand = \"true\""),
		check("a check with a space", "petri.toml, line 8: …cannot name a check", "name = \"my check\"\ncommand = \"true\""),
		check("a check of control characters", `petri.toml, line 8: "a\x1b[2J" cannot name a check`, "name = \"a\\u001b[2J\"\ncommand = \"true\""),
		check("a check like a flag", "petri.toml, line 8: …cannot name a check", "name = \"--all\"\ncommand = \"true\""),
		check("a check in other letters", "petri.toml, line 8: …cannot name a check", "name = \"f\u00f6recast\"\ncommand = \"true\""),
		check("a check with an endless name", "petri.toml, line 8: …cannot name a check", "name = \""+strings.Repeat("n", 50_000)+"\"\ncommand = \"true\""),
		{"a check that is a text", "petri.toml, line 3", goodSettings + "check = \"forecast\"\n"},
		{"too many checks", "declares 501 checks; 500 are the most", goodSettings + many.String()},
		{"a file without end", "petri.toml is larger than 1 MiB", goodSettings + "#" + strings.Repeat("x", 2<<20)},
		{"lists without end", "petri.toml", goodSettings + "x = " + strings.Repeat("[", 100_000)},
		{"tables without end", "petri.toml", goodSettings + "[" + strings.Repeat("a.", 100_000) + "a]\n"},
		{"bytes that are no text", "petri.toml, line 3", goodSettings + "# \xff\xfe\n"},
		{"trials that are a word", "petri.toml, line 3, column…true or false", goodSettings + "trials = \"no\"\n"},

		one("an unknown key of a check", `petri.toml, line 6: Petri knows no setting "check.tolerance"`, "tolerance = 1"),
		one("an unknown key of a file", `Petri knows no setting "check.file.tol"`, "[[check.file]]\npattern = \"*\"\ntol = 1"),
		one("an unknown key of a column", "petri.toml, line 8: Petri knows no setting", "[[check.file]]\npattern = \"*\"\ncolumns = { price = { tol = 1 } }"),
		one("a negative rtol", `petri.toml, line 3: check "a": rtol cannot be -1`, "rtol = -1.0"),
		one("an rtol that is no number", `check "a": rtol cannot be NaN`, "rtol = nan"),
		one("an endless atol", `check "a": atol cannot be +Inf`, "atol = inf"),
		one("an rtol in quotes", "petri.toml, line 6, column…it must be a number", "rtol = \"1e-8\""),
		one("results that are no list", "petri.toml, line 6, column…it must be a list of texts", "results = \"out/*\""),
		one("results of a broken pattern", `check "a": "out/[" is no pattern of files`, "results = [\"out/[\"]"),
		one("results from the root", `check "a": "/etc/passwd" is no pattern of files`, "results = [\"/etc/passwd\"]"),
		one("results of nothing", `check "a": "" is no pattern of files`, "results = [\"\"]"),
		one("an unknown word for stdout", `check "a": stdout cannot be "loud": it is rules, exact or ignore`, "stdout = \"loud\""),
		one("a file without a pattern", `check "a": "" is no pattern of files`, "[[check.file]]\nrtol = 1e-3"),
		one("a column without a name", `check "a": "" names no column`, "[[check.file]]\npattern = \"*.csv\"\ncolumns = { \"\" = { ignore = true } }"),
		one("a column of a broken pattern", `check "a": "time_[" names no column: write its name, or a pattern`, "[[check.file]]\npattern = \"*.csv\"\ncolumns = { \"time_[\" = { ignore = true } }"),
		one("a column's negative tolerance", `check "a": rtol cannot be -1`, "[[check.file]]\npattern = \"*.csv\"\ncolumns = { price = { rtol = -1.0 } }"),
		one("keys that are numbers", "petri.toml, line 6, column", "keys = [1]"),
		one("a time limit without sense", `check "a": timeout: "soon" is not a duration`, "timeout = \"soon\""),
		one("memory without sense", `check "a": memory: "much" is not a size`, "memory = \"much\""),
		one("negative CPUs", `check "a": cannot run with -1 CPUs`, "cpus = -1.0"),
		one("an unknown network", `check "a": "host" is not a network`, "network = \"host\""),
		one("a variable that is Petri's", `check "a": …Petri's own`, "variables = { PETRI_RUN = \"7\" }"),
		one("a variable that is a number", "petri.toml, line 6", "variables = { A = 7 }"),
		one("a key twice", "petri.toml, line 6", "name = \"b\""),

		rules("a log rule that is no expression", `petri.toml: compare: "(" is no regular expression`, "[[compare.log]]\npattern = \"(\""),
		rules("a log rule that explodes", "is no regular expression", "[[compare.log]]\npattern = \"((a{1000}){1000}){1000}\""),
		rules("a log rule of nothing", `petri.toml: compare: a rule for output has no pattern`, "[[compare.log]]\npattern = \"\""),
		rules("a rule for no files", `petri.toml: compare: "" is no pattern`, "[[compare.file]]\natol = 1.0"),
		rules("an endless tolerance", "petri.toml: compare: atol cannot be +Inf", "atol = inf"),
		rules("too many patterns", "more than 1000 rules of one kind are too many", "ignore = ["+strings.Repeat("\"a\",", 1001)+"]"),
		rules("results, which belong to checks", `Petri knows no setting "compare.results"`, "results = [\"a\"]"),
	}
}

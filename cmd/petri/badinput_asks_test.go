package main

import (
	"strings"

	"github.com/petri-dev/petri"
)

// as makes a case of somebody else.
func (c badCase) as(env []string) badCase {
	c.env = env
	return c
}

// where makes a case of another project's folder.
func (c badCase) where(folder string) badCase {
	c.in = folder
	return c
}

// badCompares are comparisons that cannot be made.
func badCompares(l *lab, w studyWorld, bob []string) []badCase {
	compare := func(name string, kind petri.Kind, says string, flags ...string) badCase {
		return bad("compare: "+name, kind, says, append([]string{"compare", "1", "2"}, flags...)...).noRequest()
	}
	keys := []string{}
	for range 1001 {
		keys = append(keys, "--key=k")
	}
	return []badCase{
		compare("a negative rtol", petri.Invalid, "rtol cannot be -1: it is a number from 0 on, such as 1e-8", "--rtol", "-1"),
		compare("an rtol that is no number", petri.Invalid, "rtol cannot be NaN", "--rtol", "NaN"),
		compare("an endless rtol", petri.Invalid, "rtol cannot be +Inf", "--rtol", "Inf"),
		compare("an rtol beyond numbers", petri.Invalid, "1e999", "--rtol", "1e999"),
		compare("an rtol that is a word", petri.Invalid, "much", "--rtol", "much"),
		compare("a negative atol", petri.Invalid, "atol cannot be -0.5", "--atol", "-0.5"),
		compare("a broken pattern", petri.Invalid, `"out/[a" is no pattern of files: write one such as out/*.csv`, "--result", "out/[a"),
		compare("an empty pattern", petri.Invalid, `"" is no pattern of files`, "--result", ""),
		compare("a pattern from the root", petri.Invalid, `"/etc/*" is no pattern`, "--ignore", "/etc/*"),
		compare("an endless pattern", petri.Invalid, "is no pattern of files", "--ignore", "/"+strings.Repeat("*", 5000)),
		compare("an unknown word for stdout", petri.Invalid, `stdout cannot be "loud": it is rules, exact or ignore`, "--stdout", "loud"),
		compare("an empty key", petri.Invalid, "a key column has a name: write --key id", "--key", ""),
		compare("too many keys", petri.Invalid, "more than 1000 rules of one kind are too many", keys...),
		bad("compare: a run that is not there", petri.NotFound, "there is no run "+l.owner+"/churn#99", "compare", "99", "1"),
		bad("compare: a run that goes on", petri.Conflict, w.running+" cannot be compared: it is running", "compare", "1", w.running),
		bad("compare: a run that waits", petri.Conflict, w.queued+" cannot be compared: it is queued", "compare", w.queued, "1"),
		bad("compare: a run that never was", petri.Conflict, w.broken+" cannot be compared: it is error", "compare", "1", w.broken),
		bad("compare: a run of nobody", petri.NotFound, "there is no project nobody/churn", "compare", "1", "nobody/churn#1"),
		bad("compare: another's runs", petri.NotFound, "there is no project "+l.owner+"/churn", "compare", l.owner+"/churn#1", l.owner+"/churn#2").as(bob),
		bad("compare: by rules that are broken", petri.Invalid, "petri.toml, line 1", "compare", "1", "1").where("other"),
		badLocal("compare: run zero", "is not a run reference", "compare", "0", "1"),
		badLocal("compare: a run beyond numbers", "is not a run reference", "compare", "1", strings.Repeat("9", 40)),
		badLocal("compare: a run of control characters", "is not a run reference", "compare", "1", "\x1b[2J"),
		badLocal("compare: one run", "accepts 2 arg(s), received 1", "compare", "1"),
		badLocal("compare: three runs", "accepts 2 arg(s), received 3", "compare", "1", "2", "3"),
	}
}

// badChecks are calls of checks, and acceptances, that cannot be.
func badChecks(l *lab, w studyWorld, bob []string) []badCase {
	accept := func(name string, kind petri.Kind, says string, args ...string) badCase {
		return bad("accept: "+name, kind, says, append([]string{"check", "--accept"}, args...)...)
	}
	check := func(name string, kind petri.Kind, says string, args ...string) badCase {
		return bad("check: "+name, kind, says, append([]string{"check"}, args...)...)
	}
	unknown := func(name, check string) badCase {
		c := bad("check: "+name, petri.NotFound, "there is no check", "check", check)
		return c.noRequest()
	}
	cases := []badCase{
		unknown("an unknown one", "weather"), unknown("an empty name", ""), unknown("a name that climbs", "../forecast"),
		unknown("a name of control characters", "\x1b[2J"), unknown("a name in other letters", "forec\u0430st"), unknown("an endless name", strings.Repeat("n", 100_000)),
		check("at a commit, an unknown one", petri.NotFound, "there is no check \"weather\" in petri.toml; there are: forecast, nothing, never-run", "weather", "--commit", "head"),
		check("none declared", petri.Invalid, "declares no checks; add one under [[check]]").where("empty").noRequest(),
		check("a broken petri.toml at the head", petri.Invalid, "petri.toml, line 1, column", "--project", "other", "--commit", "head"),
		bad("checks: a broken petri.toml at the head", petri.Invalid, "petri.toml, line 1, column", "checks").where("other"),
		check("an archived project", petri.Conflict, "gone is archived: bring it back with petri project unarchive").where("gone").noRequest(),
		check("no environment", petri.Conflict, "bare has no environment").where("bare"),
		check("an unknown environment", petri.NotFound, "there is no environment "+l.owner+"/none", "--env", "none"),
		check("a revision that failed", petri.Conflict, "its build failed", "--env", "r@3"),
		check("a revision that is being built", petri.Conflict, "it is building", "--env", "r@4"),
		check("a revision that was cancelled", petri.Conflict, "its build was cancelled", "--env", "r@6"),
		check("an environment without an active revision", petri.Conflict, "fresh has no active revision", "--env", "fresh"),
		check("a commit that is not there", petri.NotFound, "no commit", "--commit", "0123456789abcdef"),
		check("a commit that is none", petri.Invalid, `"main" is not a commit`, "--commit", "main").noRequest(),
		check("a baseline of another project", petri.Invalid, "gone#1 is not a run of project "+l.owner+"/churn", "forecast", "--baseline", "gone#1"),
		check("a baseline that is not there", petri.NotFound, "there is no run "+l.owner+"/churn#99", "forecast", "--baseline", "99"),
		check("a baseline that goes on", petri.Conflict, w.running+" cannot be a baseline: it is running", "forecast", "--baseline", w.running),
		check("a baseline that was stopped", petri.Conflict, w.stopped+" cannot be a baseline: it is stopped", "forecast", "--baseline", w.stopped),
		check("a baseline of all", petri.Invalid, "can be the baseline of one check, and 3 are to be run: name the one", "--baseline", "1"),
		check("a baseline that is a word", petri.Invalid, "is not a run reference", "forecast", "--baseline", "best").noRequest(),
		check("a note without acceptance", petri.Invalid, "--note and --run go with --accept", "--note", "x").noRequest(),
		check("a report in no folder", petri.Invalid, "the report cannot be written…nothing was run", "forecast", "--junit", "none/report.xml").noRequest(),
		check("a report over a folder", petri.Invalid, "the report cannot be written…nothing was run", "forecast", "--junit", ".").noRequest(),
		check("a report where nobody writes", petri.Invalid, "the report cannot be written…nothing was run", "forecast", "--junit", "/proc/report.xml").noRequest(),
		check("a report that nobody waits for", petri.Invalid, "--detach does not wait", "forecast", "--junit", "x.xml", "--detach").noRequest(),
		check("somebody else's project", petri.NotFound, "there is no project "+l.owner+"/churn", "forecast", "--project", l.owner+"/churn", "--commit", "head").as(bob),

		accept("no note", petri.Invalid, "A baseline changes only with a note", "forecast").noRequest(),
		accept("a blank note", petri.Invalid, "A baseline changes only with a note", "forecast", "--note", " \t").noRequest(),
		accept("an endless note", petri.Invalid, "the note is longer than 4096 bytes", "forecast", "--note", strings.Repeat("n", 5000)),
		accept("a note that is no text", petri.Invalid, "the note holds bytes that are not UTF-8", "forecast", "--note", "\xff").noRequest(),
		accept("a run of another check", petri.Invalid, l.owner+"/churn#1 is a result of check forecast, not of never-run", "never-run", "--run", "1", "--note", "x"),
		accept("a run that goes on", petri.Conflict, w.running+" cannot be a baseline: it is running", "forecast", "--run", w.running, "--note", "x"),
		accept("a run that waits", petri.Conflict, w.queued+" cannot be a baseline: it is queued", "forecast", "--run", w.queued, "--note", "x"),
		accept("a run that was stopped", petri.Conflict, "it is stopped", "forecast", "--run", w.stopped, "--note", "x"),
		accept("a run that never was", petri.Conflict, "it is error", "forecast", "--run", w.broken, "--note", "x"),
		accept("a run of another project", petri.Invalid, "gone#1 is not a run of project", "forecast", "--run", "gone#1", "--note", "x"),
		accept("a run that is not there", petri.NotFound, "there is no run", "forecast", "--run", "99", "--note", "x"),
		accept("one run for two", petri.Invalid, "Name one check", "forecast", "nothing", "--run", "1", "--note", "x").noRequest(),
		accept("what is the baseline already", petri.Conflict, "churn#1 is the baseline of check forecast already", "forecast", "--note", "x"),
		accept("what never ran", petri.NotFound, "check never-run of project "+l.owner+"/churn has no result yet: run it with petri check never-run", "never-run", "--note", "x"),
		accept("a check that nobody declares", petri.NotFound, `there is no check "weather" in petri.toml; there are: forecast`, "weather", "--run", "2", "--note", "x"),
		accept("a hostile name", petri.Invalid, "cannot name a check", "a/../b", "--run", "2", "--note", "x"),
		accept("with a report", petri.Invalid, "--accept runs nothing", "forecast", "--note", "x", "--junit", "y").noRequest(),
		accept("somebody else's", petri.NotFound, "there is no project", "forecast", "--note", "x", "--project", l.owner+"/churn").as(bob),
		bad("checks: history of an unknown one", petri.NotFound, `there is no check "weather" in petri.toml; there are: forecast`, "checks", "weather", "--history"),
		bad("checks: history of a hostile name", petri.Invalid, "cannot name a check", "checks", "../x", "--history"),
		bad("checks: of an unknown project", petri.NotFound, "there is no project", "checks", "--project", "none"),
	}
	return append(cases, badStudyRefs("check", []string{"checks"}, "4", "trial-3")...)
}

// badStudyRefs are references to studies of a kind that mean nothing, something else, or what has ended.
func badStudyRefs(kind string, command []string, done, another string) []badCase {
	ask := func(name string, how petri.Kind, says, verb, ref string) badCase {
		return bad(kind+" "+verb+": "+name, how, says, append(append([]string{}, command...), verb, ref)...)
	}
	var cases []badCase
	for _, verb := range []string{"show", "stop", "resume"} {
		cases = append(cases,
			ask("of another kind", petri.Invalid, "is no "+kind+": write its number, or "+kind+"-12", verb, another).noRequest(),
			ask("another kind's number", petri.NotFound, "there is no "+kind+"-", verb, another[strings.Index(another, "-")+1:]),
			ask("not there", petri.NotFound, "there is no "+kind+"-99", verb, "99"),
			ask("hostile", petri.Invalid, "is no "+kind, verb, "../../"+kind+"-1").noRequest(),
		)
	}
	for _, ref := range []string{"", "0", kind + "-0", kind + "-", "1e3", "01", strings.Repeat("9", 30), "\x1b[2J", kind + "-1\n"} {
		cases = append(cases, ask("written "+ref, petri.Invalid, "is no "+kind, "show", ref).noRequest())
	}
	return append(cases,
		ask("what has ended", petri.Conflict, kind+"-"+done+" has ended", "stop", done),
		ask("what is done", petri.Conflict, kind+"-"+done+" is done: there is nothing to go on with", "resume", done))
}

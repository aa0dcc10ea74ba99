package main

import (
	"strings"

	"github.com/petri-dev/petri"
)

// badTrials are trials, promotions and bisections that cannot be.
func badTrials(l *lab, w studyWorld, bob []string) []badCase {
	try := func(name string, kind petri.Kind, says string, args ...string) badCase {
		return bad("trial: "+name, kind, says, append([]string{"env", "trial"}, args...)...)
	}
	promote := func(name string, kind petri.Kind, says string, args ...string) badCase {
		return bad("promote: "+name, kind, says, append([]string{"env", "promote"}, args...)...)
	}
	cases := []badCase{
		try("one that failed", petri.Conflict, "r@3 cannot be tried: …failed to build", "r@3"),
		try("one that is being built", petri.Conflict, "r@4 cannot be tried: …it is building", "r@4"),
		try("one that waits", petri.Conflict, "r@5 cannot be tried: …it is queued", "r@5"),
		try("one that was cancelled", petri.Conflict, "r@6 cannot be tried: …was cancelled", "r@6"),
		try("the active one", petri.Conflict, "r@1 is the active revision already: there is nothing to try", "r@1"),
		try("one that is not there", petri.NotFound, "there is no revision", "r@99"),
		try("one of an archived environment", petri.Conflict, "old is archived", "old@2"),
		try("where nothing is active", petri.Conflict, "fresh@1 cannot be tried", "fresh@1"),
		try("one that is tried already", petri.Conflict, "trial-6 of "+l.owner+"/busy@2 is under way: follow it with petri env trial show trial-6", "busy@2"),
		try("on a project that does not use it", petri.NotFound, "slow is no project that uses "+l.owner+"/r", "r@2", "--project", "slow"),
		try("on a project that is not there", petri.NotFound, "none is no project that uses", "r@2", "--project", "none"),
		try("on a project with an odd name", petri.Invalid, "cannot name a project", "r@2", "--project", "My Project"),
		try("no runs at once", petri.Invalid, "-1 runs at once cannot be: ask for 1 to 64", "r@2", "--parallel", "-1"),
		try("absurdly many runs at once", petri.Invalid, "100000 runs at once cannot be", "r@2", "--parallel", "100000"),
		try("by a stranger", petri.Denied, "only "+l.owner, l.owner+"/r@2").as(bob),
		bad("trial: stopped by a stranger", petri.Denied, "only "+l.owner, "env", "trial", "stop", "trial-6").as(bob),

		promote("without a trial", petri.Conflict, "projects follow "+l.owner+"/r: no trial was made of it; find out…--anyway", "r@2"),
		promote("one that failed, anyway", petri.Conflict, "r@3 cannot become active: …failed to build", "r@3", "--anyway"),
		promote("one that is being built, anyway", petri.Conflict, "r@4 cannot become active: …it is building", "r@4", "--anyway"),
		promote("one that waits, anyway", petri.Conflict, "r@5 cannot become active: …it is queued", "r@5", "--anyway"),
		promote("one that was cancelled, anyway", petri.Conflict, "r@6 cannot become active: …was cancelled", "r@6", "--anyway"),
		promote("one that is not there, anyway", petri.NotFound, "there is no revision", "r@99", "--anyway"),
		promote("while its trial goes on", petri.Conflict, "busy", "busy@2"),
		promote("by a stranger, anyway", petri.Denied, "only "+l.owner, l.owner+"/r@2", "--anyway").as(bob),
	}
	bisect := func(name string, kind petri.Kind, says, check, good, wrong string, more ...string) badCase {
		return bad("bisect: "+name, kind, says, append([]string{"env", "bisect", check, "--good", good, "--bad", wrong}, more...)...)
	}
	cases = append(cases,
		bisect("good and bad at once", petri.Invalid, "r@2 cannot be both good and bad: name two revisions", "forecast", "r@2", "r@2"),
		bisect("a good one that failed", petri.Conflict, "nothing can run in "+l.owner+"/r@3: …failed", "forecast", "r@3", "r@1"),
		bisect("a bad one that is being built", petri.Conflict, "nothing can run in "+l.owner+"/r@4", "forecast", "r@1", "r@4"),
		bisect("a bad one that was cancelled", petri.Conflict, "nothing can run in "+l.owner+"/r@6", "forecast", "r@1", "r@6"),
		bisect("one that is not there", petri.NotFound, "there is no revision", "forecast", "r@1", "r@99"),
		bisect("an unknown check", petri.NotFound, `there is no check "weather" in petri.toml; there are: forecast`, "weather", "r@1", "r@2"),
		bisect("a hostile check", petri.NotFound, "there is no check", "../\x1b[2J", "r@1", "r@2"),
		bisect("a check without end", petri.NotFound, "there is no check", strings.Repeat("c", 100_000), "r@1", "r@2"),
		bisect("a project without commits", petri.Conflict, "empty has no commit yet: push its files first", "forecast", "r@1", "r@2", "--project", "empty"),
		bisect("an archived project", petri.Conflict, "gone is archived", "forecast", "r@1", "r@2", "--project", "gone"),
		bisect("a project that is not there", petri.NotFound, "there is no project", "forecast", "r@1", "r@2", "--project", "none"),
		bisect("a broken petri.toml at the head", petri.Invalid, "petri.toml, line 1", "forecast", "r@1", "r@2", "--project", "other"),
		bisect("an unknown environment", petri.NotFound, "there is no environment", "forecast", "none@1", "none@2"),
		bisect("no number", petri.Invalid, "say which revision", "forecast", "r", "r@2").noRequest(),
		bisect("by a stranger", petri.NotFound, "there is no project", "forecast", l.owner+"/r@1", l.owner+"/r@2", "--project", l.owner+"/churn").as(bob),
	)
	cases = append(cases, badStudyRefs("trial", []string{"env", "trial"}, "3", "check-4")...)
	return append(cases, badStudyRefs("bisection", []string{"env", "bisect"}, "5", "reproduction-2")...)
}

// badReproductions are runs that cannot be reproduced, or not so.
func badReproductions(l *lab, w studyWorld, bob []string) []badCase {
	again := func(name string, kind petri.Kind, says string, args ...string) badCase {
		return bad("reproduce: "+name, kind, says, append([]string{"reproduce"}, args...)...)
	}
	cases := []badCase{
		again("a run that goes on", petri.Conflict, w.running+" has not ended, it is running: wait for it", w.running),
		again("a run that waits", petri.Conflict, w.queued+" has not ended, it is queued", w.queued),
		again("a run that was stopped", petri.Conflict, w.stopped+" cannot be reproduced: it did not come to its own end, its status is stopped", w.stopped),
		again("a run that never was", petri.Conflict, w.broken+" cannot be reproduced", w.broken),
		again("a run that is not there", petri.NotFound, "there is no run", "99"),
		again("a run of an archived project", petri.Conflict, "gone is archived", "gone#1"),
		again("no times", petri.Invalid, "cannot be reproduced 0 times", "1", "--times", "0").noRequest(),
		again("fewer than no times", petri.Invalid, "cannot be reproduced -1 times", "1", "--times", "-1").noRequest(),
		again("too many times", petri.Invalid, "cannot be reproduced 100000 times at once: ask for 1 to 100", "1", "--times", "100000"),
		again("times beyond numbers", petri.Invalid, "99999999999999999999", "1", "--times", "99999999999999999999").noRequest(),
		again("a negative rtol", petri.Invalid, "rtol cannot be -1", "1", "--rtol", "-1").noRequest(),
		again("an rtol that is no number", petri.Invalid, "rtol cannot be NaN", "1", "--rtol", "NaN").noRequest(),
		again("an endless atol", petri.Invalid, "atol cannot be +Inf", "1", "--atol", "Inf").noRequest(),
		again("an unknown word for stdout", petri.Invalid, `stdout cannot be "loud"`, "1", "--stdout", "loud").noRequest(),
		again("a broken pattern", petri.Invalid, "is no pattern of files", "1", "--ignore", "[").noRequest(),
		again("somebody else's run", petri.NotFound, "there is no project "+l.owner+"/churn", l.owner+"/churn#1").as(bob),
		again("a run that is a word", petri.Invalid, "is not a run reference", "first").noRequest(),
		bad("metric: outside of a run", petri.Invalid, "petri metric works inside a run only", "metric", "auc", "1").noRequest(),
	}
	return append(cases, badStudyRefs("reproduction", []string{"reproduce"}, "2", "check-1")...)
}

// badQuestions are questions about packages that mean nothing.
func badQuestions() []badCase {
	ask := func(name, says, query string, more ...string) badCase {
		return bad("who-used: "+name, petri.Invalid, says, append([]string{"packages", "--who-used", query}, more...)...)
	}
	const none, long = "no package named: write a package's name, and versions where they matter", "what was asked for is too long for the server…ask in fewer words"
	return []badCase{
		ask("nothing", none, "").noRequest(), ask("blanks", none, "  \t ").noRequest(), ask("an operator", none, "<"), ask("operators", none, "<>=!=,,"),
		ask("versions of nothing", none, ">=1.0"), ask("no version", "no version after <", "scipy<"), ask("half a condition", `"" is no condition: it begins with one of ==`, "scipy<1.8,"),
		ask("an unknown operator", "scipy", "scipy<><1.8"), ask("an unknown ecosystem", `"moon" is no ecosystem: use apk, conda`, "moon:scipy"), ask("an ecosystem alone", none, "r:"),
		ask("no ecosystem", `"" is no ecosystem`, ":scipy"), ask("control characters", `"sci\x1b[2Jpy" cannot name a package`, "sci\x1b[2Jpy"), ask("what is no text", "the question holds bytes that are not UTF-8", "sci\xffpy"),
		ask("a long name", "a question about a package has at most 500 bytes", strings.Repeat("n", 10_000)), ask("an endless name", long, strings.Repeat("n", 100_000)).noRequest(),
		ask("endless conditions", long, "scipy"+strings.Repeat("<1,", 20_000)+"<1").noRequest(), ask("many conditions", "a question about a package has at most 500 bytes", "scipy"+strings.Repeat("<1,", 2_000)+"<1"),
		ask("an endless version", long, "scipy<"+strings.Repeat("1.", 40_000)+"1").noRequest(), ask("a negative limit", "a list cannot show -1 at most: ask for 1 to 1000", "scipy", "--limit", "-1").noRequest(),
		ask("an absurd limit", "a list cannot show 1000000 at most", "scipy", "--limit", "1000000").noRequest(), ask("before a word", "is not a run reference", "scipy", "--before", "then").noRequest(),
		bad("who-used: before what is not there", petri.NotFound, "there is no run", "packages", "--who-used", "scipy", "--before", "99"),
		bad("who-used: of a run", petri.Invalid, "--who-used asks about all runs", "packages", "1", "--who-used", "scipy").noRequest(),
		bad("who-used: a limit of a run", petri.Invalid, "--limit is for --who-used only", "packages", "1", "--limit", "5").noRequest(),
	}
}

package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
)

// TestBadStudyRequests: what only a program that means ill would ask of studies and comparisons; and
// what is odd, but has an answer.
func TestBadStudyRequests(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--builds", "1", "--cpus", "16", "--memory", "16g")
	w := l.studyWorld()
	cases := append(badStudyBodies(l), badStudyQueries(l)...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l.T = t
			before := l.snapshot()
			status, e := l.send(t, c)
			t.Logf("%d %s: %.300s", status, e.Kind, e.Message)
			if petri.Kind(e.Kind) != c.kind || !inOrder(e.Message, c.says) || e.RequestID == "" || len(e.Message) > 2000 {
				t.Errorf("got %d %+v, want %s %q", status, e, c.kind, c.says)
			}
			same(t, "the server", before, l.snapshot())
		})
	}
	l.T = t
	t.Logf("%d cases", len(cases))
	l.petri("", "stop", w.queued) // it waits for the whole machine, and others behind it
	l.oddStudies()
	l.alive()
}

func badStudyBodies(l *lab) []badRequest {
	post := func(name, path, body, says string) badRequest {
		return badRequest{name, "POST " + path, body, nil, petri.Invalid, says}
	}
	const checks, accept, again, trials, bisections = "projects/~/churn/checks", "projects/~/churn/checks/forecast/accept", "projects/~/churn/runs/1/reproductions", "environments/~/r/revisions/2/trials", "environments/~/r/bisections"
	return []badRequest{
		post("names that are no list", checks, `{"names":"forecast"}`, "names"),
		{"a name of NUL", "POST " + checks, `{"names":["a\u0000"]}`, nil, petri.NotFound, `there is no check "a\x00" in petri.toml; there are: forecast`},
		post("an unknown key", checks, `{"names":["forecast"],"colour":"red"}`, "colour"),
		post("half a call", checks, `{"names":[`, "malformed"),
		post("an origin that is none", checks, `{"names":["forecast"],"origin":"moon"}`, "origin"),
		post("a baseline that is no run", checks, `{"names":["forecast"],"baseline":"#"}`, "is not a run reference"),
		post("an environment that is none", checks, `{"names":["forecast"],"environment":"a/b/c@1"}`, "too many parts"),
		post("acceptance without a note", accept, `{"run":"1"}`, "note"),
		post("acceptance with a note of NUL", accept, `{"run":"2","note":"a\u0000"}`, "NUL"),
		post("acceptance of a hostile check", "projects/~/churn/checks/..%2F..%2Fetc/accept", `{"note":"x"}`, "cannot name a check"),
		post("fewer times than none", again, `{"times":-1}`, "times"),
		post("times beyond bounds", again, `{"times":100000}`, "100"),
		post("times that are no whole number", again, `{"times":1.5}`, "times"),
		post("times beyond numbers", again, `{"times":99999999999999999999}`, "times"),
		post("a tolerance below none", again, `{"times":1,"rules":{"rtol":-1}}`, "rtol cannot be -1"),
		post("a tolerance beyond numbers", again, `{"times":1,"rules":{"rtol":1e999}}`, "the request is malformed: …number 1e999"),
		post("a word for stdout", again, `{"times":1,"rules":{"stdout":"loud"}}`, "stdout"),
		post("a broken pattern", again, `{"times":1,"rules":{"ignore":["["]}}`, "is no pattern of files"),
		post("an origin of a reproduction", again, `{"times":1,"origin":"moon"}`, "origin"),
		post("an origin of a trial", trials, `{"origin":"moon"}`, "origin"),
		post("a project of a trial", trials, `{"projects":["../x"]}`, "cannot name"),
		post("runs at once beyond bounds", trials, `{"parallel":1000000}`, "1 to 64"),
		post("a trial that is a list", trials, `[]`, "malformed"),
		post("an origin of a bisection", bisections, `{"project":"churn","check":"forecast","good":1,"bad":2,"origin":"moon"}`, "origin"),
		post("a bisection from nothing", bisections, `{"project":"churn","check":"forecast","good":0,"bad":2}`, "which revisions of "+l.owner+"/r? Name a good and a bad one"),
		post("a bisection from below", bisections, `{"project":"churn","check":"forecast","good":-1,"bad":2}`, "which revisions of "+l.owner+"/r? Name a good and a bad one"),
		post("a bisection of nothing", bisections, `{}`, "project"),
		{"a trial of revision zero", "POST environments/~/r/revisions/0/trials", "{}", nil, petri.Invalid, "revision"},
		{"stop what is no study", "POST studies/moon-1/stop", "", nil, petri.Invalid, "moon-1"},
		{"resume what is not there", "POST studies/trial-99/resume", "", nil, petri.NotFound, "there is no trial-99"},
	}
}

func badStudyQueries(l *lab) []badRequest {
	get := func(name string, kind petri.Kind, path, says string) badRequest {
		return badRequest{name, "GET " + path, "", nil, kind, says}
	}
	ab := "?a=churn%231&b=churn%232"
	picture := func(name string, kind petri.Kind, path, says string) badRequest {
		return get("picture of "+name, kind, "compare/picture"+ab+"&path="+url.QueryEscape(path), says)
	}
	asked := func(name, query, says string) badRequest {
		return get("who-used: "+name, petri.Invalid, "packages/who-used?q="+url.QueryEscape(query), says)
	}
	return []badRequest{
		get("a study that is none", petri.Invalid, "studies/moon-1", "moon-1"),
		get("a study without a number", petri.Invalid, "studies/trial-", "trial-"),
		get("a study of NUL", petri.Invalid, "studies/%00", "study"),
		get("a study of a path", petri.Invalid, "studies/..%2F..%2Fetc", "study"),
		get("a study beyond numbers", petri.Invalid, "studies/trial-99999999999999999999", "trial"),
		get("a study of another kind", petri.NotFound, "studies/trial-1", "there is no trial-1"),
		get("a study's events, not there", petri.NotFound, "studies/check-99/events", "there is no check-99"),
		get("trials of a revision below none", petri.Invalid, "environments/~/r/trials?candidate=-1", "candidate"),
		get("reproductions of a run not there", petri.NotFound, "projects/~/churn/runs/99/reproductions", "there is no run"),
		get("baselines of a hostile name", petri.Invalid, "projects/~/churn/checks/%1b%5b2J/baselines", "cannot name a check"),

		get("compare with nothing", petri.Invalid, "compare", "query.a"),
		get("compare with one", petri.Invalid, "compare?a=churn%231", "query.b"),
		get("compare with NUL", petri.Invalid, "compare?a=%00&b=%00", "is not a run reference"),
		get("an rtol of letters", petri.Invalid, "compare"+ab+"&rtol=abc", "rtol"),
		get("an rtol of NaN", petri.Invalid, "compare"+ab+"&rtol=NaN", "rtol cannot be NaN"),
		get("an rtol below none", petri.Invalid, "compare"+ab+"&rtol=-1", "rtol cannot be -1"),
		get("a pattern that is broken", petri.Invalid, "compare"+ab+"&result=%5B", "is no pattern of files"),
		get("more keys than anyone has", petri.Invalid, "compare"+ab+strings.Repeat("&key=k", 1100), "too many"),
		get("stdout by another word", petri.Invalid, "compare"+ab+"&stdout=loud", "stdout cannot be"),
		picture("what is no picture", petri.Invalid, "out/a.csv", `no picture of how "out/a.csv" differs can be drawn: it is neither PNG, JPEG nor GIF`),
		picture("a text named as one", petri.NotFound, "out/plot.png", "there is no file out/plot.png"),
		picture("nothing", petri.NotFound, "", "there is no file"),
		picture("what is above", petri.NotFound, "../../etc/passwd", "there is no file"),
		picture("what is elsewhere", petri.NotFound, "/etc/passwd", "there is no file"),
		picture("NUL", petri.NotFound, "a\x00b.png", "there is no file"),
		picture("a folder", petri.NotFound, "out", "there is no file"),

		asked("nothing", "", "query.q"), asked("NUL", "sci\x00py", "cannot name a package"), asked("blanks", " \t\n", "no package named"),
		asked("a new line", "sci\npy", "cannot name a package"), asked("what is turned round", "sci\u202epy", "cannot name a package"),
		get("who-used: what is no text", petri.Invalid, "packages/who-used?q=%ff%fe", "UTF-8"),
		get("who-used: a limit below none", petri.Invalid, "packages/who-used?q=scipy&limit=-1", "limit"),
		get("who-used: before nothing", petri.Invalid, "packages/who-used?q=scipy&before=%23", "is not a run reference"),
	}
}

// oddStudies have an answer that is no success, and say so.
func (l *lab) oddStudies() {
	l.Helper()
	for _, c := range []struct {
		name string
		call call
		code int
		says string
	}{
		{"a check whose files match nothing", call{in: "churn", args: []string{"check", "nothing"}}, 2, "nothing…trouble…match"},
		{"a trial without dependents", call{args: []string{"env", "trial", "lonely@2"}}, 0, "lonely@2 is safe: nothing depends on"},
		{"a bisection from a newer good one", call{in: "churn", args: []string{"env", "bisect", "forecast", "--good", "r@2", "--bad", "r@1"}}, 1, ""},
		{"a check named twice runs once", call{in: "churn", args: []string{"check", "forecast", "forecast", "--json"}}, 0, `"forecast"`},
		{"a run compared with itself", call{in: "churn", args: []string{"compare", "2", "2"}}, 0, "same"},
		{"a package that nobody knows", call{args: []string{"packages", "--who-used", "\u0455\u0441ipy"}}, 0, "No run that you may see used"},
		{"a pattern that matches nothing", call{in: "churn", args: []string{"compare", "1", "2", "--result", "none/*.csv"}}, 0, "same…No result file of either run matches --result; see them with: petri results"},
	} {
		out := l.call(c.call)
		l.Logf("%s: %d %s", c.name, out.code, out.stdout)
		if out.code != c.code || !inOrder(out.stdout+out.stderr, c.says) {
			l.Errorf("%s: code %d, %q %q; want %d, %q", c.name, out.code, out.stdout, out.stderr, c.code, c.says)
		}
	}
}

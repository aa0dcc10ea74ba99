package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/petri-dev/petri"
)

func badRun(name string, kind petri.Kind, says string, flags ...string) badCase {
	return bad(name, kind, says, append(append([]string{"run"}, flags...), "--", "true")...).in125()
}

// badRuns are runs that cannot be, and what cannot be done to runs.
func badRuns(l *lab) []badCase {
	local := func(name, says string, flags ...string) badCase {
		return badRun(name, petri.Invalid, says, flags...).noRequest()
	}
	return []badCase{
		local("negative CPUs", "cannot run with -1 CPUs: ask for 0.01 to", "--cpus", "-1"),
		local("no CPUs", "cannot run with 0 CPUs", "--cpus", "0"),
		local("CPUs that are no number", "NaN CPUs", "--cpus", "NaN"),
		local("endless CPUs", "cannot run with", "--cpus", "Inf"),
		badRun("more CPUs than there are", petri.Invalid, "asks for 5 CPUs and this machine has 4 for runs: ask for fewer with --cpus", "--cpus", "5"),
		local("negative memory", `"-1g" is not a size: write`, "--memory", "-1g"),
		local("memory without sense", `"lots" is not a size`, "--memory", "lots"),
		local("hardly any memory", "ask for at least 6m", "--memory", "1k"),
		badRun("more memory than there is", petri.Invalid, "asks for 9 GiB of memory and this machine has 8 GiB for runs: ask for less with --memory", "--memory", "9g"),
		local("negative GPUs", "cannot run with -1 GPUs", "--gpus", "-1"),
		local("absurd GPUs", "cannot run with 65 GPUs", "--gpus", "65"),
		badRun("a GPU where there is none", petri.Invalid, "asks for --gpus 1 and this machine has 0 for runs", "--gpus", "1"),
		local("a negative time limit", "is not a duration", "--timeout", "-1s"),
		local("a time limit without sense", `"soon" is not a duration: write`, "--timeout", "soon"),
		local("an absurd time limit", "up to a year", "--timeout", "999999h"),
		local("no time at all", `"0s" is not a duration`, "--timeout", "0s"),
		local("an unknown network", `"host" is not a network: use none or default`, "--network", "host"),
		local("a variable twice", "given twice", "--var", "A=1", "--var", "A=2"),
		local("a variable that is Petri's", "Petri's own", "--var", "PETRI_RUN=7"),
		local("a tag that is too long", "a tag has 1 to 64 bytes", "--tag", strings.Repeat("x", 65)),
		local("a commit that is none", `"main" is not a commit: write head, or at least four digits of its id`, "--commit", "main"),
		badRun("a commit that is not there", petri.NotFound, "no commit", "--commit", "0123456789abcdef"),
		badRun("an ambiguous prefix", petri.Conflict, l.twinsPrefix, "--commit", l.twinsPrefix),
		badRun("an unknown environment", petri.NotFound, "there is no environment "+l.owner+"/none", "--env", "none"),
		badRun("an unknown revision", petri.NotFound, "there is no revision", "--env", "r@99"),
		badRun("a revision that is being built", petri.Conflict, "nothing can run in "+l.owner+"/r@3 yet: it is building; follow it with petri env log", "--env", "r@3"),
		badRun("a revision that failed", petri.Conflict, "nothing can run in "+l.owner+"/r@2: its build failed; see petri env log", "--env", "r@2"),
		badRun("a revision that was cancelled", petri.Conflict, "nothing can run in "+l.owner+"/r@4: its build was cancelled; start it again with petri env build", "--env", "r@4"),
		badRun("an environment without an active revision", petri.Conflict, "fresh has no active revision", "--env", "fresh"),
		badRun("an archived environment", petri.Conflict, "old is archived", "--env", "old"),
		local("another project's folder", "this is not the folder of gone; say which of its commits to run", "--project", "gone"),
		badRun("a run in an archived project", petri.Conflict, "gone is archived…petri project unarchive", "--project", "gone", "--commit", "head"),
		badRun("a run of a project without commits", petri.Conflict, "has no commit yet: push its files first, with petri push", "--project", "empty", "--commit", "head", "--env", "r"),
		badLocal("a run without a command", "no command given: write it after --", "run", "--").in125(),
		badLocal("a run of an empty command", "no command given", "run", "--", "").in125(),
		badLocal("an unknown flag", "unknown flag: --ram; see: petri run --help", "run", "--ram", "4g", "--", "true").in125(),
		badLocal("a command that is not UTF-8", "the command holds bytes that are not UTF-8", "run", "--", "echo", "\xff").in125(),
		bad("stop a finished run", petri.Conflict, "churn#1 has ended", "stop", "1"),
		bad("rerun a run that goes on", petri.Conflict, "churn#3 has not ended, it is running: wait for it or stop it", "rerun", "3").in125(),
		bad("rerun an unknown run", petri.NotFound, "there is no run", "rerun", "99").in125(),
		bad("rerun in an unknown environment", petri.NotFound, "there is no environment", "rerun", "1", "--env", "none").in125(),
		bad("rerun in a revision that failed", petri.Conflict, "its build failed", "rerun", "1", "--env", "r@2").in125(),
		bad("record of a run that goes on", petri.Conflict, "churn#3", "record", "3"),
		bad("verify a run that goes on", petri.Conflict, "churn#3", "record", "3", "--verify"),
		bad("compare with a run that goes on", petri.Conflict, "churn#3…running", "compare", "1", "3"),
		bad("results of a run that goes on", petri.Conflict, "churn#3 has no results yet: it is running", "results", "3").noRequest(),
		bad("adopt from a run that goes on", petri.Conflict, "churn#3 has no results yet: it is running", "results", "3", "adopt"),
		bad("packages of a run that goes on", petri.Conflict, "churn#4", "packages", "4"),
		badLocal("results eaten", `"eat" is nothing to do with results: use ls, cat, pull, adopt`, "results", "1", "eat"),
		badLocal("an unknown state", `"happy" is not a state of a run`, "runs", "--status", "happy"),
		badLocal("logs since ever", `"ever" is not a time: write 10m`, "logs", "1", "--since", "ever"),
	}
}

const goodSettings = "project = \"churn\"\nenvironment = \"r\"\n"

// badFolders are folders that are no project's, or whose petri.toml is broken.
func badFolders(l *lab) []badCase {
	settings := func(name, says, text string) badCase {
		return badLocal(name, says, "status").with(map[string]string{"petri.toml": text})
	}
	empty := map[string]string{"readme": "no project"}
	none := badLocal("no project's folder", "there is no petri.toml here or above", "push").with(empty)
	none.kind = petri.NotFound
	noRun := badLocal("a run in no project's folder", "there is no petri.toml here or above…petri init", "run", "--", "true").with(empty).in125()
	noRun.kind = petri.NotFound
	clone := bad("clone over files", petri.Conflict, "cannot clone into full: it is not empty; name another folder", "clone", "churn", "full").with(map[string]string{"full/x": "mine"})
	clone.local = true
	return []badCase{
		none, noRun, clone,
		badLocal("a run's number in no project's folder", "run 1 of which project?", "show", "1").with(empty),
		settings("a broken petri.toml", "petri.toml, line 2, column", "project = \"churn\"\nenvironment = r@4\n"),
		settings("an unknown key", `petri.toml, line 5: Petri knows no setting "run.memroy"`, goodSettings+"\n[run]\nmemroy = \"4g\"\n"),
		settings("an unknown table", `Petri knows no setting "rum"`, goodSettings+"[rum]\nx = 1\n"),
		settings("a key of another type", "petri.toml, line 1", "project = 7\n"),
		settings("no project in petri.toml", "does not say which project this is; add a line such as: project", "environment = \"r\"\n"),
		settings("a malformed project in petri.toml", "petri.toml: project: …cannot name a project", "project = \"My Project\"\n"),
		settings("a malformed size in petri.toml", `petri.toml: run.memory: "much" is not a size`, goodSettings+"[run]\nmemory = \"much\"\n"),
		settings("a petri.toml that is no text", "petri.toml", "\x00\x01\xff"),
		bad("push to a project that is not there", petri.NotFound, "there is no project "+l.owner+"/none", "push").with(map[string]string{"petri.toml": "project = \"none\"\n"}),
		bad("status of a project that is not there", petri.NotFound, "there is no project "+l.owner+"/none", "log").with(map[string]string{"petri.toml": "project = \"none\"\n"}),
		bad("pull what has no commit", petri.NotFound, "empty has no commit yet; make the first with: petri push", "pull").with(map[string]string{"petri.toml": "project = \"empty\"\n"}).noRequest(),
		bad("push to an archived project", petri.Conflict, "gone is archived: bring it back with petri project unarchive", "push").with(map[string]string{"petri.toml": "project = \"gone\"\n"}).noRequest(),
		bad("push from a folder that is based on nothing", petri.Conflict, "churn has a newer commit…get it first with: petri pull", "push").with(map[string]string{"petri.toml": goodSettings, "x": "new"}).noRequest(),
		bad("a run with changes in a revision that failed", petri.Conflict, "its build failed", "run", "--env", "r@2", "--", "true").with(map[string]string{"petri.toml": goodSettings, "x": "new"}).in125(),
	}
}

// badServers are servers that are not there, are none, or do not know the person.
func badServers(l *lab) []badCase {
	at := func(c badCase, env ...string) badCase {
		c.env = env
		return c
	}
	whoami := func(name string, kind petri.Kind, says string, env ...string) badCase {
		return at(bad(name, kind, says, "whoami"), env...)
	}
	here := "PETRI_URL=" + l.client.URL()
	target, err := url.Parse(l.client.URL())
	l.must(err)
	newer := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Set("Petri-API", "2")
	}}
	page := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>It works!</html>")) }
	missing := func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
	bob := "PETRI_TOKEN=" + l.user("bob")
	return []badCase{
		whoami("a client of another version", petri.Invalid, `speaks API "2", the server API 1; install the petri that belongs to the server`, "PETRI_URL="+l.serve(newer)),
		whoami("no server", petri.Unavailable, "no Petri server answers at http://127.0.0.1:1: start one with: petri server", "PETRI_URL=http://127.0.0.1:1", "PETRI_TOKEN=x").noRequest(),
		whoami("a server that does not exist", petri.Unavailable, "cannot reach the Petri server at http://petri.invalid", "PETRI_URL=http://petri.invalid", "PETRI_TOKEN=x").noRequest(),
		whoami("a page that is no Petri server", petri.Unavailable, "it is no Petri server", "PETRI_URL="+l.serve(http.HandlerFunc(page)), "PETRI_TOKEN=x").noRequest(),
		whoami("a server that knows no Petri", petri.Unavailable, "(404 Not Found) is no Petri server", "PETRI_URL="+l.serve(http.HandlerFunc(missing)), "PETRI_TOKEN=x").noRequest(),
		whoami("an address that is none", petri.Invalid, "is not the address of a server: write it as http://HOST:PORT", "PETRI_URL=nonsense").noRequest(),
		whoami("a wrong token", petri.Unauthenticated, "petri login", here, "PETRI_TOKEN=ptr_00000000000000000000000000000000"),
		whoami("a token that is none", petri.Unauthenticated, "petri login", here, "PETRI_TOKEN=hello"),
		whoami("no token", petri.Unauthenticated, "petri login", here, "PETRI_DATA=/nonexistent"),
		at(bad("another's private project", petri.NotFound, "there is no project "+l.owner+"/churn", "project", "show", l.owner+"/churn"), here, bob),
		at(bad("another's private environment", petri.NotFound, "there is no environment "+l.owner+"/old", "env", "show", l.owner+"/old"), here, bob),
		at(bad("another's environment, edited", petri.Denied, "only "+l.owner, "env", "edit", l.owner+"/r", "--env", "A=1"), here, bob),
		at(bad("another's environment, promoted", petri.Denied, "only "+l.owner, "env", "promote", l.owner+"/r@1"), here, bob),
		at(bad("an environment for another", petri.Denied, l.owner, "env", "create", l.owner+"/new", "--from", "debian:12"), here, bob),
		badLocal("an unknown command", `unknown command "rum"`, "rum"),
		badLocal("too few arguments", "accepts 2 arg(s), received 1; see: petri compare --help", "compare", "1"),
	}
}

func (l *lab) serve(h http.Handler) string {
	server := httptest.NewServer(h)
	l.Cleanup(server.Close)
	return server.URL
}

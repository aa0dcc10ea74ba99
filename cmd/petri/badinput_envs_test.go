package main

import (
	"strings"

	"github.com/petri-dev/petri"
)

func bad(name string, kind petri.Kind, says string, args ...string) badCase {
	return badCase{name: name, kind: kind, says: says, call: call{args: args}}
}

// badLocal is a case that is refused before the server is asked.
func badLocal(name, says string, args ...string) badCase {
	return badCase{name: name, kind: petri.Invalid, says: says, local: true, call: call{args: args}}
}

// badReferences name what is not there, or not of that sort, or nothing at all.
func badReferences(l *lab) []badCase {
	long := strings.Repeat("n", 64)
	return []badCase{
		bad("show an unknown environment", petri.NotFound, "there is no environment "+l.owner+"/none", "env", "show", "none"),
		bad("show an unknown revision", petri.NotFound, "there is no revision "+l.owner+"/r@99", "env", "show", "r@99"),
		bad("packages of an unknown environment", petri.NotFound, "there is no environment", "env", "packages", "none"),
		bad("log of an unknown revision", petri.NotFound, "there is no revision", "env", "log", "r@99"),
		bad("usage of an unknown environment", petri.NotFound, "there is no environment", "env", "usage", "none"),
		bad("diff with an unknown revision", petri.NotFound, "there is no revision", "env", "diff", "r@1", "r@99"),
		bad("edit an unknown environment", petri.NotFound, "there is no environment", "env", "edit", "none", "--env", "A=1"),
		bad("build an unknown revision", petri.NotFound, "there is no revision", "env", "build", "r@99"),
		bad("cancel an unknown revision", petri.NotFound, "there is no revision", "env", "cancel", "r@99"),
		bad("promote an unknown revision", petri.NotFound, "there is no revision", "env", "promote", "r@99"),
		bad("duplicate an unknown environment", petri.NotFound, "there is no environment", "env", "duplicate", "none", "copy"),
		bad("archive an unknown environment", petri.NotFound, "there is no environment", "env", "archive", "none"),
		bad("an environment of an unknown owner", petri.NotFound, "there is no environment nobody/r", "env", "show", "nobody/r"),
		bad("create for an unknown owner", petri.NotFound, "nobody", "env", "create", "nobody/x", "--from", "debian:12"),
		bad("show an unknown project", petri.NotFound, "there is no project "+l.owner+"/none", "project", "show", "none"),
		bad("clone an unknown project", petri.NotFound, "there is no project", "clone", "none"),
		bad("set an unknown environment", petri.NotFound, "there is no environment", "project", "set", "--env", "none"),
		bad("set an unknown revision", petri.NotFound, "there is no revision", "project", "set", "--env", "r@99"),
		bad("show an unknown run", petri.NotFound, "there is no run "+l.owner+"/churn#99", "show", "99"),
		bad("logs of an unknown run", petri.NotFound, "there is no run", "logs", "99"),
		bad("logs of a run of an unknown project", petri.NotFound, "there is no project", "logs", "none#1"),
		bad("stop an unknown run", petri.NotFound, "there is no run", "stop", "99"),
		bad("compare with an unknown run", petri.NotFound, "there is no run "+l.owner+"/churn#99", "compare", "1", "99"),
		bad("record of an unknown run", petri.NotFound, "there is no run", "record", "99"),
		bad("verify an unknown run", petri.NotFound, "there is no run", "record", "99", "--verify"),
		bad("packages of an unknown run", petri.NotFound, "there is no run", "packages", "99"),
		bad("results of an unknown run", petri.NotFound, "there is no run", "results", "99"),
		bad("adopt from an unknown run", petri.NotFound, "there is no run", "results", "99", "adopt"),
		bad("a result that is not there", petri.NotFound, "has no result nothing.csv…petri results", "results", "1", "cat", "nothing.csv").noRequest(),
		bad("adopt a result that is not there", petri.NotFound, `did not change "nothing.csv"`, "results", "1", "adopt", "nothing.csv"),

		badLocal("a run that is a word", `"seventeen" is not a run reference: write a run's number`, "show", "seventeen"),
		badLocal("run zero", "is not a run reference", "show", "0"),
		badLocal("a revision that is a word", "after @ stands a revision's number, as in", "env", "show", "r@latest"),
		badLocal("a revision with leading zeros", "after @ stands a revision's number", "env", "show", "r@01"),
		badLocal("capitals in an environment's name", "cannot name an environment: use 1 to 63 lower-case letters", "env", "create", "R", "--from", "debian:12"),
		badLocal("an environment's name that climbs", "cannot name", "env", "create", "../etc", "--from", "debian:12"),
		badLocal("an environment's name that is too long", "cannot name an environment", "env", "create", long, "--from", "debian:12"),
		badLocal("an empty environment's name", "cannot name an environment", "env", "create", "", "--from", "debian:12"),
		badLocal("a name with a new line", "cannot name an environment", "env", "create", "a\nb", "--from", "debian:12"),
		badLocal("too many parts", `"a/b/c" has too many parts: write owner/name`, "env", "show", "a/b/c"),
		badLocal("a project's name with a space", "cannot name a project", "init", "--project", "my project"),
		badLocal("promote without a number", "say which revision, as in r@3", "env", "promote", "r"),
		badLocal("a trial without a number", "say which revision, as in r@3", "env", "trial", "r"),
		badLocal("a trial that is none", `"bisection-3" is no trial: write its number, or trial-12`, "env", "trial", "show", "bisection-3"),
		badLocal("a bisection of one revision", "which revisions? Name one that is right and one that is not", "env", "bisect", "x", "--good", "r@1"),
		badLocal("a bisection across environments", "are not of one environment", "env", "bisect", "x", "--good", "r@1", "--bad", "other@2"),
		bad("a trial of an unknown revision", petri.NotFound, "there is no revision", "env", "trial", "r@99"),
		bad("a trial that is not there", petri.NotFound, "there is no trial-99", "env", "trial", "show", "trial-99"),
		bad("trials of an unknown environment", petri.NotFound, "there is no environment", "env", "trials", "none"),
	}
}

// noRequest marks a case that fails after the server has answered well.
func (c badCase) noRequest() badCase {
	c.local = true
	return c
}

// in125 marks a case of petri run, whose own failures end with 125.
func (c badCase) in125() badCase {
	c.code = 125
	return c
}

func (c badCase) with(files map[string]string) badCase {
	c.files = files
	return c
}

// badDefinitions are environments and revisions that cannot be.
func badDefinitions(l *lab) []badCase {
	create := func(name, says, instructions string, more ...string) badCase {
		c := bad(name, petri.Invalid, says, append([]string{"env", "create", "new", "--from", "debian:12", "-f", "i"}, more...)...)
		return c.with(map[string]string{"i": instructions, "data/a.csv": "1", "data/.secret": "2"})
	}
	from := func(name, says, file, content string) badCase {
		return badLocal(name, says, "env", "create", "new", "--from", "./"+file).with(map[string]string{file: content})
	}
	return []badCase{
		create("FROM among the instructions", "line 2, column 1: FROM is not written here…--from", "RUN true\nFROM debian:13\n"),
		create("an unknown instruction", "line 3, column 3: unknown instruction: RUM", "RUN true\n\n  RUM -rf /\n"),
		create("an instruction without its argument", "line 1, column 1", "WORKDIR\n"),
		create("a heredoc without end", "line 2, column 1: a heredoc (<<) begins here", "RUN true\nRUN <<END\necho\n"),
		create("several errors at once", "line 1…line 3", "FROM x\nRUN true\nNO such\n"),
		create("bytes that are no text", "line 2, column 5: they hold a byte that is not text", "RUN true\nRUN \xff\xfe\n").noRequest(),
		create("a binary as instructions", "not text", "\x7fELF\x00\x01\x02"),
		create("instructions that are too long", "longer than 256 KiB", "RUN "+strings.Repeat("x", 300<<10)),
		create("COPY of a file that is not attached", "line 1, column 6: b.csv…--file", "COPY b.csv /\n", "--file", "data/a.csv"),
		create("COPY with nothing attached", "line 1, column 6: a.csv…--file", "COPY a.csv /\n"),
		create("COPY from above", "line 1, column 6: ../etc/passwd is not among the attached files", "COPY ../etc/passwd /\n", "--file", "data"),
		create("the name is taken", "", "RUN true\n").taken(l),
		badLocal("instructions that are not there", "the instructions nothing cannot be read", "env", "create", "new", "--from", "debian:12", "-f", "nothing"),
		badLocal("instructions that are a folder", "the instructions . cannot be read", "env", "create", "new", "--from", "debian:12", "-f", "."),
		badLocal("an attached file that is not there", "the file nothing cannot be attached", "env", "create", "new", "--from", "debian:12", "--file", "nothing"),
		bad("an attached device", petri.Invalid, "/dev/null cannot be attached: it is neither a file nor a folder", "env", "create", "new", "--from", "debian:12", "--file", "/dev/null").noRequest(),
		badLocal("no base", "say --from IMAGE", "env", "create", "new"),
		badLocal("an empty base", "say --from IMAGE", "env", "create", "new", "--from", ""),
		bad("a malformed base", petri.Invalid, "neither an environment nor an image reference", "env", "create", "new", "--from", "Debian:12:13"),
		bad("a base revision that is not there", petri.NotFound, "there is no environment "+l.owner+"/none", "env", "create", "new", "--from", "none@1"),
		bad("a base that is not ready", petri.Conflict, "r@3 is not ready yet, it is building; follow it with petri env log", "env", "create", "new", "--from", "r@3"),
		bad("a base that waits", petri.Conflict, "r@5 is not ready yet, it is queued", "env", "create", "new", "--from", "r@5"),
		bad("a base that failed", petri.Conflict, "r@2 failed to build; see petri env log", "env", "create", "new", "--from", "r@2"),
		bad("a base that was cancelled", petri.Conflict, "r@4 was cancelled; start it again with petri env build", "env", "create", "new", "--from", "r@4"),
		bad("a base without an active revision", petri.Conflict, "fresh has no active revision: …fresh@1 failed to build", "env", "create", "new", "--from", "fresh"),
		from("a file of 0 bytes", "the file ./root.tar is empty", "root.tar", ""),
		from("a text as a base", "./notes.txt is not a tar", "notes.txt", strings.Repeat("not a tar\n", 100)),
		from("random bytes as a base", "./root.tar.gz is not a tar", "root.tar.gz", "\x8f\x11\x02"+strings.Repeat("\x9c\xe1\x77", 999)),
		badLocal("a base file that is not there", "there is no file ./nothing.tar to start from", "env", "create", "new", "--from", "./nothing.tar"),
		badLocal("a folder as a base", "./ is a folder; pack it into a file first", "env", "create", "new", "--from", "./"),
		badLocal("a variable without a value", "write NAME=VALUE", "env", "create", "new", "--from", "debian:12", "--env", "A"),
		badLocal("a variable with an odd name", "cannot name a variable", "env", "create", "new", "--from", "debian:12", "--env", "A B=1"),
		badLocal("an unknown visibility", "is not a visibility", "env", "create", "new", "--from", "debian:12", "--visibility", "world"),
		bad("promote a failed revision", petri.Conflict, "r@2 cannot become active: …failed to build", "env", "promote", "r@2"),
		bad("promote one that is being built", petri.Conflict, "r@3 cannot become active: …it is building", "env", "promote", "r@3"),
		bad("try a failed revision", petri.Conflict, "r@2 cannot be tried: …failed to build", "env", "trial", "r@2"),
		bad("try one that is being built", petri.Conflict, "r@3 cannot be tried: …it is building", "env", "trial", "r@3"),
		bad("try a cancelled one", petri.Conflict, "r@4 cannot be tried: …was cancelled", "env", "trial", "r@4"),
		bad("try the active one", petri.Conflict, "r@1 is the active revision already: there is nothing to try", "env", "trial", "r@1"),
		bad("promote a cancelled one", petri.Conflict, "r@4 cannot become active: …was cancelled", "env", "promote", "r@4"),
		bad("duplicate a failed revision", petri.Conflict, "r@2 cannot be duplicated: …failed to build", "env", "duplicate", "r@2", "copy"),
		bad("duplicate one that is being built", petri.Conflict, "r@3 cannot be duplicated: …it is building", "env", "duplicate", "r@3", "copy"),
		bad("duplicate to a name that is taken", petri.Conflict, "there is an environment "+l.owner+"/old already: choose another name", "env", "duplicate", "r@1", "old"),
		bad("edit an archived environment", petri.Conflict, "old is archived: bring it back with petri env unarchive", "env", "edit", "old", "--env", "A=1"),
		bad("promote in an archived environment", petri.Conflict, "old is archived", "env", "promote", "old@1"),
		bad("build a ready revision", petri.Conflict, "r@1 is ready, and a ready revision's image never changes…petri env edit", "env", "build", "r@1"),
		bad("build one that is being built", petri.Conflict, "r@3 is being built already", "env", "build", "r@3"),
		bad("cancel what is not being built", petri.Conflict, "r@1 is not being built: it is ready", "env", "cancel", "r@1"),
		bad("packages of a failed revision", petri.Conflict, "r@2 has no package list: …failed to build", "env", "packages", "r@2"),
		badLocal("edit without a change", "nothing to change", "env", "edit", "r").noRequest(),
	}
}

func (c badCase) taken(l *lab) badCase {
	c.kind, c.says = petri.Conflict, "there is an environment "+l.owner+"/r already: choose another name, or edit that one"
	c.args[2] = "r"
	return c
}

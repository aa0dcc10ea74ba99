package httpd_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func TestServerSaysWhatItIs(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	info, err := l.client("").Server(ctx)
	l.must(err)
	if info.Version != "1.2.3" || info.API != api.Version || info.Server != "0123456789abcdef" || time.Since(info.Time.Time) > time.Minute {
		t.Errorf("got %+v", info)
	}
	me, err := l.bob.Whoami(ctx)
	l.must(err)
	if me.User != "bob" || me.Admin {
		t.Errorf("got %+v", me)
	}
	checks, err := l.ada.Doctor(ctx)
	l.must(err)
	if len(checks) != 1 || checks[0].Name != "docker" {
		t.Errorf("got %+v", checks)
	}
}

func TestEnvironmentsRoundTrip(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	text := "RUN apt-get update\n"
	env, err := l.ada.CreateEnvironment(ctx, api.CreateEnvironment{
		Name: "r", Description: "R for all", NewRevision: api.NewRevision{
			Base: &api.Base{Kind: "image", Ref: "debian:12"}, Instructions: &text, Variables: &map[string]string{"LANG": "C.UTF-8"}, Note: "first",
		},
	})
	l.must(err)
	if env.Ref != "ada/r" || env.Visibility != "private" || env.Latest != 1 || env.LatestStatus != "queued" || env.ActiveRevision != 0 {
		t.Fatalf("created %+v", env)
	}
	ref := petri.EnvironmentRef{Owner: "ada", Name: "r"}
	_, err = l.ada.Revision(ctx, ref)
	l.wantKind(err, petri.Conflict, "no active revision")
	_, err = l.ada.RevisionFacts(ctx, ref.At(1))
	l.wantKind(err, petri.Conflict, "ada/r@1 has no facts")
	l.build(petri.BuildEvent{Time: time.Now().UTC(), Step: 1, Name: "RUN apt-get update", State: "done"})
	revision, err := l.ada.Revision(ctx, petri.EnvironmentRef{Name: "r"}) // one's own
	l.must(err)
	if revision.Ref != "ada/r@1" || revision.Status != "ready" || !revision.Active || revision.Instructions != text || revision.Variables["LANG"] != "C.UTF-8" || revision.PackageCount != 1 || revision.Note != "first" || revision.Files == nil {
		t.Fatalf("got %+v", revision)
	}
	packages, err := l.ada.RevisionPackages(ctx, ref.At(1))
	l.must(err)
	if len(packages) != 1 || packages[0].Name != "bash" {
		t.Errorf("packages %+v", packages)
	}
	facts, err := l.ada.RevisionFacts(ctx, ref)
	l.must(err)
	if len(facts) != 1 || facts[0] != (api.Fact{Name: "libc", Value: "glibc 2.36"}) {
		t.Errorf("facts %+v", facts)
	}

	other := "RUN echo other\n"
	second, err := l.ada.CreateRevision(ctx, ref, api.NewRevision{Instructions: &other})
	l.must(err)
	if second.Number != 2 || second.Base != "debian:12" || second.Variables["LANG"] != "C.UTF-8" {
		t.Fatalf("second %+v", second)
	}
	canceled, err := l.ada.CancelBuild(ctx, ref) // the latest
	l.must(err)
	if canceled.Number != 2 || canceled.Status != "canceled" {
		t.Fatalf("canceled %+v", canceled)
	}
	again, err := l.ada.Build(ctx, ref.At(2), api.BuildRequest{NoCache: true})
	l.must(err)
	if again.Status != "queued" {
		t.Fatalf("built again %+v", again)
	}
	l.build()
	number := 2
	edited, err := l.ada.EditEnvironment(ctx, ref, api.EditEnvironment{ActiveRevision: &number})
	l.must(err)
	if edited.ActiveRevision != 2 || edited.Revisions != 2 {
		t.Errorf("promoted %+v", edited)
	}
	diff, err := l.ada.EnvironmentDiff(ctx, ref.At(1), petri.EnvironmentRef{Name: "r", Revision: 2})
	l.must(err)
	if diff.A != "ada/r@1" || !strings.Contains(diff.Instructions, "+RUN echo other") || diff.Packages == nil {
		t.Errorf("diff %+v", diff)
	}
	copied, err := l.ada.DuplicateEnvironment(ctx, ref.At(1), api.DuplicateEnvironment{Name: "copy"})
	l.must(err)
	if copied.Ref != "ada/copy" || copied.ActiveRevision != 1 || copied.LatestStatus != "ready" {
		t.Errorf("copied %+v", copied)
	}
	revisions, err := l.ada.Revisions(ctx, ref)
	l.must(err)
	if len(revisions) != 2 || revisions[0].Number != 2 || !revisions[0].Active || revisions[1].Active {
		t.Errorf("revisions %+v", revisions)
	}
	all, err := l.ada.Environments(ctx, api.EnvironmentFilter{Owner: "ada"})
	l.must(err)
	if len(all) != 2 || all[0].Name != "copy" {
		t.Errorf("list %+v", all)
	}
	usage, err := l.ada.EnvironmentUsage(ctx, ref)
	l.must(err)
	if usage.Projects == nil || usage.Environments == nil || usage.Runs != 0 {
		t.Errorf("usage %+v", usage)
	}
	problems, err := l.ada.Lint(ctx, "FROM debian\n")
	l.must(err)
	if len(problems) == 0 || problems[0].Line != 1 || problems[0].Severity != "error" {
		t.Errorf("problems %+v", problems)
	}
}

func TestProjectsRoundTrip(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	l.environment("r")
	ref, first := l.project("churn", "r", map[string]string{"main.R": "1+1", "data/a b\n.csv": "x"})
	got, err := l.ada.Project(ctx, ref)
	l.must(err)
	if got.Ref != "ada/churn" || got.Environment != "ada/r" || got.Head != first.ID || first.Files != 2 || first.Bytes != 4 || first.Author != "ada" {
		t.Fatalf("project %+v, commit %+v", got, first)
	}
	listed, err := l.ada.Files(ctx, ref, "head")
	l.must(err)
	if len(listed) != 3 || listed[0].Kind != "folder" || listed[1].Path != "data/a b\n.csv" || listed[2].Bytes != 3 {
		t.Errorf("files %+v", listed)
	}
	body, err := l.ada.File(ctx, ref, first.ID[:8], "data/a b\n.csv")
	l.must(err)
	content, err := io.ReadAll(body)
	if err != nil || string(content) != "x" {
		t.Error(string(content), err)
	}
	body.Close()

	root, blobs := treeOf(t, map[string]string{"main.R": "2+2"})
	missing, err := l.ada.Missing(ctx, []petri.Digest{root, petri.DigestBytes([]byte("1+1"))})
	l.must(err)
	if len(missing) != 1 || missing[0] != root {
		t.Errorf("missing %v", missing)
	}
	encoder, err := zstd.NewWriter(nil)
	l.must(err)
	l.must(l.ada.SendPack(ctx, bytes.NewReader(encoder.EncodeAll(pack(blobs...), nil)), true))
	second, err := l.ada.CreateCommit(ctx, ref, api.NewCommit{Tree: string(root), Parent: first.ID, Message: "more\nwords", Git: &api.GitState{Commit: "abc", Dirty: true}})
	l.must(err)
	history, err := l.ada.Commits(ctx, ref, "", 0)
	l.must(err)
	if len(history) != 2 || history[0].ID != second.ID || history[0].Git == nil || history[1].ID != first.ID || history[1].Parents == nil {
		t.Errorf("history %+v", history)
	}
	if older, err := l.ada.Commits(ctx, ref, first.ID, 5); err != nil || len(older) != 1 {
		t.Error(older, err)
	}
	if one, err := l.ada.Commit(ctx, ref, second.ID); err != nil || one.Message != "more\nwords" {
		t.Error(one, err)
	}
	_, err = l.ada.CreateCommit(ctx, ref, api.NewCommit{Tree: string(root), Parent: first.ID})
	l.wantKind(err, petri.Conflict, "pull")

	everything, err := l.ada.FetchPack(ctx, ref, "head", nil)
	l.must(err)
	whole, err := io.ReadAll(everything)
	l.must(err)
	if len(whole) != len(pack(blobs...)) {
		t.Errorf("a pack of %d bytes, want %d", len(whole), len(pack(blobs...)))
	}
	everything.Close()
	_, err = l.ada.FetchPack(ctx, ref, "head", []petri.Digest{petri.DigestBytes([]byte("1+1"))})
	l.wantKind(err, petri.NotFound, "does not belong")

	archived, none := true, ""
	edited, err := l.ada.EditProject(ctx, ref, api.EditProject{Archived: &archived, Environment: &none})
	l.must(err)
	if !edited.Archived || edited.Environment != "" {
		t.Errorf("edited %+v", edited)
	}
	if list, err := l.ada.Projects(ctx, api.ProjectFilter{}); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if list, err := l.ada.Projects(ctx, api.ProjectFilter{Archived: true}); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
	_, err = l.ada.CreateCommit(ctx, ref, api.NewCommit{Tree: string(root), Parent: second.ID})
	l.wantKind(err, petri.Conflict, "archived")
}

func TestRunsRoundTrip(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	l.environment("r")
	project, commit := l.project("churn", "ada/r@1", map[string]string{"main.R": "1+1"})
	run, err := l.ada.CreateRun(ctx, project, api.NewRun{
		Command: []string{"Rscript", "main.R"}, TimeoutSeconds: 1.5, Tags: []string{"b", "a"}, Title: "first", Variables: map[string]string{"SEED": "1"}, Origin: "cli",
	})
	l.must(err)
	if run.Ref != "ada/churn#1" || run.Status != "queued" || run.ExitCode != nil || run.TimeoutSeconds != 1.5 || run.Environment != "ada/r@1" || run.Commit != commit.ID || run.Origin != "cli" || run.Results == nil {
		t.Fatalf("submitted %+v", run)
	}
	c := l.carry(run.Ref)
	c.say(petri.Stdout, "hello\n")
	c.seal(3, map[string]string{"main.R": "1+1", "out.csv": "a"}, petri.ResultChange{Path: "out.csv", Change: "added", Bytes: 1, Digest: petri.DigestBytes([]byte("a"))})
	ref := petri.RunRef{Project: project, Number: 1}
	run, err = l.ada.Run(ctx, ref)
	l.must(err)
	if run.Status != "failed" || run.ExitCode == nil || *run.ExitCode != 3 || run.Reason == "" || len(run.Results) != 1 || run.RecordDigest == "" || run.SealedAt == nil {
		t.Fatalf("sealed %+v", run)
	}
	record, err := l.ada.Record(ctx, ref)
	l.must(err)
	if string(petri.DigestBytes(record)) != run.RecordDigest {
		t.Error("the record did not travel byte for byte")
	}
	envelope, err := l.ada.RecordEnvelope(ctx, ref)
	l.must(err)
	if !bytes.Contains(envelope, []byte(`"signatures"`)) {
		t.Errorf("envelope %s", envelope)
	}
	v, err := l.ada.VerifyRun(ctx, ref)
	l.must(err)
	if !v.OK || len(v.Checks) == 0 || v.Record != run.RecordDigest || v.Run != run.Ref {
		t.Errorf("verification %+v", v)
	}
	if facts, err := l.ada.RunFacts(ctx, ref); err != nil || len(facts) != 1 || facts[0].Name != "libc" {
		t.Error(facts, err)
	}
	for _, at := range []string{"start", "end"} {
		if packages, err := l.ada.RunPackages(ctx, ref, at); err != nil || len(packages) != 1 {
			t.Error(packages, err)
		}
	}
	again, err := l.ada.Rerun(ctx, ref, api.RerunRequest{Title: "again"})
	l.must(err)
	if again.RerunOf != run.Ref || again.Title != "again" || again.Number != 2 {
		t.Fatalf("rerun %+v", again)
	}
	second := l.carry(again.Ref)
	second.say(petri.Stdout, "hullo\n")
	second.seal(3, map[string]string{"main.R": "1+1", "out.csv": "a"}, petri.ResultChange{Path: "out.csv", Change: "added", Bytes: 1, Digest: petri.DigestBytes([]byte("a"))})
	comparison, err := l.ada.Compare(ctx, ref, petri.RunRef{Project: project, Number: 2}, api.CompareRules{})
	l.must(err)
	if comparison.Verdict != "different" || comparison.Stdout.Added != 1 || comparison.Metrics == nil || comparison.Code == nil {
		t.Errorf("comparison %+v", comparison)
	}
	third, err := l.ada.CreateRun(ctx, project, api.NewRun{Command: []string{"true"}})
	l.must(err)
	stopped, err := l.ada.StopRun(ctx, petri.RunRef{Project: project, Number: third.Number})
	l.must(err)
	if stopped.Status != "stopped" || stopped.StoppedBy != "ada" || stopped.ExitCode != nil {
		t.Errorf("stopped %+v", stopped)
	}
	for _, tt := range []struct {
		filter api.RunFilter
		want   int
	}{
		{api.RunFilter{}, 3}, {api.RunFilter{Project: project}, 3}, {api.RunFilter{Project: project, Status: []string{"failed"}}, 2},
		{api.RunFilter{Tag: "a", Status: []string{"failed", "stopped"}}, 2}, {api.RunFilter{Project: project, Before: 3}, 2}, {api.RunFilter{Limit: 1}, 1},
	} {
		if found, err := l.ada.Runs(ctx, tt.filter); err != nil || len(found) != tt.want {
			t.Errorf("%+v: %d runs, want %d (%v)", tt.filter, len(found), tt.want, err)
		}
	}
	head, err := l.ada.AdoptResults(ctx, ref, api.AdoptResults{})
	l.must(err)
	if head.ID == commit.ID || head.Files != 2 || head.Author != "ada" {
		t.Errorf("adopted %+v", head)
	}
}

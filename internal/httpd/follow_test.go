package httpd_test

import (
	"bytes"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// A project uses the environment that its petri.toml comes to name, from the commit on that
// names it, and what was set by hand since stays.
func TestProjectFollowsItsFile(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	for _, name := range []string{"r", "python"} {
		_, err := l.ada.CreateEnvironment(ctx, api.CreateEnvironment{Name: name, NewRevision: api.NewRevision{Base: &api.Base{Kind: "image", Ref: "debian:12"}}})
		l.must(err)
	}
	ref, head := l.project("churn", "", map[string]string{"petri.toml": "environment = \"r\"\n"})
	byHand := "ada/r@1"
	for _, step := range []struct {
		text string
		set  bool // by hand before
		want string
	}{
		{text: "environment = \"r\"\n", want: "ada/r"},
		{text: "environment = \"python\"\n", want: "ada/python"},
		{text: "environment = \"python\"\n[run]\ncommand = \"true\"\n", set: true, want: byHand},
		{text: "environment = \"ada/nowhere\"\n", want: byHand},
		{text: "environment = \n", want: byHand},
		{text: "", want: byHand},
		{text: "environment = \"ada/python\"\n", want: "ada/python"},
	} {
		if step.set {
			_, err := l.ada.EditProject(ctx, ref, api.EditProject{Environment: &byHand})
			l.must(err)
		}
		root, blobs := treeOf(t, map[string]string{"petri.toml": step.text, "note": step.want})
		l.must(l.ada.SendPack(ctx, bytes.NewReader(pack(blobs...)), false))
		var err error
		head, err = l.ada.CreateCommit(ctx, ref, api.NewCommit{Tree: string(root), Parent: head.ID, Message: "go on"})
		l.must(err)
		project, err := l.ada.Project(ctx, petri.ProjectRef{Owner: "ada", Name: "churn"})
		l.must(err)
		if project.Environment != step.want {
			t.Errorf("after %q the project uses %q, not %q", step.text, project.Environment, step.want)
		}
	}
}

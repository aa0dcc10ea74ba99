package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// folderStatus is what petri status --json prints.
type folderStatus struct {
	Project string           `json:"project"`
	Commit  string           `json:"commit"`
	Tree    string           `json:"tree"`
	Clean   bool             `json:"clean"`
	Files   int64            `json:"files"`
	Bytes   int64            `json:"bytes"`
	Changes []api.PathChange `json:"changes"`
}

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Tell what changed in the folder since the commit it is based on",
		Example: `  petri status
  petri status --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.place()
			if err != nil {
				return err
			}
			return a.status(cmd.Context(), p)
		},
	}
}

// status compares without asking the server, unless the folders of the commit are not kept here.
func (a *app) status(ctx context.Context, p place) error {
	ease()
	client, err := a.connect()
	if err != nil {
		return err
	}
	state, err := a.state(ctx, client, p)
	if err != nil {
		return err
	}
	m := a.meter("status:")
	snapshot, err := p.folder.Scan(ctx, workdir.ScanOptions{Progress: func(n int64) { m.read.Add(n) }})
	m.end()
	if err != nil {
		return err
	}
	if err := snapshot.Save(); err != nil {
		return err
	}
	changes, err := snapshot.Changes(ctx, client, workdir.Tree{Project: p.project, Commit: state.Commit, Root: state.Tree})
	if err != nil {
		return err
	}
	out := folderStatus{
		Project: showProject(p.project), Commit: string(state.Commit), Tree: string(snapshot.Tree()),
		Clean: len(changes) == 0 && state.Commit != "", Files: snapshot.Files(), Bytes: snapshot.Bytes(), Changes: []api.PathChange{},
	}
	for _, c := range changes {
		out.Changes = append(out.Changes, api.PathChange{FilePath: api.NewFilePath(c.Path), Change: c.Word()})
	}
	return a.print(out, func() { a.printStatus(out) })
}

func (a *app) printStatus(s folderStatus) {
	if s.Commit == "" {
		a.out("Project %s, nothing pushed from this folder yet: %s, %s", s.Project, count(int(s.Files), "file"), size(s.Bytes))
		a.printChanges(s.Changes)
		return
	}
	a.out("Project %s, commit %s", s.Project, petri.CommitID(s.Commit).Short())
	if s.Clean {
		a.out("Nothing changed in %s, %s", count(int(s.Files), "file"), size(s.Bytes))
		return
	}
	a.printChanges(s.Changes)
}

// mostShown is how many changes people are shown; --json has all.
const mostShown = 200

func (a *app) printChanges(changes []api.PathChange) {
	s := a.style(a.stdout)
	for i, c := range changes {
		if i == mostShown {
			a.out("  and %d more", len(changes)-i)
			return
		}
		word := c.Change
		switch c.Change {
		case "added":
			word = s.green("added  ")
		case "removed":
			word = s.red("removed")
		case "changed":
			word = s.yellow("changed")
		}
		a.out("  %s  %s", word, workdir.Quote(c.Name()))
	}
}

package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// resultsFlags are petri results' flags.
type resultsFlags struct {
	to, message string
	overwrite   bool
}

func (a *app) resultsCommand() *cobra.Command {
	var f resultsFlags
	cmd := &cobra.Command{
		Use:   "results RUN [ls|cat|pull|adopt] [PATH]...",
		Short: "List, print or fetch what a run wrote, or make it part of the project",
		Long: `Works with the files that a run added, changed or removed:

  ls      list them (also where nothing is said)
  cat     print files, one after another
  pull    write them into the project's folder, or with --to into another
  adopt   make them part of the project's head; refused where both changed a file

PATH names a file, or a folder with all below; all results where none is named. Nothing that
you changed yourself is overwritten unless you say --overwrite.`,
		Example: `  petri results 17
  petri results 17 cat out/summary.csv
  petri results 17 pull out --to /tmp/out17
  petri results 17 adopt -m "results of the final model"`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			switch len(args) {
			case 0:
				return a.completeRuns(cmd, args, toComplete)
			case 1:
				return resultsVerbs(), cobra.ShellCompDirectiveNoFileComp
			}
			return a.completeResults(cmd, args, toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, verb, paths, err := a.resultsArgs(args)
			if err != nil {
				return err
			}
			if err := petri.CheckText("the message", f.message); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				return a.results(ctx, client, ref, verb, paths, f)
			})
		},
	}
	cmd.Flags().StringVar(&f.to, "to", "", "pull: write into this folder")
	cmd.Flags().BoolVar(&f.overwrite, "overwrite", false, "pull: also over what you changed yourself")
	cmd.Flags().StringVarP(&f.message, "message", "m", "", "adopt: say what they are")
	return cmd
}

func resultsVerbs() []string { return []string{"ls", "cat", "pull", "adopt"} }

// resultsArgs reads RUN VERB PATH..., and VERB RUN PATH... too.
func (a *app) resultsArgs(args []string) (ref petri.RunRef, verb string, paths []string, err error) {
	verb = "ls"
	if len(args) > 1 {
		switch {
		case slices.Contains(resultsVerbs(), args[0]):
			verb, args = args[0], args[1:]
		case slices.Contains(resultsVerbs(), args[1]):
			verb, args = args[1], slices.Delete(slices.Clone(args), 1, 2)
		default:
			return ref, "", nil, petri.Errorf(petri.Invalid, "%q is nothing to do with results: use %s", args[1], strings.Join(resultsVerbs(), ", "))
		}
	}
	if ref, err = a.run(args[0]); err != nil {
		return ref, "", nil, err
	}
	if verb == "cat" && len(args) == 1 {
		return ref, "", nil, petri.Errorf(petri.Invalid, "which file? Say it, as in: petri results %s cat out/summary.csv", args[0])
	}
	return ref, verb, args[1:], nil
}

func (a *app) results(ctx context.Context, client *api.Client, ref petri.RunRef, verb string, paths []string, f resultsFlags) error {
	if verb == "adopt" {
		return a.adopt(ctx, client, ref, paths, f.message)
	}
	run, err := client.Run(ctx, ref)
	if err != nil {
		return err
	}
	if run.ResultsCommit == "" {
		if petri.RunStatus(run.Status).Ended() {
			return petri.Errorf(petri.NotFound, "%s has no results: it ended as %s", run.Ref, run.Status)
		}
		return petri.Errorf(petri.Conflict, "%s has no results yet: it is %s", run.Ref, run.Status)
	}
	chosen, err := choose(run, paths)
	if err != nil {
		return err
	}
	switch verb {
	case "cat":
		return a.cat(ctx, client, run, ref, chosen)
	case "pull":
		return a.pullResults(ctx, client, run, ref, chosen, f)
	}
	return printList(a, chosen, func() {
		s, rows := a.style(a.stdout), [][]string{}
		for _, r := range chosen {
			bytes := size(r.Bytes)
			if r.Change == "removed" {
				bytes = ""
			}
			rows = append(rows, []string{s.status(r.Change), bytes, workdir.Quote(r.Name())})
		}
		a.table([]string{"CHANGE", "SIZE", "FILE"}, rows)
	})
}

// choose gives the results at or below paths; a path that names none is an error.
func choose(run api.Run, paths []string) ([]api.Result, error) {
	if len(paths) == 0 {
		return run.Results, nil
	}
	var chosen []api.Result
	used := make([]bool, len(paths))
	for _, r := range run.Results {
		taken := false
		for i, p := range paths {
			p = strings.TrimSuffix(strings.TrimPrefix(p, "./"), "/")
			if name := r.Name(); name == p || strings.HasPrefix(name, p+"/") || p == "." {
				used[i], taken = true, true
			}
		}
		if taken {
			chosen = append(chosen, r)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return nil, petri.Errorf(petri.NotFound, "%s has no result %s; see what it has with: petri results %s", run.Ref, workdir.Quote(paths[i]), run.Ref)
	}
	return chosen, nil
}

func (a *app) cat(ctx context.Context, client *api.Client, run api.Run, ref petri.RunRef, chosen []api.Result) error {
	for _, r := range chosen {
		if r.Change == "removed" {
			return petri.Errorf(petri.NotFound, "%s removed %s, so there is nothing to print", run.Ref, workdir.Quote(r.Name()))
		}
		body, err := client.File(ctx, ref.Project, run.ResultsCommit, r.Name())
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(io.MultiWriter(a.stdout, sum), body)
		_ = body.Close()
		if err != nil {
			return petri.Wrap(petri.Unavailable, err, "%s could not be printed to its end (%v)", workdir.Quote(r.Name()), err)
		}
		if got := "sha256:" + hex.EncodeToString(sum.Sum(nil)); got != r.Digest {
			return petri.Errorf(petri.Internal, "%s is not what the run left: it was altered on the server's disk; see petri record %s --verify", workdir.Quote(r.Name()), run.Ref)
		}
	}
	return nil
}

func (a *app) adopt(ctx context.Context, client *api.Client, ref petri.RunRef, paths []string, message string) error {
	in := api.AdoptResults{Message: message}
	for _, path := range paths {
		path = strings.TrimSuffix(strings.TrimPrefix(path, "./"), "/")
		if utf8.ValidString(path) {
			in.Paths = append(in.Paths, path)
		} else {
			in.PathsBytes = append(in.PathsBytes, []byte(path))
		}
	}
	commit, err := client.AdoptResults(ctx, ref, in)
	if err != nil {
		return err
	}
	return a.print(commit, func() {
		a.out("The results of %s are in commit %s, the project's head now; get them into the folder with: petri pull", ref, petri.CommitID(commit.ID).Short())
	})
}

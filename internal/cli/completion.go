package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// completionPatience is how long a shell waits for a server before it completes nothing.
const completionPatience = 2 * time.Second

// complete asks the server for what a word may be; trouble of any sort completes nothing.
func (a *app) complete(cmd *cobra.Command, ask func(context.Context, *api.Client) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	client, err := a.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	words, err := ask(ctx, client)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeEnvironments(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.complete(cmd, func(ctx context.Context, client *api.Client) ([]string, error) {
		list, err := client.Environments(ctx, api.EnvironmentFilter{})
		words := []string{}
		for _, e := range list {
			words = append(words, cobra.CompletionWithDesc(e.Ref, e.Description))
		}
		return words, err
	})
}

func (a *app) completeProjects(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return a.complete(cmd, func(ctx context.Context, client *api.Client) ([]string, error) {
		list, err := client.Projects(ctx, api.ProjectFilter{})
		words := []string{}
		for _, p := range list {
			words = append(words, p.Ref)
		}
		return words, err
	})
}

// completeRuns gives numbers inside a project's folder, else whole references.
func (a *app) completeRuns(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.complete(cmd, func(ctx context.Context, client *api.Client) ([]string, error) {
		filter := api.RunFilter{Limit: 50}
		here, err := a.place()
		if err == nil {
			filter.Project = here.project
		}
		list, err := client.Runs(ctx, filter)
		words := []string{}
		for _, r := range list {
			word := r.Ref
			if filter.Project != (petri.ProjectRef{}) {
				word = strconv.Itoa(r.Number)
			}
			words = append(words, cobra.CompletionWithDesc(word, r.Status+" "+firstOf(r.Title, oneLine(strings.Join(r.Command, " ")))))
		}
		return words, err
	})
}

func (a *app) completeResults(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.complete(cmd, func(ctx context.Context, client *api.Client) ([]string, error) {
		ref, err := a.run(args[0])
		if err != nil {
			return nil, err
		}
		run, err := client.Run(ctx, ref)
		words := []string{}
		for _, r := range run.Results {
			words = append(words, r.Name())
		}
		return words, err
	})
}

// completeChecks gives the checks that the folder's petri.toml declares; it asks no server.
func (a *app) completeChecks(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	here, err := a.place()
	words := []string{}
	if err == nil {
		for _, check := range here.settings.Checks() {
			words = append(words, cobra.CompletionWithDesc(check.Name, oneLine(strings.Join(check.Spec.Command, " "))))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeRevisions gives an environment's revisions where the word names it already, else
// environments.
func (a *app) completeRevisions(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	name, _, named := strings.Cut(word, "@")
	if !named {
		words, directive := a.completeEnvironments(cmd, nil, word)
		for i, w := range words {
			ref, _, _ := strings.Cut(w, "\t")
			words[i] = ref + "@"
		}
		return words, directive | cobra.ShellCompDirectiveNoSpace
	}
	return a.complete(cmd, func(ctx context.Context, client *api.Client) ([]string, error) {
		ref, err := parseWhole(name)
		if err != nil {
			return nil, err
		}
		list, err := client.Revisions(ctx, ref)
		words := []string{}
		for _, r := range list {
			_, number, _ := strings.Cut(r.Ref, "@")
			words = append(words, cobra.CompletionWithDesc(name+"@"+number, firstOf(oneLine(r.Note), r.Status)))
		}
		return words, err
	})
}

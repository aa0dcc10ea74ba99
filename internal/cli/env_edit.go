package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) envEditCommand() *cobra.Command {
	var f revisionFlags
	cmd := &cobra.Command{
		Use:   "edit ENV",
		Short: "Make and build a new revision, or change description and visibility",
		Long: `Makes and builds a new revision. What is not said stays as in the latest revision; where
nothing is said, the instructions are opened in $EDITOR. The active revision stays the same
unless you say --promote. --description and --visibility are the environment's own and make
no revision.`,
		Example: `  petri env edit science/r
  petri env edit science/r -f r.instructions --note "adds sf" --promote
  petri env edit science/r --from debian:13`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeEnvironments,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := parseWhole(args[0])
			if err != nil {
				return err
			}
			return a.envEdit(cmd, f, ref)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.noFiles, "no-files", false, "attach no files any more")
	cmd.Flags().StringVar(&f.description, "description", "", "say what the environment is for")
	cmd.Flags().StringVar(&f.visibility, "visibility", "", "who may see it: private, team or everyone")
	cmd.MarkFlagsMutuallyExclusive("file", "no-files")
	_ = cmd.RegisterFlagCompletionFunc("visibility", visibilities)
	_ = cmd.RegisterFlagCompletionFunc("from", a.completeEnvironments)
	return cmd
}

func (a *app) envEdit(cmd *cobra.Command, f revisionFlags, ref petri.EnvironmentRef) error {
	own, only, err := ownFields(cmd, f)
	if err != nil {
		return err
	}
	d, err := a.define(cmd, f)
	if err != nil {
		return err
	}
	return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
		if own != (api.EditEnvironment{}) {
			e, err := client.EditEnvironment(ctx, ref, own)
			if err != nil {
				return err
			}
			if only {
				return a.print(e, func() { a.printEnvironment(e) })
			}
		}
		if !definesAnything(cmd) {
			changed, err := a.editInstructions(ctx, client, ref, &d)
			if err != nil || !changed {
				return err
			}
		}
		err := d.check(func(check api.NewRevision) error {
			_, err := client.CreateRevision(ctx, ref, check)
			return err
		})
		if err != nil {
			return err
		}
		in, err := d.send(ctx, a, client)
		if err != nil {
			return err
		}
		r, err := client.CreateRevision(ctx, ref, in)
		if err != nil {
			return err
		}
		made, err := petri.ParseEnvironmentRef(r.Ref, "")
		if err != nil {
			return err
		}
		return a.built(ctx, client, made, f.detach)
	})
}

// ownFields are the changes to the environment itself; only tells that nothing else is asked for.
func ownFields(cmd *cobra.Command, f revisionFlags) (own api.EditEnvironment, only bool, err error) {
	if cmd.Flags().Changed("description") {
		if err := petri.CheckText("the description", f.description); err != nil {
			return own, false, err
		}
		own.Description = &f.description
	}
	if cmd.Flags().Changed("visibility") {
		if _, err := petri.ParseVisibility(f.visibility); err != nil {
			return own, false, err
		}
		own.Visibility = &f.visibility
	}
	return own, own != (api.EditEnvironment{}) && !definesAnything(cmd) && !cmd.Flags().Changed("note"), nil
}

func definesAnything(cmd *cobra.Command) bool {
	for _, name := range []string{"from", "instructions", "file", "no-files", "env", "no-cache"} {
		if cmd.Flags().Changed(name) {
			return true
		}
	}
	return false
}

// editInstructions opens the latest revision's instructions in the person's editor. changed is
// false when they were left as they are.
func (a *app) editInstructions(ctx context.Context, client *api.Client, ref petri.EnvironmentRef, d *definition) (changed bool, err error) {
	if !terminal(a.stdout) {
		return false, petri.Errorf(petri.Invalid, "nothing to change: say -f, --from, --file or --env; without a terminal no editor can be opened")
	}
	latest, err := a.latest(ctx, client, ref)
	if err != nil {
		return false, err
	}
	r, err := client.Revision(ctx, latest)
	if err != nil {
		return false, err
	}
	text, err := a.edit(ctx, r.Instructions)
	if err != nil {
		return false, err
	}
	if strings.TrimSpace(text) == strings.TrimSpace(r.Instructions) {
		a.say("Nothing changed, so no revision was made")
		return false, nil
	}
	d.revision.Instructions = &text
	return true, nil
}

// edit lets a person change a text.
func (a *app) edit(ctx context.Context, text string) (string, error) {
	dir, err := os.MkdirTemp("", "petri-edit-")
	if err != nil {
		return "", fmt.Errorf("open the editor: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "instructions.Dockerfile")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("open the editor: %w", err)
	}
	editor := firstOf(a.getenv("VISUAL"), a.getenv("EDITOR"), "vi")
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.stdin, a.stdout, a.stderr
	if err := cmd.Run(); err != nil {
		return "", petri.Wrap(petri.Invalid, err, "the editor %s failed (%v); nothing was changed", editor, err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read what was edited: %w", err)
	}
	return string(b), nil
}

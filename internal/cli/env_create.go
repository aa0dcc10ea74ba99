package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// revisionFlags are the flags of env create and env edit.
type revisionFlags struct {
	from, instructions, note  string
	description, visibility   string
	files, variables          []string
	noFiles, noCache, promote bool
	detach                    bool
}

func (f *revisionFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "what to start from: an image (debian:12), a revision (science/r@3), or a file (./rootfs.tar)")
	flags.StringVarP(&f.instructions, "instructions", "f", "", "file with Dockerfile instructions without FROM; - for standard input")
	flags.StringArrayVar(&f.files, "file", nil, "attach a file or folder for COPY and ADD (may be repeated)")
	flags.StringArrayVar(&f.variables, "env", nil, "set a variable in the environment, K=V (may be repeated)")
	flags.StringVar(&f.note, "note", "", "say what is new in this revision")
	flags.BoolVar(&f.noCache, "no-cache", false, "build every step anew")
	flags.BoolVar(&f.promote, "promote", false, "make it the active revision as soon as it is ready")
	flags.BoolVar(&f.detach, "detach", false, "return at once and print the revision's reference")
}

func (a *app) envCreateCommand() *cobra.Command {
	var f revisionFlags
	cmd := &cobra.Command{
		Use:   "create NAME --from IMAGE|REF|FILE",
		Short: "Make an environment and build its first revision",
		Long: `Makes an environment and builds its first revision, which becomes active once it is ready.
Follows the build to its end; exit code 1 when it fails.`,
		Example: `  petri env create r --from debian:12 -f r.instructions
  petri env create r-next --from science/r@4 -f more.instructions --note "adds sf"
  petri env create tools --from ./rootfs.tar --env LANG=C.UTF-8`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := parseWhole(args[0])
			if err != nil {
				return err
			}
			if f.from == "" {
				return petri.Errorf(petri.Invalid, "an environment starts from something: say --from IMAGE, --from ENVIRONMENT or --from FILE")
			}
			return a.envCreate(cmd, f, ref)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.description, "description", "", "say what the environment is for")
	cmd.Flags().StringVar(&f.visibility, "visibility", "", "who may see it: private, team or everyone")
	_ = cmd.RegisterFlagCompletionFunc("visibility", visibilities)
	_ = cmd.RegisterFlagCompletionFunc("from", a.completeEnvironments)
	return cmd
}

func (a *app) envCreate(cmd *cobra.Command, f revisionFlags, ref petri.EnvironmentRef) error {
	if f.visibility != "" {
		if _, err := petri.ParseVisibility(f.visibility); err != nil {
			return err
		}
	}
	d, err := a.define(cmd, f)
	if err != nil {
		return err
	}
	if err := petri.CheckText("the description", f.description); err != nil {
		return err
	}
	whole := api.CreateEnvironment{Owner: ref.Owner, Name: ref.Name, Description: f.description, Visibility: f.visibility}
	return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
		err := d.check(func(check api.NewRevision) error {
			whole.NewRevision = check
			_, err := client.CreateEnvironment(ctx, whole)
			return err
		})
		if err != nil {
			return err
		}
		if whole.NewRevision, err = d.send(ctx, a, client); err != nil {
			return err
		}
		e, err := client.CreateEnvironment(ctx, whole)
		if err != nil {
			return err
		}
		made, err := petri.ParseEnvironmentRef(e.Ref, "")
		if err != nil {
			return err
		}
		return a.built(ctx, client, made.At(max(1, e.Latest)), f.detach)
	})
}

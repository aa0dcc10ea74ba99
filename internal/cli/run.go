package cli

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/projectfile"
)

// runFlags are petri run's flags as they are written.
type runFlags struct {
	environment, commit, project, memory, timeout, network, title string
	cpus                                                          float64
	gpus                                                          int
	variables, tags                                               []string
	detach                                                        bool
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [FLAGS] [--] COMMAND...",
		Short: "Run a command on the project's files, and keep a record of it",
		Long: `Sends what changed in the folder, runs the command in the project's environment, shows its
output, and ends with its exit code; 125 means that Petri itself failed. Without a command it
runs the one in petri.toml.

Ctrl-C asks the run to stop; a second one leaves it running. --var K alone passes on the
variable K of your own environment.`,
		Example: `  petri run -- Rscript main.R
  petri run --env science/r@5 --memory 8g --timeout 2h --var SEED=7 -- python train.py
  petri run --detach --tag nightly -- make all`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return orExit(exitPetri, a.submit(cmd.Context(), cmd, f, args))
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	flags.StringVar(&f.environment, "env", "", "the environment or revision to run in")
	flags.StringVar(&f.commit, "commit", "", "run this commit, and not what is in the folder")
	a.projectFlag(cmd, &f.project)
	flags.Float64Var(&f.cpus, "cpus", 0, "processors, such as 2 or 0.5")
	flags.StringVar(&f.memory, "memory", "", "memory, such as 512m or 4g")
	flags.IntVar(&f.gpus, "gpus", 0, "graphics processors")
	flags.StringVar(&f.timeout, "timeout", "", "end it after so long, such as 90s, 10m or 2h")
	flags.StringVar(&f.network, "network", "", "none or default")
	flags.StringArrayVar(&f.variables, "var", nil, "set a variable, K=V, or pass on your own, K (may be repeated)")
	flags.StringArrayVar(&f.tags, "tag", nil, "tag the run (may be repeated)")
	flags.StringVar(&f.title, "title", "", "say what the run is")
	flags.BoolVar(&f.detach, "detach", false, "return at once and print the run's reference")
	_ = cmd.RegisterFlagCompletionFunc("env", a.completeEnvironments)
	_ = cmd.RegisterFlagCompletionFunc("network", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"default", "none"}, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// submit checks all that can be checked here, commits, and submits; then it follows.
func (a *app) submit(ctx context.Context, cmd *cobra.Command, f runFlags, args []string) error {
	p, err := a.runPlace(f)
	if err != nil {
		return err
	}
	in, err := f.request(cmd, p.settings, args)
	if err != nil {
		return err
	}
	client, err := a.connect()
	if err != nil {
		return err
	}
	if in.Commit == "" {
		// What cannot run is refused before anything is sent.
		check := in
		check.DryRun = true
		could, err := client.CreateRun(ctx, p.project, check)
		if err != nil {
			return err
		}
		done, err := a.commit(ctx, client, p, petri.CommitID(could.Commit), "run: "+oneLine(strings.Join(in.Command, " ")))
		if err != nil {
			return err
		}
		in.Commit = string(done.commit)
	}
	run, err := client.CreateRun(ctx, p.project, in)
	if err != nil {
		return err
	}
	return a.submitted(ctx, client, run, f.detach)
}

// runPlace is the folder one is in, or, with a project and a commit named, no folder.
func (a *app) runPlace(f runFlags) (place, error) {
	if f.commit != "" {
		if err := checkCommit(f.commit); err != nil {
			return place{}, err
		}
	}
	if f.project == "" {
		return a.place()
	}
	ref, err := parseProject(f.project)
	if err != nil {
		return place{}, err
	}
	here, err := a.place()
	switch {
	case err == nil && here.project == ref:
		return here, nil
	case f.commit == "":
		return place{}, petri.Errorf(petri.Invalid, "this is not the folder of %s; say which of its commits to run, as in --commit head", f.project)
	}
	return place{project: ref}, nil
}

// request is the run that flags and petri.toml ask for.
func (f runFlags) request(cmd *cobra.Command, s settings, args []string) (api.NewRun, error) {
	in := api.NewRun{Commit: f.commit, Title: f.title, Origin: "cli", CPUs: s.Run.CPUs, GPUs: s.Run.GPUs, Tags: append(s.Run.Tags, f.tags...)}
	in.Command = args
	if len(args) == 0 {
		in.Command = s.Run.Command
	}
	in.Environment = firstOf(f.environment, s.Environment)
	if in.Environment != "" {
		ref, err := parseEnvironment(in.Environment)
		if err != nil {
			return in, err
		}
		in.Environment = showEnvironment(ref)
	}
	if cmd.Flags().Changed("cpus") {
		if in.CPUs = f.cpus; f.cpus == 0 {
			return in, petri.Errorf(petri.Invalid, "cannot run with 0 CPUs: ask for 0.01 to %d", petri.MaxRunCPUs)
		}
	}
	if cmd.Flags().Changed("gpus") {
		in.GPUs = f.gpus
	}
	in.Network = firstOf(f.network, string(s.Run.Network))
	spec := s.Run.Spec()
	spec.Command, spec.CPUs, spec.GPUs, spec.Network, spec.Tags, spec.Title = in.Command, in.CPUs, in.GPUs, petri.Network(in.Network), in.Tags, in.Title
	var err error
	if f.memory != "" {
		if spec.MemoryBytes, err = projectfile.ParseSize(f.memory); err != nil {
			return in, err
		}
	}
	if f.timeout != "" {
		if spec.Timeout, err = projectfile.ParseDuration(f.timeout); err != nil {
			return in, err
		}
	}
	if spec.Variables, err = parseVariables(f.variables, os.LookupEnv); err != nil {
		return in, err
	}
	for name, value := range s.Run.Variables {
		if _, given := spec.Variables[name]; !given {
			spec.Variables[name] = value
		}
	}
	in.Variables, in.MemoryBytes, in.TimeoutSeconds = spec.Variables, spec.MemoryBytes, spec.Timeout.Seconds()
	return in, spec.Check()
}
